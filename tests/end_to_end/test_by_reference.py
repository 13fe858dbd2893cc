"""A commit of one file re-checks every run that rests on it (DESIGN §10): the hook's batch, and ``--changes``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vlmr1_lint.cli import main

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
output_dir: out
dataset_name: none
data_file_paths: a.jsonl
image_folders: images
num_generations: 8
per_device_train_batch_size: 2
gradient_checkpointing: true
bf16: true
max_completion_length: 512
deepspeed: {deepspeed}
"""
ZERO = """\
{{
  "bf16": {{"enabled": "auto"}},
  "zero_optimization": {{"stage": {stage}}},
  "train_micro_batch_size_per_gpu": "auto"
}}
"""
SCRIPT = """\
#!/bin/bash
source scripts/common.sh
accelerate launch --config_file configs/accelerate.yaml train.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct \\
  --output_dir out --dataset_name none --data_file_paths a.jsonl --image_folders images --num_generations $GENERATIONS \\
  --per_device_train_batch_size 2 --gradient_checkpointing true --bf16 true --max_completion_length 512
"""
ACCELERATE = """\
compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  deepspeed_config_file: configs/zero3.json
num_processes: 4
"""
FILES = {
    "configs/args.yaml": ARGS.format(deepspeed="configs/zero3.json"),
    "configs/other.yaml": ARGS.format(deepspeed="configs/zero2.json"),
    "configs/zero3.json": ZERO.format(stage=3),
    "configs/zero2.json": ZERO.format(stage=2),
    "configs/accelerate.yaml": ACCELERATE,
    "scripts/run.sh": SCRIPT,
    "scripts/common.sh": "GENERATIONS=8\n",
    ".vlmr1-lint.yaml": "gpus: 4xA100-40G\ntrainer: vlm-r1\n",
}


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def lint(capsys, *words: str) -> list[dict]:
    """The findings above info of one invocation."""
    main(["check", *words, "--format", "json"])
    return [one for one in json.loads(capsys.readouterr().out)["findings"] if one["severity"] != "info"]


def hook(capsys, *names: str) -> list[dict]:
    return lint(capsys, "--force-exclude", *names)


def of(findings: list[dict], rule: str) -> list[dict]:
    return [one for one in findings if one["rule"] == rule]


def test_nothing_is_wrong_at_first(repository, capsys):
    assert not [one for one in lint(capsys, ".") if one["severity"] == "error"]


def test_a_deepspeed_file_alone(repository, capsys):
    """The finding stands at the key that the rule read, names its own place, and has the identity that it has elsewhere."""
    write(repository, "configs/zero3.json", ZERO.format(stage=0))
    (found, *more) = of(hook(capsys, "configs/zero3.json"), "MEM003")
    assert (found["path"], found["start"]) == ("configs/zero3.json", {"line": 3, "column": 25})
    whole = of(lint(capsys, "."), "MEM003")
    assert {one["fingerprint"] for one in (found, *more)} == {one["fingerprint"] for one in whole}
    places = {one["path"] for one in whole}
    assert {one["related"][0]["path"] for one in (found, *more)} == places == {"configs/args.yaml", "scripts/run.sh"}


def test_a_run_that_does_not_rest_on_it_is_left_alone(repository, capsys):
    write(repository, "configs/other.yaml", FILES["configs/other.yaml"].replace("batch_size: 2", "batch_size: 3"))
    assert not [one for one in hook(capsys, "configs/zero3.json") if "other.yaml" in json.dumps(one)]
    assert of(hook(capsys, "configs/zero2.json"), "GRP001")


def test_an_accelerate_file_alone(repository, capsys):
    write(repository, "configs/zero0.json", ZERO.format(stage=0))
    write(repository, "configs/accelerate.yaml", ACCELERATE.replace("zero3", "zero0"))
    (found,) = of(hook(capsys, "configs/accelerate.yaml"), "MEM003")
    assert found["path"] == "configs/accelerate.yaml"
    assert found["related"][0]["path"] == "scripts/run.sh"


def test_a_sourced_script_alone(repository, capsys):
    write(repository, "scripts/common.sh", "GENERATIONS=1\n")
    (found,) = of(hook(capsys, "scripts/common.sh"), "GRP003") or of(hook(capsys, "scripts/common.sh"), "GRP002")
    assert (found["path"], found["start"]["line"], found["severity"]) == ("scripts/common.sh", 1, "error")
    assert found["related"][0]["path"] == "scripts/run.sh"


def test_settings_alone(repository, capsys):
    write(repository, ".vlmr1-lint.yaml", "gpus: 4x24G\ntrainer: vlm-r1\n")
    found = of(hook(capsys, ".vlmr1-lint.yaml"), "MEM003")
    assert {one["path"] for one in found} == {".vlmr1-lint.yaml"}
    assert {one["related"][0]["path"] for one in found} == {"configs/args.yaml", "configs/other.yaml", "scripts/run.sh"}


def test_an_args_file_that_a_script_starts(repository, capsys):
    """In the hook an args file is what its script makes of it: with one process the group does not fill the batch."""
    write(repository, "configs/args.yaml", ARGS.format(deepspeed="configs/zero3.json").replace("batch_size: 2", "batch_size: 3"))
    write(repository, "scripts/start.sh", "torchrun --nproc_per_node 1 train.py --config configs/args.yaml\n")
    found = of(hook(capsys, "configs/args.yaml"), "GRP001")
    assert [one["path"] for one in found] == ["configs/args.yaml"]
    assert found[0]["fingerprint"] in {one["fingerprint"] for one in lint(capsys, ".")}


def test_a_comment_at_its_own_place_counts(repository, capsys):
    write(repository, "configs/zero3.json", ZERO.format(stage=0))
    assert "configs/args.yaml" in {one["related"][0]["path"] for one in of(hook(capsys, "configs/zero3.json"), "MEM003")}
    line = "per_device_train_batch_size: 2"
    text = FILES["configs/args.yaml"].replace(line, f"{line}  # vlmr1-lint: ignore[MEM003] tried")
    write(repository, "configs/args.yaml", text)
    assert "configs/args.yaml" not in {one["related"][0]["path"] for one in of(hook(capsys, "configs/zero3.json"), "MEM003")}


def test_a_baseline_of_the_repository_holds_in_the_hook(repository, capsys):
    write(repository, "configs/zero3.json", ZERO.format(stage=0))
    main(["check", ".", "--write-baseline", "baseline.json"])
    capsys.readouterr()
    assert hook(capsys, "configs/zero3.json")
    assert not hook(capsys, "--baseline", "baseline.json", "configs/zero3.json")
    assert not hook(capsys, "--baseline", "baseline.json", "configs/args.yaml")


def test_the_whole_repository_says_nothing_twice(repository, capsys):
    write(repository, "configs/zero3.json", ZERO.format(stage=0))
    named = [name for name in FILES if not name.startswith(".")]
    assert hook(capsys, *named) == lint(capsys, ".")


def test_outside_a_repository_nothing_is_searched(repository, capsys):
    (repository / ".git").rmdir()
    write(repository, "configs/zero3.json", ZERO.format(stage=0))
    assert not of(hook(capsys, "configs/zero3.json"), "MEM003")


@pytest.mark.parametrize(
    ("changed", "entries"),
    [
        ("configs/zero3.json", {"configs/args.yaml", "scripts/run.sh"}),
        ("configs/zero2.json", {"configs/other.yaml"}),
        ("configs/other.yaml", {"configs/other.yaml"}),
        ("scripts/common.sh", {"scripts/run.sh"}),
        (".vlmr1-lint.yaml", {"configs/args.yaml", "configs/other.yaml", "scripts/run.sh"}),
        ("README.md", set()),
    ],
)
def test_changes_choose_the_runs(repository, capsys, changed, entries):
    """Every entry has an error; those of the runs that rest on the changed file are told, where they stand."""
    write(repository, ".vlmr1-lint.yaml", "gpus: 4x24G\ntrainer: vlm-r1\n")
    write(repository, "changes", changed + "\n")
    found = of(lint(capsys, ".", "--changes", "changes"), "MEM003")
    assert {one["path"] for one in found} == entries
    whole = [one for one in of(lint(capsys, "."), "MEM003") if one["path"] in entries]
    assert [one | {"fix": None} for one in found] == [one | {"fix": None} for one in whole]


def test_a_deleted_file_is_a_change(repository, capsys):
    (repository / "configs/zero3.json").unlink()
    write(repository, "changes", "configs/zero3.json\n")
    found = lint(capsys, ".", "--changes", "changes")
    assert {one["path"] for one in found} >= {"configs/args.yaml"} and "configs/other.yaml" not in {one["path"] for one in found}


def test_changes_that_cannot_be_read(repository, capsys):
    assert main(["check", ".", "--changes", "nowhere"]) == 2
    told = capsys.readouterr().err
    assert told.splitlines()[0] == "vlmr1-lint: nowhere: not read: no such file or directory"
