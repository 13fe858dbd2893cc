"""A mixture of experts: what routing and the chosen experts keep, and what their weights cost while they train.

Source: transformers 4.57 ``modeling_qwen3_vl_moe.py``, ``Qwen3VLMoeTextExperts``. Three things are easily forgotten there:

* an expert's weights are taken by an index tensor, which copies them, and autograd keeps the copies: every layer holds its
  experts' weights once more, all of them as soon as each expert is chosen by some token;
* the gradient of such a copy is a tensor as large as the weights of *all* experts; two of them live while they are summed;
* outside training mode (a reference model) every expert computes every token.

transformers 5 computes the chosen experts in one grouped product and does none of this (``integrations/moe.py``).

Notation: h hidden, i width of an expert, E experts, k experts of a token. Sizes assume that tokens spread evenly.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from vlmr1_lint.memory.precision import Precision
    from vlmr1_lint.models.model import Text

    Experts = Literal["copied", "grouped"]

__all__ = ["dense_bytes", "expert_copies", "expert_gradients", "routed_bytes", "routing_bytes", "running_bytes"]


def routed_bytes(text: Text, precision: Precision, *, adapted: bool) -> int:
    """Saved per token and layer: of each chosen expert its output, that weighted (``index_add_`` keeps its source), gate and up,
    silu(gate), token and weight; with trained experts also their input and product; the router's fp32 probabilities, the choice
    and its sum."""
    size, hidden, inner = precision.compute, text.hidden, text.expert_intermediate
    chosen = size * (2 * hidden + 3 * inner) if adapted else size * (3 * hidden + 4 * inner)
    return text.experts_per_token * (chosen + 8 + size + 12) + 4 * text.experts + 4


def routing_bytes(text: Text, precision: Precision) -> int:
    """Per token while the experts run in training mode without gradients: the one-hot choice in int64, the router's logits,
    probabilities and weights, the stream and its normalised copy, the sum of outputs."""
    return 8 * text.experts_per_token * text.experts + 8 * text.experts + 4 * precision.stream * text.hidden


def running_bytes(text: Text, precision: Precision) -> int:
    """Per token in the experts' backward: the incoming gradient, the recomputed output, gradients of input and router."""
    return 3 * precision.stream * text.hidden + precision.stream * text.experts


def _weights(text: Text) -> int:
    """Parameters of one layer's experts: three matrices of h x i each."""
    return 3 * text.experts * text.hidden * text.expert_intermediate


def expert_copies(text: Text, tokens: int, precision: Precision) -> int:
    """Bytes per layer: the copies of the weights of the experts that *tokens* reach."""
    return precision.compute * _weights(text) * _reached(text, tokens) // text.experts


def expert_gradients(text: Text, tokens: int, precision: Precision) -> int:
    """Bytes while one layer's experts go backward: summed gradients of gate-and-up and of down, and one more of the former;
    the first expert's copies are gone by then."""
    summed = 5 * precision.stream * _weights(text) // 3
    return summed - expert_copies(text, tokens, precision) // _reached(text, tokens)


def _reached(text: Text, tokens: int) -> int:
    return min(text.experts, tokens * text.experts_per_token)


def dense_bytes(text: Text, precision: Precision) -> int:
    """Per token outside training mode: for every expert the repeated input, its output, that weighted, and gate and up."""
    chosen = 3 * text.hidden + 2 * text.expert_intermediate
    return precision.compute * text.experts * chosen + 4 * precision.stream * text.hidden
