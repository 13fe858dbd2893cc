"""Passes of fixes until nothing is left to fix: bounded, and without going in circles."""

from __future__ import annotations

from vlmr1_lint.fixing.choose import choose, fix_key
from vlmr1_lint.fixing.guard import Dropped, carried_out, regressions
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.documents.model import Document

__all__ = ["Applied", "Outcome", "fix_all"]

MAX_PASSES = 12
"""Passes after which fixing stops: the longest chain of rules that hand a file on to each other is far shorter."""


@value
class Applied:
    """A fix that was carried out."""

    path: str
    rule: str
    title: str


@value
class Outcome:
    """What fixing came to.

    texts     file name → new bytes, for files that changed
    findings  what remains in the new state
    applied   the fixes, in order
    dropped   fingerprint and title of a fix that a guard refused in the last state → why
    """

    texts: Mapping[str, bytes]
    findings: tuple[Finding, ...]
    applied: tuple[Applied, ...]
    dropped: Mapping[tuple[str, str], str]


def fix_all(
    lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
    document_of: Callable[[str, Mapping[str, bytes]], Document],
    allowed: Collection[str],
) -> Outcome:
    """Apply fixes of the *allowed* safeties, pass by pass.

    *lint* gives the findings of a state (name → bytes of changed files); *document_of* a file's document in a state.
    """
    fixer = _Fixer(lint, document_of)
    seen = {_identity(fixer.texts)}
    for _ in range(MAX_PASSES):
        chosen = choose(fixer.findings, allowed, fixer.dropped)
        if not chosen:
            break
        step = fixer.attempt(chosen)
        if step is None:
            continue  # every fix of this pass was dropped: the next of their groups get their turn
        if _identity(step.texts) in seen:
            break
        seen.add(_identity(step.texts))
        fixer.take(step)
    return Outcome(fixer.texts, fixer.findings, tuple(fixer.applied), fixer.dropped)


@value
class _Step:
    """A state after some fixes: the texts, what is found in them, and the findings that were fixed."""

    texts: dict[str, bytes]
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...]


class _Fixer:
    """The state that fixing has come to, and attempts at the next."""

    def __init__(
        self,
        lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
        document_of: Callable[[str, Mapping[str, bytes]], Document],
    ) -> None:
        self.lint = lint
        self.document_of = document_of
        self.texts: dict[str, bytes] = {}
        self.findings: tuple[Finding, ...] = tuple(lint({}))
        self.applied: list[Applied] = []
        self.dropped: dict[tuple[str, str], str] = {}

    def take(self, step: _Step) -> None:
        """Go on from *step*."""
        self.texts, self.findings = step.texts, step.findings
        self.dropped.clear()  # a fix that could not be carried out before may be one that can now
        self.applied += [Applied(one.fix.path, one.rule, one.fix.title) for one in step.fixed if one.fix]

    def attempt(self, chosen: Sequence[Finding]) -> _Step | None:
        """All of *chosen* together if the guards allow it, else the first that passes them alone; None if none does.

        Those that do not pass are dropped; the others come in later passes.
        """
        if len(chosen) > 1:
            try:
                step, reason = self._carried_out(chosen)
            except Dropped:
                reason = "together"
            if reason is None:
                return step
        for finding in chosen:
            try:
                step, reason = self._carried_out([finding])
            except Dropped as error:
                reason = str(error)
            if reason is None:
                return step
            self.dropped[fix_key(finding)] = reason
        return None

    def _carried_out(self, chosen: Sequence[Finding]) -> tuple[_Step, str | None]:
        """The step after the fixes of *chosen*, and why it is no better, or None. Raises `Dropped`."""
        texts = dict(self.texts)
        for path in sorted({finding.fix.path for finding in chosen if finding.fix}):
            fixes = [finding.fix for finding in chosen if finding.fix and finding.fix.path == path]
            texts[path] = carried_out(self.document_of(path, self.texts), fixes)
        step = _Step(texts, tuple(self.lint(texts)), tuple(chosen))
        return step, regressions(self.findings, step.findings, chosen)


def _identity(texts: Mapping[str, bytes]) -> frozenset[tuple[str, bytes]]:
    return frozenset(texts.items())
