"""Files that several runs share: a fix for one run must not break another that names the same file."""

from __future__ import annotations

import os

from vlmr1_lint.checking.texts import say
from vlmr1_lint.session import Session
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vlmr1_lint.checking.finding import Finding

__all__ = ["broken_by", "withhold"]

SHARED_KINDS = frozenset(("deepspeed", "accelerate", "data", "args"))
"""Kinds of files that runs name: several can name one."""


def broken_by(session: Session, texts: Mapping[str, bytes]) -> dict[str, str]:
    """Changed file → a run elsewhere in the repository that is worse off (has a new error or warning) with *texts*; files that
    harm nobody are left out."""
    kinds = {target.document.path: target.kind for target in session.lint().targets}
    shared = [name for name in texts if kinds.get(name) in SHARED_KINDS]
    if not shared:
        return {}
    found: dict[str, str] = {}
    for name in shared:
        for path in _naming(name, session):
            other = Session(session.sources, [path], session.preferences)
            before = {one.fingerprint for one in other.lint().findings}
            after = other.lint(texts).findings
            if any(one.severity != "info" and one.fingerprint not in before for one in after):
                found[name] = session.sources.name(path)
                break
    return found


def _naming(name: str, session: Session) -> Iterable[str]:
    """Files of the repository that name *name* and were not asked for."""
    from vlmr1_lint.sources.discovery import discover

    word = os.fsencode(name.rpartition("/")[2])
    for path in discover([session.sources.root], lambda _: False).files:
        data = None if path in session.files else session.sources.try_read(path)
        if data is not None and word in data:
            yield path


def withhold(findings: Sequence[Finding], broken: Mapping[str, str], lang: str) -> list[Finding]:
    """*findings* whose fixes of the files in *broken* are withheld, and say for whose sake."""
    return [_withheld(finding, broken, lang) for finding in findings]


def _withheld(finding: Finding, broken: Mapping[str, str], lang: str) -> Finding:
    fix = finding.fix
    if fix is None or fix.path not in broken:
        return finding
    reason = say("shared", lang, path=fix.path, other=broken[fix.path])
    return replace(finding, fix=replace(fix, withheld=fix.withheld or reason))
