"""Parameter counts from dimensions, exact to the parameter, piece by piece.

The formulas follow the module trees of transformers 4.49 to 5.23 (``modeling_*.py``) and of InternVL's remote code; a test holds
that they give the published totals of every model of the table.
"""

from __future__ import annotations

from vlmr1_lint.models.model import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.family import Family
    from vlmr1_lint.models.model import Text, Tower

__all__ = ["counted", "text_layer"]


def counted(name: str, family: Family, text: Text, tower: Tower | None, repository: str | None = None) -> Model:
    """The model of these dimensions, with its parameters counted."""
    vision = 0 if tower is None else tower.depth * _block(tower) + tower.code.outside(tower)
    layer = text_layer(text)
    language = text.layers * layer + text.hidden + (1 if text.tied else 2) * text.vocab * text.hidden
    if tower is not None and tower.code.merger_is_outside:
        language += projector(tower)
    return Model(
        name=name,
        traits=family,
        text=text,
        tower=tower,
        params_total=vision + language,
        params_vision=vision,
        layer_total=layer,
        repository=repository,
    )


def text_layer(text: Text) -> int:
    """One decoder layer."""
    code = text.code
    attention = 2 * text.hidden * text.queries + 2 * text.hidden * text.keys
    attention += text.queries + 2 * text.keys if code.qkv_bias else 0
    attention += 2 * text.head_dim if code.head_norms else 0
    mlp = 3 * text.hidden * text.intermediate
    if code.routed:
        mlp = text.experts * (text.hidden + 3 * text.hidden * text.expert_intermediate)  # router and experts
    return attention + mlp + code.norms * text.hidden


def _block(tower: Tower) -> int:
    """One block of the tower: attention, MLP, norms, scales."""
    code, width, inner = tower.code, tower.hidden, tower.mlp_width
    attention = 4 * width * width + (4 * width if code.biased else 0)
    mlp = 3 * width * inner + (2 * inner + width if code.biased else 0)
    if code.mlp != "gated":
        mlp = 2 * width * inner + inner + width
    return attention + mlp + (2 if code.rms else 4) * width + (2 * width if code.layer_scale else 0)


def projector(tower: Tower) -> int:
    """A merger outside the tower (InternVL's ``mlp1``): layer norm over the merged patches and two linears."""
    merged, out = tower.merged, tower.out_hidden
    return 2 * merged + merged * out + out + out * out + out
