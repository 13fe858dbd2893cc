"""``plan``: its three formats against golden files, and what must agree with what.

``VLMR1_LINT_UPDATE_GOLDEN=1`` rewrites the golden files: read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from vlmr1_lint.reporting.printable import width

GOLDEN = Path(__file__).parent / "golden"

GRPO = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data.jsonl
image_folders: images
deepspeed: zero2.json
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: false
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
num_generations: 8
max_completion_length: 1024
"""
SFT = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
dataset_name: rec
torch_dtype: bfloat16
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: true
packing: false
max_seq_length: 4096
per_device_train_batch_size: 4
gradient_accumulation_steps: 2
"""
ZERO2 = '{\n  "zero_optimization": {"stage": 2, "overlap_comm": true},\n  "bf16": {"enabled": "auto"}\n}\n'
ACCELERATE = """\
compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  zero_stage: 3
  offload_optimizer_device: none
  offload_param_device: none
num_processes: 8
"""


@pytest.fixture
def project(lint):
    lint.write("configs/grpo.yaml", GRPO)
    lint.write("configs/zero2.json", ZERO2)
    lint.write("configs/sft.yaml", SFT)
    lint.write("configs/zero3.yaml", ACCELERATE)
    return lint


def check(name, text):
    path = GOLDEN / name
    if os.environ.get("VLMR1_LINT_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


ONE = ("plan", "configs/grpo.yaml", "--gpus", "4xA100-40G", "--trainer", "vlm-r1@head")
BOTH = ("plan", "configs/grpo.yaml", "configs/sft.yaml", "configs/zero3.yaml", "--gpus", "p4d.24xlarge")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("plan.txt", ONE),
        ("plan.zh.txt", (*ONE, "--lang", "zh")),
        ("plan.all.txt", (*ONE, "--all")),
        ("plan.json", (*ONE, "--format", "json")),
        ("plan.md", (*ONE, "--format", "markdown")),
        ("phases.txt", BOTH),
        ("phases.zh.txt", (*BOTH, "--lang", "zh")),
        ("phases.md", (*BOTH, "--format", "markdown")),
    ],
)
def test_against_golden(project, name, words):
    assert project(*words) == 1
    assert project.err == ""
    check(name, project.out)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words", [ONE, BOTH, ("plan", "configs/sft.yaml", "--gpus", "8xA100-80G"), ("plan", "configs/grpo.yaml")]
)
def test_text_stays_within_80_columns(project, words, lang):
    project(*words, "--lang", lang)
    assert project.out
    assert max(map(width, project.out.splitlines())) <= 80


def planned(project, *words):
    project("plan", *words, "--format", "json")
    return json.loads(project.out)


def test_json_has_the_shape_of_the_contract(project):
    shown = planned(project, *ONE[1:])
    assert shown["version"] == 1
    assert {"run", "fleet", "data", "forecast", "verdict", "missing", "changes", "plan", "fleets", "assumptions"} <= shown.keys()
    assert shown["fleet"]["gpus"] == 4
    assert shown["fleet"]["gpu"] == "A100-40G"
    assert shown["fleet"]["usable_gib"] == 39.38
    assert {"images": 1, "image": "640x480", "image_tokens": 391, "prompt_tokens": 256}.items() <= shown["data"].items()
    forecast = shown["forecast"]
    assert forecast["low_gib"] <= forecast["likely_gib"] <= forecast["high_gib"]
    assert list(forecast["instants"]) == ["load", "reference", "generation", "forward", "backward", "optimizer_step", "save"]
    for part in forecast["instants"].values():
        assert part["total_gib"] == pytest.approx(sum(part["terms"].values()), abs=0.07)
    assert forecast["likely_gib"] == forecast["instants"][forecast["instant"]]["total_gib"]
    for change in (*shown["changes"], *shown["plan"]):
        assert change["cost"] in {"free", "speed", "experiment"}
        assert {"set", "likely_gib", "verdict"} <= change.keys()


def test_several_runs_are_a_list_with_the_fleets_of_all(project):
    shown = planned(project, *BOTH[1:])
    assert [plan["run"]["path"] for plan in shown["plans"]] == ["configs/grpo.yaml", "configs/sft.yaml"]
    order = ("rejected", "oom", "likely-oom", "tight", "fits")
    own = [{(one["gpu"], one["nodes"], one["gpus"]): one["verdict"] for one in plan["fleets"]} for plan in shown["plans"]]
    assert shown["fleets"]
    for fleet in shown["fleets"]:
        key = (fleet["gpu"], fleet["nodes"], fleet["gpus"])
        assert fleet["verdict"] == min((table[key] for table in own), key=order.index)


def test_an_accelerate_file_beside_the_run_says_what_shards_it(project):
    alone = planned(project, "configs/sft.yaml", "--gpus", "8xA100-80G")
    assert alone["missing"] == ["accelerate configuration"]
    assert alone["verdict"] == "unknown"
    beside = planned(project, "configs/sft.yaml", "configs/zero3.yaml", "--gpus", "8xA100-80G")
    assert beside["run"]["zero_stage"] == 3
    assert beside["verdict"] == "fits"
    # Its num_processes is another machine's: here there is one for each card.
    assert planned(project, "configs/sft.yaml", "configs/zero3.yaml", "--gpus", "2xA100-80G")["run"]["world_size"] == 2


def test_the_steps_of_the_plan_lead_to_a_run_that_fits(project):
    shown = planned(project, *ONE[1:])
    assert shown["verdict"] == "oom"
    assert shown["plan"][-1]["verdict"] in {"fits", "tight"}
    for step in shown["plan"]:
        for place in step["places"].values():
            assert re.fullmatch(r"configs/(grpo\.yaml|zero2\.json)(:\d+)?", place)


def test_a_run_that_fits_is_told_up_to_which_image(project):
    project.write("configs/grpo.yaml", GRPO.replace("false", "true"))
    words = ("configs/grpo.yaml", "--gpus", "8xA100-80G", "--trainer", "vlm-r1@2025-04")
    shown = planned(project, *words)
    assert shown["verdict"] == "fits"
    largest = shown["data"]["largest_image"]
    width, height = map(int, largest["image"].split("x"))
    assert width > 640 and abs(width / height - 4 / 3) < 0.02
    assert planned(project, *words, "--image", largest["image"])["verdict"] == "fits"
    assert planned(project, *words, "--image", f"{width + 100}x{height + 75}")["verdict"] != "fits"
    assert planned(project, *words, "--image", "640x480")["data"]["largest_image"] is None
    project.write("configs/grpo.yaml", GRPO.replace("false", "true") + "max_pixels: 401408\n")
    assert planned(project, *words)["data"]["largest_image"] is None  # no image is larger than that


def test_idle_memory_and_a_fleet_of_instances(project):
    project.write("configs/grpo.yaml", GRPO.replace("false", "true"))
    shown = planned(project, "configs/grpo.yaml", "--gpus", "2xp4de.24xlarge")
    assert (shown["fleet"]["gpus"], shown["fleet"]["nodes"], shown["fleet"]["gpu"]) == (16, 2, "A100-80G")
    (idle,) = shown["idle"]
    assert idle["set"] == {"per_device_train_batch_size": 16, "gradient_accumulation_steps": 1}
    assert idle["verdict"] == "fits"


def test_without_hardware_the_fleets_that_would_do_are_still_shown(project):
    shown = planned(project, "configs/grpo.yaml")
    assert (shown["verdict"], shown["missing"], shown["fleet"], shown["forecast"]) == ("unknown", ["fleet"], None, None)
    assert any(fleet["verdict"] == "fits" for fleet in shown["fleets"])


CHANGES = [
    ("--fix",),
    ("--fix", "--unsafe-fixes"),
    ("--fix", "--image", "1280x720"),
    ("--fix", "--prompt-tokens", "1000"),
]


@pytest.mark.parametrize("words", CHANGES)
@pytest.mark.parametrize("gpus", ["4xA100-40G", "8xRTX4090-24G", "2xA100-80G"])
def test_plan_fix_writes_what_check_fix_writes(project, words, gpus):
    for text in (GRPO, GRPO.replace("size: 8", "size: 16"), GRPO.replace("3B", "7B").replace("false", "true")):
        written = {}
        for command in ("plan", "check"):
            project.write("configs/grpo.yaml", text)
            project.write("configs/zero2.json", ZERO2)
            project(command, "configs/grpo.yaml", "configs/zero2.json", "--gpus", gpus, "--trainer", "vlm-r1@head", *words)
            written[command] = project.read("configs/grpo.yaml"), project.read("configs/zero2.json")
        before, after = (_options(written[command][0]) for command in ("plan", "check"))
        assert before == after
        assert written["plan"][1] == written["check"][1]


MEMORY = (
    *("gradient_checkpointing", "per_device_train_batch_size", "gradient_accumulation_steps", "num_generations"),
    *("max_completion_length", "max_pixels", "use_peft", "freeze_vision_modules"),
)


def _options(text):
    return {name: value for name, value in (line.split(": ", 1) for line in text.splitlines()) if name in MEMORY}
