"""Which parameters are trained, and how many: all, all but a frozen tower, or adapters. Counts are in elements.

Totals come from the facts table; adapters are counted here from the linears they sit on. Source of the target finder:
VLM-R1 ``grpo_trainer.py::find_all_linear_names``; of the freezing: ``get_vision_modules_keywords`` of each module class.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.architecture import Model, Text, Tower

__all__ = ["head_is_adapted", "is_adapted", "largest_gathered", "linears", "lora_parameters", "projector", "tower_linears"]
__all__ += ["trained_without_tower"]


def trained_without_tower(model: Model) -> int:
    """Parameters that stay trained when VLM-R1's ``freeze_vision_modules`` is on.

    It freezes by name: the whole ``visual`` of Qwen and GLM, merger included; for InternVL ``vision_model``, so its projector
    ``mlp1`` stays trained (it is not in ``tower_total``).
    """
    return model.total - model.tower_total


def projector(tower: Tower) -> int:
    """InternVL's ``mlp1``: LayerNorm over the merged patches and two linears."""
    merged, out = tower.hidden * tower.merge**2, tower.out_hidden
    return 2 * merged + merged * out + out + out * out + out


def largest_gathered(model: Model) -> int:
    """The largest module that ZeRO-3 gathers at once: the embedding or the output head, or one decoder layer's weights."""
    return max(model.embedding, model.layer_total)


def linears(text: Text) -> tuple[tuple[str, int, int], ...]:
    """The ``nn.Linear`` modules of one decoder layer as (name, inputs, outputs). Fused experts are parameters, not linears."""
    hidden, queries, keys, inner = text.hidden, text.queries, text.keys, text.intermediate
    if text.family == "internlm2":
        mlp = (("w1", hidden, inner), ("w3", hidden, inner), ("w2", inner, hidden))
        return (("wqkv", hidden, queries + 2 * keys), ("wo", queries, hidden), *mlp)
    attention = (("q_proj", hidden, queries), ("k_proj", hidden, keys), ("v_proj", hidden, keys), ("o_proj", queries, hidden))
    if text.family == "glm4":
        return (*attention, ("gate_up_proj", hidden, 2 * inner), ("down_proj", inner, hidden))
    if text.experts:
        return (*attention, ("gate", hidden, text.experts))
    return (*attention, ("gate_proj", hidden, inner), ("up_proj", hidden, inner), ("down_proj", inner, hidden))


def tower_linears(tower: Tower) -> tuple[tuple[str, int, int], ...]:
    """The ``nn.Linear`` modules of one block of the tower as (name, inputs, outputs)."""
    width, inner = tower.hidden, tower.intermediate
    attention = (("qkv", width, 3 * width), ("proj", width, width))
    if tower.family in {"qwen2_5_vl", "glm4v"}:
        inner = tower.out_hidden if tower.family == "glm4v" else inner
        return (*attention, ("gate_proj", width, inner), ("up_proj", width, inner), ("down_proj", inner, width))
    into, out = ("linear_fc1", "linear_fc2") if tower.family == "qwen3_vl" else ("fc1", "fc2")
    return (*attention, (into, width, inner), (out, inner, width))


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
        width += tower.layers * sum(i + o for name, i, o in tower_linears(tower) if is_adapted(name, targets))
        if is_adapted("merger", targets):
            merged = tower.hidden * tower.merge**2
            width += 3 * merged + tower.out_hidden
    if targets is None and tower and tower.family == "internvit":
        width += tower.hidden * tower.merge**2 + 3 * tower.out_hidden
    return rank * width
