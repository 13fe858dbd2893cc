"""What the tests of the contracts share: files that are wrong in known ways, and reading the JSON report."""

from __future__ import annotations

import json

import pytest
from samples import MULTINODE

FLEET = ("--gpus", "4xA100-40G")
DEEPSPEED = """\
{
  "bf16": {"enabled": true},
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": "auto",
  "zero_optimization": {"stage": 3, "overlap_com": true, "stage3_gather_16bit_weights_on_model_save": true}
}
"""
"""It contradicts MULTINODE (4 against 1), and misspells overlap_comm."""
NAMING = MULTINODE.replace("/path/to/config/zero3.json", "zero3.json")
SCRIPT = """\
#!/bin/bash
torchrun --nproc_per_node=4 grpo_jsonl.py \\
  --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct \\
  --data_file_paths a.jsonl --image_folders /x \\
  --per_device_train_batch_size 1 --gradient_accumulation_steps 2 --num_generations 8 \\
  --gradient_checkpointing false --bf16 --deepspeed zero3.json
"""


@pytest.fixture
def pair(lint):
    """An args file and the DeepSpeed JSON that it names."""
    lint.write("args.yaml", NAMING)
    lint.write("zero3.json", DEEPSPEED)
    return lint


def report(lint, *words):
    lint(*words, "--format", "json")
    return json.loads(lint.out)


def by_rule(lint, *words):
    return {one["rule"]: one for one in report(lint, *words)["findings"]}


def at(line, column):
    return {"line": line, "column": column}
