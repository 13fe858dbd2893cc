"""The steps of a plan: first what makes a run start (its processes, its batch), then what makes it fit; none without need."""

from __future__ import annotations

from vlmr1_lint.checking.forecasts import BatchFix, solve_batch
from vlmr1_lint.checking.processes import fewer_processes
from vlmr1_lint.checking.rejections import below_minimum, stopping
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.memory.interval import Interval, interval
from vlmr1_lint.planning.changes import lacks_host_memory, outcome, smallest_plan, written_change
from vlmr1_lint.planning.legality import Judge
from vlmr1_lint.planning.moves import asker, reached
from vlmr1_lint.planning.search import COSTS
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.planning.search import Cost
    from vlmr1_lint.training.run import Run

__all__ = ["Step", "steps_for"]


@value
class Step:
    """One step: *changes* to make together, their cost class, and, once it has its place in a plan, how it is *shown*."""

    changes: Mapping[str, object]
    cost: Cost
    shown: dict[str, Any]

    @property
    def options(self) -> dict[str, object]:
        """The changes that the forecast knows; the launcher's count of processes is the reading that it is made of."""
        return {name: new for name, new in self.changes.items() if not name.startswith(LAUNCHER)}


LAUNCHER = ("launch/", "accelerate/num_processes")


def steps_for(said: Run, run: Run, data: Data, *, margin: bool) -> tuple[list[Step], list[str]]:
    """The steps that make *run* one that its trainer takes and that fits, and the rules that stop it, or find it below a
    documented minimum, even then: their findings are for a person to mend. No steps where nothing within reach fits.

    *said* is the run as its files say it, *run* the reading of it that its GPUs allow: the same where they agree.
    """
    steps = _starting(said, run, data)
    taken = run.with_changes(_together(steps)) if steps else run
    plan = smallest_plan(taken, asker(taken, data), Judge(taken, data), margin=margin)
    if plan is None:
        return [], []
    started = bool(steps)
    for move in plan.moves:
        steps = _joined(run, steps, Step(move.changes, move.cost, {}))
    if started and len(steps) > 1:  # the search's own are minimal
        steps = _needed(run, data, steps, margin=margin)
    final = run.with_changes(_together(steps)) if steps else run
    left = [*stopping(final, data), *below_minimum(final, data)]
    return _shown(said, run, data, steps), list(dict.fromkeys(rule.id for rule in left))


def _starting(said: Run, run: Run, data: Data) -> list[Step]:
    """What makes the run start: one process for each GPU, and the batch that the solver of the rules proposes."""
    steps: list[Step] = []
    fix = fewer_processes(RunScope(said, data)) if said is not run else None
    if fix is not None and fix.changes:
        steps.append(Step(fix.changes, _cost(fix.safety), {}))
    taken = run.with_changes(_together(steps)) if steps else run
    solved = solve_batch(RunScope(taken, data)) if stopping(taken, data) else None
    if isinstance(solved, BatchFix):
        steps = _joined(run, steps, Step(solved.changes, _cost(solved.safety), {}))
    return steps


def _cost(safety: str) -> Cost:
    return "speed" if safety == "safe" else "experiment"


def _joined(run: Run, steps: Sequence[Step], new: Step) -> list[Step]:
    """*steps* and *new*: one that sets again what an earlier one sets takes its place there, and what comes to nothing goes."""
    kept: list[Step] = []
    for step in steps:
        if step.changes.keys() & new.changes.keys():
            worst = max((step.cost, new.cost), key=COSTS.index)
            new = Step({**step.changes, **new.changes}, worst, {})
        else:
            kept.append(step)
    changes = {name: value for name, value in new.changes.items() if "/" in name or getattr(run, name) != value}
    return [*kept, replace(new, changes=changes)] if changes else kept


def _needed(run: Run, data: Data, steps: list[Step], *, margin: bool) -> list[Step]:
    """*steps* without those that the others do without."""
    for step in list(steps):
        rest = [one for one in steps if one is not step]
        if any(name.startswith(LAUNCHER) for name in step.changes) or not _does(run, data, steps, rest, margin=margin):
            continue
        steps = rest
    return steps


def _does(run: Run, data: Data, steps: Sequence[Step], rest: Sequence[Step], *, margin: bool) -> bool:
    """Whether *rest* comes to a run that starts and fits as the one of all *steps* does."""
    whole, part = (run.with_changes(_together(some)) if some else run for some in (steps, rest))
    found = interval(part, data)
    if not isinstance(found, Interval) or not reached(found, margin=margin) or lacks_host_memory(part, found):
        return False
    before = {rule.id for judge in (stopping, below_minimum) for rule in judge(whole, data)}
    return before.issuperset(rule.id for judge in (stopping, below_minimum) for rule in judge(part, data))


def _together(steps: Sequence[Step]) -> dict[str, object]:
    """The changes of all *steps* that the forecast knows."""
    return {name: new for step in steps for name, new in step.options.items()}


def _shown(said: Run, run: Run, data: Data, steps: Sequence[Step]) -> list[Step]:
    """*steps* as ``plan --format json`` prints them, each with what all steps up to it come to. One whose host memory is there
    only after another comes after it."""
    told: list[Step] = []
    waiting = list(steps)
    while waiting:
        outcomes = [_outcome(run, data, [*told, step]) for step in waiting]
        place = next((index for index, outcome in enumerate(outcomes) if outcome["verdict"] != "host-oom"), 0)
        step = waiting.pop(place)
        told.append(replace(step, shown={**written_change(said, step.cost, step.changes), **outcomes[place]}))
    return told


def _outcome(run: Run, data: Data, steps: Sequence[Step]) -> dict[str, Any]:
    changes = _together(steps)
    taken = run.with_changes(changes) if changes else run
    return outcome(taken, interval(taken, data))
