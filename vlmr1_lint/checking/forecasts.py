"""The memory forecast as rules read it: the hull over all candidate trainers, and the batch solver over the same run."""

from __future__ import annotations

from vlmr1_lint.memory.generation_batch import generation_steps
from vlmr1_lint.memory.interval import Interval, interval
from vlmr1_lint.unknown import Unknown, is_unknown, merge
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vlmr1_lint.checking.scope import RunScope
    from vlmr1_lint.memory.batch import BatchSplit, Divisibility
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.run import Run

__all__ = ["BatchFix", "forecast_facts", "legal_worlds", "solve_batch"]


def forecast_facts(run: Run, data: Data) -> Interval | Unknown:
    """The forecast of *run* against its fleet; Unknown without one, or where the run leaves something open."""
    return interval(run, data)


# -- the batch solver --------------------------------------------------------------------------------------------


@value
class BatchFix:
    """What the solver proposes: options to set, its safety, and what it does to an update (see `BatchSplit`)."""

    changes: Mapping[str, object]
    safety: str
    per_device_train_batch_size: int
    gradient_accumulation_steps: int
    num_generations: int
    prompts_before: float
    prompts_after: float

    @property
    def summary(self) -> str:
        """The changes in one line, and in brackets what they do to the prompts of an update if anything; in no language."""
        options = ", ".join(f"{name} {new}" for name, new in self.changes.items())
        if self.prompts_before == self.prompts_after:
            return options
        return f"{options} (prompts/update {self.prompts_before:g} → {self.prompts_after:g})"


_OPTIONS = ("per_device_train_batch_size", "gradient_accumulation_steps", "num_generations")
MAX_WORLD = 64
"""Largest number of GPUs that is tried for which a file is valid."""
DEFAULT_GROUP = 8
"""num_generations where a file writes a group that is none: the default of every trainer (trainers/*/options.json)."""


def solve_batch(scope: RunScope) -> BatchFix | Unknown | None:
    """The smallest change of batch, accumulation and group that is legal, and fits if there is a forecast; None if nothing helps.

    A group below two is no group: the solver then answers for `DEFAULT_GROUP`, which is unsafe.
    """
    run = scope.run
    figures = _figures(run, run.world_size)
    if isinstance(figures, Unknown):
        return figures
    group = figures.group if figures.group > 1 else DEFAULT_GROUP
    # Where the file says how much is generated at once, only the group or that figure moves: the split of batch and accumulation
    # decides how old the completions of an update are. Memory is left to other fixes there.
    split_moves = figures.generation == "gradient_accumulation_steps"
    known = split_moves and not is_unknown(forecast_facts(run, scope.data))

    def fits(per_device: int, steps: int, generations: int) -> bool:
        changed = run.with_changes(dict(zip(_OPTIONS, (per_device, steps, generations), strict=True)))
        facts = forecast_facts(changed, scope.data)
        return isinstance(facts, Interval) and facts.verdict in {"fits", "tight"}

    found = _solve(figures, group, fits if known else None)
    if group != figures.group:
        found = replace(found or _unchanged(figures, group), safety="unsafe")
    return None if found is None else _batch_fix(figures, found)


@value
class _Figures:
    """What decides about groups. *generation* is the option that says how many batches (*steps*) are generated at once."""

    batch: int
    world: int
    accumulation: int
    group: int
    rule: Divisibility
    steps: int
    generation: str = "gradient_accumulation_steps"

    @property
    def sequences(self) -> int:
        """Sequences of one update."""
        return self.batch * self.world * self.accumulation

    @property
    def accepted(self) -> bool:
        """Whether the trainer takes the values as they are."""
        from vlmr1_lint.memory.batch import is_legal

        return is_legal(self.batch, self.world, self.steps, self.group, self.rule)


def _figures(run: Run, world: object) -> _Figures | Unknown:
    read: Sequence[object] = (run.per_device_train_batch_size, world, run.gradient_accumulation_steps, run.num_generations)
    unknown = [figure for figure in (*read, run.divisibility) if isinstance(figure, Unknown)]
    if unknown:
        return merge(unknown)
    whole = [figure for figure in read if isinstance(figure, int) and not isinstance(figure, bool) and figure > 0]
    if len(whole) < 4:
        return Unknown("batch")
    batch, world_size, accumulation, group = whole
    if run.divisibility != "generation_batch":
        return _Figures(batch, world_size, accumulation, group, run.divisibility, accumulation)  # type: ignore[arg-type]
    steps, option = generation_steps(run, batch * world_size, accumulation)
    if isinstance(steps, Unknown):
        return steps
    return _Figures(
        batch=batch, world=world_size, accumulation=accumulation, group=group, rule="effective", steps=steps, generation=option
    )


def _solve(figures: _Figures, group: int, fits: Callable[[int, int, int], bool] | None) -> BatchSplit | None:
    from vlmr1_lint.memory.batch import solve_batch as solve

    return solve(figures.batch, figures.world, figures.steps, group, figures.rule, fits=fits)


def _unchanged(figures: _Figures, group: int) -> BatchSplit:
    from vlmr1_lint.memory.batch import BatchSplit

    before, after = figures.sequences / figures.group, figures.sequences / group
    return BatchSplit(figures.batch, figures.steps, group, "unsafe", before, after)


def _batch_fix(figures: _Figures, found: BatchSplit) -> BatchFix:
    before = dict(zip(_OPTIONS, (figures.batch, figures.accumulation, figures.group), strict=True))
    after = {**before, "per_device_train_batch_size": found.per_device, "num_generations": found.group}
    if figures.generation == "generation_batch_size":
        before[figures.generation] = figures.batch * figures.world * figures.steps
        after[figures.generation] = figures.batch * figures.world * found.accumulation
    else:
        before[figures.generation], after[figures.generation] = figures.steps, found.accumulation
    changes = {name: new for name, new in after.items() if new != before[name]}
    sequences = [values["per_device_train_batch_size"] * values["gradient_accumulation_steps"] for values in (before, after)]
    units = (1, 1) if figures.rule == "none" else (figures.group, found.group)  # per_device counts prompts there
    prompts = [count * figures.world / unit for count, unit in zip(sequences, units, strict=True)]
    return BatchFix(changes, found.safety, *(after[name] for name in _OPTIONS), *prompts)


def legal_worlds(run: Run) -> list[int] | Unknown:
    """World sizes up to `MAX_WORLD` on which the run's batch, accumulation and group are accepted as they are."""
    found = [(world, _figures(run, world)) for world in range(1, MAX_WORLD + 1)]
    unknown = [figures for _, figures in found if isinstance(figures, Unknown)]
    if len(unknown) == len(found):
        return merge(unknown)
    return [world for world, figures in found if isinstance(figures, _Figures) and figures.accepted]


# -- the planner -------------------------------------------------------------------------------------------------


@value
class MemoryFix:
    """The planner's smallest set of changes within one file: options to set, its safety, and what it comes to.

    ``changes`` names DeepSpeed keys as ``deepspeed/a.b``; likely is in bytes per GPU. *prompts* of an update before and after,
    where the group changes.
    """

    changes: Mapping[str, object]
    safety: str
    likely: float
    verdict: str
    prompts: tuple[float, float] | None = None

    @property
    def num_generations(self) -> int | None:
        """The new group, None where it stays."""
        found = self.changes.get("num_generations")
        return found if isinstance(found, int) else None

    @property
    def summary(self) -> str:
        """The changes in one line, and in brackets what they do to the prompts of an update if anything; in no language."""
        shown = {
            name.rpartition("/")[2]: str(new).lower() if isinstance(new, bool) else new for name, new in self.changes.items()
        }
        options = ", ".join(f"{name} {new}" for name, new in shown.items())
        return options if self.prompts is None else f"{options} (prompts/update {self.prompts[0]:g} → {self.prompts[1]:g})"


def memory_fix(scope: RunScope) -> MemoryFix | Unknown | None:
    """The smallest change that makes the run fit and that one file can hold: what keeps the experiment first, then the entry
    first. It asks for no more host memory than a node has, or than the run needs as it is."""
    from vlmr1_lint.planning.host_room import within_host
    from vlmr1_lint.planning.legality import Judge
    from vlmr1_lint.planning.moves import asker, plan_for
    from vlmr1_lint.training.joining import as_written

    run = scope.run
    found = forecast_facts(run, scope.data)
    if isinstance(found, Unknown):
        return found
    room = run.inputs.fleet.host_ram_bytes if run.inputs.fleet is not None else None
    ask = within_host(asker(run, scope.data), None if room is None else max(room, int(found.host)))

    def of_sharding(name: str) -> bool:
        return "/" in name and as_written(run, name) is not None

    judge = Judge(run, scope.data)
    for costs, safety in ((("free", "speed"), "safe"), (("free", "speed", "experiment"), "unsafe")):
        for within in (_of_entry, of_sharding):
            plan = plan_for(run, ask, judge, costs=costs, only=within)
            if plan is not None and plan.moves:
                after = ask(plan.changes)
                assert isinstance(after, Interval)  # the plan was found by forecasting it
                return MemoryFix(plan.changes, safety, after.likely, after.verdict, _prompts(run, plan.changes))
    return None


def _prompts(run: Run, changes: Mapping[str, object]) -> tuple[float, float] | None:
    """Prompts of an update before and after *changes*, where they change the group."""
    if "num_generations" not in changes:
        return None
    figures = [_figures(one, run.world_size) for one in (run, run.with_changes(changes))]
    before, after = (one.sequences / one.group if isinstance(one, _Figures) else 0.0 for one in figures)
    return (before, after) if before and after and before != after else None


def _of_entry(name: str) -> bool:
    """Whether the option *name* stands in the run's own file, and no more than that file is needed to change it."""
    from vlmr1_lint.planning.moves import NEEDS_MORE

    return "/" not in name and name not in NEEDS_MORE
