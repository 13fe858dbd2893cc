"""Fixes that would rest on a pin which another place in the repository contradicts: they are shown, and not written.

A run's candidates are narrowed by the options that its files write. Where the places that install TRL contradict each other, that
is enough to report something, and not enough to change a file: a safe fix is the same for every release that may be installed.
"""

from __future__ import annotations

from vlmr1_lint.checking.conclude import changes_of
from vlmr1_lint.checking.evaluate import OPTIONS, items
from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.chinese import translated
from vlmr1_lint.findings.texts import say
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.checking.scope import RunScope
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.rulefiles.rule import Rule

__all__ = ["settled"]


def settled(finding: Finding, rule: Rule, scope: RunScope, index: int, lang: str) -> Finding:
    """*finding* of item number *index* of *rule*, its safe fix withheld where another release that may be installed would need
    another one, or none."""
    fix, trainer = finding.fix, scope.run.inputs.trainer
    if fix is None or fix.safety != "safe" or fix.withheld is not None:
        return finding
    if trainer.allowed:
        same = all(_changes(rule, scope.narrowed(release), index) == fix.changes for release in trainer.allowed)
    else:
        same = rule.family != OPTIONS  # a copied trainer: of TRL's release it has the options, and nothing else
    if same:
        return finding
    reason = say("contested-pins", lang, evidence=translated(trainer.evidence, lang))
    return replace(finding, fix=replace(fix, withheld=reason))


def _changes(rule: Rule, scope: RunScope, index: int) -> tuple[object, ...] | None:
    """What the fix changes as one release sees the run; None where the rule does not hold there."""
    program, those = rule.program(FUNCTIONS), items(rule, scope)
    if index >= len(those):
        return None
    inner = program.scope(scope, those[index])
    return changes_of(rule, inner, scope, those[index]) if program.when(inner) is True else None
