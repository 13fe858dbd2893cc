"""Which files the PATHs stand for: links stay inside, what git ignores is left out, with git and without."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from vlmr1_lint.sources import git
from vlmr1_lint.sources.discovery import discover


@pytest.fixture(params=["git", "own walk"])
def folder(request, tmp_path, monkeypatch):
    """A repository, walked with git and without."""
    path = tmp_path / "repo"
    path.mkdir()
    if request.param == "git":
        if shutil.which("git") is None:
            pytest.skip("git is not here")
        subprocess.run(["git", "init", "--quiet"], cwd=path, check=True)
    else:
        (path / ".git").mkdir()
        monkeypatch.setattr(git, "listed", lambda folder: None)
    monkeypatch.chdir(path)
    return path


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n", encoding="utf-8")


def found(*paths, excluded=lambda path: False, **more):
    outcome = discover(paths or (".",), excluded, **more)
    return sorted(os.path.relpath(path) for path in outcome.files)


def test_endings_junk_and_ignored(folder):
    put(folder, "a.yaml", "b.yml", "c.json", "d.sh", "e.bash", "f.slurm", "g.sbatch", "h.py", "i.txt", "no-ending")
    put(folder, "node_modules/x.yaml", "deep/.venv/x.yaml", "deep/x.yaml", "ignored.yaml", "build.yaml")
    (folder / ".gitignore").write_text("ignored.yaml\n", encoding="utf-8")
    kept = ["a.yaml", "b.yml", "build.yaml", "c.json", "d.sh", "deep/x.yaml", "e.bash", "f.slurm", "g.sbatch"]
    assert found() == kept
    assert found("node_modules") == ["node_modules/x.yaml"]  # named by hand


def test_scripts_without_an_ending(folder):
    """By their first line, also behind a link; what is no script, or is hidden, or is junk, is not looked at."""
    put(folder, "LICENSE", "deep/Makefile", "node_modules/run", "ignored")
    for name in ("run", "deep/train_grpo", "node_modules/run", "ignored", ".profile"):
        (folder / name).write_bytes(b"#!/usr/bin/env bash\necho\n")
    (folder / "tool").write_bytes(b"#!/usr/bin/env python3\nprint()\n")
    (folder / "program").write_bytes(b"\x7fELF\0\0")
    (folder / "empty").touch()
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("deep/train_grpo")
    (folder / ".gitignore").write_text("/ignored\n", encoding="utf-8")
    assert found() == ["deep/train_grpo", "link", "run"]
    assert "LICENSE" in found("LICENSE")  # named by hand


def test_links(folder, tmp_path):
    put(tmp_path, "outside/x.yaml")
    put(folder, "real/x.yaml", "conf/y.yaml")
    links = {
        "out.yaml": "../outside/x.yaml",
        "absolute.yaml": tmp_path / "outside" / "x.yaml",
        "in.yaml": "real/x.yaml",
        "conf/up.yaml": "../real/x.yaml",
        "chain.yaml": "out.yaml",
        "dangling.yaml": "nowhere.yaml",
        "loop.yaml": "loop.yaml",
        "folder.yaml": "real",
        "linked": "../outside",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    assert found() == ["conf/up.yaml", "conf/y.yaml", "in.yaml", "real/x.yaml"]
    assert found("conf") == ["conf/up.yaml", "conf/y.yaml"]
    assert found("out.yaml") == ["out.yaml"]  # named by hand
    outcome = discover(["linked", "conf"], lambda path: False)
    assert outcome.outside == ("linked",) and len(outcome.files) == 2 and not outcome.missing


def test_a_folder_that_is_called_like_the_repository_is_outside(folder, tmp_path):
    put(tmp_path, "repo-2/x.yaml")
    (folder / "x.yaml").symlink_to("../repo-2/x.yaml")
    assert found() == []


def test_only_plain_files(folder):
    put(folder, "a.yaml")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "link.yaml").symlink_to("pipe.yaml")
    (folder / "folder.yaml").mkdir()
    assert found() == ["a.yaml"]


def test_a_gitignore_that_is_a_pipe_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "a.yaml")
    os.mkfifo(tmp_path / ".gitignore")
    assert found() == ["a.yaml"]


def test_a_file_that_was_deleted(folder):
    put(folder, "a.yaml", "b.yaml")
    if (folder / ".git" / "HEAD").exists():
        subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    (folder / "a.yaml").unlink()
    assert found() == ["b.yaml"]


def test_excluded_missing_and_empty(folder):
    put(folder, "a.yaml", "b.yaml")
    left_out = {"excluded": lambda path: path.endswith("a.yaml")}
    assert found(".", **left_out) == ["b.yaml"]
    assert found("a.yaml", **left_out) == ["a.yaml"]
    assert found("a.yaml", **left_out, force_exclude=True) == []
    outcome = discover(["", "none.yaml", "a.yaml"], lambda path: False)
    assert outcome.missing == ("''", "none.yaml") and len(outcome.files) == 1


def test_another_repository_is_its_own_border(folder, tmp_path):
    other = tmp_path / "other"
    put(other, "conf/a.yaml", "top.yaml")
    (other / ".git").mkdir()
    put(tmp_path, "outside.yaml")
    (other / "conf" / "in.yaml").symlink_to("../top.yaml")
    (other / "conf" / "out.yaml").symlink_to("../../outside.yaml")
    names = [os.path.basename(path) for path in discover([str(other / "conf")], lambda path: False).files]
    assert names == ["a.yaml", "in.yaml"]


def test_a_path_with_another_name_of_the_folders_above(folder, tmp_path):
    put(folder, "conf/a.yaml")
    (tmp_path / "alias").symlink_to(tmp_path)
    for given in ("conf", "conf/a.yaml"):
        assert found(str(tmp_path / "alias" / "repo" / given)) == ["conf/a.yaml"]
