"""How many micro-batches TRL generates completions for at once, and which option says it."""

from __future__ import annotations

from vlmr1_lint.memory.needed import is_count
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.training.run import Run

__all__ = ["generation_steps"]


def generation_steps(run: Run, micro: int, accumulation: int) -> tuple[int | Unknown, str]:
    """Micro-batches of one generate call since TRL 0.18, and the option that says it (``grpo_config.py`` ``__post_init__``).

    *micro* is the sequences of a micro-batch over all GPUs. ``""`` with Unknown where both options are written or one is no
    count.
    """
    size, steps = run.generation_batch_size, run.steps_per_generation
    if is_count(size) and steps is None:
        assert isinstance(size, int)
        return (size // micro if size % micro == 0 else Unknown("generation_batch_size")), "generation_batch_size"
    if isinstance(steps, int) and not isinstance(steps, bool) and size is None:
        return (steps if steps > 0 else Unknown("steps_per_generation")), "steps_per_generation"
    if size is None and steps is None:
        return accumulation, "gradient_accumulation_steps"
    return Unknown("generation_batch_size"), ""
