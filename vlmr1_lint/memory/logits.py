"""The path from the last hidden state to the loss, which dominates once checkpointing is on.

Paths, by source:

* ``whole``: VLM-R1 and R1-V ``_get_per_token_logps``: logits of the whole sequence; one row at a time, but every row's
  log-softmax is saved;
* ``completion``: TRL 0.14 to 0.25 ``selective_log_softmax`` on completion positions (from 0.16 the division by the temperature
  makes a copy whose source is freed); ``completion_in_place``: TRL 1.0 on, ``logits.div_`` on a view;
* ``liger``: ``LigerFusedLinearGRPOLoss`` (0.5 to 0.6, not compiled), one sequence at a time from hidden states to loss, gradients
  on the way;
* ``cross_entropy``: SFT with transformers' ``ForCausalLMLoss``: fp32 logits of the whole sequence; ``cross_entropy_shifted``: the
  classes before it (Qwen-VL up to 4.51), which copy the shifted logits; ``liger_cross_entropy``: liger's fused linear form.

Bytes here are beyond what the layers keep. z is the size of a logit: 2, or 4 where accelerate converts outputs to fp32 (mixed
precision without DeepSpeed).
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from vlmr1_lint.models.model import Text

    Path = Literal[
        "whole",
        "completion",
        "completion_in_place",
        "liger",
        "liger_cross_entropy",
        "liger_cross_entropy_copied",
        "cross_entropy",
        "cross_entropy_shifted",
    ]

__all__ = ["LogitsCost", "logits_cost"]


@value
class LogitsCost:
    """Bytes of one GPU. ``forward`` peaks before backward starts, ``loss`` in the backward of the loss, ``head`` is the gradient
    that reaches the output head; ``inference`` is the peak of the same path without gradients; ``largest`` is the largest
    tensor."""

    forward: int
    loss: int
    head: int
    inference: int
    largest: int


def logits_cost(path: Path, rows: int, positions: int, kept: int, *, text: Text, sizes: tuple[int, int]) -> LogitsCost:
    """Costs of *rows* sequences with logits at *positions* positions each, *kept* of which enter the loss.

    *sizes* are the bytes of a logit as the model computes it, and as the loss sees it (z).
    """
    (native, size), vocab, hidden = sizes, text.vocab, text.hidden
    computed = native * rows * positions * vocab
    row, used = size * kept * vocab, size * rows * kept * vocab
    whole = size * rows * positions * vocab
    converted = computed + whole if size != native else computed
    if path == "liger":
        # The head's gradient and the hidden states' are what is left. One sequence at a time before that: logits, their fp32
        # copy, log-softmax, a gradient; or, once the copy is gone, the sequence's share of the head's gradient.
        left = 2 * vocab * hidden + 2 * rows * kept * hidden
        chunk = max(2 * vocab * hidden + 10 * kept * vocab, 14 * kept * vocab)
        return LogitsCost(left + chunk, left, 0, 4 * kept * vocab, max(2 * vocab * hidden, 4 * kept * vocab))
    if path.startswith("liger_cross_entropy"):
        # Chunks of about T x h / V positions, so that their logits weigh as much as the hidden states. Since liger 0.6.2 each
        # chunk makes a bf16 and an fp32 copy of the head's gradient (fused_linear_cross_entropy.py: torch.mm(…).float()).
        saved, chunk = 2 * vocab * hidden + 2 * rows * positions * hidden, 4 * rows * positions * hidden
        copies, largest = (6, 4) if path.endswith("copied") else (0, 2)
        forward = saved + max(chunk, copies * vocab * hidden)
        return LogitsCost(forward, saved, 0, chunk, max(chunk, largest * vocab * hidden))
    if path == "whole":
        # All rows' log-softmax stay. Backward: the zeros of gather and the new gradient are two rows more; at the end all
        # gradients are stacked once and padded back to the full length once; fp32 gradients are cast to bf16.
        loss = max(used + 2 * row, 2 * used, used + whole, converted if size != native else 0)
        return LogitsCost(max(converted, whole + used), loss, computed, max(converted, whole + min(rows, 2) * row), whole)
    fp32 = 4 * rows * positions * vocab
    if path == "cross_entropy":  # fp32 copy and log-softmax; backward: log-softmax, its incoming gradient and its own, all fp32
        return LogitsCost(computed + 2 * fp32, 3 * fp32, computed, computed + fp32, fp32)
    if path == "cross_entropy_shifted":  # one more fp32 copy, made contiguous; the computed logits are gone by then
        return LogitsCost(3 * fp32, 3 * fp32, computed, computed + fp32, fp32)
    divided = path == "completion_in_place"
    if size == 4:
        # In fp32 TRL gathers the chosen logits and keeps all logits for logsumexp; no log-softmax is saved. Backward: softmax
        # of the rows, the gradients of gather and logsumexp, and for the division in place a copy of the whole.
        loss = max(used + 3 * row, whole + 3 * used, 2 * whole + 2 * used) if divided else max(2 * used + 2 * row, 2 * whole)
        forward = max(converted, whole + (row if divided else used))
        return LogitsCost(forward, loss, computed, forward, whole)
    # The division in place on a view is undone on a copy of the whole: its base, a clone, the stacked gradient, the result.
    loss = max(used + 2 * row, 2 * whole + (2 * used if divided else 0))
    return LogitsCost(whole + used, loss, computed, whole + (min(rows, 2) * row if divided else used), whole)
