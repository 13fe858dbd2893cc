"""Make ``models.json`` from a table of architectures and the further ones below.

    python tools/facts/build_models.py TABLE.json OUT.json

TABLE.json holds ``{"models": {name: {"architecture", "text", "vision", "params_total", …}}}``. A count that our
formulas do not reproduce stops the script.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from vlmr1_lint.facts.model_config import counted
from vlmr1_lint.facts.models import TextDimensions, VisionDimensions

FAMILIES = {
    "Qwen2-VL": ("qwen2_vl", "qwen2"),
    "Qwen2.5-VL": ("qwen2_5_vl", "qwen2"),
    "Qwen3-VL": ("qwen3_vl", "qwen3"),
    "Qwen3-VL-30B-A3B": ("qwen3_vl_moe", "qwen3_moe"),
    "InternVL": ("internvl", "qwen2"),
    "GLM": ("glm4v", "glm4v"),
    "Qwen2.5": ("qwen2", "qwen2"),
}
# (min_pixels, max_pixels, source) of each family's published preprocessor_config.json
PIXELS = json.loads((Path(__file__).parent / "pixels.json").read_text(encoding="utf-8"))
# First transformers release whose forward has logits_to_keep, by grep of modeling_*.py in
# 4.49.0, 4.53.3, 4.54.1, 4.55.4, 4.56.2, 4.57.6, 5.0.0.
# InternVLChatModel (remote code) has none; transformers' own InternVL has it since 4.53.3 at the latest.
LOGITS_TO_KEEP = {
    "qwen2": "4.49.0",
    "qwen2_5_vl": "4.54.1",
    "qwen2_vl": "5.0.0",
    "qwen3_vl": "4.57.6",
    "qwen3_vl_moe": "4.57.6",
    "glm4v": "4.54.1",
}
VISION_KEYS = set(VisionDimensions.__match_args__)  # type: ignore[attr-defined]
TEXT_KEYS = set(TextDimensions.__match_args__)  # type: ignore[attr-defined]

QWEN25 = {"kv_heads": 8, "head_dim": 128, "vocab": 152064, "tied_embeddings": False, "max_position_embeddings": 32768}
MORE = {
    "Qwen2.5-14B": {"hidden": 5120, "layers": 48, "heads": 40, "intermediate": 13824, **QWEN25},
    "Qwen2.5-32B": {"hidden": 5120, "layers": 64, "heads": 40, "intermediate": 27648, **QWEN25},
    "Qwen2.5-72B": {"hidden": 8192, "layers": 80, "heads": 64, "intermediate": 29568, **QWEN25},
}


def family_of(name: str) -> tuple[str, str]:
    key = max((prefix for prefix in FAMILIES if name.startswith(prefix)), key=len)
    return FAMILIES[key]


def record_of(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    family, llm = family_of(name)
    if "internlm" in str(entry["text"].get("llm", "")):
        llm = "llama"
    text = {key: item for key, item in entry["text"].items() if key in TEXT_KEYS}
    vision = entry["vision"] and {key: item for key, item in entry["vision"].items() if key in VISION_KEYS}
    architecture = entry["architecture"].partition(" ")[0]
    tower = VisionDimensions(**vision) if vision else None
    model = counted(name, family, architecture, llm=llm, text=TextDimensions(**text), tower=tower)
    counts = {key: getattr(model, key) for key in ("params_total", "params_vision", "params_language")}
    published = {key: entry.get(key, counts[key]) for key in counts}
    if counts != published:
        raise SystemExit(f"{name}: counted {counts}, published {published}")
    low, high, pixels_source = PIXELS.get(family, (None, None, None))
    return {
        "name": name,
        "family": family,
        "architecture": architecture,
        "hf_repo": entry["hf_repo"],
        "text": text,
        "vision": vision,
        **counts,
        "min_pixels": low,
        "max_pixels": high,
        "pixels_source": pixels_source,
        "logits_to_keep_since": LOGITS_TO_KEEP.get(family),
        "verified": entry["params_verified"],
        "source": entry["dims_source"],
    }


def main(source: str, target: str) -> None:
    table: dict[str, Any] = json.loads(Path(source).read_text(encoding="utf-8"))["models"]
    for name, text in MORE.items():
        table[name] = {
            "hf_repo": f"Qwen/{name}-Instruct",
            "architecture": "Qwen2ForCausalLM",
            "text": text,
            "vision": None,
            "params_verified": "counted by our formulas; 32B and 72B equal the language part of Qwen2.5-VL-32B and -72B",
            "dims_source": "known config.json",
        }
    lines = ",\n".join("  " + json.dumps(record_of(name, entry)) for name, entry in table.items())
    Path(target).write_text('{"models": [\n' + lines + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
