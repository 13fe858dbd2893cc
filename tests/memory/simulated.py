"""Rows of the simulator (the real model classes, tracked storage by storage) as the forecast's `Work`."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from vlmr1_lint.facts.models import all_models
from vlmr1_lint.memory.activations import adapter_of
from vlmr1_lint.memory.architecture import architecture_of
from vlmr1_lint.memory.passes import Work
from vlmr1_lint.memory.precision import AUTOCAST, BF16, FP32

MODELS = {model.name.lower(): architecture_of(model) for model in all_models()}
ATTENTION = {"flash": "flash", "flash-pad": "flash_padded", "sdpa": "sdpa", "sdpa-mask": "sdpa_masked", "eager": "eager"}


def rows():
    """Our own rows at odd sizes, and those of the shared cases where they are at hand."""
    paths = [Path(__file__).parent / "simulated_fresh.csv"]
    if os.environ.get("VLMR1_LINT_CASES"):
        paths.append(Path(os.environ["VLMR1_LINT_CASES"]) / "simulated-peaks.csv")
    found = []
    for path in paths:
        with path.open(newline="") as file:
            found += list(csv.DictReader(file))
    return found


def work_of_row(row):
    model, batch, images, patches = MODELS[row["model"]], int(row["batch"]), int(row["images"]), int(row["vision_patches"])
    attention = ATTENTION[row["attn"]]
    if row["transformers"].startswith("4.49") and model.tower and attention.startswith("flash"):
        attention = attention.replace("flash", "flash_repeated")
    rank, autocast = int(row["lora_r"]), row["autocast"] == "True"
    precision = BF16 if row["weights"] == "bf16" else AUTOCAST if autocast else FP32
    copy = 4 if "--lora-dtype fp32" in row["args"] and not autocast else 2
    return Work(
        model=model,
        batch=batch,
        length=int(row["seq"]),
        completion=int(row["completion"]),
        patches=patches,
        image_patches=patches // (batch * images) if images else 0,
        image_tokens=int(row["image_tokens_per_row"]) * batch,
        attention=attention,
        path="whole" if row["logits"] == "vlmr1" else "completion_in_place",
        checkpointing=row["gc"] == "True",
        tower_checkpointing=row["gc"] == "True",
        tower_trained=row["freeze_vision"] == "False" and not rank,
        adapter=adapter_of(model.text, rank, None, copy=copy, dropout=True) if rank else None,
        precision=precision,
        logit=4 if row["logits_fp32"] == "True" or precision is FP32 else 2,
        keeps_logits=not row["model"].startswith("qwen2-vl"),  # that class ignores logits_to_keep
    )


def family(row):
    if row["logits_fp32"] == "True" or row["weights"] == "fp32":
        return "fp32"
    if row["logits"] == "trl":
        return "trl"
    if int(row["lora_r"]):
        return "lora"
    if row["freeze_vision"] == "True":
        return "frozen"
    return "checkpointing" if row["gc"] == "True" else "plain"
