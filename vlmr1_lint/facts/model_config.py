"""A model from the mapping of its ``config.json``: names of keys per architecture, then the formulas of `parameters`."""

from __future__ import annotations

from vlmr1_lint.facts import parameters
from vlmr1_lint.facts.models import Model, TextDimensions, UnsupportedConfig, VisionDimensions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["counted", "read"]

# architecture -> (family, language model)
_ARCHITECTURES = {
    "Qwen2ForCausalLM": ("qwen2", "qwen2"),
    "Qwen2VLForConditionalGeneration": ("qwen2_vl", "qwen2"),
    "Qwen2_5_VLForConditionalGeneration": ("qwen2_5_vl", "qwen2"),
    "Qwen3VLForConditionalGeneration": ("qwen3_vl", "qwen3"),
    "Qwen3VLMoeForConditionalGeneration": ("qwen3_vl_moe", "qwen3_moe"),
    "Glm4vForConditionalGeneration": ("glm4v", "glm4v"),
    "InternVLChatModel": ("internvl", ""),
    "InternVLForConditionalGeneration": ("internvl", ""),
}
_MODEL_TYPES = {
    "qwen2": "Qwen2ForCausalLM",
    "qwen2_vl": "Qwen2VLForConditionalGeneration",
    "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration",
    "qwen3_vl": "Qwen3VLForConditionalGeneration",
    "qwen3_vl_moe": "Qwen3VLMoeForConditionalGeneration",
    "glm4v": "Glm4vForConditionalGeneration",
    "internvl_chat": "InternVLChatModel",
    "internvl": "InternVLForConditionalGeneration",
}
# The language models InternVL carries: architecture or model_type -> formula
_LLMS = {
    "Qwen2ForCausalLM": "qwen2",
    "qwen2": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "qwen3": "qwen3",
    "InternLM2ForCausalLM": "llama",
    "internlm2": "llama",
    "LlamaForCausalLM": "llama",
    "llama": "llama",
}
# What transformers' configuration classes take for a key that config.json leaves out (configuration_*.py, 4.49 and 5.23).
_VISION_DEFAULTS: dict[str, dict[str, Any]] = {
    "qwen2_vl": {"depth": 32, "hidden": 1280, "mlp_ratio": 4, "num_heads": 16, "patch_size": 14},
    "qwen2_5_vl": {
        "depth": 32,
        "hidden": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "patch_size": 14,
        "window_size": 112,
        "fullatt_block_indexes": (7, 15, 23, 31),
    },
    "qwen3_vl": {
        "depth": 27,
        "hidden": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "patch_size": 16,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": (8, 16, 24),
    },
    "glm4v": {"depth": 24, "hidden": 1536, "intermediate_size": 13696, "num_heads": 12, "patch_size": 14, "image_size": 336},
}
_VISION_DEFAULTS["qwen3_vl_moe"] = _VISION_DEFAULTS["qwen3_vl"]


def read(config: Mapping[str, Any], name: str) -> Model:
    """The model that *config* describes. Raises `UnsupportedConfig`."""
    architecture = _architecture(config)
    if config.get("quantization_config"):
        raise UnsupportedConfig("is of quantised weights, which the forecast does not model")
    family, llm = _ARCHITECTURES[architecture]
    try:
        if family == "internvl":
            text, llm = _internvl_text(config)
            tower: VisionDimensions | None = _internvit(config)
        else:
            text = _text(config, config.get("text_config") or config, llm)
            tower = None if family == "qwen2" else _dynamic_tower(family, config, text)
    except KeyError as error:
        raise UnsupportedConfig(f"has no {error.args[0]}") from None
    except (AttributeError, ArithmeticError, TypeError, ValueError):  # a config can hold anything
        raise UnsupportedConfig("holds values that no model has") from None
    return counted(
        name or str(config.get("_name_or_path") or architecture), family, architecture, llm=llm, text=text, tower=tower
    )


def _architecture(config: Mapping[str, Any]) -> str:
    architectures = config.get("architectures") or [_MODEL_TYPES.get(str(config.get("model_type"))) or config.get("model_type")]
    found = architectures[0] if isinstance(architectures, (list, tuple)) and architectures else None
    if not isinstance(found, str) or not found:
        raise UnsupportedConfig("names no architecture")
    if found not in _ARCHITECTURES:
        raise UnsupportedConfig(f"is of {found}, which the forecast does not model")
    return found


def _uncovered(what: str) -> UnsupportedConfig:
    """For a shape that the formulas do not cover."""
    return UnsupportedConfig(f"is of a shape that the forecast does not model: {what}")


def counted(
    name: str, family: str, architecture: str, *, llm: str, text: TextDimensions, tower: VisionDimensions | None
) -> Model:
    """The model of these dimensions, with its parameters counted."""
    language = parameters.language(llm, text)
    vision = 0
    if tower is not None:
        vision = parameters.vision(family, tower)
        language += parameters.connector(tower, text) if family == "internvl" else 0
    return Model(
        name=name,
        family=family,
        architecture=architecture,
        hf_repo=None,
        text=text,
        vision=tower,
        params_total=vision + language,
        params_vision=vision,
        params_language=language,
        verified="counted from config.json",
        source="config.json",
    )


def _text(outer: Mapping[str, Any], text: Mapping[str, Any], llm: str) -> TextDimensions:
    heads, hidden = _count(text, "num_attention_heads"), _count(text, "hidden_size")
    if llm == "qwen3_moe" and (text.get("decoder_sparse_step", 1) != 1 or text.get("mlp_only_layers")):
        raise _uncovered("decoder_sparse_step, mlp_only_layers")
    if llm == "qwen3" and text.get("attention_bias"):
        raise _uncovered("attention_bias")
    tied = text.get("tie_word_embeddings", outer.get("tie_word_embeddings"))
    if "tie_word_embeddings" in outer:
        tied = outer["tie_word_embeddings"]
    return TextDimensions(
        hidden=hidden,
        layers=_count(text, "num_hidden_layers"),
        heads=heads,
        kv_heads=_count(text, "num_key_value_heads") if text.get("num_key_value_heads") else heads,
        head_dim=_count(text, "head_dim") if text.get("head_dim") else hidden // heads,
        intermediate=_count(text, "intermediate_size"),
        vocab=_count(text, "vocab_size"),
        tied_embeddings=bool(tied),
        max_position_embeddings=text.get("max_position_embeddings"),
        moe_intermediate=_count(text, "moe_intermediate_size") if llm == "qwen3_moe" else None,
        num_experts=_count(text, "num_experts") if llm == "qwen3_moe" else None,
        experts_per_token=_count(text, "num_experts_per_tok") if llm == "qwen3_moe" else None,
    )


def _dynamic_tower(family: str, config: Mapping[str, Any], text: TextDimensions) -> VisionDimensions:
    written = config.get("vision_config") or {}
    tower = {**_VISION_DEFAULTS[family], "temporal_patch_size": 2, "spatial_merge_size": 2, **written}
    patch, merge = _count(tower, "patch_size"), _count(tower, "spatial_merge_size")
    if family == "qwen2_vl":  # here hidden_size is the width of the language model
        hidden = _count(tower, "embed_dim" if "embed_dim" in written else "hidden")
        intermediate, out = int(hidden * tower["mlp_ratio"]), int(written.get("hidden_size", text.hidden))
    else:
        hidden = _count(tower, "hidden_size" if "hidden_size" in written else "hidden")
        intermediate, out = _count(tower, "intermediate_size"), int(written.get("out_hidden_size", text.hidden))
    if family == "glm4v" and tower.get("attention_bias"):
        raise _uncovered("attention_bias in vision_config")
    return VisionDimensions(
        type="ViT (dynamic resolution)",
        depth=_count(tower, "depth"),
        hidden=hidden,
        intermediate=intermediate,
        heads=_count(tower, "num_heads"),
        patch_size=patch,
        temporal_patch_size=_count(tower, "temporal_patch_size"),
        spatial_merge_size=merge,
        out_hidden=out,
        pixels_per_image_token=(patch * merge) ** 2,
        window_size=tower.get("window_size"),
        fullatt_block_indexes=tuple(tower.get("fullatt_block_indexes", ())),
        deepstack_visual_indexes=tuple(tower.get("deepstack_visual_indexes", ())),
        num_position_embeddings=tower.get("num_position_embeddings"),
        image_size=tower.get("image_size") if family == "glm4v" else None,
    )


def _internvl_text(config: Mapping[str, Any]) -> tuple[TextDimensions, str]:
    text = config.get("llm_config") or config["text_config"]
    kind = (text.get("architectures") or [text.get("model_type")])[0]
    if kind not in _LLMS:
        raise _uncovered(str(kind))
    llm = _LLMS[kind]
    return _text({}, text, llm), llm


def _internvit(config: Mapping[str, Any]) -> VisionDimensions:
    tower = config["vision_config"]
    if (
        tower.get("qk_normalization")
        or tower.get("use_qk_norm")
        or tower.get("use_mask_token")
        or tower.get("norm_type") == "rms_norm"
    ):
        raise _uncovered("InternViT-6B")
    if tower.get("use_mean_pooling") is False or tower.get("qkv_bias") is False or tower.get("attention_bias") is False:
        raise _uncovered("InternViT")
    patch, size = _square(tower["patch_size"]), _square(tower["image_size"])
    ratio = float(config.get("downsample_ratio", 0.5))
    return VisionDimensions(
        type="InternViT (fixed tiles)",
        depth=_count(tower, "num_hidden_layers"),
        hidden=_count(tower, "hidden_size"),
        intermediate=_count(tower, "intermediate_size"),
        heads=_count(tower, "num_attention_heads"),
        patch_size=patch,
        image_size=size,
        downsample_ratio=ratio,
        tokens_per_tile=round((size // patch) ** 2 * ratio**2),
    )


def _square(written: object) -> int:
    if isinstance(written, (list, tuple)) and len(set(written)) == 1:
        written = written[0]
    if not isinstance(written, int) or isinstance(written, bool):
        raise _uncovered("patch_size, image_size")
    return written


def _count(mapping: Mapping[str, Any], key: str) -> int:
    found = mapping[key]
    if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
        raise UnsupportedConfig(f"has {key} {found!r:.40}")
    return found
