"""What a team with many old findings uses: patterns of rules, exclusion, the list of files, a baseline that goes stale, hints."""

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
per_device_train_batch_size: 3
gradient_checkpointing: false
"""


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    for name in ("a.yaml", "old/b.yaml", "old/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ARGS)
    (tmp_path / "other.yaml").write_text("name: none of ours\n")
    (tmp_path / ".vlmr1-lint.yaml").write_text("gpus: 4xA100-40G\ntrainer: vlm-r1\n")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rules(capsys, *words: str) -> set[str]:
    main(["check", ".", "--format", "json", *words])
    return {one["rule"] for one in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.parametrize("words", [("mem",), ("MEM*",), ("mem*",)])
def test_a_family_in_small_letters_and_by_pattern(repository, capsys, words):
    assert rules(capsys, "--select", *words) == rules(capsys, "--select", "MEM") != set()


def test_one_rule_beats_a_pattern(repository, capsys):
    assert rules(capsys, "--select", "grp001", "--ignore", "GRP*") == {"GRP001"}
    assert rules(capsys, "--ignore", "grp*") & rules(capsys, "--select", "GRP") == set()


def test_a_pattern_that_matches_nothing_is_a_mistake(repository, capsys):
    assert main(["check", ".", "--select", "ABC*"]) == 2
    assert "unknown rule 'ABC*'" in capsys.readouterr().err


def test_settings_take_the_same_words(repository, capsys):
    (repository / ".vlmr1-lint.yaml").write_text("gpus: 4xA100-40G\ntrainer: vlm-r1\nselect: [grp*]\nseverity: {grp001: info}\n")
    main(["check", ".", "--format", "json"])
    told = json.loads(capsys.readouterr().out)["findings"]
    assert {(one["rule"], one["severity"]) for one in told} == {("GRP001", "info")}


def test_files_are_listed_and_left_out(repository, capsys):
    assert main(["check", ".", "--list-files"]) == 0
    assert capsys.readouterr().out == "a.yaml\nold/b.yaml\nold/c.yaml\n"
    assert main(["check", ".", "--list-files", "--exclude", "old/", "--exclude", "x*"]) == 0
    assert capsys.readouterr().out == "a.yaml\n"
    main(["check", ".", "--exclude", "old", "--format", "json"])
    assert {one["path"] for one in json.loads(capsys.readouterr().out)["findings"]} == {"a.yaml"}


def test_exclusion_starts_from_the_working_folder(repository, capsys, monkeypatch):
    monkeypatch.chdir(repository / "old")
    main(["check", ".", "--list-files", "--exclude", "./b.yaml"])
    assert capsys.readouterr().out == "old/c.yaml\n"


def test_a_baseline_says_what_is_gone(repository, capsys):
    main(["check", ".", "--write-baseline", "base.json"])
    assert main(["check", ".", "--baseline", "base.json"]) == 0
    assert "are gone" not in capsys.readouterr().err
    text = ARGS.replace("batch_size: 3", "batch_size: 2")
    (repository / "a.yaml").write_text(text)
    assert main(["check", ".", "--baseline", "base.json"]) == 0
    assert "vlmr1-lint: 1 finding(s) of base.json are gone: --write-baseline base.json takes them out" in capsys.readouterr().err
    main(["check", "a.yaml", "--baseline", "base.json"])
    assert "are gone" not in capsys.readouterr().err, "of other files nothing is known"
    main(["check", ".", "--write-baseline", "base.json"])
    main(["check", ".", "--baseline", "base.json"])
    assert "are gone" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("comment", "hint"),
    [
        ("ignore", "ignore[GRP001]"),
        ("ignore GRP001 tried", "ignore[GRP001]"),
        ("noqa: GRP001,MEM001", "ignore[GRP001,MEM001]"),
        ("disable=GRP001", "ignore[GRP001]"),
        ("disable-next-line MEM003", "ignore[MEM003]"),
        ("ignroe[GRP001]", "ignore"),
        ("here be dragons", None),
    ],
)
def test_words_of_other_linters_get_the_right_form(repository, capsys, comment, hint):
    (repository / "a.yaml").write_text(f"# vlmr1-lint: {comment}\n{ARGS}")
    main(["check", "a.yaml", "--select", "SUP001", "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["message"].endswith(f"did you mean {hint}?" if hint else "of vlmr1-lint")


def test_a_comment_may_name_a_rule_in_small_letters(repository, capsys):
    line = "num_generations: 8"
    (repository / "a.yaml").write_text(ARGS.replace(line, f"{line}  # vlmr1-lint: ignore[grp001]"))
    assert main(["check", "a.yaml", "--select", "GRP001,SUP"]) == 0
    assert capsys.readouterr().out == ""
