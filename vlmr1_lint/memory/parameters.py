"""Parameter counts, exact to the parameter: all, language, tower, and those that are trained.

Formulas are read from transformers' modelling code (4.57) and InternVL's remote code; tests compare them with the counts
of the published checkpoints. Everything here counts elements; bytes come in `states`.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.architecture import Model, Text, Tower

__all__ = [
    "Counts",
    "count",
    "embedding",
    "frozen_tower",
    "largest_module",
    "lora_count",
    "lora_linears",
    "text_layer",
    "tower_layer",
]


@value
class Counts:
    """Parameters of a model. ``total`` counts a tied embedding once; ``largest`` is the largest single weight."""

    total: int
    language: int
    tower: int
    largest: int


def count(model: Model) -> Counts:
    """All parameters of *model*."""
    text, tower = model.text, model.tower
    language = text.layers * text_layer(text) + text.hidden + embedding(text) * (1 if text.tied else 2)
    vision = tower_total(tower) if tower else 0
    return Counts(language + vision, language, vision, largest_module(text))


def embedding(text: Text) -> int:
    """The token embedding, and again the output head unless they are tied: V x h."""
    return text.vocab * text.hidden


def largest_module(text: Text) -> int:
    """The largest weight that is gathered at once under ZeRO-3: the embedding or the head."""
    return max(embedding(text), text_layer(text) if text.experts else 3 * text.hidden * text.intermediate)


def attention(text: Text) -> int:
    """Projections, biases and per-head norms of one attention."""
    hidden, queries, keys = text.hidden, text.queries, text.keys
    weights = hidden * (queries + 2 * keys) + queries * hidden
    if text.family in {"qwen2", "glm4"}:
        return weights + queries + 2 * keys
    if text.family in {"qwen3", "qwen3_moe"}:
        return weights + 2 * text.head_dim
    return weights


def text_layer(text: Text) -> int:
    """One decoder layer: attention, gated MLP or experts, and its norms (four in GLM-4)."""
    norms = (4 if text.family == "glm4" else 2) * text.hidden
    if text.experts:
        mlp = text.experts * 3 * text.hidden * text.expert_intermediate + text.hidden * text.experts
    else:
        mlp = 3 * text.hidden * text.intermediate
    return attention(text) + mlp + norms


def tower_layer(tower: Tower) -> int:
    """One block of the tower: fused qkv, projection, MLP and norms as each family has them."""
    width, inner = tower.hidden, tower.intermediate
    attention_weights = 4 * width * width
    if tower.family == "qwen2_5_vl":  # RMSNorm; gated MLP with biases
        return attention_weights + 4 * width + 3 * width * inner + 2 * inner + width + 2 * width
    if tower.family == "glm4v":  # RMSNorm; no biases; the MLP is as wide as the tower's output
        return attention_weights + 3 * width * tower.out_hidden + 2 * width
    layer_scale = 2 * width if tower.family == "internvit" else 0
    return attention_weights + 4 * width + 2 * width * inner + inner + width + 4 * width + layer_scale


def frozen_tower(tower: Tower) -> int:
    """Parameters that VLM-R1's ``freeze_vision_modules`` freezes: by name, so InternVL's projector stays trained."""
    return tower_total(tower) - (projector(tower) if tower.family == "internvit" else 0)


def projector(tower: Tower) -> int:
    """InternVL's ``mlp1``: LayerNorm over the merged patches and two linears."""
    merged, out = tower.hidden * tower.merge**2, tower.out_hidden
    return 2 * merged + merged * out + out + out * out + out


def tower_total(tower: Tower) -> int:
    """The tower with patch embedding, positions and merger (InternVL: the projector)."""
    return tower.layers * tower_layer(tower) + tower_ends(tower)


def tower_ends(tower: Tower) -> int:
    """Everything of the tower outside its blocks."""
    width, out, merged = tower.hidden, tower.out_hidden, tower.hidden * tower.merge**2
    patch_embed = width * 3 * tower.temporal_patch * tower.patch**2
    if tower.family == "internvit":  # class token, biased patch embedding, positions; LayerNorm and two linears after it
        positions = (tower.image_size // tower.patch) ** 2 + 1
        return width + patch_embed + width + positions * width + projector(tower)
    if tower.family == "glm4v":
        inner = tower.intermediate
        merger = out * out + 2 * out + 3 * out * inner
        return patch_embed + width + tower.positions * width + 2 * width + merged * out + out + merger
    mlp = merged * merged + merged + merged * out + out
    if tower.family == "qwen3_vl":  # biased patch embedding, learned positions, one more merger per deepstack layer
        deepstack = tower.deepstack * (2 * merged + mlp)
        return patch_embed + width + tower.positions * width + 2 * width + mlp + deepstack
    return patch_embed + (width if tower.family == "qwen2_5_vl" else 2 * width) + mlp


def lora_linears(text: Text) -> tuple[tuple[str, int, int], ...]:
    """The linear layers of one decoder layer as (name, inputs, outputs)."""
    hidden, queries, keys, inner = text.hidden, text.queries, text.keys, text.intermediate
    if text.family == "internlm2":
        attention_linears = (("wqkv", hidden, queries + 2 * keys), ("wo", queries, hidden))
        return (*attention_linears, ("w1", hidden, inner), ("w3", hidden, inner), ("w2", inner, hidden))
    projections = (
        ("q_proj", hidden, queries),
        ("k_proj", hidden, keys),
        ("v_proj", hidden, keys),
        ("o_proj", queries, hidden),
    )
    if text.family == "glm4":
        return (*projections, ("gate_up_proj", hidden, 2 * inner), ("down_proj", inner, hidden))
    if text.experts:  # the experts are fused parameters, no nn.Linear, so no finder adapts them
        return (*projections, ("gate", hidden, text.experts))
    return (*projections, ("gate_proj", hidden, inner), ("up_proj", hidden, inner), ("down_proj", inner, hidden))


def lora_count(model: Model, rank: int, targets: frozenset[str] | None) -> int:
    """Adapter parameters: rank x (inputs + outputs) of every adapted linear.

    *targets* None is VLM-R1's own finder (``find_all_linear_names``): every ``nn.Linear`` outside the vision modules,
    the output head included; for InternVL that also takes the projector, whose name does not say ``vision_model``.
    Otherwise a linear is adapted if its name is in *targets* (``lm_head`` and ``output`` name the head).
    """
    text, tower = model.text, model.tower
    layer = sum(inputs + outputs for name, inputs, outputs in lora_linears(text) if targets is None or name in targets)
    width = text.layers * layer
    if targets is None or "lm_head" in targets or "output" in targets:
        width += text.hidden + text.vocab
    if targets is None and tower and tower.family == "internvit":
        width += tower.hidden * tower.merge**2 + 3 * tower.out_hidden
    return rank * width
