"""What the vision tower keeps for backward: bytes per patch of one block, and outside the blocks.

Sources: transformers 4.57 (``modeling_qwen2_vl``, ``_qwen2_5_vl``, ``_qwen3_vl``, ``_glm4v``), InternVL's remote code. A patch is
one cell of the processor's grid (14 or 16 pixels); ``merge``^2 patches make one image token. InternVL adds a class token
per tile, which counts as a patch here. A frozen tower keeps nothing.

Notation: e width of the tower, f width of its MLP, H heads, d head size.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.activations import Attention
    from vlmr1_lint.memory.architecture import Tower

__all__ = ["TowerCost", "tower_cost"]


@value
class TowerCost:
    """Bytes per patch. ``saved`` and ``checkpoint`` are for one block, ``ends`` is outside the blocks (patch embedding,
    rotary tables, merger); ``running`` is what a block needs beyond ``saved`` at the worst moment of its backward;
    ``inference`` is the peak of a pass without gradients."""

    saved: int
    checkpoint: int
    ends: int
    running: int
    inference: int


def tower_cost(tower: Tower, attention: Attention, patches: int, stream: int) -> TowerCost:
    """The costs of a trained tower. *patches* attend to each other (only eager
    attention, and sdpa before transformers 4.51, depend on it); *stream* is 2 for bf16
    weights and 4 for fp32 weights under autocast, where every linear casts its own input (the tower's residuals stay bf16)."""
    width, inner = tower.hidden, tower.intermediate
    rms = tower.family in {"qwen2_5_vl", "glm4v"}
    # RMSNorm keeps the fp32 input, a bf16 copy and a root; LayerNorm its bf16 input, mean and root.
    norm = 6 * width + 4 if rms else 2 * width + 2 * stream
    casts = 2 * width if stream == 4 and rms else 0
    if tower.family == "glm4v":
        inner = tower.out_hidden
    mlp = 8 * inner if rms else 4 * inner
    if tower.family == "qwen2_vl":
        mlp = 6 * inner  # QuickGELU keeps its input, the sigmoid and the product
    scale = 4 * width if tower.family == "internvit" else 0  # layer scale keeps what it scales
    inputs = 4 * width  # of qkv and of the MLP
    saved = 2 * norm + inputs + casts + _attention(tower, attention, patches) + mlp + scale
    # Rotary runs in fp32: q and k, each with its product and gradient. The MLP's backward adds two tensors of its width.
    running = max(4 * inner + 4 * width, 12 * width)
    inference = 4 * width + max(3 * 2 * inner, 22 * width)
    if attention == "sdpa_unbatched":  # gradients of the fp32 probabilities and scores; forward: scores and probabilities
        running += 8 * tower.heads * patches
        inference += 8 * tower.heads * patches
    return TowerCost(saved, 2 * width, _ends(tower), running, inference)


def _attention(tower: Tower, attention: Attention, patches: int) -> int:
    """q and k after rotary, the fused qkv that v is a view of, the output, and the softmax's statistics."""
    width, heads = tower.hidden, tower.heads
    rotated = 0 if tower.family == "internvit" else 4 * width
    saved = rotated + 6 * width + 2 * width
    if attention == "eager":
        keys = patches
        if tower.window:  # most blocks attend within windows, some to the whole image
            windowed = (tower.layers - tower.full_layers) * min(tower.window, patches)
            keys = (tower.full_layers * patches + windowed) // tower.layers
        elif tower.tile:  # a tile and its class token
            keys = (tower.tile // tower.patch) ** 2 + 1
        return saved + 6 * heads * keys
    if attention == "sdpa_unbatched":  # three-dimensional inputs fall back to the math kernel, which keeps fp32 probabilities
        return saved + 4 * heads * patches
    chunks = 2 * width if attention in {"sdpa", "sdpa_masked"} else 0  # outputs of the chunks, concatenated once more
    # transformers 4.49 rotates with flash-attention's kernel, which keeps contiguous halves of cos and sin in each block.
    tables = 4 * (width // heads) if attention.startswith("flash_repeated") else 0
    return saved + 4 * heads + chunks + tables


def _ends(tower: Tower) -> int:
    """The bf16 pixels, rotary cos and sin in fp32, and the merger (norm, input, and both sides of its GELU)."""
    width = tower.hidden
    pixels = 2 * tower.channels
    rotary = 0 if tower.family == "internvit" else 8 * (width // tower.heads)
    if tower.family == "internvit":  # LayerNorm over four merged patches, linear, GELU, linear
        return pixels + 2 * width + 2 * width + 4 + 3 * tower.out_hidden // 2
    if tower.family == "glm4v":
        merged = 2 * tower.out_hidden * 6 + 8 * tower.intermediate
        return pixels + rotary + 12 * width + merged // tower.merge**2
    norm = 6 * width + 4 if tower.family == "qwen2_5_vl" else 2 * width + 4
    merger = norm + 6 * width
    if tower.family == "qwen3_vl":
        merger *= 1 + tower.deepstack
    return pixels + rotary + merger
