"""``--fix`` and ``--diff``: from a session to new files on the disk, or to the text of what would change."""

from __future__ import annotations

import sys

from vlmr1_lint.checking.chinese import translated
from vlmr1_lint.commands.shared import broken_by, withhold
from vlmr1_lint.commands.words import say
from vlmr1_lint.fixing.fixpoint import fix_all
from vlmr1_lint.sources import Unwritable
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.fixing.fixpoint import Applied, Outcome
    from vlmr1_lint.session import Result, Session

__all__ = ["Fixes", "fix"]


@value
class Fixes:
    """The fixes of one invocation: those applied, the texts written (by name), the diff if asked for, whether a write failed."""

    applied: tuple[Applied, ...]
    texts: Mapping[str, bytes] = {}
    diff: str = ""
    trouble: bool = False


def fix(session: Session, options: Any) -> tuple[Result, Fixes]:
    """Fix what *options* allow; write it, or with ``--diff`` only say what would be written."""
    allowed = {"safe", "unsafe"} if options.unsafe_fixes else {"safe"}
    outcome = fix_all(lambda texts: session.lint(texts).findings, session.document, allowed)
    broken = broken_by(session, outcome.texts) if outcome.texts else {}
    if broken:
        lang = session.preferences.lang
        outcome = fix_all(lambda texts: withhold(session.lint(texts).findings, broken, lang), session.document, allowed)
    if options.diff:
        for name, other in sorted(broken.items()):  # the diff cannot say it, and findings are not printed beside it
            print(say("shared", session.preferences.lang, path=name, other=other), file=sys.stderr)
        return session.lint(), Fixes((), diff=_diff(session, outcome))
    written, trouble = _write(session, outcome.texts)
    kept = {name: data for name, data in outcome.texts.items() if name in written}
    result = session.lint(kept)
    result = replace(result, findings=tuple(withhold(result.findings, broken, session.preferences.lang)))
    result = replace(result, findings=tuple(_with_reason(finding, outcome.dropped) for finding in result.findings))
    return result, Fixes(tuple(one for one in outcome.applied if one.path in written), kept, trouble=trouble)


def _diff(session: Session, outcome: Outcome) -> str:
    from vlmr1_lint.reporting.diff import unified

    return "".join(unified(name, session.document(name, {}).data, data) for name, data in sorted(outcome.texts.items()))


def _write(session: Session, texts: Mapping[str, bytes]) -> tuple[set[str], bool]:
    """Write every changed file; the names written, and whether any was not.

    Standard input is not written here: its text is printed at the end. Two names of one file (a link and its target) are written
    once; where their fixes differ, the second is left for the next invocation.
    """
    written: set[str] = set()
    trouble = False
    lang = session.preferences.lang
    done: dict[str, tuple[str, bytes]] = {}
    for name, data in sorted(texts.items()):
        path = session.sources.path(name)
        if path in session.sources.overlays:
            written.add(name)
            continue
        other, other_data = done.get(session.sources.real(path), ("", b""))
        if other and other_data == data:
            written.add(name)
            continue
        try:
            if other:
                raise Unwritable(say("same-file", lang, other=other))
            session.sources.write(path, data, session.document(name, {}).data)
            written.add(name)
            done[session.sources.real(path)] = name, data
        except Unwritable as error:
            print(say("not-written", lang, path=name, reason=translated(str(error), lang)), file=sys.stderr)
            trouble = True
    return written, trouble


def _with_reason(finding: Finding, dropped: Mapping[tuple[str, str], str]) -> Finding:
    """*finding*, whose fix says why a guard refused it."""
    if finding.fix is None:
        return finding
    reason = dropped.get((finding.fingerprint, finding.fix.title))
    return finding if reason is None else replace(finding, fix=replace(finding.fix, withheld=reason))
