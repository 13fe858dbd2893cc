"""The shape of a model as the memory forecast needs it: dimensions and families, no weights, no files.

A *family* names the code that runs (which projections have a bias, which norms there are, what an activation function
saves); the dimensions come from the model's ``config.json``. Sizes are in elements, not bytes.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    TextFamily = Literal["qwen2", "qwen3", "qwen3_moe", "internlm2", "glm4", "llama"]
    TowerFamily = Literal["qwen2_vl", "qwen2_5_vl", "qwen3_vl", "internvit", "glm4v"]

__all__ = ["Model", "Text", "Tower"]


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
    experts: int = 0
    experts_per_token: int = 0
    expert_intermediate: int = 0

    @property
    def queries(self) -> int:
        """Width of the query projection."""
        return self.heads * self.head_dim

    @property
    def keys(self) -> int:
        """Width of the key projection, and of the value projection."""
        return self.kv_heads * self.head_dim


@value
class Tower:
    """The vision tower with its merger (the projector, for InternVL). ``patch`` is in pixels, ``merge`` in patches."""

    family: TowerFamily
    hidden: int
    layers: int
    heads: int
    intermediate: int
    out_hidden: int
    patch: int = 14
    temporal_patch: int = 2
    merge: int = 2
    positions: int = 0
    deepstack: int = 0
    image_size: int = 448


@value
class Model:
    """A model: its language model, and its vision tower unless it is a text model."""

    name: str
    text: Text
    tower: Tower | None = None

    @property
    def rotary_per_layer(self) -> bool:
        """Does every decoder layer build (and keep) its own rotary cos and sin? M-RoPE with concatenated sections does."""
        return self.tower is not None and self.tower.family in {"qwen2_vl", "qwen2_5_vl", "glm4v"}

    @property
    def rotary_tables(self) -> int:
        """Rotary tables per sequence position: three (time, height, width) with M-RoPE, per sequence; else one for all."""
        return 3 if self.tower is not None and self.tower.family != "internvit" else 1
