"""Make ``gpus.json`` from a list of measured cards and the list of further cards beside this script.

    python tools/facts/build_gpus.py MEASURED.json OUT.json

MEASURED.json holds ``{"gpus": [{"name", "aliases", "memory_marketing_gb", "usable_gib", "usable_source", …}]}``. Names
become canonical (``A100-40G``); judgements that a source words ("needs a build with sm_120") become null: not known.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

# name in the measured list -> canonical name and the keys under which `find_gpus` finds it (lower case, no separators)
CANONICAL = {
    "A100-40GB": ("A100-40G", ["a100"]),
    "A100-80GB": ("A100-80G", ["a100"]),
    "A800-80GB": ("A800-80G", ["a800"]),
    "H100-80GB": ("H100-80G", ["h100"]),
    "H800-80GB": ("H800-80G", ["h800"]),
    "H200": ("H200-141G", ["h200", "h200nvl"]),
    "H20": ("H20-96G", ["h20"]),
    "B200": ("B200-180G", ["b200"]),
    "L20": ("L20-48G", ["l20"]),
    "L40": ("L40-48G", ["l40"]),
    "L40S": ("L40S-48G", ["l40s"]),
    "L4": ("L4-24G", ["l4"]),
    "A10": ("A10-24G", ["a10"]),
    "A10G": ("A10G-24G", ["a10g"]),
    "A30": ("A30-24G", ["a30"]),
    "A40": ("A40-48G", ["a40"]),
    "RTX A6000": ("A6000-48G", ["a6000"]),
    "RTX 3090": ("RTX3090-24G", ["3090"]),
    "RTX 4090": ("RTX4090-24G", ["4090"]),
    "RTX 5090": ("RTX5090-32G", ["5090"]),
    "RTX 6000 Ada": ("RTX6000Ada-48G", ["6000ada", "ada6000", "a6000ada", "6000"]),
    "RTX PRO 6000 Blackwell": ("RTXPRO6000-96G", ["pro6000", "pro6000blackwell", "6000pro", "6000blackwell", "6000"]),
    "V100-16GB": ("V100-16G", ["v100"]),
    "V100-32GB": ("V100-32G", ["v100", "v100s"]),
    "T4": ("T4-16G", ["t4"]),
    "P100": ("P100-16G", ["p100"]),
    "MI250/MI250X (per GCD)": ("MI250X-64G", ["mi250", "mi250x"]),
    "MI300X": ("MI300X-192G", ["mi300x", "mi300"]),
    "Ascend 910B": ("910B-64G", ["910b", "910b1", "910b2", "910b3"]),
}
# Other marketing figures of the same card: B200 was announced with 192 GB; a whole MI250X has 2 x 64 GB.
ALSO_CALLED_GB = {"B200-180G": [192], "MI250X-64G": [128], "H20-96G": [98], "GH200-96G": [480]}


def measured(card: dict[str, object]) -> dict[str, object]:
    """One record of our file from one of the measured list."""
    name, names = CANONICAL[str(card["name"])]
    capability = str(card["compute_capability"])

    def judged(key: str) -> bool | None:
        found = card[key]
        if found == "xf32 only":  # CDNA3's own format: what torch calls TF32 is not there
            return False
        return found if isinstance(found, bool) else None

    record = {
        "name": name,
        "names": names,
        "nominal_gb": card["memory_marketing_gb"],
        "usable_gib": card["usable_gib"] if card["usable_verified"] else None,
        "usable_source": card["usable_source"],
        "architecture": card["architecture"],
        "compute_capability": capability if re.fullmatch(r"\d+\.\d", capability) else None,
        "compute_capability_source": card["compute_capability_source"],
        "bf16": None if card["architecture"] == "DaVinci" else judged("bf16_native"),
        "flash_attention_2": judged("flash_attention_2"),
        "tf32": judged("tf32"),
        "fp8": judged("fp8"),
    }
    if card.get("notes"):
        record["notes"] = card["notes"]
    return record


def main(source: str, target: str) -> None:
    cards = [measured(card) for card in json.loads(Path(source).read_text(encoding="utf-8"))["gpus"]]
    more = json.loads((Path(__file__).parent / "gpus_more.json").read_text(encoding="utf-8"))["gpus"]
    cards += [{"compute_capability_source": "NVIDIA's CUDA GPU list, from memory", **card} for card in more]
    for card in cards:
        if card["name"] in ALSO_CALLED_GB:
            card["also_gb"] = ALSO_CALLED_GB[str(card["name"])]
    readme = (
        "usable_gib is what CUDA reports (torch total_memory / 2**30), before the process's own context; null: not measured, "
        "counted as 0.93 x nominal_gb. rare: a variant that the bare name does not mean."
    )
    lines = ",\n".join("  " + json.dumps(card, ensure_ascii=False) for card in cards)
    Path(target).write_text(f'{{"_readme": {json.dumps(readme)},\n "gpus": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
