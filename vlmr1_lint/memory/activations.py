"""What the language model keeps for backward, and what one layer needs while it runs.

Every function returns **bytes per token** unless it says otherwise. The sums follow transformers' modelling code (4.57) op by
op: which tensors autograd saves, in which type. "Adapted" means LoRA with the base frozen: a frozen linear saves no input and a
frozen norm no normalised copy, but every adapter keeps its own dropped copy and mask.

Notation: h hidden, q query width, k key width, i MLP width, H heads, d head size, r rank, L tokens of one sequence.
"""

from __future__ import annotations

from vlmr1_lint.memory.experts import dense_bytes, routed_bytes, routing_bytes, running_bytes
from vlmr1_lint.memory.parameters import head_is_adapted, linears
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from vlmr1_lint.memory.precision import Precision
    from vlmr1_lint.models.model import Model, Text

    # "flash_repeated*": transformers up to 4.52, whose VL classes repeat k and v to all heads; "*padded": unequal prompts;
    # "sdpa_masked": with a padding mask; "sdpa_unbatched" and "eager_unbatched": all images of the batch are one sequence in the
    # tower (sdpa before transformers 4.51, eager before 4.54).
    Attention = Literal[
        "flash",
        "flash_padded",
        "flash_repeated",
        "flash_repeated_padded",
        "sdpa",
        "sdpa_masked",
        "sdpa_unbatched",
        "eager",
        "eager_unbatched",
    ]

__all__ = ["Adapter", "LayerCost", "adapter_of", "layer_cost", "outside_layers"]


@value
class Adapter:
    """LoRA on linears of the language model. ``copy`` is the bytes per element of an adapter's input copy (2 in bf16, 4 for
    fp32 adapters without autocast); ``dropout`` says whether a dropped copy and mask are made, ``head`` whether the output
    head is adapted too, ``mlp`` whether the linears into the MLP are. Per layer: ``count`` adapted linears, the sum of their
    input widths, and of those that are distinct tensors which nothing else keeps (q, k and v share one, as do gate and up)."""

    rank: int
    copy: int
    dropout: bool
    head: bool
    mlp: bool
    count: int
    widths: int
    distinct: int


def adapter_of(text: Text, rank: int, targets: frozenset[str] | None, *, copy: int, dropout: bool) -> Adapter:
    """The adapter of a run; *targets* as `parameters.lora_parameters` takes them."""
    every = targets is None or "all-linear" in targets
    adapted = [(name, inputs) for name, inputs, _ in linears(text) if every or name in (targets or ())]
    # The attention's output is saved by attention already.
    shared = {_INPUT_OF.get(name, name): inputs for name, inputs in adapted if _INPUT_OF.get(name) != "attended" or copy == 4}
    widths = sum(inputs for _, inputs in adapted)
    mlp = any(_INPUT_OF.get(name) == "mlp" and name != "gate" for name, _ in adapted)
    return Adapter(
        rank=rank,
        copy=copy,
        dropout=dropout,
        head=head_is_adapted(targets),
        mlp=mlp,
        count=len(adapted),
        widths=widths,
        distinct=sum(shared.values()),
    )


_INPUT_OF = {
    **dict.fromkeys(("q_proj", "k_proj", "v_proj", "wqkv"), "attention"),
    **dict.fromkeys(("gate_proj", "up_proj", "gate_up_proj", "w1", "w3", "gate"), "mlp"),
    **dict.fromkeys(("o_proj", "wo"), "attended"),
}


@value
class LayerCost:
    """Bytes per token of one decoder layer.

    ``saved`` is kept for backward without checkpointing; ``checkpoint`` with it; ``running`` is what the layer needs beyond
    ``saved`` at the worst moment of its backward (with checkpointing: of recomputation and backward); ``inference`` is
    the peak of a pass without gradients, ``evaluated`` of one outside training mode (a reference model's).
    """

    saved: int
    checkpoint: int
    running: int
    inference: int
    evaluated: int


def layer_cost(model: Model, attention: Attention, length: int, precision: Precision, adapter: Adapter | None) -> LayerCost:
    """The costs of one decoder layer. *length* is L: only eager attention depends on it."""
    text, stream, size = model.text, precision.stream, precision.compute
    hidden, inner = text.hidden, text.intermediate
    norms, inputs = _norms(text, stream, adapter), _linear_inputs(text, precision, adapter)
    attended = _attention(text, attention, length, size, adapter)
    if model.traits.mrope == "sections":  # every layer puts its own cos and sin together, and keeps them
        attended += 2 * stream * text.rotary
    # gate, up, act(gate) and their product, which the down projection keeps unless it is frozen
    mlp = (3 if adapter else 4) * size * inner
    # Backward of the MLP: gradients of the product and of gate or up; the incoming gradient and the recomputed output.
    running = 2 * size * inner + 2 * stream * hidden
    if adapter:
        # The worst moment is the end of recomputation: the product, the base's output, the adapter's, and its scaled copy.
        running = 2 * inner + 6 * stream * hidden + (adapter.copy - 2) * (inner + 2 * hidden)
    fused = 0
    if text.code.norms > 2:
        # The second norms come last in a layer, so their fp32 backward (five tensors) meets all that the MLP saved.
        running = max(running, 20 * hidden + stream * hidden)
    if text.code.fused_mlp:
        fused = size * inner  # gate and up are halves of one tensor, which lives as long as either
    # Without gradients: the embeddings, the layer's input, the residual, its normalised copy; silu(gate), up and product.
    inference = 4 * stream * hidden + 3 * size * inner + fused
    if adapter and adapter.mlp:
        # silu(gate), the base's output for up, the adapter's, and its scaled copy; a fused projection's are twice as wide.
        inference = 4 * stream * hidden + (2 * size + 2 * adapter.copy) * inner + 2 * adapter.copy * (fused > 0) * inner
    evaluated = 0
    if text.experts:
        mlp, running = routed_bytes(text, precision, adapted=adapter is not None), running_bytes(text, precision)
        inference, evaluated = routing_bytes(text, precision), dense_bytes(text, precision)
    saved = norms + inputs + attended + mlp
    if attention.startswith("eager"):
        # Backward of the softmax: its fp32 output, the gradient in fp32, its own; by then the MLP's tensors are gone.
        # Forward: masked scores, their fp32 copy, and the fp32 probabilities.
        running = max(running, 6 * text.heads * length - mlp)
        inference = max(inference, 4 * stream * hidden + (size + 8) * text.heads * length)
    return LayerCost(saved, stream * hidden, running, inference, max(inference, evaluated))


def _norms(text: Text, stream: int, adapter: Adapter | None) -> int:
    """RMSNorm in HF's code: the fp32 input (4h) and reciprocal root (4), and the normalised copy for the weight's gradient."""
    hidden = text.hidden
    copy = 0 if adapter else stream
    heads = 0
    if text.code.head_norms:
        heads = (4 + copy) * (text.queries + text.keys) + 4 * (text.heads + text.kv_heads)
    return text.code.norms * ((4 + copy) * hidden + 4) + heads


def _linear_inputs(text: Text, precision: Precision, adapter: Adapter | None) -> int:
    """Inputs that linears keep for the gradient of their weights, or that adapters keep for theirs."""
    if adapter is None:
        # One tensor for q, k, v and one for gate, up; under autocast over an fp32 stream each of the five casts its own copy.
        return precision.compute * text.hidden * (5 if precision.casts else 2)
    outputs = adapter.count * adapter.copy * adapter.rank
    if not adapter.dropout:
        return adapter.copy * adapter.distinct + outputs
    return (adapter.copy + 1) * adapter.widths + outputs  # dropped copies and one-byte masks


def _attention(text: Text, attention: Attention, length: int, size: int, adapter: Adapter | None) -> int:
    """q, k, v and the output, and the softmax's statistics. What only the output projection keeps, a frozen one does not."""
    queries, keys, heads = size * text.queries, size * text.keys, text.heads
    if attention.startswith("eager"):  # k and v repeated to all heads, probabilities in fp32 and once more in bf16
        return 4 * queries + (6 if size == 2 else 4) * heads * length
    projected = 0 if adapter else queries
    if attention in {"sdpa_masked", "sdpa_unbatched"}:  # k and v repeated; the output once more in the projection's layout
        return 4 * queries + projected + 4 * heads
    # Left-padded batches are unpadded and padded again: one more output, and an int64 index.
    padded = projected + 8 if attention.endswith("padded") else 0
    # VL classes up to transformers 4.52 repeat k and v to all heads before flash attention too.
    repeated = 2 * (queries - keys) if attention.startswith("flash_repeated") else 0
    # With a fused projection v is a view of it, which lives as long; unpadding copies it out.
    fused = queries + keys if text.code.fused_qkv and not attention.endswith("padded") else 0
    return 2 * queries + 2 * keys + 4 * heads + padded + repeated + fused


def outside_layers(text: Text, precision: Precision, adapter: Adapter | None) -> int:
    """Final norm and the head's input."""
    hidden = text.hidden
    copy = 0 if adapter else precision.stream
    head_input = 0 if adapter else precision.compute * hidden
    if adapter and adapter.head:
        head_input = (adapter.copy + (1 if adapter.dropout else 0)) * hidden + adapter.copy * adapter.rank
    return (4 + copy) * hidden + 4 + head_input
