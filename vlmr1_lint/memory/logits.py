"""The path from the last hidden state to the loss, which dominates once checkpointing is on.

Each function returns bytes beyond the tensors that the layers keep. Moments are named after what runs: the end of the
forward pass, the backward of the loss, the backward of the output head. Sources: VLM-R1 ``_get_per_token_logps`` (whole sequence,
one row at a time, but every row's log-softmax is saved), TRL ``selective_log_softmax`` (completion only, ``div_`` in place
on a view), liger-kernel ``LigerFusedLinearGRPOLoss``.

z is the size of a logit in bytes: 2, or 4 where accelerate converts outputs to fp32 (mixed precision without DeepSpeed).
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Path = Literal["whole", "completion", "chunked", "liger"]

__all__ = ["LogitsCost", "logits_cost", "reference_logits"]


@value
class LogitsCost:
    """Bytes of one GPU. ``forward`` peaks before backward starts, ``loss`` in the backward of the loss, ``head`` in the
    backward of the output head without its weight's gradient; ``saved`` is kept between forward and backward."""

    saved: int
    forward: int
    loss: int
    head: int


def logits_cost(path: Path, batch: int, length: int, kept: int, vocab: int, size: int) -> LogitsCost:
    """Costs of *batch* rows of *length* tokens, *kept* of which are completion tokens.

    *size* is z. ``chunked`` is TRL's later loop with one row's log-softmax in fp32 at a time and entropy beside it.
    """
    if path == "whole":
        rows, row = batch * length, length - 1
        logits, saved = size * rows * vocab, size * batch * row * vocab
        # One row at a time: saved rows stay, the zeros of gather and the new gradient are two rows more; at the end all
        # gradients are stacked once and padded back to the full length once.
        loss = max(saved + 2 * size * row * vocab, 2 * saved, saved + logits, (size == 4) * (logits + 2 * rows * vocab))
        return LogitsCost(saved, logits + saved, loss, 2 * rows * vocab)
    logits, saved = size * batch * (kept + 1) * vocab, size * batch * kept * vocab
    # The division in place on a view is undone on a copy of the whole: the stacked gradient, its base, a clone, the result.
    return LogitsCost(saved, logits + saved, max(saved + 2 * size * kept * vocab, 4 * saved), 2 * batch * (kept + 1) * vocab)


def reference_logits(path: Path, batch: int, length: int, kept: int, vocab: int, size: int) -> int:
    """Peak of the pass without gradients: all logits, one row's log-softmax, and the previous row's until it is replaced."""
    tokens = length if path == "whole" else kept + 1
    row = length - 1 if path == "whole" else kept
    return size * batch * tokens * vocab + min(batch, 2) * size * row * vocab
