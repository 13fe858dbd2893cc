"""Rows of the simulator (the real model classes, tracked storage by storage) as the forecast's `Work`."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

from vlmr1_lint.memory.activations import adapter_of
from vlmr1_lint.memory.passes import Work
from vlmr1_lint.memory.precision import AUTOCAST, BF16, FP32
from vlmr1_lint.models.table import all_models
from vlmr1_lint.values import replace

MODELS = {model.name.lower(): model for model in all_models()}
ATTENTION = {"flash": "flash", "flash-pad": "flash_padded", "sdpa": "sdpa", "sdpa-mask": "sdpa_masked", "eager": "eager"}


def rows():
    """Our own rows at odd sizes, and those of the shared cases where they are at hand.

    ``simulated_newer.csv``: InternVL (the Hub's own code), GLM-4.1V, the mixture of experts of Qwen3-VL. Rows with a vocabulary
    of 1,000 and a few layers have no logits to speak of, so that what lies under them is seen.
    """
    paths = [Path(__file__).parent / name for name in ("simulated_fresh.csv", "simulated_newer.csv")]
    if os.environ.get("VLMR1_LINT_CASES"):
        paths.append(Path(os.environ["VLMR1_LINT_CASES"]) / "simulated-peaks.csv")
    found = []
    for path in paths:
        with path.open(newline="") as file:
            found += list(csv.DictReader(file))
    return found


def model_of_row(row):
    """The model, with as many decoder layers and as small a vocabulary as the simulator was told (``--layers``, ``--vocab``):
    fewer layers where a run takes minutes, few words where logits would hide everything else."""
    model, arguments = MODELS[row["model"]], row["args"]
    layers = int(found[1]) if (found := re.search(r"--layers (\d+)", arguments)) else model.text.layers
    vocab = int(found[1]) if (found := re.search(r"--vocab (\d+)", arguments)) else model.text.vocab
    heads = 1 if model.text.tied else 2
    total = (
        model.params_total
        - (model.text.layers - layers) * model.layer_total
        - heads * (model.text.vocab - vocab) * model.text.hidden
    )
    return replace(model, text=replace(model.text, layers=layers, vocab=vocab), params_total=total)


def work_of_row(row):
    model, batch, images, patches = model_of_row(row), int(row["batch"]), int(row["images"]), int(row["vision_patches"])
    remote = model.traits.remote_code  # InternVL's own code
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
        tower_checkpointing=row["gc"] == "True" or remote,
        tower_trained=row["freeze_vision"] == "False" and not rank,
        adapter=adapter_of(model.text, rank, None, copy=copy, dropout=True) if rank else None,
        precision=precision,
        logit=4 if row["logits_fp32"] == "True" or precision is FP32 else 2,
        pixel=2 if remote else 4,
        evaluates=not rank,  # with adapters the policy is its own reference
        keeps_logits=not (row["model"].startswith("qwen2-vl") or remote),  # those classes ignore logits_to_keep
    )


def family(row):
    for start in ("internvl", "glm", "qwen3-vl"):
        if row["model"].startswith(start):
            return f"{start}, bare" if "--vocab" in row["args"] else start
    if row["logits_fp32"] == "True" or row["weights"] == "fp32":
        return "fp32"
    if row["logits"] == "trl":
        return "trl"
    if int(row["lora_r"]):
        return "lora"
    if row["freeze_vision"] == "True":
        return "frozen"
    return "checkpointing" if row["gc"] == "True" else "plain"
