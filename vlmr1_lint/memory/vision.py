"""What the vision tower keeps for backward: bytes per patch of one block, and outside the blocks.

Sources: transformers 4.57 (``modeling_qwen2_vl``, ``_qwen2_5_vl``, ``_qwen3_vl``, ``_glm4v``), InternVL's remote code. A patch is
one cell of the processor's grid (14 or 16 pixels); ``merge``^2 patches make one image token. InternVL adds a class token
per tile, which counts as a patch here. A frozen tower keeps nothing.

Notation: e width of the tower, f width of its MLP, H heads, d head size.
"""

from __future__ import annotations

from vlmr1_lint.memory.activations import Adapter
from vlmr1_lint.memory.parameters import is_adapted, tower_linears
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.activations import Attention
    from vlmr1_lint.memory.precision import Precision
    from vlmr1_lint.models.model import Tower

__all__ = ["TowerCost", "projector_kept", "tower_adapter", "tower_cost"]


_MLP_TENSORS = {"gated": 4, "quick_gelu": 3, "gelu": 2}
"""What an MLP keeps, in tensors of its width: gate, up, silu(gate) and their product; input, sigmoid and product; input and
output."""


@value
class TowerCost:
    """Bytes per patch. ``saved`` and ``checkpoint`` are for one block, ``ends`` is outside the blocks (patch embedding,
    rotary tables, mergers), ``merger`` the part of it that is gone once backward reaches the blocks, ``begins`` what is there
    before the first block; ``running`` is what a block needs beyond ``saved`` at the worst moment of its backward;
    ``inference`` is the peak of a pass without gradients."""

    saved: int
    checkpoint: int
    ends: int
    merger: int
    begins: int
    running: int
    inference: int


def tower_cost(
    tower: Tower,
    attention: Attention,
    patches: int,
    precision: Precision,
    images: int = 1,
    adapter: Adapter | None = None,
) -> TowerCost:
    """The costs of a tower that is trained, or adapted by *adapter*.

    *patches* attend to each other: only eager attention, and sdpa before transformers 4.51, depend on it, and compute *images*
    such groups one after another. Under autocast over fp32 weights every linear casts its own input, but the tower's residuals
    stay bf16.
    """
    size = precision.compute
    code, width, inner = tower.code, size * tower.hidden, size * tower.mlp_width
    rms = code.rms
    # RMSNorm keeps the fp32 input, a normalised copy and a root; LayerNorm its input, mean and root.
    norm = 4 * tower.hidden + width + 4 if rms else width + 2 * precision.stream
    casts = width if precision.casts and rms else 0
    mlp = inner * _MLP_TENSORS[code.mlp]
    scale = 2 * width if code.layer_scale else 0  # layer scale keeps what it scales
    inputs = 2 * width  # of qkv and of the MLP
    attended = _attention(tower, attention, patches, size)
    saved = 2 * norm + inputs + casts + attended + mlp + scale
    if adapter is not None:  # frozen linears keep no input, nor the last one the MLP's product; adapters keep dropped copies
        frozen = 4 * tower.hidden + 4 if rms else norm
        saved = 2 * frozen + attended + mlp - inner + scale + _adapted(adapter)
    # Rotary runs in fp32: q and k, each with its product and gradient. The MLP's backward adds two tensors of its width.
    running = max(2 * inner + 2 * width, 12 * tower.hidden)
    if code.mlp == "gelu":  # of GELU's backward only the gradient of its output meets all that is saved
        running = inner + width
    # Without gradients, while k is rotated: residual, normalised input, qkv; in fp32 q and k, q rotated, and the three
    # products of k; the pixels in the tower's type and the rotary tables.
    rotating = 5 * width + 24 * tower.hidden
    inference = 2 * width + max(3 * inner, rotating - 2 * width) + size * tower.channels + _tables(tower)
    # And the features that deepstack took from earlier blocks, and interpolated positions.
    inference += tower.deepstack * size * tower.out_hidden // tower.merge**2 + (width if code.interpolates else 0)
    if not code.rotary:  # the embeddings, the block's input, the residual, its normalised copy, both sides of GELU
        inference = 4 * width + 2 * inner
    if attention == "sdpa_unbatched":  # gradients of the fp32 probabilities and scores; forward: scores and probabilities
        running += 8 * tower.heads * patches
        inference += 8 * tower.heads * patches
    if attention.startswith("eager"):  # of one group: masked scores, their fp32 copy, fp32 probabilities; backward as in layers
        scores = tower.heads * _keys(tower, patches) // (1 if tower.tile else images)
        running = max(running, 6 * scores - mlp)
        mask = size * patches if attention == "eager_unbatched" else 0
        attending = 7 * width + size * tower.channels + _tables(tower) + (10 if size == 2 else 8) * scores + mask
        inference = max(inference, attending)
    merger = code.merger_bytes(tower, size)
    # The patch embedding keeps its pixels in the tower's type.
    cast = 2 * tower.channels if size == 2 and code.casts_pixels else 0
    begins = _tables(tower) + cast
    if adapter is not None:  # a frozen patch embedding keeps nothing
        begins = _tables(tower)
    ends = merger + begins + tower.deepstack * 3 * width  # a deepstack merger's norm shares its input with the next block
    return TowerCost(saved=saved, checkpoint=width, ends=ends, merger=merger, begins=begins, running=running, inference=inference)


def _adapted(adapter: Adapter) -> int:
    """Dropped copies and their masks, and the low-rank outputs, of one block. Without dropout linears share their input."""
    outputs = adapter.count * adapter.copy * adapter.rank
    if adapter.dropout:
        return (adapter.copy + 1) * adapter.widths + outputs
    return adapter.copy * adapter.distinct + outputs


def tower_adapter(tower: Tower, rank: int, targets: frozenset[str] | None, *, copy: int, dropout: bool) -> Adapter | None:
    """LoRA on a block of the tower; None where *targets* name none of its linears. PEFT matches names wherever they occur: those
    of Qwen2.5-VL's and GLM-4.1V's MLPs are the language model's too. VLM-R1's own finder (None) leaves the tower out."""
    adapted = [(name, inputs) for name, inputs, _ in tower_linears(tower) if is_adapted(name, targets)]
    if not adapted:
        return None
    widths = sum(inputs for _, inputs in adapted)
    shared = {"mlp" if name in {"gate_proj", "up_proj"} else name: inputs for name, inputs in adapted}
    return Adapter(
        rank=rank,
        copy=copy,
        dropout=dropout,
        head=False,
        mlp=False,
        count=len(adapted),
        widths=widths,
        distinct=sum(shared.values()),
    )


def projector_kept(tower: Tower, size: int, adapted: Adapter | None) -> int:
    """InternVL's projector stays trained when its tower is frozen, for it lies outside (``mlp1``). Bytes per patch: the inputs
    of its modules; or, adapted by VLM-R1's own finder, a dropped copy before each linear, the second one's mask, GELU's input."""
    if not tower.code.merger_is_outside:
        return 0
    if adapted is None:
        return tower.code.merger_bytes(tower, size)
    if not adapted.head:  # targets that name the language model's linears
        return 0
    width, out = tower.hidden, tower.out_hidden
    masked = 1 if adapted.dropout else 0
    return adapted.copy * width + (size + adapted.copy + masked) * out // tower.merge**2


def _attention(tower: Tower, attention: Attention, patches: int, size: int) -> int:
    """q and k after rotary, the fused qkv that v is a view of, the output, and the softmax's statistics."""
    width, heads = size * tower.hidden, tower.heads
    rotated = 2 * width if tower.code.rotary else 0
    saved = rotated + 3 * width + width
    if attention.startswith("eager"):
        keys = _keys(tower, patches)
        if tower.window and attention == "eager":  # most blocks attend within windows, some to the whole image
            windowed = (tower.depth - tower.full_layers) * min(tower.window, patches)
            keys = (tower.full_layers * patches + windowed) // tower.depth
        return saved + (6 if size == 2 else 4) * heads * keys
    if attention == "sdpa_unbatched":  # three-dimensional inputs fall back to the math kernel, which keeps fp32 probabilities
        return saved + 4 * heads * patches
    chunks = width if attention in {"sdpa", "sdpa_masked"} else 0  # outputs of the chunks, concatenated once more
    # transformers 4.49 rotates with flash-attention's kernel, which keeps contiguous halves of cos and sin in each block.
    tables = 4 * (tower.hidden // heads) if attention.startswith("flash_repeated") else 0
    return saved + 4 * heads + chunks + tables


def _keys(tower: Tower, patches: int) -> int:
    """Keys of a patch in a block without windows: *patches*, or those of a tile and its class token."""
    return (tower.tile // tower.patch) ** 2 + 1 if tower.tile else patches


def _tables(tower: Tower) -> int:
    """Rotary cos and sin in fp32."""
    return 8 * (tower.hidden // tower.heads) if tower.code.rotary else 0
