"""The shape of a model as the memory forecast needs it: dimensions, exact counts, and which code runs.

A *family* names that code (which norms there are, what an activation function saves, how projections are fused); the dimensions
and counts come from `vlmr1_lint.facts`. Sizes are in elements, not bytes.
"""

from __future__ import annotations

from vlmr1_lint.facts import parameters
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from vlmr1_lint.facts import models

    TextFamily = Literal["qwen2", "qwen3", "qwen3_moe", "internlm2", "glm4"]
    TowerFamily = Literal["qwen2_vl", "qwen2_5_vl", "qwen3_vl", "internvit", "glm4v"]

__all__ = ["Model", "Text", "Tower", "architecture_of"]


@value
class Text:
    """The language model. ``intermediate`` is the width of a dense MLP; experts have ``expert_intermediate``."""

    family: TextFamily
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int
    tied: bool
    experts: int
    experts_per_token: int
    expert_intermediate: int
    queries: int  # width of the query projection
    keys: int  # width of the key projection, and of the value projection

    @property
    def rotary(self) -> int:
        """How much of a head is rotated: GLM-4 turns half of it (``partial_rotary_factor``)."""
        return self.head_dim // 2 if self.family == "glm4" else self.head_dim

    @property
    def logit(self) -> int:
        """Least bytes of a logit that leaves the model: InternLM2's class casts all to fp32 (``modeling_internlm2.py``)."""
        return 4 if self.family == "internlm2" else 2


@value
class Tower:
    """The vision tower with its merger. ``patch`` is in pixels, ``merge`` in patches along one side of an image token."""

    family: TowerFamily
    hidden: int
    layers: int
    heads: int
    intermediate: int
    out_hidden: int
    patch: int
    temporal_patch: int
    merge: int
    deepstack: int
    tile: int  # side of a fixed tile in pixels, 0 for dynamic resolution
    window: int  # patches that attend to each other in a windowed block, 0 without windows
    full_layers: int  # blocks that attend to the whole image although others are windowed

    @property
    def channels(self) -> int:
        """Input values of one patch: RGB x frames x pixels."""
        return 3 * self.temporal_patch * self.patch**2


@value
class Model:
    """A model with its counts: all parameters, the tower's (InternVL's projector is not in it), one decoder layer's."""

    name: str
    text: Text
    tower: Tower | None
    total: int
    tower_total: int
    layer_total: int

    @property
    def embedding(self) -> int:
        """The token embedding, and the output head again unless they are tied: V x h."""
        return self.text.vocab * self.text.hidden

    @property
    def rotary_per_layer(self) -> bool:
        """Does every decoder layer build (and keep) its own rotary cos and sin? M-RoPE with concatenated sections does."""
        return self.tower is not None and self.tower.family in {"qwen2_vl", "qwen2_5_vl", "glm4v"}

    @property
    def rotary_tables(self) -> int:
        """Rotary tables per sequence: three (time, height, width) with M-RoPE; 1 means one for all sequences."""
        return 3 if self.tower is not None and self.tower.family != "internvit" else 1


_TEXT: dict[str, tuple[TextFamily, str]] = {
    "qwen2": ("qwen2", "qwen2"),
    "qwen2_vl": ("qwen2", "qwen2"),
    "qwen2_5_vl": ("qwen2", "qwen2"),
    "qwen3_vl": ("qwen3", "qwen3"),
    "qwen3_vl_moe": ("qwen3_moe", "qwen3_moe"),
    "glm4v": ("glm4", "glm4v"),
}
_TOWERS: dict[str, TowerFamily] = {
    "qwen2_vl": "qwen2_vl",
    "qwen2_5_vl": "qwen2_5_vl",
    "qwen3_vl": "qwen3_vl",
    "qwen3_vl_moe": "qwen3_vl",
    "glm4v": "glm4v",
    "internvl": "internvit",
}


def architecture_of(model: models.Model) -> Model:
    """The architecture of a model of the facts table or of a ``config.json``."""
    dimensions = model.text
    family, formula = _TEXT.get(model.family) or _internvl_text(dimensions.llm or "")
    text = Text(
        family,
        dimensions.hidden,
        dimensions.layers,
        dimensions.heads,
        dimensions.kv_heads,
        dimensions.head_dim,
        dimensions.intermediate,
        dimensions.vocab,
        dimensions.tied_embeddings,
        dimensions.num_experts or 0,
        dimensions.experts_per_token or 0,
        dimensions.moe_intermediate or 0,
        dimensions.heads * dimensions.head_dim,
        dimensions.kv_heads * dimensions.head_dim,
    )
    tower = _tower(model.family, model.vision, dimensions.hidden) if model.vision else None
    layer = parameters.text_layer(formula, dimensions)
    return Model(model.name, text, tower, model.params_total, model.params_vision, layer)


def _internvl_text(llm: str) -> tuple[TextFamily, str]:
    return ("internlm2", "llama") if llm.startswith("internlm") else ("qwen2", "qwen2")


def _tower(family: str, vision: models.VisionDimensions, hidden: int) -> Tower:
    merge = vision.spatial_merge_size
    if vision.downsample_ratio:  # InternVL shuffles pixels instead: 0.5 merges two patches along each side
        merge = round(1 / vision.downsample_ratio)
    return Tower(
        _TOWERS[family],
        vision.hidden,
        vision.depth,
        vision.heads,
        vision.intermediate,
        vision.out_hidden or hidden,
        vision.patch_size,
        vision.temporal_patch_size,
        merge,
        len(vision.deepstack_visual_indexes),
        (vision.image_size or 0) if family == "internvl" else 0,
        (vision.window_size // vision.patch_size) ** 2 if vision.window_size else 0,
        len(vision.fullatt_block_indexes),
    )
