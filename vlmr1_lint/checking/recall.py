"""Many runs that differ in little: a rule that reads nothing of the difference need not be asked again.

Files of one project repeat each other. A run is compared with the last one of the same kind: same candidates, fleet, DeepSpeed
file and options written. Rules that found nothing there and whose options (`dependence`) say the same here find nothing here;
what they lacked there they lack here. Rules that found something are always asked, so a finding is never a copy. A test lints
folders of random files in this way and one by one.
"""

from __future__ import annotations

from vlmr1_lint.checking.evaluate import ask, attempted
from vlmr1_lint.checking.finding import Skipped
from vlmr1_lint.checking.needs import SUSPICIONS, allowed, words_of
from vlmr1_lint.checking.suspicions import suspects
from vlmr1_lint.documents.yaml.flat import FlatNode
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from vlmr1_lint.checking.circumstances import Circumstances
    from vlmr1_lint.checking.finding import Finding, RuleFailed
    from vlmr1_lint.checking.rule import Rule
    from vlmr1_lint.checking.scope import RunScope
    from vlmr1_lint.training.inputs import Joined

    Said = dict[str, Hashable]
    Undecided = tuple[tuple[str, tuple[str, ...]], ...]

__all__ = ["Recall"]

KINDS = 64
"""Kinds of runs of which the last one is remembered; a few kilobytes each."""


class Recall:
    """What the last runs of each kind came to."""

    def __init__(self) -> None:
        self._last: dict[Hashable, _Last] = {}

    def check(
        self, scope: RunScope, rules: tuple[Rule, ...], about: Circumstances
    ) -> tuple[list[Finding | RuleFailed], Undecided]:
        """What *rules* of scope ``run`` find in one run, or that they failed, and (rule, missing facts) for those left
        undecided, in their order."""
        said = _said(scope)
        kind = None if said is None else _kind(scope, rules, said)
        last = None if kind is None else self._last.get(kind)
        if said is None or last is None:
            last = _Last(scope, rules)
            if said is not None and kind is not None:
                if len(self._last) >= KINDS:
                    del self._last[next(iter(self._last))]
                self._last[kind] = last
        return last.ask(last.open_for(scope, said or {}), scope, about)


class _Last:
    """The last run of a kind: what its options said, which rules found something, and what others lacked."""

    def __init__(self, scope: RunScope, rules: tuple[Rule, ...]) -> None:
        words = words_of(scope.run)
        if words is not None:
            words = words.union(allowed(scope), (f"{name}/" for name in SUSPICIONS))  # these lists differ from run to run
        self.all_rules = rules  # kept alive: the kind holds its identity
        self.rules = [rule for rule in rules if words is None or rule.possible(words)]
        self.said: Said | None = None
        self.odd: set[str] = set()
        self.firing: set[int] = set()
        self.missing: dict[int, tuple[str, ...]] = {}
        self.undecided: Undecided = ()
        self.readers: dict[str, list[int]] = {}
        self.always: list[int] = []

    def _index(self) -> None:
        """Find out which rules read which option; not before there is a second run of the kind."""
        for number, rule in enumerate(self.rules):
            if rule.depends is None:
                self.always.append(number)
            for option in rule.depends or ():
                self.readers.setdefault(option, []).append(number)

    def open_for(self, scope: RunScope, said: Said) -> Iterable[int]:
        """The numbers of the rules to ask about *scope*, whose options say *said*."""
        before, self.said = self.said, said
        if before is None:
            self.odd = set(scope.suspects("odd_entries"))
            return range(len(self.rules))
        if not self.readers:
            self._index()
        changed = [name for name, what in said.items() if before[name] != what]
        numbers = self.firing.union(self.always)
        for name in changed:
            numbers.update(self.readers.get(name, ()))
        for listed in SUSPICIONS:
            names = suspects(scope.run, listed.removesuffix("_entries"), changed)
            if names or (listed == "odd_entries" and not self.odd.isdisjoint(changed)):
                numbers.update(self.readers.get(listed, ()))
            if listed == "odd_entries":
                self.odd.difference_update(changed)
                self.odd.update(names)
        return sorted(numbers)

    def ask(self, numbers: Iterable[int], scope: RunScope, about: Circumstances) -> tuple[list[Finding | RuleFailed], Undecided]:
        """Ask the rules with these *numbers*, and remember what they say."""
        findings: list[Finding | RuleFailed] = []
        lacking = dict(self.missing)
        for number in numbers:
            self.firing.discard(number)
            lacking.pop(number, None)
            rule = self.rules[number]
            for found in attempted(rule, ask(rule, scope, about)):
                if isinstance(found, Skipped):
                    lacking[number] = found.missing
                else:
                    findings.append(found)
                    self.firing.add(number)
        if lacking != self.missing:
            self.missing = lacking
            self.undecided = tuple((self.rules[number].id, lacking[number]) for number in sorted(lacking))
        return findings, self.undecided


def _said(scope: RunScope) -> Said | None:
    """What each written option says, as something to compare; None for a run that is more than a file of plain lines."""
    inputs, machine = scope.run.inputs, scope.machine
    if machine is not None and (machine.here or machine.check_data):
        return None
    if inputs.open or inputs.as_flags or inputs.changes or inputs.origins or inputs.launch or inputs.accelerate or inputs.model:
        return None
    said: Said = {}
    for name, node in inputs.written.items():
        if node.__class__ is not FlatNode:
            return None
        said[name] = node.said
    return said


def _kind(scope: RunScope, rules: tuple[Rule, ...], said: Said) -> Hashable:
    """All that two runs have in common if they differ in nothing but what their options say."""
    inputs = scope.run.inputs
    trainer = inputs.trainer
    deepspeed = _deepspeed(inputs.deepspeed)
    if deepspeed is None:
        return None
    about_trainer = (
        trainer.candidates,
        id(trainer.own) if trainer.own else 0,
        trainer.entry_seen,
        trainer.source_seen,
        trainer.is_copy,
        trainer.text,
        id(trainer.code),
        trainer.guessed,
        trainer.contested,
        trainer.allowed,
    )
    return (id(rules), frozenset(said), about_trainer, inputs.fleet, scope.data, deepspeed)


def _deepspeed(file: Joined | Unknown | None) -> Hashable:
    """Which DeepSpeed configuration it is; None for one within the args file itself."""
    if file is None:
        return "none"
    if isinstance(file, Unknown):
        return file
    if file.document is not None:
        return id(file.document)  # the library keeps it
    return file.assumed or None
