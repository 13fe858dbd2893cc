"""The pieces of a ``config.json`` that families have in common. Whatever is of a shape that the formulas do not cover raises
`UnsupportedConfig`; a key that is not there raises KeyError, which `config.read` tells."""

from __future__ import annotations

from vlmr1_lint.models.model import Text, Tower, UnsupportedConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.models.family import Family, TextCode, TowerCode

__all__ = ["count", "dynamic_tower", "side", "text_model", "text_of", "uncovered"]


def uncovered(what: str) -> UnsupportedConfig:
    """For a shape that the formulas do not cover."""
    return UnsupportedConfig(f"is of a shape that the forecast does not model: {what}")


def count(mapping: Mapping[str, Any], key: str) -> int:
    """The positive whole number at *key*."""
    found = mapping[key]
    if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
        raise UnsupportedConfig(f"has {key} {found!r:.40}")
    return found


def side(written: object) -> int:
    """A side in pixels, written as a number or as two equal ones."""
    if isinstance(written, (list, tuple)) and len(set(written)) == 1:
        written = written[0]
    if not isinstance(written, int) or isinstance(written, bool):
        raise uncovered("patch_size, image_size")
    return written


def text_of(text: Mapping[str, Any], code: TextCode, outer: Mapping[str, Any] | None = None) -> Text:
    """The language model that the mapping *text* describes; *outer* may say whether embeddings are tied."""
    heads, hidden = count(text, "num_attention_heads"), count(text, "hidden_size")
    if code.routed and (text.get("decoder_sparse_step", 1) != 1 or text.get("mlp_only_layers")):
        raise uncovered("decoder_sparse_step, mlp_only_layers")
    if (code.head_norms or not code.qkv_bias) and not code.routed and text.get("attention_bias"):
        raise uncovered("attention_bias")
    tied = {**text, **(outer or {})}.get("tie_word_embeddings")
    experts = {}
    if code.routed:
        experts = {
            "experts": count(text, "num_experts"),
            "experts_per_token": count(text, "num_experts_per_tok"),
            "expert_intermediate": count(text, "moe_intermediate_size"),
        }
    return Text(
        code=code,
        hidden=hidden,
        layers=count(text, "num_hidden_layers"),
        heads=heads,
        kv_heads=count(text, "num_key_value_heads") if text.get("num_key_value_heads") else heads,
        head_dim=count(text, "head_dim") if text.get("head_dim") else hidden // heads,
        intermediate=count(text, "intermediate_size"),
        vocab=count(text, "vocab_size"),
        tied=bool(tied),
        context=text.get("max_position_embeddings"),
        **experts,
    )


def text_model(config: Mapping[str, Any], family: Family) -> tuple[Text, None]:
    """A model without a tower."""
    assert family.text is not None
    return text_of(config.get("text_config") or config, family.text, config), None


def dynamic_tower(
    written: Mapping[str, Any], code: TowerCode, text: Text, defaults: Mapping[str, Any], sizes: Mapping[str, int] | None = None
) -> Tower:
    """A tower of dynamic resolution from the mapping *written* of ``vision_config``. *defaults* are what transformers'
    configuration class takes for a key that is left out (``hidden`` for the width, which older files call otherwise); *sizes*
    are fields that the family reads in a way of its own."""
    tower = {**defaults, "temporal_patch_size": 2, "spatial_merge_size": 2, **written}
    patch, window = count(tower, "patch_size"), tower.get("window_size")
    if "hidden_size" not in written:
        tower["hidden_size"] = tower["hidden"]
    if sizes is None:
        out = int(written.get("out_hidden_size", text.hidden))
        sizes = {"hidden": count(tower, "hidden_size"), "intermediate": count(tower, "intermediate_size"), "out_hidden": out}
    return Tower(
        code=code,
        depth=count(tower, "depth"),
        heads=count(tower, "num_heads"),
        patch=patch,
        merge=count(tower, "spatial_merge_size"),
        temporal_patch=count(tower, "temporal_patch_size"),
        positions=tower.get("num_position_embeddings") or ((tower.get("image_size") or 0) // patch) ** 2,
        deepstack=len(tower.get("deepstack_visual_indexes", ())),
        window=(window // patch) ** 2 if window else 0,
        full_layers=len(tower.get("fullatt_block_indexes", ())),
        **sizes,
    )
