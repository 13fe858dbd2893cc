"""Processes and hardware are two facts: from wherever they are said, they mean the same, and neither replaces the other."""

from __future__ import annotations

import json
import os
import random
import re

import pytest

from vlmr1_lint.planning.plan import plan_of
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.unknown import Unknown

RUN = """\
{launcher} src/open_r1/grpo_jsonl.py --deepspeed zero3.json --output_dir out --dataset_name none \\
  --model_name_or_path {model} --data_file_paths a.jsonl --image_folders images --bf16 true --beta 0.0 \\
  --per_device_train_batch_size 8 --gradient_accumulation_steps 2 --num_generations 8 --max_completion_length 2048 \\
  --gradient_checkpointing true --attn_implementation flash_attention_2 --max_pixels 401408
"""
ZERO3 = '{"zero_optimization": {"stage": 3}, "bf16": {"enabled": "auto"}, "gradient_accumulation_steps": "auto"}'
SEVEN, THREE = "Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct"


def session_of(script, *, gpus=None, what_if=False, settings="", files=None):
    root = os.path.realpath("/nowhere")
    texts = {"run.sh": script, "zero3.json": ZERO3, ".vlmr1-lint.yaml": settings, **(files or {})}
    sources = Sources(root, {os.path.join(root, name): text.encode() for name, text in texts.items() if text})
    preferences = load_preferences(Given(gpus=gpus, trainer="vlm-r1", what_if=what_if), sources, working=root)
    return Session(sources, [os.path.join(root, "run.sh")], preferences)


def script_of(launcher="torchrun --nproc_per_node=8", model=SEVEN, before=""):
    return f"{before}{RUN.format(launcher=launcher, model=model)}"


def told(session):
    return [(one.rule, one.severity, one.place.key, one.message, one.fix and one.fix.title) for one in session.lint().findings]


def from_each(launcher, gpus, model=SEVEN, files=None):
    """The findings with the hardware from the command line, from a comment and from the settings."""
    script = script_of(launcher, model)
    return [
        told(session_of(script, gpus=gpus, files=files)),
        told(session_of(f"# vlmr1-lint: gpus={gpus}\n{script}", files=files)),
        told(session_of(script, settings=f"gpus: {gpus}\n", files=files)),
    ]


ACCELERATE = "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nnum_processes: 8\n"


@pytest.mark.parametrize(
    "launcher",
    [
        "torchrun --nproc_per_node=8",
        "torchrun --nproc_per_node=8 --nnodes=2",
        "accelerate launch --num_processes 8",
        "accelerate launch --config_file acc.yaml",
        "deepspeed --num_gpus 8",
        "torchrun --nproc_per_node=4",
        "torchrun --nproc_per_node=$GPUS",
        "CUDA_VISIBLE_DEVICES=0,1 torchrun --nproc_per_node=8",
    ],
)
@pytest.mark.parametrize("gpus", ["4xA100-40G", "8xA100-80G", "2xH20-96G"])
def test_the_same_words_mean_the_same_from_each_place(launcher, gpus):
    first, second, third = from_each(launcher, gpus, files={"acc.yaml": ACCELERATE})
    assert first == second == third


@pytest.mark.parametrize(
    ("launcher", "gpus", "rule"),
    [
        ("torchrun --nproc_per_node=8", "4xA100-40G", "ACC004"),
        ("accelerate launch --num_processes 8", "4xA100-40G", "ACC004"),
        ("accelerate launch --config_file acc.yaml", "2xA100-80G", "ACC004"),
        ("deepspeed --num_gpus 8", "4xA100-40G", "ACC004"),
        ("CUDA_VISIBLE_DEVICES=0,1 torchrun --nproc_per_node=8", "8xA100-40G", "SH021"),
        ("torchrun --nproc_per_node=8", "8xA100-40G", None),
        ("torchrun --nproc_per_node=8 --nnodes=4", "8xA100-80G", None),
        ("torchrun --nproc_per_node=8 --nnodes=4", "2x4xA100-80G", "ACC004"),
        ("torchrun --nproc_per_node=$(nvidia-smi -L | wc -l)", "4xA100-40G", None),
    ],
)
def test_more_processes_than_gpus_are_one_finding(launcher, gpus, rule):
    for found in from_each(launcher, gpus, THREE, {"acc.yaml": ACCELERATE}):
        assert [one[0] for one in found if one[0] in {"ACC004", "SH021", "ACC020"}] == ([rule] if rule else [])


def test_the_student_with_four_cards_gets_the_memory_answer_of_four():
    (found,) = (one for one in session_of(script_of(), gpus="4xA100-40G").lint().findings if one.rule == "ACC004")
    assert "8 processes on 4 GPUs" in found.message
    assert re.search(r"4 processes would need (4\d|5\d)\.\d of 39\.4 GiB each", found.message)
    assert found.place.key.endswith("nproc_per_node")


def test_what_holds_for_one_reading_only_is_open():
    result = session_of(script_of(), gpus="4xA100-40G").lint()
    assert "MEM003" not in {one.rule for one in result.findings}  # eight such cards would do
    assert ("MEM003", ("8 processes, 4 GPUs",)) in {(one.rule, one.missing) for one in result.skipped}


def test_what_holds_for_both_readings_is_said():
    found = {one.rule: one for one in session_of(script_of(), gpus="4xRTX3090-24G").lint().findings}
    assert found["MEM003"].severity == "error"
    assert any("8 that are written" in one for one in found["MEM003"].assumptions)


@pytest.mark.parametrize(
    ("steps", "launcher", "gpus", "safety"),
    [
        ("2", "torchrun --nproc_per_node=8", "4xA100-80G", "safe"),  # accumulation keeps the sequences of an update
        ("2", "torchrun --nproc_per_node=8", "3xA100-80G", "unsafe"),
        ("2", "accelerate launch --config_file acc.yaml", "4xA100-80G", "unsafe"),  # they stand in two files
    ],
)
def test_the_fix_is_safe_where_the_sequences_of_an_update_stay(lint, steps, launcher, gpus, safety):
    lint.write("run.sh", script_of(launcher, THREE))
    lint.write("zero3.json", ZERO3)
    lint.write("acc.yaml", ACCELERATE)
    paths = ("run.sh", "acc.yaml") if "acc.yaml" in launcher else ("run.sh",)
    words = (*paths, "--gpus", gpus, "--trainer", "vlm-r1", "--select", "ACC004", "--format", "json")
    lint(*words)
    (found,) = json.loads(lint.out)["findings"]
    assert found["fix"]["safety"] == safety
    lint(*words, "--fix", "--unsafe-fixes")
    assert json.loads(lint.out)["findings"] == []
    if safety == "safe":
        assert "--nproc_per_node=4" in lint.read("run.sh")
        assert "--gradient_accumulation_steps 4" in lint.read("run.sh")


SLURM = "#!/bin/bash\n#SBATCH --nodes=1\n#SBATCH {}\n"


@pytest.mark.parametrize(
    ("before", "launcher", "said", "gpus", "fleet"),
    [
        (SLURM.format("--gres=gpu:a100:2"), "torchrun --nproc_per_node=8", None, 2, None),
        (SLURM.format("--gres=gpu:a100:2"), "torchrun --nproc_per_node=8", "8xA100-80G", 2, "2xA100-80G"),
        (SLURM.format("--gres=gpu:a100:2"), "torchrun --nproc_per_node=8", "8xH100-80G", 2, None),
        (SLURM.format("--gres=gpu:rtx4090:3"), "torchrun --nproc_per_node=3", "8xA100-80G", 3, "3xRTX4090-24G"),
        (SLURM.format("--gres=gpu:4"), "torchrun --nproc_per_node=4", "8xA100-80G", 4, "4xA100-80G"),
        (SLURM.format("--gpus-per-node=h100:4"), "torchrun --nproc_per_node=4", None, 4, "4xH100-80G"),
        ("#SBATCH -N 2\n#SBATCH --gpus=16\n", "torchrun --nproc_per_node=8 --nnodes=2", "8xA100-80G", 16, "2x8xA100-80G"),
        (SLURM.format("--gres=gpu:a100:2(S:0-1),license:1"), "torchrun --nproc_per_node=2", None, 2, None),
        (SLURM.format("--gres=gpu:a100:4 --constraint=a100-80g"), "torchrun --nproc_per_node=4", None, 4, "4xA100-80G"),
        ("export CUDA_VISIBLE_DEVICES=0,1,2,3\n", "torchrun --nproc_per_node=4", "8xA100-80G", 4, "4xA100-80G"),
        ("", "deepspeed --include localhost:1,2", "8xA100-80G", 2, "2xA100-80G"),
        ("export CUDA_VISIBLE_DEVICES=-1\n", "torchrun --nproc_per_node=8", "8xA100-80G", 8, "8xA100-80G"),
        ("", "torchrun --nproc_per_node=8 --nnodes=4", "8xA100-80G", 32, "4x8xA100-80G"),
        ("#SBATCH --gres=gpu:a100:$N\n", "torchrun --nproc_per_node=8", "8xA100-80G", 8, "8xA100-80G"),
    ],
)
def test_what_a_script_is_allotted_is_closest_to_the_truth(before, launcher, said, gpus, fleet):
    (run,) = session_of(script_of(launcher, before=before), gpus=said).runs()
    assert run.gpus == gpus
    assert (None if isinstance(run.fleet, Unknown) else str(run.fleet)) == fleet


def test_a_size_that_is_not_said_still_gives_the_count():
    found = session_of(script_of(before=SLURM.format("--gres=gpu:a100:2"))).lint().findings
    assert [one.message[:23] for one in found if one.rule == "ACC004"] == ["8 processes on 2 GPUs: "]


def test_a_comment_is_closer_than_the_flag_and_the_flag_closer_than_settings():
    script = "# vlmr1-lint: gpus=8xH20-96G\n" + script_of()
    assert str(session_of(script, gpus="8xA100-80G").runs()[0].fleet) == "8xH20-96G"
    assert str(session_of(script_of(), gpus="8xA100-80G", settings="gpus: 8xL40S-48G\n").runs()[0].fleet) == "8xA100-80G"


def test_in_plan_the_flag_asks_what_if():
    script = script_of(before="export CUDA_VISIBLE_DEVICES=0,1,2,3\n", launcher="torchrun --nproc_per_node=4")
    assert str(session_of(script, gpus="8xA100-80G", what_if=True).runs()[0].fleet) == "8xA100-80G"


def test_plan_answers_for_the_gpus_that_are_there(lint):
    lint.write("run.sh", script_of())
    lint.write("zero3.json", ZERO3)
    answers = []
    for words, settings in ((("--gpus", "4xA100-40G"), ""), ((), "gpus: 4xA100-40G\n")):
        lint.write(".vlmr1-lint.yaml", settings or "{}\n")
        assert lint("plan", "run.sh", *words, "--trainer", "vlm-r1", "--format", "json") == 1
        answers.append(json.loads(lint.out))
    assert answers[0] == answers[1]
    (shown, _) = answers
    assert (shown["verdict"], shown["rules"]) == ("rejected", ["ACC004"])
    assert [(one["processes"], one["gpus"], one["verdict"]) for one in shown["readings"]] == [(4, 4, "oom"), (8, 8, "tight")]
    assert shown["forecast"]["likely_gib"] == shown["readings"][0]["likely_gib"]
    assert shown["plan"][0]["set"] == {"launch/nproc_per_node": 4, "gradient_accumulation_steps": 4}
    assert shown["plan"][-1]["verdict"] == "fits"
    assert shown["unmended"] == []


def drawn(seed):
    """A script and hardware of chance: most of them run, many do not."""
    draw = random.Random(seed)
    launcher = f"torchrun --nproc_per_node={draw.choice(['8', '4', '2 --nnodes=2'])}"
    options = {
        "--per_device_train_batch_size 8": f"--per_device_train_batch_size {draw.choice([1, 2, 3, 4, 8])}",
        "--gradient_accumulation_steps 2": f"--gradient_accumulation_steps {draw.choice([1, 2, 4])}",
        "--num_generations 8": f"--num_generations {draw.choice([4, 6, 8])}",
        "--gradient_checkpointing true": f"--gradient_checkpointing {draw.choice(['true', 'true', 'false'])}",
        "flash_attention_2": draw.choice(["flash_attention_2", "sdpa"]),
    }
    script = script_of(launcher, draw.choice([THREE, SEVEN, "Qwen/Qwen2.5-VL-32B-Instruct"]))
    for old, new in options.items():
        script = script.replace(old, new)
    return script, draw.choice(["4xA100-40G", "8xA100-80G", "8xV100-32G", "4xH20-96G", "8xRTX4090-24G"])


@pytest.mark.parametrize("seed", range(24))
def test_check_and_plan_answer_alike(seed):
    script, gpus = drawn(seed)
    session = session_of(script, gpus=gpus)
    found = session.lint().findings
    stops = {one.rule for one in found if one.severity == "error" and builtin().get(one.rule).rejects}
    (run,) = session.runs()
    plan = plan_of(run, session.preferences.entry("run.sh").data)
    assert (plan["verdict"] == "rejected") == bool(stops)
    assert stops <= set(plan["rules"])
    if run.world_is_contradicted:
        assert {"ACC004"} <= stops
        return
    out = {one.rule for one in found} & {"MEM003", "MEM004"}
    if "MEM003" in out:
        assert plan["forecast"]["verdict"] == "oom"
    if plan["forecast"]["verdict"] in {"fits", "tight"}:
        assert out == set()
    by_comment, by_settings = session_of(f"# vlmr1-lint: gpus={gpus}\n{script}"), session_of(script, settings=f"gpus: {gpus}\n")
    assert told(by_comment) == told(session) == told(by_settings)


@pytest.mark.parametrize("seed", range(100, 112))
def test_what_plan_proposes_starts_and_fits(seed):
    script, gpus = drawn(seed)
    session = session_of(script, gpus=gpus)
    (run,) = session.runs()
    plan = plan_of(run, session.preferences.entry("run.sh").data)
    if not plan["plan"]:
        return
    assert plan["plan"][-1]["verdict"] in {"fits", "tight"}
    written = [name for step in plan["plan"] for name in step["set"]]
    assert len(written) == len(set(written))  # no step overwrites another
