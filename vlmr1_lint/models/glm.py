"""GLM-4.1V. Sources: transformers 4.57 and 5.23: ``modeling_``, ``configuration_`` and ``image_processing_glm4v.py``."""

from __future__ import annotations

from vlmr1_lint.models.family import Family, Pixels, TextCode, TowerCode
from vlmr1_lint.models.reading import dynamic_tower, text_model, uncovered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.models.model import Text, Tower

__all__ = ["FAMILIES"]

GLM4 = TextCode("glm4", qkv_bias=True, norms=4, half_rotary=True, mlp_linears=("gate_up_proj", "down_proj"))


def _outside(tower: Tower) -> int:
    """Patches with bias, positions, two norms, the downsampling convolution and the merger: projection, LayerNorm, gated MLP."""
    width, out = tower.hidden, tower.out_hidden
    embedding = tower.channels * width + width + tower.positions * width
    return embedding + 2 * width + tower.merged * out + out + out * out + 2 * out + 3 * out * tower.intermediate


def _merger_bytes(tower: Tower, size: int) -> int:
    """Norms, the downsampling convolution, projection, LayerNorm, GELU and a gated MLP."""
    return 6 * size * tower.hidden + (6 * size * tower.out_hidden + 4 * size * tower.intermediate) // tower.merge**2


GLM4V_TOWER = TowerCode(
    "glm4v",
    mlp="gated",
    mlp_linears=("gate_proj", "up_proj", "down_proj"),
    outside=_outside,
    merger_bytes=_merger_bytes,
    rms=True,
    mlp_of_output_width=True,
    biased=False,
    pixel_limits=(112 * 112, 28 * 28 * 15000),
)
_VISION = {"depth": 24, "hidden": 1536, "intermediate_size": 13696, "num_heads": 12, "patch_size": 14, "image_size": 336}


def _read(config: Mapping[str, Any], family: Family) -> tuple[Text, Tower]:
    text, written = text_model(config, family)[0], config.get("vision_config") or {}
    if written.get("attention_bias"):
        raise uncovered("attention_bias in vision_config")
    return text, dynamic_tower(written, GLM4V_TOWER, text, _VISION)


FAMILIES = (
    Family(
        "glm4v",
        labels=(("GLM-4.1V", r"(?<![a-z0-9])glm[-_. ]?4[-_.]?1v(?![a-z])"),),
        architectures=("Glm4vForConditionalGeneration",),
        model_types=("glm4v",),
        read=_read,
        text=GLM4,
        tower=GLM4V_TOWER,
        logits_to_keep_since="4.54.1",
        pixels=Pixels(
            6272, 4816896, "image_processing_glm4v.py: 112 x 112 and 28 x 28 x 15000 over two frames, whatever is written"
        ),
        mrope="sections",
    ),
)
