"""What the memory rules say: both figures, the documented minimum, never a question mark."""

from __future__ import annotations

import json

import pytest

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data.jsonl
image_folders: images
deepspeed: zero2.json
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: {checkpointing}
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
num_generations: 8
max_completion_length: 1024
max_pixels: 401408
"""
MINIMUM = {"en": "documented to start at 4 x A100-40G", "zh": "4 x A100-40G"}


def messages(lint, *words, checkpointing="true", extra=""):
    lint.write("args.yaml", ARGS.format(checkpointing=checkpointing) + extra)
    lint("args.yaml", "--trainer", "vlm-r1@head", "--format", "json", *words)
    return {one["rule"]: one["message"] for one in json.loads(lint.out)["findings"]}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("rule", "gpus", "checkpointing"),
    [("MEM001", "4xA100-40G", "false"), ("MEM001", "2xRTX4090", "false"), ("MEM003", "2xRTX4090", "true")],
)
def test_below_the_minimum_both_figures_and_the_minimum_are_named(lint, rule, gpus, checkpointing, lang):
    found = messages(lint, "--gpus", gpus, "--lang", lang, checkpointing=checkpointing)
    message = found[rule]
    assert MINIMUM[lang] in message
    assert message.count(" GiB") == 3
    assert "?" not in message


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("words", "extra"),
    [((), ""), (("--gpus", "4xA100-40G"), "optim: lion_32bit\n"), (("--gpus", "6xL4"), "optim: lion_32bit\n")],
)
def test_an_unknown_forecast_is_not_a_question_mark(lint, words, extra, lang):
    found = messages(lint, *words, "--lang", lang, checkpointing="false", extra=extra)
    memory = {rule: message for rule, message in found.items() if rule.startswith("MEM")}
    assert memory
    assert not [message for message in memory.values() if "?" in message]


def test_on_large_fleets_nothing_is_said_of_the_minimum(lint):
    found = messages(lint, "--gpus", "8xA100-40G", extra="beta: 0.04\n")
    assert not {"MEM001", "MEM003", "MEM023", "MEM024", "MEM025"} & found.keys()
    assert not [message for message in found.values() if "documented" in message]


def test_a_good_run_has_at_most_two_warnings(lint):
    lint.write("args.yaml", ARGS.format(checkpointing="true").replace("max_pixels: 401408\n", ""))
    lint("args.yaml", "--gpus", "8xA100-80G", "--trainer", "vlm-r1", "--format", "json")
    severities = [one["severity"] for one in json.loads(lint.out)["findings"]]
    assert "error" not in severities
    assert severities.count("warning") <= 2
