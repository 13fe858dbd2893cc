"""Parameter counts from dimensions, exact to the parameter, piece by piece.

The formulas follow the module trees of transformers 4.49 to 5.23 (``modeling_*.py``) and of InternVL's remote code; a
test holds that they give the published totals of every model of the table. D is the tower's width, H the language
model's, V the vocabulary.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.facts.models import TextDimensions, VisionDimensions

__all__ = ["connector", "embedding", "language", "lm_head", "text_layer", "vision", "vision_block"]

_QKV_BIAS = ("qwen2", "glm4v")
_QK_NORM = ("qwen3", "qwen3_moe")


def text_layer(llm: str, text: TextDimensions) -> int:
    """One decoder layer. *llm* is qwen2 (bias on q, k, v), qwen3, qwen3_moe (norms on q and k), llama (neither) or
    glm4v.
    """
    query, key = text.heads * text.head_dim, text.kv_heads * text.head_dim
    attention = 2 * text.hidden * query + 2 * text.hidden * key
    attention += query + 2 * key if llm in _QKV_BIAS else 0
    attention += 2 * text.head_dim if llm in _QK_NORM else 0
    mlp = 3 * text.hidden * text.intermediate
    if llm == "qwen3_moe":
        experts, width = text.num_experts or 0, text.moe_intermediate or 0
        mlp = experts * (text.hidden + 3 * text.hidden * width)  # router and experts
    norms = (4 if llm == "glm4v" else 2) * text.hidden
    return attention + mlp + norms


def embedding(text: TextDimensions) -> int:
    """The input embedding: V x H."""
    return text.vocab * text.hidden


def lm_head(text: TextDimensions) -> int:
    """The output projection, 0 if it is tied to the embedding."""
    return 0 if text.tied_embeddings else text.vocab * text.hidden


def language(llm: str, text: TextDimensions) -> int:
    """The whole language model: embedding, layers, final norm, output projection."""
    return embedding(text) + text.layers * text_layer(llm, text) + text.hidden + lm_head(text)


def vision_block(family: str, tower: VisionDimensions) -> int:
    """One block of the tower of a model *family*."""
    width, inner = tower.hidden, tower.intermediate
    attention = 4 * width * width
    if family == "glm4v":  # gated MLP of out_hidden's width, RMS norms, no bias
        return attention + 3 * width * (tower.out_hidden or 0) + 2 * width
    attention += 4 * width  # bias on q, k, v and the projection
    if family == "qwen2_5_vl":  # gated MLP with bias, RMS norms
        return attention + 3 * width * inner + 2 * inner + width + 2 * width
    mlp = 2 * width * inner + inner + width
    norms = 4 * width  # two layer norms with bias
    scales = 2 * width if family == "internvl" else 0
    return attention + mlp + norms + scales


def vision(family: str, tower: VisionDimensions) -> int:
    """The whole tower with its merger; InternVL's connector is not in it (`connector`)."""
    width, out = tower.hidden, tower.out_hidden or 0
    patch = 3 * tower.temporal_patch_size * tower.patch_size**2 * width
    blocks = tower.depth * vision_block(family, tower)
    merged = tower.spatial_merge_size**2 * width
    merger = merged * merged + merged + merged * out + out
    tiles = ((tower.image_size or 0) // tower.patch_size) ** 2
    if family == "qwen2_vl":
        return patch + blocks + 2 * width + merger
    if family == "qwen2_5_vl":
        return patch + blocks + width + merger
    if family in ("qwen3_vl", "qwen3_vl_moe"):
        positions = (tower.num_position_embeddings or 0) * width
        deepstack = len(tower.deepstack_visual_indexes) * (2 * merged + merger)
        return patch + width + positions + blocks + 2 * width + merger + deepstack
    if family == "glm4v":
        positions = tiles * width
        downsample = tower.spatial_merge_size**2 * width * out + out
        glm_merger = out * out + 2 * out + 3 * out * tower.intermediate
        return patch + width + positions + width + blocks + width + downsample + glm_merger
    if family == "internvl":
        return patch + width + width + (tiles + 1) * width + blocks  # bias of the patches, class token, positions
    raise ValueError(f"no vision formula for the family {family!r}")


def connector(tower: VisionDimensions, text: TextDimensions) -> int:
    """InternVL's ``mlp1``: layer norm and two linear layers from the shuffled pixels to the language model."""
    merged = round(tower.hidden / (tower.downsample_ratio or 1) ** 2)
    return 2 * merged + merged * text.hidden + text.hidden + text.hidden**2 + text.hidden
