"""Files that several runs share: a fix for one run must not break another that names the same file."""

from __future__ import annotations

from vlmr1_lint.documents.model import apply_edits
from vlmr1_lint.findings.texts import say
from vlmr1_lint.session import Session
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.fixing.fixpoint import Outcome
    from vlmr1_lint.session import Result

__all__ = ["broken_by", "fixed_for_all", "withhold", "without_harm"]

SHARED_KINDS = frozenset(("deepspeed", "accelerate", "data", "args"))
"""Kinds of files that runs name: several can name one."""


def broken_by(session: Session, texts: Mapping[str, bytes]) -> dict[str, str]:
    """Changed file → a run elsewhere in the repository that is worse off (has a new error or warning) with *texts*; files that
    harm nobody are left out."""
    if not texts:
        return {}
    kinds = {target.document.path: target.kind for target in session.lint().targets}
    shared = [name for name in texts if kinds.get(name) in SHARED_KINDS]
    if not shared:
        return {}
    others = _Others(session)
    return {name: other for name in shared if (other := others.worse_off(name, texts)) is not None}


def fixed_for_all(
    session: Session, lint: Callable[[Mapping[str, bytes]], Sequence[Finding]], allowed: Collection[str]
) -> tuple[Outcome, dict[str, str]]:
    """What fixing comes to where no run elsewhere is worse off; and the changed files that would have harmed one, each with it.

    lint     what finds what may be fixed in a state (name → bytes of changed files)
    allowed  safeties of fixes that are applied
    """
    from vlmr1_lint.fixing.fixpoint import fix_all

    broken: dict[str, str] = {}

    def harmless(texts: Mapping[str, bytes]) -> Sequence[Finding]:
        return withhold(lint(texts), broken, session.preferences.lang)

    outcome = fix_all(harmless, session.document, allowed)
    while worse := broken_by(session, outcome.texts):
        broken.update(worse)  # and once more: what is fixed in place of the withheld may do harm as well
        outcome = fix_all(harmless, session.document, allowed)
    return outcome, broken


def without_harm(session: Session, result: Result) -> tuple[Finding, ...]:
    """The findings of *result*, which have their edits, with those fixes withheld that would break a run elsewhere: for reports
    whose fixes another program writes."""
    kinds = {target.document.path: target.kind for target in result.targets}
    others = _Others(session)

    def judged(finding: Finding) -> Finding:
        fix = finding.fix
        if fix is None or not fix.edits or fix.withheld or kinds.get(fix.path) not in SHARED_KINDS or not others.of(fix.path):
            return finding
        text = apply_edits(session.document(fix.path, {}).data, fix.edits)
        other = others.worse_off(fix.path, {fix.path: text})
        return finding if other is None else _withheld(finding, {fix.path: other}, session.preferences.lang)

    return tuple(judged(finding) for finding in result.findings)


class _Others:
    """The files of the repository that were not asked for, as far as they name a file that would be changed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._naming: dict[str, list[str]] = {}
        self._before: dict[str, set[str]] = {}

    def of(self, name: str) -> list[str]:
        """Those that name the file called *name*, by path."""
        if name not in self._naming:
            self._naming[name] = self._find(self.session.sources.path(name))
        return self._naming[name]

    def _find(self, path: str) -> list[str]:
        from vlmr1_lint.sources.discovery import discover
        from vlmr1_lint.training.touching import naming

        session = self.session
        others = [other for other in discover([session.sources.root], lambda _: False).files if other not in session.files]
        return naming([path], session.sources, others)

    def worse_off(self, name: str, texts: Mapping[str, bytes]) -> str | None:
        """Name of a file naming *name* whose run has a new error or warning with *texts*; None if there is none."""
        paths = self.of(name)
        if not paths:
            return None
        others = Session(self.session.sources, paths, self.session.preferences)
        if name not in self._before:
            self._before[name] = {one.fingerprint for one in others.lint().findings}
        after = others.lint(texts).findings
        worse = (one for one in after if one.severity != "info" and one.fingerprint not in self._before[name])
        return next((one.place.document.path for one in worse), None)


def withhold(findings: Sequence[Finding], broken: Mapping[str, str], lang: str) -> list[Finding]:
    """*findings* whose fixes of the files in *broken* are withheld, and say for whose sake."""
    return [_withheld(finding, broken, lang) for finding in findings]


def _withheld(finding: Finding, broken: Mapping[str, str], lang: str) -> Finding:
    fix = finding.fix
    if fix is None or fix.path not in broken:
        return finding
    reason = say("shared", lang, path=fix.path, other=broken[fix.path])
    return replace(finding, fix=replace(fix, withheld=fix.withheld or reason))
