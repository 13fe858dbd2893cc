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

__all__ = ["LogitsCost", "logits_cost"]


@value
class LogitsCost:
    """Bytes of one GPU. ``forward`` peaks before backward starts, ``loss`` in the backward of the loss, ``head`` is the gradient
    that reaches the output head; ``inference`` is the peak of the same path without gradients."""

    forward: int
    loss: int
    head: int
    inference: int


def logits_cost(path: Path, rows: int, positions: int, kept: int, *, vocab: int, size: int) -> LogitsCost:
    """Costs of *rows* sequences with logits at *positions* positions each, *kept* of which enter the loss. *size* is z."""
    computed = rows * positions * vocab  # in the model's bf16; then converted where z is 4
    row, used = size * kept * vocab, size * rows * kept * vocab
    converted = (2 + size) * computed if size == 4 else 2 * computed
    whole = size * computed
    if path == "liger":
        # One sequence at a time, hidden states to loss: logits in fp32, their softmax, and its gradient in bf16.
        return LogitsCost(10 * kept * vocab, 10 * kept * vocab, 2 * rows * kept, 4 * kept * vocab)
    if path == "whole":
        # All rows' log-softmax stay. Backward: the zeros of gather and the new gradient are two rows more; at the end all
        # gradients are stacked once and padded back to the full length once; fp32 gradients are cast to bf16.
        loss = max(used + 2 * row, 2 * used, used + whole, whole + 2 * computed if size == 4 else 0)
        return LogitsCost(max(converted, whole + used), loss, 2 * computed, max(converted, whole + min(rows, 2) * row))
    if size == 4:
        # In fp32 TRL gathers the chosen logits and keeps all logits for logsumexp (no log-softmax is saved). Backward: the
        # softmax of the rows, the gradients of gather and logsumexp, and the copy that the in-place division needs.
        loss = max(used + 3 * row, whole + 3 * used, 2 * whole + 2 * used)
        return LogitsCost(max(converted, whole + row), loss, 2 * computed, max(converted, whole + row))
    # The division in place on a view is undone on a copy of the whole: its base, a clone, the stacked gradient, the result.
    loss = max(used + 2 * row, 2 * whole + 2 * used)
    return LogitsCost(whole + used, loss, 2 * computed, whole + min(rows, 2) * row)
