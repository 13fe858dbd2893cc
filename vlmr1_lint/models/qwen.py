"""The families of Qwen: text models, Qwen2-VL, Qwen2.5-VL, Qwen3-VL.

Sources: transformers 4.49 to 5.23, ``modeling_*.py`` and ``configuration_*.py`` of each; the processors' published
``preprocessor_config.json``. The defaults of ``vision_config`` are those of the configuration classes (4.49 and 5.23).
"""

from __future__ import annotations

from vlmr1_lint.models.family import Family, Pixels, TextCode, TowerCode
from vlmr1_lint.models.reading import count, dynamic_tower, text_model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.models.model import Text, Tower

__all__ = ["FAMILIES", "QWEN2", "QWEN3", "QWEN3_MOE"]

QWEN2 = TextCode("qwen2", qkv_bias=True)
QWEN3 = TextCode("qwen3", head_norms=True)
QWEN3_MOE = TextCode("qwen3_moe", head_norms=True, routed=True)


def _merger(tower: Tower) -> int:
    """Parameters of two linears: the merged patches at their own width, then what the language model takes."""
    return tower.merged**2 + tower.merged + tower.merged * tower.out_hidden + tower.out_hidden


def _patches(tower: Tower) -> int:
    """Weights of the convolution that embeds patches."""
    return tower.channels * tower.hidden


def _layer_norm_merger(tower: Tower, size: int) -> int:
    """Its LayerNorm, its input, and both sides of its GELU."""
    return 4 * size * tower.hidden + 4


def _rms_merger(tower: Tower, size: int) -> int:
    """Its RMSNorm (the fp32 input, a normalised copy and a root), its input, and both sides of its GELU."""
    return 4 * tower.hidden + 4 * size * tower.hidden + 4


QWEN2_TOWER = TowerCode(
    "qwen2_vl",
    mlp="quick_gelu",
    mlp_linears=("fc1", "fc2"),
    outside=lambda tower: _patches(tower) + 2 * tower.hidden + _merger(tower),
    merger_bytes=_layer_norm_merger,
)
QWEN2_5_TOWER = TowerCode(
    "qwen2_5_vl",
    mlp="gated",
    mlp_linears=("gate_proj", "up_proj", "down_proj"),
    outside=lambda tower: _patches(tower) + tower.hidden + _merger(tower),
    merger_bytes=_rms_merger,
    rms=True,
)
QWEN3_TOWER = TowerCode(
    "qwen3_vl",
    mlp="gelu",
    mlp_linears=("linear_fc1", "linear_fc2"),
    outside=lambda tower: (
        _patches(tower)
        + (1 + tower.positions + 2) * tower.hidden  # bias of the patches, learned positions, the merger's norm
        + _merger(tower)
        + tower.deepstack * (2 * tower.merged + _merger(tower))
    ),
    merger_bytes=_layer_norm_merger,
    interpolates=True,
)


def _read_qwen2_vl(config: Mapping[str, Any], family: Family) -> tuple[Text, Tower]:
    """Here ``hidden_size`` of the tower is the width of the language model."""
    text, written = _text(config, family), config.get("vision_config") or {}
    tower = {**_QWEN2_VISION, **written}
    hidden = count(tower, "embed_dim" if "embed_dim" in written else "hidden")
    sizes = {
        "hidden": hidden,
        "intermediate": int(hidden * tower["mlp_ratio"]),
        "out_hidden": int(written.get("hidden_size", text.hidden)),
    }
    return text, dynamic_tower(written, QWEN2_TOWER, text, _QWEN2_VISION, sizes)


def _read_qwen2_5_vl(config: Mapping[str, Any], family: Family) -> tuple[Text, Tower]:
    text = _text(config, family)
    return text, dynamic_tower(config.get("vision_config") or {}, QWEN2_5_TOWER, text, _QWEN2_5_VISION)


def _read_qwen3_vl(config: Mapping[str, Any], family: Family) -> tuple[Text, Tower]:
    text = _text(config, family)
    return text, dynamic_tower(config.get("vision_config") or {}, QWEN3_TOWER, text, _QWEN3_VISION)


def _text(config: Mapping[str, Any], family: Family) -> Text:
    return text_model(config, family)[0]


_QWEN2_VISION = {"depth": 32, "hidden": 1280, "mlp_ratio": 4, "num_heads": 16, "patch_size": 14}
_QWEN2_5_VISION = {
    "depth": 32,
    "hidden": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "patch_size": 14,
    "window_size": 112,
    "fullatt_block_indexes": (7, 15, 23, 31),
}
_QWEN3_VISION = {
    "depth": 27,
    "hidden": 1152,
    "intermediate_size": 4304,
    "num_heads": 16,
    "patch_size": 16,
    "num_position_embeddings": 2304,
    "deepstack_visual_indexes": (8, 16, 24),
}
_PIXELS = Pixels(
    3136,
    12845056,
    "preprocessor_config.json of Qwen2.5-VL (min_pixels, max_pixels), copies in public files; Qwen2-VL's from memory",
)
_PIXELS_3 = Pixels(65536, 16777216, "copies of preprocessor_config.json (size: shortest_edge, longest_edge)")

FAMILIES = (
    Family(
        "qwen2",
        labels=(
            ("Qwen2.5", r"(?<![a-z0-9])qwen[-_. ]?2[-_.]5(?![0-9])"),
            ("Qwen2", r"(?<![a-z0-9])qwen[-_. ]?2(?![0-9]|[-_. ]?5|[-_. ]?vl)"),
            ("DeepSeek-R1-Distill-Qwen", r"(?<![a-z0-9])deepseek[-_. ]?r1[-_. ]?distill[-_. ]?qwen(?![0-9])"),
        ),
        architectures=("Qwen2ForCausalLM",),
        model_types=("qwen2",),
        read=text_model,
        text=QWEN2,
        logits_to_keep_since="4.49.0",
        is_usual_name=True,
    ),
    Family(
        "qwen3",
        labels=(("Qwen3", r"(?<![a-z0-9])qwen[-_. ]?3(?![0-9.]|[-_. ]?vl)"),),
        architectures=("Qwen3ForCausalLM",),
        model_types=("qwen3",),
        read=text_model,
        text=QWEN3,
        logits_to_keep_since="4.51.0",
        is_usual_name=True,
    ),
    Family(
        "qwen2_vl",
        labels=(("Qwen2-VL", r"(?<![a-z0-9])qwen[-_. ]?2[-_. ]?vl(?![a-z])"),),
        architectures=("Qwen2VLForConditionalGeneration",),
        model_types=("qwen2_vl",),
        read=_read_qwen2_vl,
        text=QWEN2,
        tower=QWEN2_TOWER,
        logits_to_keep_since="5.0.0",
        pixels=_PIXELS,
        mrope="sections",
        own_attention=True,
    ),
    Family(
        "qwen2_5_vl",
        labels=(("Qwen2.5-VL", r"(?<![a-z0-9])qwen[-_. ]?2[-_.]?5[-_. ]?vl(?![a-z])"),),
        architectures=("Qwen2_5_VLForConditionalGeneration",),
        model_types=("qwen2_5_vl",),
        read=_read_qwen2_5_vl,
        text=QWEN2,
        tower=QWEN2_5_TOWER,
        logits_to_keep_since="4.54.1",
        pixels=_PIXELS,
        mrope="sections",
        own_attention=True,
    ),
    Family(
        "qwen3_vl",
        labels=(("Qwen3-VL", r"(?<![a-z0-9])qwen[-_. ]?3[-_. ]?vl(?![a-z])"),),
        architectures=("Qwen3VLForConditionalGeneration",),
        model_types=("qwen3_vl",),
        read=_read_qwen3_vl,
        text=QWEN3,
        tower=QWEN3_TOWER,
        logits_to_keep_since="4.57.6",
        pixels=_PIXELS_3,
        mrope="interleaved",
    ),
    Family(
        "qwen3_vl_moe",
        labels=(),  # its models are told from Qwen3-VL's by their size (30B-A3B)
        architectures=("Qwen3VLMoeForConditionalGeneration",),
        model_types=("qwen3_vl_moe",),
        read=_read_qwen3_vl,
        text=QWEN3_MOE,
        tower=QWEN3_TOWER,
        logits_to_keep_since="4.57.6",
        pixels=_PIXELS_3,
        mrope="interleaved",
    ),
)
