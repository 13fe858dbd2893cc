"""What stops a run before it trains: the rules marked ``rejects: true``, whatever is selected or suppressed."""

from __future__ import annotations

from vlmr1_lint.checking.context import Context
from vlmr1_lint.checking.evaluate import ask, fires, fires_for_some, rules_of
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.findings.finding import Finding
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.rulefiles.needs import listed, words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.training.run import Run

__all__ = ["below_minimum", "depends_on_hardware", "rejected", "rejecting", "stopping"]

MEMORY = "MEM"
HARDWARE = frozenset(("fleet", "launch", "forecast"))
OF_HARDWARE = frozenset(("world_size", "micro_batch", "effective_batch", "reserved_gpus", "fleet"))


def rejecting(run: Run, data: Data) -> list[Rule]:
    """The rules by which *run*, whose samples look as *data* says, may not start: errors and warnings, for one candidate at
    least. What they find no plan may propose."""
    return list(_firing(run, data, lambda rule: rule.rejects, fires_for_some))


def stopping(run: Run, data: Data) -> list[Rule]:
    """The rules by which *run* cannot start, whoever of its candidates reads it."""
    return list(_firing(run, data, lambda rule: rule.rejects and rule.severity == "error", fires))


def below_minimum(run: Run, data: Data) -> list[Rule]:
    """The errors about memory that no forecast decides: *run* is below a documented minimum."""
    return list(
        _firing(run, data, lambda rule: rule.family == MEMORY and rule.severity == "error" and not _forecasts(rule), fires)
    )


def rejected(run: Run, data: Data, lang: str) -> list[Finding]:
    """Why *run* cannot start, in the language *lang*: what the rules that stop it find."""
    scope, about = RunScope(run, data), Context(lang, frozenset((run.inputs.document.path,)))
    return [found for rule in stopping(run, data) for found in ask(rule, scope, about) if isinstance(found, Finding)]


def depends_on_hardware(rule: Rule) -> bool:
    """Whether another number or kind of cards may change what *rule* says."""
    return any(chain[0] in HARDWARE or (len(chain) > 1 and chain[1] in OF_HARDWARE) for chain in rule.reads)


def _forecasts(rule: Rule) -> bool:
    return any(chain[0] == "forecast" for chain in rule.reads)


def _firing(run: Run, data: Data, wanted: Callable[[Rule], bool], holds: Callable[[Rule, RunScope], bool]) -> Iterator[Rule]:
    scope = RunScope(run, data)
    words = words_of(run)
    words = None if words is None else words | listed(scope)
    for rule in rules_of(run, builtin()):
        if wanted(rule) and (words is None or rule.possible(words)) and holds(rule, scope):
            yield rule
