"""Whether the trainer takes a run's batch, accumulation and group as they are; if not, which rule says so, and what would do."""

from __future__ import annotations

from vlmr1_lint.memory.generation_batch import generation_steps
from vlmr1_lint.memory.moves import figures_of
from vlmr1_lint.memory.needed import is_count
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.run import Run

__all__ = ["legal_step", "rejection"]


def rejection(run: Run) -> dict[str, Any] | None:
    """What the trainer stops at, as ``check`` says it: the *rule*, the *sequences* that do not hold whole groups, and the group;
    None where it takes the run, or nobody can say."""
    batch, world, steps, group = figures = figures_of(run)
    if run.is_grpo is False or not all(map(is_count, figures)) or _beside_server(run):
        return None
    assert isinstance(batch, int) and isinstance(world, int) and isinstance(steps, int) and isinstance(group, int)
    if run.divisibility == "micro":
        rule, sequences = "GRP001", batch * world
    elif run.divisibility in {"effective", "generation_batch"}:
        at_once = generation_steps(run, batch * world, steps)[0] if run.divisibility == "generation_batch" else steps
        if isinstance(at_once, Unknown):
            return None
        rule, sequences = "GRP002", batch * world * at_once
    else:
        return None
    return {"rule": rule, "sequences": sequences, "num_generations": group} if sequences % group else None


def _beside_server(run: Run) -> bool:
    """Whether a vLLM server may take some of the cards, so that nothing says how many are left to train."""
    mode = run.vllm_mode if run.vllm_mode is not None else run.vllm
    return run.world_is_assumed and run.use_vllm is True and mode == "server"


def legal_step(run: Run, data: Data) -> tuple[dict[str, object], str] | None:
    """The change that the solver of ``check`` proposes for a run that is rejected, and its cost; None where there is none."""
    from vlmr1_lint.checking.forecasts import BatchFix, solve_batch
    from vlmr1_lint.checking.scope import RunScope

    found = solve_batch(RunScope(run, data))
    return (dict(found.changes), "speed" if found.safety == "safe" else "experiment") if isinstance(found, BatchFix) else None
