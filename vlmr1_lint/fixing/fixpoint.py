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
    texts: dict[str, bytes] = {}
    findings = tuple(lint(texts))
    applied: list[Applied] = []
    dropped: dict[tuple[str, str], str] = {}
    seen = {_state(texts)}
    for _ in range(MAX_PASSES):
        chosen = choose(findings, allowed, dropped)
        if not chosen:
            break
        step = _pass(chosen, findings, texts, lint, document_of, dropped)
        if step is None:
            continue  # every fix of this pass was dropped: the next of their groups get their turn
        state, findings, done = step
        if _state(state) in seen:
            break
        seen.add(_state(state))
        texts = state
        dropped.clear()  # a fix that could not be carried out before may be one that can now
        applied += [Applied(finding.fix.path, finding.rule, finding.fix.title) for finding in done if finding.fix]
    return Outcome(texts, findings, tuple(applied), dropped)


def _pass(
    chosen: Sequence[Finding],
    findings: Sequence[Finding],
    texts: Mapping[str, bytes],
    lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
    document_of: Callable[[str, Mapping[str, bytes]], Document],
    dropped: dict[tuple[str, str], str],
) -> tuple[dict[str, bytes], tuple[Finding, ...], list[Finding]] | None:
    """One pass: all of *chosen* together if the guards allow it, else one by one. None if none could be carried out."""
    try:
        state = _carry_out(chosen, texts, document_of)
        after = tuple(lint(state))
        if regressions(findings, after, chosen) is None:
            return state, after, list(chosen)
    except Dropped:
        pass
    if len(chosen) == 1:
        return _alone(chosen[0], findings, texts, lint, document_of, dropped)
    return _one_by_one(chosen, findings, texts, lint, document_of, dropped)


def _one_by_one(
    chosen: Sequence[Finding],
    findings: Sequence[Finding],
    texts: Mapping[str, bytes],
    lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
    document_of: Callable[[str, Mapping[str, bytes]], Document],
    dropped: dict[tuple[str, str], str],
) -> tuple[dict[str, bytes], tuple[Finding, ...], list[Finding]] | None:
    """The first of *chosen* that passes its guards; those that do not are dropped. The others come in later passes."""
    for finding in chosen:
        step = _alone(finding, findings, texts, lint, document_of, dropped)
        if step is not None:
            return step
    return None


def _alone(
    finding: Finding,
    findings: Sequence[Finding],
    texts: Mapping[str, bytes],
    lint: Callable[[Mapping[str, bytes]], Sequence[Finding]],
    document_of: Callable[[str, Mapping[str, bytes]], Document],
    dropped: dict[tuple[str, str], str],
) -> tuple[dict[str, bytes], tuple[Finding, ...], list[Finding]] | None:
    try:
        state = _carry_out([finding], texts, document_of)
        after = tuple(lint(state))
        reason = regressions(findings, after, [finding])
    except Dropped as error:
        reason = str(error)
    else:
        if reason is None:
            return state, after, [finding]
    dropped[fix_key(finding)] = reason
    return None


def _carry_out(
    chosen: Sequence[Finding], texts: Mapping[str, bytes], document_of: Callable[[str, Mapping[str, bytes]], Document]
) -> dict[str, bytes]:
    """The state after the fixes of *chosen*. Raises `Dropped`."""
    state = dict(texts)
    for path in sorted({finding.fix.path for finding in chosen if finding.fix}):
        fixes = [finding.fix for finding in chosen if finding.fix and finding.fix.path == path]
        state[path] = carried_out(document_of(path, texts), fixes)
    return state


def _state(texts: Mapping[str, bytes]) -> frozenset[tuple[str, bytes]]:
    return frozenset(texts.items())
