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


SEVEN = ARGS.replace("-3B-", "-7B-").replace("{checkpointing}", "false")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("rule", "words"), [("MEM025", ()), ("MEM001", ("--gpus", "2xRTX4090"))])
def test_a_larger_model_is_not_measured_by_the_figure_of_3b(lint, rule, words, lang):
    lint.write("args.yaml", SEVEN)
    lint("args.yaml", "--trainer", "vlm-r1@head", "--format", "json", "--lang", lang, *words)
    found = {one["rule"]: one["message"] for one in json.loads(lint.out)["findings"]}
    assert "Qwen2.5-VL-7B" in found[rule]
    assert "A100-40G" not in found[rule]


def test_the_figures_without_hardware_are_those_of_the_run(lint):
    found = messages(lint, checkpointing="false")["MEM025"]
    assert "Qwen2.5-VL-3B (3.8B) keeps the activations of 8 completions of up to 1024 tokens" in found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_estimate_is_given_where_there_is_none(lint, lang):
    flags = (
        "--dataset_name x --data_file_paths a --image_folders i --num_generations 3 --gradient_checkpointing false --bf16 true"
        " --max_completion_length $LENGTH"
    )
    command = f"torchrun --nproc_per_node $(nvidia-smi -L | wc -l) grpo_jsonl.py --model_name_or_path Qwen2.5-VL-3B {flags}\n"
    lint.write("run.sh", f"#SBATCH --gres=gpu:rtx4090:3\n{command}")
    lint("run.sh", "--format", "json", "--lang", lang, "--select", "MEM001")
    (found,) = json.loads(lint.out)["findings"]
    assert "3 x RTX4090-24G" in found["message"]
    assert not any(word in found["message"] for word in ("unknown", "estimate", "未知", "预计"))


@pytest.mark.parametrize(("lang", "words"), [("en", "far more than the 79."), ("zh", "远超每卡可用的 79.")])
def test_a_bound_far_above_the_card_has_no_figure(lint, lang, words):
    lint.write("args.yaml", ARGS.format(checkpointing="true").replace("max_pixels: 401408\n", ""))
    lint(
        "args.yaml", "--trainer", "vlm-r1@head", "--format", "json", "--gpus", "8xA100-80G", "--lang", lang, "--select", "VIS001"
    )
    (found,) = json.loads(lint.out)["findings"]
    assert words in found["message"]
