"""The traits of a model family: which code its language model and its vision tower run, and how its files say their sizes.

A trait is what the forecast, the counts or the rules need to know of that code, never a name. Adding a family is adding one
`Family` to a module of this room and to `families.FAMILIES`.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Literal

    from vlmr1_lint.models.model import Text, Tower

    Mlp = Literal["gated", "quick_gelu", "gelu"]

__all__ = ["Family", "Pixels", "TextCode", "TowerCode"]


@value
class TextCode:
    """The code of a language model (``modeling_*.py``).

    ``qkv_bias``: q, k and v have a bias; ``head_norms``: RMSNorm on each head of q and k; ``norms`` of hidden's width in a
    layer. ``half_rotary``: half of each head is rotated (``partial_rotary_factor``). The linears of a layer by name: two names
    in ``attention_linears`` mean one fused projection of q, k and v, two in ``mlp_linears`` one of gate and up.
    ``fp32_logits``: the class casts its logits to fp32. ``caches_in_training``: without checkpointing every pass fills a cache,
    and every layer looks up rotary tables of its own. ``routed``: a mixture of experts.
    """

    name: str
    qkv_bias: bool = False
    head_norms: bool = False
    norms: int = 2
    half_rotary: bool = False
    attention_linears: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")
    mlp_linears: tuple[str, ...] = ("gate_proj", "up_proj", "down_proj")
    fp32_logits: bool = False
    caches_in_training: bool = False
    routed: bool = False

    @property
    def fused_qkv(self) -> bool:
        """Whether one linear makes q, k and v."""
        return len(self.attention_linears) == 2

    @property
    def fused_mlp(self) -> bool:
        """Whether one linear makes gate and up."""
        return len(self.mlp_linears) == 2


@value
class TowerCode:
    """The code of a vision tower with its merger.

    ``rms``: RMSNorm in place of LayerNorm; ``mlp`` its activation, between ``mlp_linears``, as wide as ``intermediate`` or
    (``mlp_of_output_width``) as what it hands on. ``biased``: the linears of attention, and of a gated MLP, have one.
    ``layer_scale``: each half of a block is scaled. ``rotary``: positions are rotated, else only learned. ``interpolates``:
    learned positions are interpolated for each image. ``casts_pixels``: pixels come in fp32 and are cast to the tower's type.
    ``merger_is_outside``: the merger is no part of the tower (frozen and counted apart from it). ``pixel_limits``: the
    processor's own (least, most) pixels over two frames of an image, where it reads no option; None where it does.

    ``outside``: parameters outside of the blocks; ``merger_bytes``: bytes per patch that the merger keeps for backward, given the
    bytes of an element.
    """

    name: str
    mlp: Mlp
    mlp_linears: tuple[str, ...]
    outside: Callable[[Tower], int]
    merger_bytes: Callable[[Tower, int], int]
    rms: bool = False
    mlp_of_output_width: bool = False
    biased: bool = True
    layer_scale: bool = False
    rotary: bool = True
    interpolates: bool = False
    casts_pixels: bool = True
    merger_is_outside: bool = False
    pixel_limits: tuple[int, int] | None = None


@value
class Pixels:
    """The limits of a family's own published processor, which a trainer may override. In pixels of an image."""

    least: int
    most: int
    source: str


@value
class Family:
    """One family of models.

    ``labels``: how names of its models begin (``Qwen2.5-VL``), each with the pattern of that in a lower-case name.
    ``architectures`` and ``model_types`` are those of ``config.json``. ``read`` makes the dimensions of one. ``text`` is None
    where the ``config.json`` says whose code the language model runs. ``logits_to_keep_since``: the first transformers release
    read whose class computes logits of the last tokens only when asked; None: none does.

    ``mrope``: three position ids per token (time, height, width), in sections that every layer puts together anew, or interleaved
    once. ``remote_code``: it runs code of its own from the Hub, which checkpoints its tower whatever the option says, takes flash
    attention wherever that is installed, and puts image features among the embeddings in a way of its own. ``own_attention``: its
    classes had attention code of their own until transformers 4.52. ``is_usual_name``: its label is a part of other models' names
    too, so what stands around it decides.
    """

    name: str
    labels: tuple[tuple[str, str], ...]
    architectures: tuple[str, ...]
    model_types: tuple[str, ...]
    read: Callable[[Mapping[str, Any], Family], tuple[Text, Tower | None]]
    text: TextCode | None = None
    tower: TowerCode | None = None
    logits_to_keep_since: str | None = None
    pixels: Pixels | None = None
    mrope: Literal["", "sections", "interleaved"] = ""
    remote_code: bool = False
    own_attention: bool = False
    is_usual_name: bool = False
