"""Where programs come from: absolute folders of PATH that are not part of what is linted."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.sources.hardware import NoLocalGpus, local_fleet
from vlmr1_lint.sources.programs import find_program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")


def program(folder, name="tool", text="exit 0"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return str(folder / name)


def path_of(monkeypatch, *folders):
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))


def test_the_first_that_can_be_run(tmp_path, monkeypatch):
    (tmp_path / "folder" / "tool").mkdir(parents=True)
    os.chmod(program(tmp_path / "data"), 0o644)
    second = program(tmp_path / "second")
    program(tmp_path / "third")
    path_of(monkeypatch, *(tmp_path / name for name in ("none", "folder", "second", "third")))
    assert find_program("tool", None) == second
    assert find_program("other", None) is None
    if os.geteuid() != 0:
        path_of(monkeypatch, tmp_path / "data", tmp_path / "second")
        assert find_program("tool", None) == second


@pytest.mark.parametrize("entry", ["", ".", "bin", "./bin", "bin/../bin"])
def test_relative_folders_are_passed_over(tmp_path, monkeypatch, entry):
    program(tmp_path)
    program(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    path_of(monkeypatch, entry)
    assert find_program("tool", None) is None


def test_folders_of_the_repository_are_passed_over(tmp_path, monkeypatch):
    repo, other = tmp_path / "repo", tmp_path / "repo-2"
    for folder in (repo, repo / "bin"):
        program(folder)
    found = program(other)
    (tmp_path / "link").symlink_to(repo / "bin")
    path_of(monkeypatch, repo, repo / "bin", tmp_path / "link", f"{other}/../repo/bin", other)
    assert find_program("tool", str(repo)) == found
    assert find_program("tool", None) == str(repo / "tool")


def test_no_path(monkeypatch):
    monkeypatch.delenv("PATH")
    assert find_program("tool", None) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo NVIDIA A100-SXM4-40GB; echo NVIDIA A100-SXM4-40GB", "2xNVIDIA A100-SXM4-40GB"),
        ("exit 0", "found no card"),
        ("exit 3", "did not answer"),
        ("echo A; echo B", "different cards"),
    ],
)
def test_what_nvidia_smi_says(tmp_path, monkeypatch, text, said):
    program(tmp_path / "bin", "nvidia-smi", text)
    path_of(monkeypatch, tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    if said.startswith("2x"):
        assert local_fleet() == said
        return
    with pytest.raises(NoLocalGpus, match=said):
        local_fleet()


def test_no_nvidia_smi(tmp_path, monkeypatch):
    path_of(monkeypatch, tmp_path)
    with pytest.raises(NoLocalGpus, match="nvidia-smi is not on PATH"):
        local_fleet()
