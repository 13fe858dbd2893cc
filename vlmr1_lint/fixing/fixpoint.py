"""Passes of fixes until nothing is left to fix: bounded, and without going in circles."""

from __future__ import annotations

from vlmr1_lint.findings.finding import INTERNAL, RuleFailed
from vlmr1_lint.fixing.choose import choose, fix_key
from vlmr1_lint.fixing.guard import Dropped, carried_out, regressions
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Finding

__all__ = ["Applied", "Outcome", "fix_all"]

MAX_PASSES = 40
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
    failed    name of a file and the error, which is a fault of ours, that a fix for a finding in it came to
    """

    texts: Mapping[str, bytes]
    findings: tuple[Finding, ...]
    applied: tuple[Applied, ...]
    dropped: Mapping[tuple[str, str], str]
    failed: tuple[tuple[str, Exception], ...] = ()


def fix_all(
    lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
    document_of: Callable[[str, Mapping[str, bytes]], Document],
    allowed: Collection[str],
) -> Outcome:
    """Apply fixes of the *allowed* safeties, pass by pass.

    *lint* gives the findings of a state (name → bytes of changed files); *document_of* a file's document in a state.
    """
    fixer = _Fixer(lint, document_of)
    seen = {_identity(fixer.texts): 0}
    for _ in range(MAX_PASSES):
        chosen = choose(fixer.findings, allowed, fixer.dropped)
        if not chosen:
            break
        if not fixer.advance(chosen):
            continue  # every fix of this pass was dropped: the next of their groups get their turn
        state = fixer.state
        fixes = seen.setdefault(_identity(state.texts), len(state.fixed))
        if fixes < len(state.fixed):
            # A circle: the fixes since this state was last seen come to nothing, and would at every further run.
            fixer.state = replace(state, fixed=state.fixed[:fixes])
            fixer.dropped.update((fix_key(one), "fixes would undo each other") for one in state.fixed[fixes:])
            break
    return Outcome(fixer.texts, fixer.findings, tuple(fixer.applied), fixer.dropped, tuple(fixer.failed.values()))


@value
class _Step:
    """A state after some fixes: the texts, what is found in them, and the findings that were fixed on the way."""

    texts: dict[str, bytes]
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...]


class _Fixer:
    """The state that fixing has come to, and ways to the next."""

    def __init__(
        self,
        lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
        document_of: Callable[[str, Mapping[str, bytes]], Document],
    ) -> None:
        self.lint = lint
        self.document_of = document_of
        self.state = _Step({}, tuple(lint({})), ())
        self.dropped: dict[tuple[str, str], str] = {}
        self.failed: dict[tuple[str, str], tuple[str, Exception]] = {}
        self.originals: dict[str, bytes] = {}

    @property
    def texts(self) -> dict[str, bytes]:
        return self.state.texts

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.state.findings

    @property
    def applied(self) -> list[Applied]:
        return [Applied(one.fix.path, one.rule, one.fix.title) for one in self.state.fixed if one.fix]

    def advance(self, chosen: Sequence[Finding]) -> bool:
        """Carry out all of *chosen* together if the guards allow it, else one half and then the other; whether any was.

        One that the guards do not allow alone is dropped. Halving finds the few bad fixes among those of a thousand files.
        """
        chosen = self._still_wanted(chosen)
        if not chosen:
            return False
        fault: Exception | None = None
        try:
            step, reason = self._carried_out(chosen)
        except Dropped as error:
            reason = str(error)
        except Exception as error:  # a fault of ours: a fix is not worth those of the other files
            reason, fault = INTERNAL, error
        if reason is None:
            self.state = replace(step, fixed=(*self.state.fixed, *step.fixed))
            self.dropped.clear()  # a fix that could not be carried out before may be one that can now
            return True
        if len(chosen) == 1 and fault is not None:
            self.failed[fix_key(chosen[0])] = chosen[0].place.document.path, RuleFailed(chosen[0].rule, fault)
        if len(chosen) == 1:
            self.dropped[fix_key(chosen[0])] = reason
            return False
        middle = len(chosen) // 2
        first = self.advance(chosen[:middle])
        return self.advance(chosen[middle:]) or first

    def _still_wanted(self, chosen: Sequence[Finding]) -> list[Finding]:
        """*chosen* as they are found now, without those that the last fixes have put right or changed."""
        now = {fix_key(finding): finding for finding in self.findings}
        return [now[fix_key(finding)] for finding in chosen if fix_key(finding) in now]

    def _carried_out(self, chosen: Sequence[Finding]) -> tuple[_Step, str | None]:
        """The step after the fixes of *chosen*, and why it is no better, or None. Raises `Dropped`."""
        texts = dict(self.texts)
        for path in sorted({finding.fix.path for finding in chosen if finding.fix}):
            fixes = [finding.fix for finding in chosen if finding.fix and finding.fix.path == path]
            document = self.document_of(path, self.texts)
            original = self.originals.setdefault(path, document.data)
            texts[path] = carried_out(document, fixes)
            if texts[path] == original:
                del texts[path]
        step = _Step(texts, tuple(self.lint(texts)), tuple(chosen))
        return step, regressions(self.findings, step.findings, chosen)


def _identity(texts: Mapping[str, bytes]) -> frozenset[tuple[str, bytes]]:
    return frozenset(texts.items())
