"""InternVL 2.5 and 3: code of its own from the Hub (``modeling_internvl_chat.py``, ``modeling_intern_vit.py``), with the language
model of another family."""

from __future__ import annotations

from vlmr1_lint.models.family import Family, TextCode, TowerCode
from vlmr1_lint.models.llama import LLAMA
from vlmr1_lint.models.model import Tower
from vlmr1_lint.models.qwen import QWEN2, QWEN3
from vlmr1_lint.models.reading import count, side, text_of, uncovered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.models.model import Text

__all__ = ["FAMILIES", "INTERNLM2"]

INTERNLM2 = TextCode(
    "internlm2",
    attention_linears=("wqkv", "wo"),
    mlp_linears=("w1", "w3", "w2"),
    fp32_logits=True,
    caches_in_training=True,
)


def _merger_bytes(tower: Tower, size: int) -> int:
    """LayerNorm over merged patches, linear, GELU, linear: inputs of each."""
    return 2 * size * tower.hidden + 2 * size * tower.out_hidden // tower.merge**2


INTERN_VIT = TowerCode(
    "internvit",
    mlp="gelu",
    mlp_linears=("fc1", "fc2"),
    outside=lambda tower: tower.channels * tower.hidden + (2 + tower.positions) * tower.hidden,  # bias of patches, class token
    merger_bytes=_merger_bytes,
    layer_scale=True,
    rotary=False,
    casts_pixels=False,
    merger_is_outside=True,
)
# The language models it carries: architecture or model_type.
_LLMS = {
    "Qwen2ForCausalLM": QWEN2,
    "qwen2": QWEN2,
    "Qwen3ForCausalLM": QWEN3,
    "qwen3": QWEN3,
    "InternLM2ForCausalLM": INTERNLM2,
    "internlm2": INTERNLM2,
    "LlamaForCausalLM": LLAMA,
    "llama": LLAMA,
}


def _read(config: Mapping[str, Any], _: Family) -> tuple[Text, Tower]:
    written = config.get("llm_config") or config["text_config"]
    kind = (written.get("architectures") or [written.get("model_type")])[0]
    if kind not in _LLMS:
        raise uncovered(str(kind))
    text = text_of(written, _LLMS[kind])
    return text, _tower(config, text)


def _tower(config: Mapping[str, Any], text: Text) -> Tower:
    """InternViT-300M; the 6B one has norms on q and k."""
    written = config["vision_config"]
    odd = written.get("qk_normalization") or written.get("use_qk_norm") or written.get("use_mask_token")
    if odd or written.get("norm_type") == "rms_norm":
        raise uncovered("InternViT-6B")
    if False in (written.get("use_mean_pooling"), written.get("qkv_bias"), written.get("attention_bias")):
        raise uncovered("InternViT")
    patch, tile = side(written["patch_size"]), side(written["image_size"])
    return Tower(
        code=INTERN_VIT,
        depth=count(written, "num_hidden_layers"),
        hidden=count(written, "hidden_size"),
        intermediate=count(written, "intermediate_size"),
        heads=count(written, "num_attention_heads"),
        out_hidden=text.hidden,
        patch=patch,
        merge=round(1 / float(config.get("downsample_ratio", 0.5))),  # it shuffles pixels: 0.5 merges two patches along each side
        positions=(tile // patch) ** 2 + 1,
        tile=tile,
    )


FAMILIES = (
    Family(
        "internvl",
        labels=(
            ("InternVL2.5", r"(?<![a-z0-9])intern[-_. ]?vl[-_. ]?2[-_.]5(?![0-9])"),
            ("InternVL3", r"(?<![a-z0-9])intern[-_. ]?vl[-_. ]?3(?![0-9]|[-_.]5(?![0-9b]))"),
        ),
        architectures=("InternVLChatModel", "InternVLForConditionalGeneration"),
        model_types=("internvl_chat", "internvl"),
        read=_read,
        tower=INTERN_VIT,
        remote_code=True,
    ),
)
