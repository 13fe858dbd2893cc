"""Engine rules about a document or a run.

A rule holds, does not hold, or cannot be decided. Over a set of candidate trainers it fires at its severity if it holds for
all of them; if it holds for some, only where its file says so (``some``), naming which.
"""

from __future__ import annotations

from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.findings.finding import RuleFailed, Skipped
from vlmr1_lint.rulefiles.matching import picked
from vlmr1_lint.rulefiles.needs import listed, words_of, words_of_document
from vlmr1_lint.trainers.releases import spans
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from vlmr1_lint.checking.context import Context
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.language.closures import Scope
    from vlmr1_lint.rulefiles.catalogue import Catalogue
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.training.run import Run

    Said: TypeAlias = Finding | Skipped | RuleFailed
    """What comes of asking a rule: what it found, which facts it lacks, or that it failed, which is a fault of ours."""

__all__ = ["ask", "attempted", "check_document", "check_run", "fires", "fires_for_some", "items", "rules_of"]


def check_document(scope: DocumentScope, rules: Iterable[Rule], about: Context) -> Iterator[Said]:
    """What *rules* of scope ``document`` find in one file."""
    words = words_of_document(scope["document"])  # type: ignore[arg-type]
    for rule in rules:
        if rule.scope != "document" or (rule.kinds is not None and scope.kind not in rule.kinds) or not rule.possible(words):
            continue
        yield from attempted(rule, _found(rule, scope, about))


def _found(rule: Rule, scope: DocumentScope, about: Context) -> Iterator[Finding]:
    program = rule.program(FUNCTIONS)
    for item in items(rule, scope):
        inner = program.scope(scope, item)
        if program.when(inner) is True:
            yield _conclude(rule, rule.severity, inner, scope, item, about)


def attempted(rule: Rule, said: Iterable[Said]) -> Iterator[Said]:
    """What comes of asking *rule*, up to where it fails: the other rules are asked all the same."""
    try:
        yield from said
    except Exception as error:
        yield RuleFailed(rule.id, error)


OPTIONS = "KEY"
"""The family of rules about option names: they hold for a repository's own copy of a trainer too, which takes TRL's classes."""


def check_run(scope: RunScope, rules: Iterable[Rule], about: Context) -> list[Said]:
    """What *rules* of scope ``run`` find in one run, and which of them the missing facts leave open."""
    said: list[Said] = []
    words = words_of(scope.run)
    words = None if words is None else words | listed(scope)
    for rule in rules:
        if rule.scope == "run" and (words is None or rule.possible(words)):
            try:
                said.extend(ask(rule, scope, about))
            except Exception as error:
                said.append(RuleFailed(rule.id, error))
    return said


def rules_of(run: Run, rules: Catalogue) -> tuple[Rule, ...]:
    """Those of *rules* that may be about *run*."""
    return rules.for_run(run.candidates) if run.inputs.trainer.code is None else rules.for_code(run.candidates)


def ask(rule: Rule, scope: RunScope, about: Context) -> Iterator[Said]:
    """What one *rule* of scope ``run`` finds in one run, or which facts it lacks."""
    candidates = scope.run.candidates
    missing: set[str] = set()
    scope, *others = readings_of(rule, scope)
    found = list(_verdicts(rule, scope, missing)) if others else _verdicts(rule, scope, missing)
    if others:
        holds = [bool(found), *(any(True for _ in _verdicts(rule, other, missing)) for other in others)]
        if not all(holds):
            if any(holds):
                missing.add(f"{scope.run.processes_said} processes, {scope.run.gpus} GPUs")
            found = []
    for verdict in found:
        index, whole, holding = verdict.index, verdict.whole, verdict.holding
        if holding is None:
            yield _settled(_conclude(rule, rule.severity, verdict.inner, whole, verdict.item, about), rule, scope, index, about)
        elif len(holding) == len(candidates):
            yield _settled(_conclude_for(rule, rule.severity, whole, holding, index, about), rule, scope, index, about)
        elif rule.some is not None and scope.run.trainer and (not rule.needs_half or 2 * len(holding) >= len(candidates)):
            # Of a file that may be another trainer's altogether (GRPO or SFT), "for some" would be a guess.
            yield _settled(_conclude_for(rule, rule.some, whole, holding, index, about), rule, scope, index, about)
    missing.discard("trainer version")
    if missing:
        yield Skipped(scope.run.inputs.document.path, rule.id, tuple(sorted(missing)))


ON_PROCESSES = frozenset(("world_size", "micro_batch", "effective_batch", "forecast", "world_is_assumed"))
"""Facts that hang on the number of processes."""
ON_BOTH = frozenset(("processes_said", "world_is_contradicted"))
"""Facts of a rule that looks at processes and GPUs beside each other."""


def readings_of(rule: Rule, scope: RunScope) -> tuple[RunScope, ...]:
    """The scopes in which *rule* has to hold. Where a run starts more processes than it has GPUs these are both readings, the one
    that the GPUs allow first, if the rule rests on the number of processes; the GPUs' alone if it counts cards as well (the
    documented minimum); the run as it stands for what looks at the contradiction, or at neither."""
    if not scope.run.world_is_contradicted:
        return (scope,)
    reads = {chain[0] if chain[0] != "run" else chain[-1] for chain in rule.reads}
    if reads & ON_BOTH or not reads & ON_PROCESSES:
        return (scope,)
    counts_cards = any(chain[:2] in {("fleet", "gpus"), ("run", "gpus")} for chain in rule.reads)
    return scope.readings()[:1] if counts_cards else scope.readings()


def fires(rule: Rule, scope: RunScope) -> bool:
    """Whether *rule* holds for a run at its full severity: for all candidates, for certain, and in each reading of it."""
    if scope.run.inputs.trainer.unsure and rests_on_trainer(rule):
        return False
    count = len(scope.run.candidates)
    return all(
        any(one.holding is None or len(one.holding) == count for one in _verdicts(rule, reading, set()))
        for reading in readings_of(rule, scope)
    )


def fires_for_some(rule: Rule, scope: RunScope) -> bool:
    """Whether *rule* holds for a run as one of its candidates reads it, at least."""
    if len(scope.run.candidates) < 2:
        return fires(rule, scope)
    return any(True for _ in _verdicts(rule, scope, set())) or any(
        fires(rule, scope.narrowed(release)) for release in scope.run.candidates
    )


@value
class _Verdict:
    """Of an item: that the rule holds for all candidates (*holding* None), or for which."""

    index: int
    item: object
    inner: Scope
    whole: RunScope
    holding: tuple[str, ...] | None


def _verdicts(rule: Rule, scope: RunScope, missing: set[str]) -> Iterator[_Verdict]:
    """The items of *rule* for which it holds for some candidates at least; facts that others lack go to *missing*."""
    candidates = scope.run.candidates
    meant = picked(rule.trainers, candidates)
    if not meant or (scope.run.is_copy and rule.trainers is not None and rule.family != OPTIONS):
        return
    whole = scope if len(meant) == len(candidates) else scope.of(meant)
    program = rule.program(FUNCTIONS)
    for index, item in enumerate(items(rule, whole, missing)):
        inner = program.scope(whole, item)
        verdict = program.when(inner)
        if verdict is True and whole is scope:
            yield _Verdict(index, item, inner, whole, None)
        elif verdict is True or verdict.__class__ is Unknown:
            holding = tuple(meant) if verdict is True else _holding(rule, whole, index, meant)
            if holding:
                yield _Verdict(index, item, inner, whole, holding)
            elif isinstance(verdict, Unknown):
                missing |= verdict.missing


def items(rule: Rule, scope: Scope, missing: set[str] | None = None) -> Sequence[object]:
    """What the rule's ``each`` gives, ``[None]`` without one; what is missing for it goes to *missing*."""
    program = rule.program(FUNCTIONS)
    if program.each is None:
        return (None,)
    if rule.keys is not None and program.each_is_entries and isinstance(scope, RunScope):
        return scope.entries_with(rule.keys)
    found = program.each[1](program.items_scope(scope))
    if isinstance(found, Unknown):
        if missing is not None:
            missing |= found.missing
        return ()
    if not isinstance(found, list | tuple):
        return ()
    return found if rule.keys is None else [entry for entry in found if entry.key in rule.keys]


def _holding(rule: Rule, scope: RunScope, index: int, releases: Sequence[str]) -> tuple[str, ...]:
    """Those of *releases* for which the rule holds for its item number *index*."""
    if len(releases) < 2:
        return ()
    program = rule.program(FUNCTIONS)
    found = []
    for release in releases:
        narrowed = scope.narrowed(release)
        those = items(rule, narrowed)
        if index < len(those) and program.when(program.scope(narrowed, those[index])) is True:
            found.append(release)
        elif rule.some is None:
            return ()  # it would have to hold for all
    return tuple(found)


def _conclude_for(rule: Rule, severity: str, scope: RunScope, holding: Sequence[str], index: int, about: Context) -> Finding:
    """The finding as the candidates in *holding* see it; ``candidates`` names them in its message."""
    seen = scope.narrowed(holding[-1])
    base = RunScope(seen.run, seen.data, seen.whole)
    base.update(seen)
    base["candidates"] = spans(holding)
    item = items(rule, base)[index]
    inner = rule.program(FUNCTIONS).scope(base, item)
    return _conclude(rule, severity, inner, base, item, about)


def rests_on_trainer(rule: Rule) -> bool:
    """Whether what *rule* says is true of some trainers and not of others: it picks them, or reads a claim or an option table."""
    from vlmr1_lint.claims.claim import CLAIMS

    def of_trainer(chain: Sequence[str]) -> bool:
        return len(chain) > 1 and (chain[1] in CLAIMS if chain[0] == "run" else chain[1] in OF_TABLES)

    return rule.trainers is not None or any(map(of_trainer, rule.reads))


OF_TABLES = frozenset("known known_to never_read note expected default choices rejected renamed_to removed_in older_name".split())
"""What an entry says of its option in the tables of releases."""


def _settled(finding: Finding, rule: Rule, scope: RunScope, index: int, about: Context) -> Finding:
    """*finding*, its safe fix withheld where it rests on a contested pin."""
    if not scope.run.inputs.trainer.contested:
        return finding
    from vlmr1_lint.checking.contested import settled

    return settled(finding, rule, scope, index, about.lang)


def _conclude(rule: Rule, severity: str, inner: Scope, base: RunScope | DocumentScope, item: object, about: Context) -> Finding:
    """`conclude`, imported only once there is something to conclude: most files are clean."""
    from vlmr1_lint.checking.conclude import conclude

    if isinstance(base, RunScope) and base.run.inputs.trainer.unsure and rests_on_trainer(rule):
        severity = "info"
    return conclude(rule, severity, inner, base, item, about)
