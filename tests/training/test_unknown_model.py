"""Why a model is unknown: one sentence in ``plan``, in either language, and the fact itself in the JSON form."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.reporting.printable import width

ARGS = """\
model_name_or_path: {}
dataset_name: lists/of/problems
max_completion_length: 512
deepspeed: zero3.json
per_device_train_batch_size: 8
num_generations: 8
"""
QWEN2 = {"architectures": ["Qwen2ForCausalLM"], "hidden_size": 896, "num_attention_heads": 14}
CONFIGS = {
    "broken": '{"architectures": [',
    "list": "[1, 2]",
    "incomplete": json.dumps(QWEN2),
    "llava": json.dumps({"architectures": ["LlavaForConditionalGeneration"]}),
    "awq": json.dumps({**QWEN2, "quantization_config": {"bits": 4}}),
}
FLEET = ("--gpus", "4xA100-80G")


@pytest.fixture
def plan(lint):
    """What ``plan`` says of a run of the model *name*: its lines as one, after the verdict."""
    for folder, text in CONFIGS.items():
        lint.write(f"models/{folder}/config.json", text)

    def plan(name, *words):
        lint.write("args.yaml", ARGS.format(name))
        assert lint("plan", "args.yaml", *FLEET, *words) == 0
        assert all(width(line) <= 80 for line in lint.out.splitlines())
        head, first, *rest = lint.out.splitlines()
        assert head.startswith("args.yaml | 4 x A100-80G | ")
        assert first in {"args.yaml: unknown, needs model", "args.yaml：未知，缺少 模型"}
        said = [line.strip() for line in rest if line.startswith("  ")]
        return ("" if "zh" in words else " ").join(said)

    return plan


REASONS = [
    ("org/name", '"org/name" is not in our table of models; a local folder with its config.json would do'),
    ("./nowhere", "there is no ./nowhere/config.json in this repository, and no table has a model of that name"),
    ("/data/ckpt/ours/", "there is no /data/ckpt/ours/config.json in this repository, and no table has a model of that name"),
    ("models/broken", "models/broken/config.json is no JSON mapping"),
    ("models/list", "models/list/config.json is no JSON mapping"),
    ("./models/incomplete", "./models/incomplete/config.json has no num_hidden_layers"),
    ("models/llava", "models/llava/config.json is of LlavaForConditionalGeneration, which the forecast does not model"),
    ("models/awq", "models/awq/config.json is of quantised weights, which the forecast does not model"),
    (
        "Qwen/Qwen2.5-VL-3B-Instruct-AWQ",
        '"Qwen/Qwen2.5-VL-3B-Instruct-AWQ" is of quantised weights, which the forecast does not model',
    ),
    ("${MODEL}", "model_name_or_path is ${MODEL}, which is known when the run starts"),
    ("7", "model_name_or_path is 7, which is no name"),
]


@pytest.mark.parametrize(("name", "reason"), REASONS)
def test_plan_says_why_the_model_is_unknown(plan, name, reason):
    assert plan(name) == reason


@pytest.mark.parametrize(("name", "reason"), REASONS)
def test_in_chinese(plan, name, reason):
    said = plan(name, "--lang", "zh")
    assert any("\u4e00" <= character <= "\u9fff" for character in said)
    assert not {"which", "model of", "there is"} & {word for word in ("which", "model of", "there is") if word in said}


def test_a_run_without_a_model(lint):
    lint.write("args.yaml", ARGS.format("x").partition("\n")[2])
    assert lint("plan", "args.yaml", *FLEET) == 0
    assert "model_name_or_path is not written" in lint.out


def test_the_missing_fact_keeps_its_name(lint):
    lint.write("args.yaml", ARGS.format("org/name"))
    assert lint("plan", "args.yaml", *FLEET, "--format", "json") == 0
    shown = json.loads(lint.out)
    assert shown["missing"] == ["model"]
    assert shown["run"]["model"] is None
    assert shown["run"]["model_unknown"] == REASONS[0][1]


def test_skipped_rules_point_to_the_plan(lint):
    lint.write("args.yaml", ARGS.format("org/name"))
    lint("args.yaml", *FLEET, "--show-skipped")
    assert "    vlmr1-lint plan args.yaml says why the model is not known\n" in lint.out
    lint.write("args.yaml", ARGS.format("Qwen/Qwen2.5-VL-3B-Instruct"))
    lint("args.yaml", *FLEET, "--show-skipped")
    assert "says why" not in lint.out


def test_a_config_that_tells_nothing_leaves_the_name_of_its_folder(lint):
    lint.write("Qwen2.5-VL-3B-Instruct/config.json", CONFIGS["incomplete"])
    lint.write("args.yaml", ARGS.format("Qwen2.5-VL-3B-Instruct"))
    lint("plan", "args.yaml", *FLEET, "--format", "json")
    assert json.loads(lint.out)["run"]["model"] == "Qwen2.5-VL-3B"
