"""What a run that starts more processes than it has GPUs would have to write, and what it would need then."""

from __future__ import annotations

from vlmr1_lint.memory.batch import is_legal
from vlmr1_lint.planning.legality import batch_rule, figures_of
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.checking.scope import RunScope
    from vlmr1_lint.memory.interval import Interval
    from vlmr1_lint.training.run import Run

__all__ = ["ProcessFix", "fewer_processes"]


@value
class ProcessFix:
    """One process for each GPU, less those that vLLM has for itself.

    changes   what to set: the launcher's count, and the accumulation that keeps the sequences of an update, if one does
    safety    ``safe`` where the sequences of an update stay and the trainer takes the batch, else ``unsafe``
    forecast  of the run with so many processes
    """

    processes: int
    changes: Mapping[str, object]
    safety: str
    forecast: Interval | Unknown

    @property
    def memory(self) -> str:
        """What each GPU will likely need of what it has, or ``""``; in no language."""
        found = self.forecast
        return "" if isinstance(found, Unknown) else f"{found.likely / GIB:.1f} of {found.usable / GIB:.1f} GiB"

    @property
    def summary(self) -> str:
        """The changes in one line, in no language."""
        return ", ".join(f"{name.rpartition('/')[2]} {new}" for name, new in self.changes.items())


def fewer_processes(scope: RunScope) -> ProcessFix | None:
    """What ``fewer_processes()`` gives in a rule; None where processes and GPUs do not contradict each other."""
    if not scope.run.world_is_contradicted:
        return None
    equipped = scope.readings()[0]
    world = equipped.run.world_size
    assert isinstance(world, int)
    changes, safety = _written(scope.run, equipped.run, world)
    return ProcessFix(world, changes, safety, equipped["forecast"])  # type: ignore[arg-type]


def _written(run: Run, equipped: Run, world: int) -> tuple[dict[str, object], str]:
    count = _count(run, world)
    if count is None:
        return {}, "unsafe"
    batch, _, steps, group = figures_of(equipped)
    rule, said = batch_rule(equipped), run.processes_said
    if isinstance(steps, int) and isinstance(said, int) and said % world == 0 and "accelerate/num_processes" not in count:
        more = steps * said // world
        whole = isinstance(batch, int) and isinstance(group, int) and rule is not None
        if whole and run.home("gradient_accumulation_steps") is run.inputs.document and is_legal(batch, world, more, group, rule):  # type: ignore[arg-type]
            return {**count, "gradient_accumulation_steps": more}, "safe"
    return count, "unsafe"


def _count(run: Run, world: int) -> dict[str, object] | None:
    """The number of processes as the launcher or accelerate's YAML writes it; None where it is no number that can be set."""
    launch = run.inputs.launch
    if launch is None or launch.processes is None:
        return {"accelerate/num_processes": world}
    if launch.total is not None:
        return {"launch/nproc_per_node": world}
    nodes = launch.nodes
    listed = run.inputs.document.node((*run.inputs.root.path, "launcher", "include")) is not None
    if not isinstance(nodes, int) or world % nodes or listed:
        return None
    return {"launch/nproc_per_node": world // nodes}
