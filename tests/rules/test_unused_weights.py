"""MEM017 and MEM018 want opposite things of ddp_find_unused_parameters; with text rows in the data, fixing ends with neither."""

from __future__ import annotations

import pytest

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: rows.jsonl
image_folders: images
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: true
per_device_train_batch_size: 4
num_generations: 8
"""
TEXT = '{"conversations": [{"value": "q"}, {"value": "a"}]}\n'
IMAGE = '{"image": "a.png", "conversations": [{"value": "q"}, {"value": "a"}]}\n'
WORDS = ("args.yaml", "--gpus", "4xA100-80G", "--trainer", "vlm-r1", "--check-data", "--select", "MEM017,MEM018")
SEARCH = ("", "ddp_find_unused_parameters: true\n", "ddp_find_unused_parameters: false\n")
REENTRANT = (
    "",
    "gradient_checkpointing_kwargs:\n  use_reentrant: true\n",
    "gradient_checkpointing_kwargs:\n  use_reentrant: false\n",
)


@pytest.mark.parametrize("search", SEARCH)
@pytest.mark.parametrize("reentrant", REENTRANT)
def test_fixing_ends_with_a_search_that_checkpointing_bears(lint, search, reentrant):
    lint.write("rows.jsonl", IMAGE + TEXT)
    lint.write("args.yaml", ARGS + search + reentrant)
    lint(*WORDS, "--fix")
    fixed = lint.read("args.yaml")
    assert "ddp_find_unused_parameters: true\n" in fixed and "  use_reentrant: false\n" in fixed
    assert lint(*WORDS) == 0 and lint.out == ""


def test_without_text_rows_the_search_is_turned_off(lint):
    lint.write("rows.jsonl", IMAGE)
    lint.write("args.yaml", ARGS + SEARCH[1])
    lint(*WORDS, "--fix")
    assert lint.read("args.yaml") == ARGS + SEARCH[2]
