"""``plan --fix``: what it writes, what it says of it and where, and files that are named together."""

from __future__ import annotations

import json

import pytest
from explaining_files import TRL, VLM, Z2, ZERO3

ON_A100 = ("--gpus", "8xA100-40G")
VLM_R1 = (*ON_A100, "--trainer", "vlm-r1@2025-04")


@pytest.fixture
def project(lint):
    lint.write("args.yaml", VLM.replace("3B", "7B").replace("zero3", "zero2"))
    lint.write("zero2.json", ZERO3.replace("3}", "2}"))
    lint.write("trl.yaml", TRL)
    lint.write("z2.yaml", Z2)
    return lint


def test_the_file_that_the_change_lies_in_must_be_named(project):
    before = project.read("zero2.json")
    assert project("plan", "args.yaml", *VLM_R1, "--fix") == 1
    assert project.out.splitlines()[0] == "args.yaml: not written: name zero2.json too, which the change is in"
    assert project.read("zero2.json") == before
    assert project("plan", "args.yaml", "zero2.json", *VLM_R1, "--fix") == 0
    assert project.err == ""
    assert project.out.startswith("zero2.json: written: zero_optimization.stage 3")
    assert '"stage": 3' in project.read("zero2.json")


def test_a_file_that_a_run_names_is_no_run_that_failed(project):
    assert project("plan", "args.yaml", "zero2.json", *VLM_R1) == 1
    assert project.err == ""
    project.write("other.json", ZERO3)
    assert project("plan", "args.yaml", "other.json", *VLM_R1) == 2
    assert project.err == "vlmr1-lint: other.json: starts no training run that we know\n"


def test_an_args_file_that_a_script_names_is_planned_once(project):
    project.write("run.sh", "accelerate launch --config_file z2.yaml grpo.py --config trl.yaml\n")
    assert project("plan", "trl.yaml", "run.sh", "z2.yaml", *ON_A100, "--format", "json") == 1
    assert json.loads(project.out)["run"]["path"] == "run.sh"
    assert project.err == ""


def test_runs_are_planned_in_the_order_of_their_files(project):
    project("plan", "trl.yaml", "args.yaml", *ON_A100, "--format", "json")
    assert [one["run"]["path"] for one in json.loads(project.out)["plans"]] == ["trl.yaml", "args.yaml"]


@pytest.mark.parametrize("form", ["json", "markdown"])
@pytest.mark.parametrize("files", [("args.yaml", "zero2.json"), ("args.yaml",)])
def test_a_document_on_standard_output_is_alone_there(project, form, files):
    project("plan", *files, *VLM_R1, "--fix", "--format", form)
    assert "written: " in project.err
    if form == "json":
        assert json.loads(project.out)["version"] == 1
    else:
        assert project.out.startswith("| run |")


def test_what_changes_the_experiment_is_said_to_need_a_word(project):
    words = ("plan", "trl.yaml", "z2.yaml", *ON_A100, "--fix")
    assert project(*words) == 1
    assert "--unsafe-fixes allows it" in project.out.splitlines()[0]
    assert project.read("trl.yaml") == TRL
    project(*words, "--unsafe-fixes")
    assert project.read("trl.yaml") != TRL
    assert project.out.startswith("trl.yaml: written: ")


def test_a_margin_is_left_to_the_user(project):
    project.write("zero2.json", ZERO3)
    words = ("plan", "args.yaml", "zero2.json", *VLM_R1, "--fix")
    assert project(*words) == 0
    assert project.out.splitlines()[0] == "--fix: nothing to write"
    assert project(*words, "--safe-margin") == 0
    assert "the steps for --safe-margin are yours" in project.out.splitlines()[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_run_without_a_forecast(project, lang):
    assert project("plan", "trl.yaml", *ON_A100, "--fix", "--lang", lang) == 0
    said = {"en": "trl.yaml: nothing written: there is no forecast", "zh": "trl.yaml：未写入：无法估计显存"}
    assert project.out.splitlines()[0] == said[lang]


# -- an accelerate YAML beside an args file ----------------------------------------------------------------------

SAFE = TRL.replace("checkpointing: true", "checkpointing: false").replace("7B", "1.5B")


def findings(project, *words):
    project("check", *words, *ON_A100, "--format", "json")
    return {one["rule"]: one for one in json.loads(project.out)["findings"]}


def test_check_joins_the_two_as_plan_does(project):
    found = findings(project, "trl.yaml", "z2.yaml")
    assert "z2.yaml, named beside it, says what shards the model" in found["MEM023"]["assumptions"]
    project("plan", "trl.yaml", "z2.yaml", *ON_A100, "--format", "json")
    shown = json.loads(project.out)
    assert f"{shown['forecast']['likely_gib']:.1f} GiB likely" in found["MEM023"]["message"]
    assert "z2.yaml, named beside it, says what shards the model" in shown["assumptions"]
    assert "ACC004" not in findings(project, "trl.yaml", "z2.yaml", "--gpus", "4xA100-40G")


@pytest.mark.parametrize(
    "words", [("trl.yaml",), (".",), ("trl.yaml", "z2.yaml", "--force-exclude"), ("trl.yaml", "z2.yaml", "other.yaml"),
              ("trl.yaml", "z2.yaml", "z3.yaml"), ("trl.yaml", "z2.yaml", "run.sh")]
)  # fmt: skip
def test_check_joins_no_other_files(project, words):
    project.write("other.yaml", TRL)
    project.write("z3.yaml", Z2.replace("2", "3"))
    project.write(
        "run.sh",
        "torchrun train.py --learning_rate 1 --num_generations 8 --per_device_train_batch_size 8 --max_completion_length 99\n",
    )
    assert "MEM023" not in findings(project, *words)


def test_what_plan_writes_for_the_two_check_writes(project):
    written = {}
    for command in ("plan", "check"):
        project.write("trl.yaml", SAFE)
        project(command, "trl.yaml", "z2.yaml", *ON_A100, "--trainer", "trl==0.17.0", "--fix")
        written[command] = project.read("trl.yaml")
    assert written["plan"] == written["check"] != SAFE


def test_sharding_is_written_into_accelerates_file(project):
    project.write(
        "trl.yaml",
        SAFE.replace("checkpointing: false", "checkpointing: true").replace("1.5B", "7B").replace("size: 8", "size: 2"),
    )
    words = ("trl.yaml", "z2.yaml", "--gpus", "8xA100-40G", "--trainer", "trl==0.17.0")
    project("plan", *words, "--format", "json")
    before = json.loads(project.out)
    assert before["plan"][0]["set"] == {"accelerate/deepspeed_config.zero_stage": 3}
    assert project("plan", *words, "--fix") == 0
    assert "  zero_stage: 3\n" in project.read("z2.yaml")


def test_no_fix_asks_for_host_memory_that_a_node_has_not(project):
    words = ("args.yaml", "zero2.json", "--gpus", "2xA100-40G", "--trainer", "vlm-r1@2025-04", "--fix")
    project.write("args.yaml", VLM)
    project.write("zero2.json", ZERO3)
    for room, offloaded in (("512GiB", True), ("40GiB", False)):
        project.write("zero3.json", ZERO3)
        project("check", "args.yaml", "zero3.json", *words[2:], "--host-ram", room)
        assert ("offload" in project.read("zero3.json")) == offloaded


def test_a_folder_is_no_file(lint):
    for lang, said in (("en", "a folder; this command takes files"), ("zh", "这是文件夹")):
        assert lint("plan", ".", "--lang", lang) == 2
        assert said in lint.err
        assert len(lint.err.splitlines()) == 1
