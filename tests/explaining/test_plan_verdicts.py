"""``plan``'s headline, its fleet table, its proposals and ``check`` say one thing of a run."""

from __future__ import annotations

import json

import pytest
from explaining_files import TORCHRUN, TRL, VLM, Z2, ZERO3


@pytest.fixture
def project(lint):
    lint.write("args.yaml", VLM)
    lint.write("zero3.json", ZERO3)
    lint.write("trl.yaml", TRL)
    lint.write("z2.yaml", Z2)
    lint.write("run.sh", TORCHRUN)
    return lint


def planned(project, *words):
    status = project("plan", *words, "--format", "json")
    return status, json.loads(project.out)


def rules(project, *words):
    project("check", *words, "--format", "json")
    return {one["rule"] for one in json.loads(project.out)["findings"]}


@pytest.mark.parametrize(
    ("text", "trainer", "rule"),
    [
        (VLM.replace("size: 8", "size: 1").replace("steps: 2", "steps: 1"), "vlm-r1@head", "GRP001"),
        (VLM.replace("size: 8", "size: 1").replace("steps: 2", "steps: 1"), "trl==0.17.0", "GRP002"),
        (VLM.replace("size: 8", "size: 1") + "steps_per_generation: 1\n", "trl==0.21.0", "GRP002"),
        (VLM.replace("size: 8", "size: 1").replace("steps: 2", "steps: 1").replace("ions: 8", "ions: 4"), "vlm-r1", None),
    ],
)
def test_what_check_rejects_plan_rejects(project, text, trainer, rule):
    project.write("args.yaml", text)
    words = ("args.yaml", "--gpus", "4xA100-40G", "--trainer", trainer)
    status, shown = planned(project, *words)
    on_four = {one["verdict"] for one in shown["fleets"] if (one["gpus"], one["nodes"], one["gpu"]) == (4, 1, "A100-40G")}
    assert on_four == {shown["verdict"]}
    assert (rule in rules(project, *words)) == (rule is not None)
    if rule is None:
        assert (status, shown["verdict"], shown["rejected"]) == (0, "fits", [])
        return
    assert (status, shown["verdict"]) == (1, "rejected")
    assert rule in shown["rules"]
    assert shown["plan"][-1]["verdict"] == "fits"
    assert project("plan", *words) == 1
    lines = project.out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("args.yaml: rejected: "))
    assert rule in project.out
    assert "does not start" in lines[first + 1]
    unmended = shown["unmended"]  # ZeRO-3's reference loader, which no step of a plan mends
    assert unmended == (["DSP020"] if trainer == "vlm-r1@head" else [])
    assert ("Smallest change that the trainer takes, and that fits:" in project.out) == (not unmended)
    assert ("Not mended by these changes" in project.out) == bool(unmended)


def test_a_run_that_is_rejected_and_cannot_be_forecast_is_rejected(project):
    project.write("args.yaml", VLM.replace("size: 8", "size: 1").replace("Qwen2.5-VL-3B-Instruct", "nobody-knows"))
    status, shown = planned(project, "args.yaml", "--gpus", "4xA100-40G", "--trainer", "vlm-r1@head")
    assert (status, shown["verdict"], shown["forecast"]) == (1, "rejected", None)
    assert project("plan", "args.yaml", "--gpus", "4xA100-40G", "--trainer", "vlm-r1@head") == 1
    assert "\nargs.yaml: rejected; no forecast" in project.out


def test_fleets_of_which_nobody_knows_are_not_said_to_be_too_small(project):
    status, shown = planned(project, "trl.yaml", "--gpus", "8xA100-40G")
    assert (status, shown["verdict"]) == (0, "unknown")
    assert {one["verdict"] for one in shown["fleets"] if one["gpus"] > 1} == {"unknown"}
    assert {tuple(one["missing"]) for one in shown["fleets"] if one["gpus"] > 1} == {("accelerate configuration",)}
    project("plan", "trl.yaml", "--gpus", "8xA100-40G")
    assert "Too small" not in project.out
    project.write("trl.yaml", TRL.replace("7B", "1.5B").replace("length: 1024", "length: 256"))
    project("plan", "trl.yaml", "--gpus", "8xA100-40G")
    assert "GPUs              1\n" in project.out
    assert "H200-141G       yes\n" in project.out
    assert "\n  others: unknown, needs accelerate configuration\n" in project.out


def test_fleets_of_runs_of_which_one_is_unknown(project):
    project("plan", "args.yaml", "trl.yaml", "--gpus", "8xA100-40G")
    assert "Too small" not in project.out
    assert not project.out.endswith("\n\n")


def test_the_headline_counts_the_cards_that_the_run_uses(project):
    _, shown = planned(project, "run.sh", "--gpus", "2x8xA100-40G")
    assert (shown["run"]["world_size"], shown["fleet"]["gpus"], shown["fleet"]["used"]) == (8, 16, 8)
    project("plan", "run.sh", "--gpus", "2x8xA100-40G")
    assert "on each of the 8 of 16 A100-40G" in " ".join(project.out.split())
    _, shown = planned(project, "run.sh", "--gpus", "8xA100-40G")
    assert shown["fleet"]["used"] == 8


def test_what_a_node_has_no_memory_for_is_not_proposed(project):
    project.write("args.yaml", VLM)
    words = ("args.yaml", "zero3.json", "--gpus", "2xRTX4090-24G", "--trainer", "vlm-r1@2025-04", "--image", "640x480")

    def offloads(shown):
        return any("offload_optimizer" in name for step in shown["plan"] for name in step["set"])

    status, ample = planned(project, *words, "--host-ram", "512GiB")
    assert (status, ample["fleet"]["host_ram_gib"]) == (1, 512.0)
    assert offloads(ample)
    status, short = planned(project, *words, "--host-ram", "40GiB")
    assert not offloads(short)
    (alone,) = (one for one in ample["changes"] if list(one["set"]) == ["deepspeed/zero_optimization.offload_optimizer.device"])
    assert alone["host_gib"] > 40
    assert "host-oom" in {one["verdict"] for one in (*short["changes"], *short["plan"])} or all(
        one["host_gib"] <= 40 for one in short["plan"]
    )


def test_a_run_whose_node_has_too_little_memory_does_not_fit(project):
    project.write("zero3.json", ZERO3.replace("3}", '3, "offload_optimizer": {"device": "cpu"}}'))
    words = ("args.yaml", "--gpus", "8xA100-40G", "--trainer", "vlm-r1@2025-04", "--host-ram", "48GiB")
    status, shown = planned(project, *words)
    assert (status, shown["verdict"]) == (1, "fits")
    assert shown["forecast"]["host_gib"] > shown["fleet"]["host_ram_gib"]
    assert "MEM011" in rules(project, *words)
    project("plan", *words)
    assert "\n  host RAM of a node does not suffice" in project.out
    assert all(step["host_gib"] <= 48 for step in shown["plan"][-1:])
    (on_these,) = (one for one in shown["fleets"] if (one["gpu"], one["nodes"], one["gpus"]) == ("A100-40G", 1, 8))
    assert on_these["verdict"] == "host-oom"
    project("plan", *words[:-1], "1GiB")
    assert "needs less host RAM: use nodes with more" in " ".join(project.out.split())
    status, shown = planned(project, *words[:-1], "512GiB")
    assert status == 0


def test_sharding_that_accelerate_sets_up_is_changed_where_it_is_written(project):
    _, shown = planned(project, "trl.yaml", "z2.yaml", "--gpus", "8xA100-40G", "--trainer", "trl==0.17.0")
    stages = [one for one in shown["changes"] if "accelerate/deepspeed_config.zero_stage" in one["set"]]
    assert [one["places"] for one in stages] == [{"accelerate/deepspeed_config.zero_stage": "z2.yaml:4"}]
    assert not any(name.startswith("deepspeed/") for one in shown["changes"] for name in one["set"])
    project.write("z2.yaml", Z2.replace("stage: 2", "stage: 3"))
    _, shown = planned(project, "trl.yaml", "z2.yaml", "--gpus", "8xA100-40G", "--trainer", "trl==0.17.0")
    assert {name for one in shown["changes"] for name in one["set"] if "/" in name} == {
        "accelerate/deepspeed_config.offload_optimizer_device",
        "accelerate/deepspeed_config.offload_param_device",
    }  # accelerate has no key for sub_group_size


def test_samples_of_a_text_model_have_no_images(project):
    project("plan", "trl.yaml", "z2.yaml", "--gpus", "8xA100-80G", "--all")
    assert "image(s)" not in project.out
    assert "samples of 256 text tokens" in project.out
    assert "images are large" not in project.out


def test_markdown_in_chinese_has_chinese_headings(project):
    project("plan", "args.yaml", "--gpus", "4xA100-40G", "--lang", "zh", "--format", "markdown")
    for word in ("run", "verdict", "nodes", "gpus", "instances"):
        assert f"| {word} |" not in project.out


@pytest.mark.parametrize("gpus", ["1xA100-40G", "4xA100-40G", "8xA100-80G"])
def test_chinese_lines_do_not_end_in_an_opening_bracket(project, gpus):
    project("plan", "args.yaml", "--gpus", gpus, "--lang", "zh")
    assert not [line for line in project.out.splitlines() if line.endswith(("（", "“", "《"))]


@pytest.mark.parametrize(("lang", "needs"), [("en", "unknown, needs"), ("zh", "未知，缺少")])
def test_a_placeholder_is_named_by_its_option(project, lang, needs):
    project.write("args.yaml", VLM.replace("size: 8", "size: ${B}"))
    assert project("plan", "args.yaml", "--gpus", "4xA100-40G", "--lang", lang) == 0
    assert f"{needs} per_device_train_batch_size (${{B}})" in project.out


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "one process for each GPU: world size 2, where 8 are written"),
        ("zh", "每张 GPU 一个进程：world size 为 2（文件中写的是 8）"),
    ],
)
def test_fewer_cards_than_the_files_have_processes(project, lang, line):
    """The forecast is of the cards that the user asks about, and says that the files say another number."""
    project.write("run.sh", "accelerate launch --config_file z2.yaml grpo.py --config trl.yaml\n")
    project("plan", "run.sh", "--gpus", "2xH200-141G", "--lang", lang, "--all")
    assert line in project.out
    _, shown = planned(project, "run.sh", "--gpus", "2xH200-141G")
    (on_two,) = (one for one in shown["fleets"] if (one["gpu"], one["nodes"], one["gpus"]) == ("H200-141G", 1, 2))
    assert shown["verdict"] == "rejected" and "ACC004" in shown["rules"]
    assert on_two["verdict"] == shown["forecast"]["verdict"] == shown["readings"][0]["verdict"]
    assert [(one["processes"], one["gpus"]) for one in shown["readings"]] == [(2, 2), (8, 8)]


def test_other_errors_of_check_stand_beside_the_verdict(project):
    project.write("args.yaml", VLM + "lr_scheduler_typ: cosine\n")
    words = ("args.yaml", "--gpus", "8xA100-80G", "--trainer", "vlm-r1@2025-04")
    _, shown = planned(project, *words)
    assert [(one["rule"], one["path"], one["line"]) for one in shown["errors"]] == [("KEY001", "args.yaml", 12)]
    project("plan", *words)
    assert "check also finds an error: " in project.out
