"""Which parameters are trained, and how many: all, all but a frozen tower, or adapters. Counts are in elements.

Totals come from the facts table; adapters are counted here from the linears they sit on. Source of the target finder:
VLM-R1 ``grpo_trainer.py::find_all_linear_names``; of the freezing: ``get_vision_modules_keywords`` of each module class.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.model import Model, Text, Tower

__all__ = [
    "head_is_adapted",
    "is_adapted",
    "largest_gathered",
    "linears",
    "lora_parameters",
    "tower_linears",
    "trained_without_tower",
]


def trained_without_tower(model: Model) -> int:
    """Parameters that stay trained when VLM-R1's ``freeze_vision_modules`` is on.

    It freezes by name: the whole ``visual`` of Qwen and GLM, merger included; for InternVL ``vision_model``, so its projector
    ``mlp1`` stays trained (it is not in ``params_vision``).
    """
    return model.params_language


def largest_gathered(model: Model) -> int:
    """The largest module that ZeRO-3 gathers at once: the embedding or the output head, or one decoder layer's weights."""
    return max(model.embedding, model.layer_total)


def linears(text: Text) -> tuple[tuple[str, int, int], ...]:
    """The ``nn.Linear`` modules of one decoder layer as (name, inputs, outputs). Fused experts are parameters, not linears."""
    hidden, queries, keys, inner = text.hidden, text.queries, text.keys, text.intermediate
    into = (queries + 2 * keys,) if text.code.fused_qkv else (queries, keys, keys)
    attention = [(hidden, width) for width in into] + [(queries, hidden)]
    named = [(name, *widths) for name, widths in zip(text.code.attention_linears, attention, strict=True)]
    if text.experts:
        return (*named, ("gate", hidden, text.experts))
    gated = [(hidden, 2 * inner)] if text.code.fused_mlp else [(hidden, inner), (hidden, inner)]
    mlp = zip(text.code.mlp_linears, [*gated, (inner, hidden)], strict=True)
    return (*named, *((name, *widths) for name, widths in mlp))


def tower_linears(tower: Tower) -> tuple[tuple[str, int, int], ...]:
    """The ``nn.Linear`` modules of one block of the tower as (name, inputs, outputs)."""
    width, inner = tower.hidden, tower.mlp_width
    *into, out = tower.code.mlp_linears
    return (("qkv", width, 3 * width), ("proj", width, width), *((name, width, inner) for name in into), (out, inner, width))


def is_adapted(name: str, targets: frozenset[str] | None) -> bool:
    """Does PEFT put an adapter on a linear of the tower called *name*?"""
    return targets is not None and ("all-linear" in targets or name in targets)


def head_is_adapted(targets: frozenset[str] | None) -> bool:
    """Does the output head get an adapter? VLM-R1's finder (None) takes it; PEFT's ``all-linear`` leaves it out."""
    return targets is None or not targets.isdisjoint({"lm_head", "output"})


def lora_parameters(model: Model, rank: int, targets: frozenset[str] | None) -> int:
    """Adapter parameters: rank x (inputs + outputs) of every adapted linear.

    *targets* None is VLM-R1's own finder: every linear outside the vision modules, the head included, and for InternVL the
    projector. ``all-linear`` is every linear but the head, the tower's too (of its merger the two widest). Otherwise names of
    linears, wherever they occur.
    """
    text, tower = model.text, model.tower
    every = targets is None or "all-linear" in targets
    width = text.layers * sum(i + o for name, i, o in linears(text) if every or name in (targets or ()))
    if head_is_adapted(targets):
        width += text.hidden + text.vocab
    if tower is not None:
        width += tower.depth * sum(i + o for name, i, o in tower_linears(tower) if is_adapted(name, targets))
        if is_adapted("merger", targets):
            width += 3 * tower.merged + tower.out_hidden
    if targets is None and tower and tower.code.merger_is_outside:
        width += tower.merged + 3 * tower.out_hidden
    return rank * width
