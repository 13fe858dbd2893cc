"""What torch's caching allocator holds beyond what tensors need, in closed form. Bytes.

``tools/allocator.py`` is a model of the allocator, rule by rule; the forms here are what replays of whole steps in it show
(docs/memory.md, "What the allocator adds"). None of them is fitted to a measured run.
"""

from __future__ import annotations

from functools import cache

from vlmr1_lint.memory.parameters import linears, tower_linears
from vlmr1_lint.units import MIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.model import Model

__all__ = ["EARLY_STEPS", "FRAGMENTATION", "FRAGMENTATION_EXPANDABLE", "GROWN_STEPS", "cache_left", "grown"]
__all__ += ["rounding"]

# c10/core/AllocatorConfig.h: up to 1 MiB from segments of 2 MiB, below 10 MiB from segments of 20 MiB, else rounded up to 2 MiB.
SMALL = MIB
LARGE_SEGMENT = 20 * MIB
LEAST_OWN_SEGMENT = 10 * MIB
ROUND_LARGE = 2 * MIB

# Share of activations, gathered weights and cache that no later tensor can use. In replays of a step with samples of many
# lengths a run without checkpointing needs 16 % more than its tensors (tools/allocator.py); a run with images of many sizes
# failed now and then at an average of 67 GiB on a card with 79 (NVIDIA-NeMo/Automodel, pull request 2600).
FRAGMENTATION = 0.15
# The same where segments expand: 3 to 6 % in the same replays.
FRAGMENTATION_EXPANDABLE = 0.05

EARLY_STEPS, GROWN_STEPS = 50, 400
"""Steps after which growth counts into *high* (about an hour at a minute a step), and up to which it is told beside."""


def grown(logits: int, steps: int) -> int:
    """What *steps* batches of different lengths leave in segments that cannot expand, where one of the longest has *logits*
    bytes of logits.

    Whatever is longer than all before needs a segment of its own, and what the shorter ones had is cut up by smaller tensors
    meanwhile. With lengths spread evenly up to the longest, batch k is the longest so far with probability 1 / k, and then of
    length k / (k + 1) on average: all that ever were the longest sum up to H(steps + 1) - 1, of which one is in use.
    """
    return int(max(_harmonic(steps + 1) - 2, 0) * logits)


@cache
def _harmonic(terms: int) -> float:
    return sum(1 / k for k in range(1, terms + 1))


def cache_left(tensors: int, prompt: int, final: int) -> int:
    """What a KV cache that is concatenated anew for every token leaves, beyond itself: *tensors* of them (keys and values of each
    layer), of *prompt* bytes each at first and *final* at the end.

    From 10 MiB on each has a segment of its own, of a multiple of 2 MiB. Wherever they outgrow one, all of them need a new one,
    and the old ones, 2 MiB too small, stay: all multiples from the first to the last. Where they start below 10 MiB, two share a
    segment of 20, in which one of them then has room up to that.
    """

    def outgrown(first: int) -> int:
        return max(final * final - first * first, 0) // (2 * ROUND_LARGE)

    if prompt >= LEAST_OWN_SEGMENT:
        return tensors * outgrown(prompt)
    return tensors * (outgrown(LEAST_OWN_SEGMENT) + outgrown(LARGE_SEGMENT)) // 2


def rounding(model: Model, size: int) -> int:
    """What segments hold beyond one tensor for each weight of *model*'s linears, in *size* bytes an element."""
    text, tower = model.text, model.tower
    lost = text.layers * sum(_lost(size * inputs * outputs) for _, inputs, outputs in linears(text))
    if tower is not None:
        lost += tower.depth * sum(_lost(size * inputs * outputs) for _, inputs, outputs in tower_linears(tower))
    return lost


def _lost(size: int) -> int:
    if size <= SMALL:
        return 0
    if size < LEAST_OWN_SEGMENT:
        return LARGE_SEGMENT // (LARGE_SEGMENT // size) - size
    return -size % ROUND_LARGE
