"""A model: dimensions, which code runs, and exact counts. Sizes are in elements, not bytes."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.family import Family, TextCode, TowerCode

__all__ = ["Model", "Text", "Tower", "UnsupportedConfig"]


class UnsupportedConfig(Exception):
    """A ``config.json`` that tells no model that we know. The message goes on from its name: ``has no hidden_size``."""


@value
class Text:
    """The language model. ``intermediate`` is the width of a dense MLP, ``expert_intermediate`` that of an expert. ``context``:
    longest sequence in tokens that its positions were made for (``max_position_embeddings``), None where not known."""

    code: TextCode
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int
    tied: bool
    context: int | None = None
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

    @property
    def rotary(self) -> int:
        """How much of a head is rotated."""
        return self.head_dim // 2 if self.code.half_rotary else self.head_dim

    @property
    def logit(self) -> int:
        """Least bytes of a logit that leaves the model."""
        return 4 if self.code.fp32_logits else 2


@value
class Tower:
    """The vision tower with its merger.

    ``patch`` is in pixels, ``merge`` in patches along one side of an image token, ``out_hidden`` the width of what the merger
    hands on. ``positions``: learned positions. ``deepstack``: earlier blocks whose features go to the language model too.
    ``tile``: side of a fixed tile in pixels, 0 for dynamic resolution. ``window``: patches that attend to each other in a
    windowed block, 0 without windows; ``full_layers``: blocks that attend to the whole image although others are windowed.
    """

    code: TowerCode
    depth: int
    hidden: int
    intermediate: int
    heads: int
    out_hidden: int
    patch: int
    merge: int
    temporal_patch: int = 1
    positions: int = 0
    deepstack: int = 0
    tile: int = 0
    window: int = 0
    full_layers: int = 0

    @property
    def channels(self) -> int:
        """Input values of one patch: RGB x frames x pixels."""
        return 3 * self.temporal_patch * self.patch**2

    @property
    def mlp_width(self) -> int:
        """Width of a block's MLP."""
        return self.out_hidden if self.code.mlp_of_output_width else self.intermediate

    @property
    def merged(self) -> int:
        """Width of the patches that become one image token, side by side."""
        return self.hidden * self.merge**2


@value
class Model:
    """A model with its sizes. Parameter counts are exact; tied embeddings count once; ``params_vision`` is the tower (with its
    merger, but where that lies outside), ``layer_total`` one decoder layer. ``repository`` is its name on the Hub."""

    name: str
    traits: Family
    text: Text
    tower: Tower | None
    params_total: int
    params_vision: int
    layer_total: int
    repository: str | None = None

    @property
    def family(self) -> str:
        """The name of its family, as in ``config.json`` (``qwen2_5_vl``)."""
        return self.traits.name

    @property
    def params_language(self) -> int:
        """All parameters that are not the vision tower's."""
        return self.params_total - self.params_vision

    @property
    def has_vision(self) -> bool:
        """Whether it has a vision tower."""
        return self.tower is not None

    @property
    def vocab(self) -> int:
        """Rows of the output projection: the width of the logits."""
        return self.text.vocab

    @property
    def context(self) -> int | None:
        """Longest sequence in tokens that its positions were made for; None where not known."""
        return self.text.context

    @property
    def pixels_per_image_token(self) -> int | None:
        """Pixels that one image token stands for; None for towers of fixed tiles and for models without one."""
        if self.tower is None or self.tower.tile:
            return None
        return (self.tower.patch * self.tower.merge) ** 2

    @property
    def min_pixels(self) -> int | None:
        """The least pixels of an image by its own published processor; None where that has no limit."""
        return self.traits.pixels.least if self.traits.pixels is not None else None

    @property
    def max_pixels(self) -> int | None:
        """The most pixels of an image by its own published processor; None where that has no limit."""
        return self.traits.pixels.most if self.traits.pixels is not None else None

    @property
    def embedding(self) -> int:
        """The token embedding, and the output head again unless they are tied: V x h."""
        return self.text.vocab * self.text.hidden

    @property
    def rotary_tables(self) -> int:
        """Rotary tables per sequence: three (time, height, width) with M-RoPE; 1 means one for all sequences."""
        return 3 if self.traits.mrope else 1
