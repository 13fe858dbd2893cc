"""What git tells of a folder: as git itself would list it, in every shape that a repository has."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from vlmr1_lint.sources import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")


@pytest.fixture(autouse=True)
def _no_configuration_of_the_machine(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))


def run(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a: 1\n", encoding="utf-8")


@pytest.fixture
def repo(tmp_path):
    folder = tmp_path / "repo"
    folder.mkdir()
    run(folder, "init", "--quiet")
    write(folder, "tracked.yaml", "sub/tracked.yaml", "forced.log")
    (folder / ".gitignore").write_text("*.log\n/build-here/\n", encoding="utf-8")
    run(folder, "add", "--all", "--force")
    run(folder, "commit", "--quiet", "-m", "all")
    write(folder, "new.yaml", "sub/new.yaml", "old.log", "build-here/x.yaml")
    return folder


ALL = {".gitignore", "tracked.yaml", "sub/tracked.yaml", "forced.log", "new.yaml", "sub/new.yaml"}


def same_as_git(folder: Path) -> bool:
    plain = run(folder, "ls-files", "-co", "--exclude-standard", "-z").split("\0")[:-1]
    return sorted(git.listed(str(folder)) or ()) == sorted(plain)


def test_tracked_and_not_ignored(repo):
    assert set(git.listed(str(repo)) or ()) == ALL
    assert same_as_git(repo)


def test_below_a_folder_names_are_relative_to_it(repo):
    assert set(git.listed(str(repo / "sub")) or ()) == {"tracked.yaml", "new.yaml"}


def test_through_a_link_to_the_folder(repo, tmp_path):
    (tmp_path / "link").symlink_to(repo / "sub")
    assert set(git.listed(str(tmp_path / "link")) or ()) == {"tracked.yaml", "new.yaml"}


def test_deeper_ignore_files_and_exclude_and_the_users_own(repo, tmp_path):
    (repo / "sub" / ".gitignore").write_text("new.yaml\n", encoding="utf-8")
    (repo / ".git" / "info").mkdir(exist_ok=True)
    (repo / ".git" / "info" / "exclude").write_text("/new.yaml\n", encoding="utf-8")
    assert set(git.listed(str(repo)) or ()) == {*ALL, "sub/.gitignore"} - {"new.yaml", "sub/new.yaml"}
    assert same_as_git(repo)
    write(repo, "mine.yaml")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ignored").write_text("mine.yaml\n", encoding="utf-8")
    (tmp_path / "home" / ".gitconfig").write_text(f"[core]\n\texcludesFile = {tmp_path}/home/ignored\n", encoding="utf-8")
    assert "mine.yaml" not in (git.listed(str(repo)) or ())


def test_a_repository_without_a_commit_and_without_an_index(tmp_path):
    run(tmp_path, "init", "--quiet")
    write(tmp_path, "a.yaml")
    assert git.listed(str(tmp_path)) == ["a.yaml"]


def test_names_that_are_not_plain(repo):
    names = [os.fsdecode(b"l\xc3\xa4nge.yaml"), "two words.yaml", "line\nend.yaml", '"quoted".yaml']
    write(repo, *names)
    run(repo, "add", names[0])
    assert set(names) <= set(git.listed(str(repo)) or ())


def test_a_linked_work_tree(repo, tmp_path):
    (repo / ".git" / "info" / "exclude").write_text("/excluded.yaml\n", encoding="utf-8")
    run(repo, "worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    other = tmp_path / "other"
    assert (other / ".git").is_file()
    write(other, "only-here.yaml", "excluded.yaml")
    (other / "sub" / "tracked.yaml").rename(other / "sub" / "moved.yaml")
    run(other, "rm", "--quiet", "--cached", "sub/tracked.yaml")
    found = git.listed(str(other))
    assert found is not None and {"only-here.yaml", "sub/moved.yaml", "forced.log"} <= set(found)
    assert "sub/tracked.yaml" not in found and "excluded.yaml" not in found
    assert same_as_git(other)


def test_a_submodule_is_its_own_repository(repo, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    run(outer, "init", "--quiet")
    run(outer, "submodule", "--quiet", "add", str(repo), "inner")
    assert (outer / "inner" / ".git").is_file()
    write(outer, "args.yaml")
    write(outer / "inner", "new.yaml", "x.log")
    assert same_as_git(outer) and same_as_git(outer / "inner")
    assert "new.yaml" in (git.listed(str(outer / "inner")) or ())


def test_a_split_index(repo):
    run(repo, "update-index", "--split-index")
    assert list((repo / ".git").glob("sharedindex.*"))
    run(repo, "add", "new.yaml")
    assert set(git.listed(str(repo)) or ()) == ALL


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_every_version_of_the_index(repo, version):
    run(repo, "update-index", "--index-version", version)
    assert set(git.listed(str(repo)) or ()) == ALL


def test_a_repository_of_sha256(tmp_path):
    try:
        run(tmp_path, "init", "--quiet", "--object-format=sha256")
    except subprocess.CalledProcessError:
        pytest.skip("this git is too old for SHA-256")
    write(tmp_path, "a.yaml", "b.log")
    run(tmp_path, "add", "--all")
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    assert set(git.listed(str(tmp_path)) or ()) == {".gitignore", "a.yaml", "b.log"}


def test_the_index_and_the_repository_are_not_touched(repo):
    def state() -> dict[str, tuple[int, int]]:
        paths = [repo / ".git", *(repo / ".git").rglob("*")]
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in paths}

    os.utime(repo / "tracked.yaml")  # git status would write the index now
    before = state()
    assert git.listed(str(repo)) is not None
    assert state() == before


def test_nothing_is_left_behind(repo, monkeypatch, tmp_path):
    import tempfile

    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    assert git.listed(str(repo)) is not None
    assert list((tmp_path / "temp").iterdir()) == []


@pytest.mark.parametrize("text", ["gitdir: nowhere\n", "gitdir: //server/share\n", "gitdir: \n", "gitdir: a\0b\n", "x", ""])
def test_a_git_file_that_names_no_repository(tmp_path, text):
    (tmp_path / ".git").write_text(text, encoding="utf-8")
    assert git.listed(str(tmp_path)) is None


@pytest.mark.parametrize("missing", ["HEAD", "objects", "refs"])
def test_a_folder_that_is_no_repository(repo, missing):
    (repo / ".git" / missing).rename(repo / ".git" / "gone")
    assert git.listed(str(repo)) is None


@pytest.mark.parametrize("name", ["index", "config", "info/exclude"])
def test_pipes_in_the_git_folder_are_not_waited_for(repo, name):
    path = repo / ".git" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert (git.listed(str(repo)) is None) == (name == "index")


def test_links_in_the_git_folder_are_not_followed(repo, tmp_path):
    (tmp_path / "index").write_bytes((repo / ".git" / "index").read_bytes())
    (repo / ".git" / "index").unlink()
    (repo / ".git" / "index").symlink_to(tmp_path / "index")
    assert git.listed(str(repo)) is None


def test_an_index_that_is_none(repo):
    (repo / ".git" / "index").write_bytes(b"DIRC but not really")
    assert git.listed(str(repo)) is None


def test_no_git_and_no_repository(repo, tmp_path, monkeypatch):
    assert git.listed(str(tmp_path)) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.listed(str(repo)) is None


def test_git_that_does_not_come_back(repo, tmp_path, monkeypatch):
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "TIMEOUT_S", 0.01)
    assert git.listed(str(repo)) is None


def test_what_git_is_told(repo, tmp_path, monkeypatch):
    """The settings that hold for every git are seen by the git of today too: it reaches no other machine and writes nothing."""
    shown = tmp_path / "bin" / "git"
    shown.parent.mkdir()
    real = shutil.which("git")
    script = f"#!/bin/sh\nenv | grep ^GIT_ > {tmp_path}/env\n{real} config --list > {tmp_path}/config\n"
    shown.write_text(script, encoding="utf-8")
    shown.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", "evil")
    monkeypatch.setenv("PATH", f"{shown.parent}{os.pathsep}{os.environ['PATH']}")
    (repo / ".git" / "config").write_text("[core]\n\tsshCommand = evil\n\tfsmonitor = evil\n", encoding="utf-8")
    assert git.listed(str(repo)) == []
    told = dict(line.split("=", 1) for line in (tmp_path / "env").read_text(encoding="utf-8").splitlines())
    stand_in = told.pop("GIT_DIR")
    assert told == {
        "GIT_WORK_TREE": str(repo),
        "GIT_INDEX_FILE": str(repo / ".git" / "index"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_TERMINAL_PROMPT": "0",
    }
    assert not stand_in.startswith(str(repo)) and not os.path.exists(stand_in)
    config = (tmp_path / "config").read_text(encoding="utf-8").splitlines()
    assert {"core.fsmonitor=", "core.hookspath=/dev/null", "core.bare=false"} <= set(config)
    assert not any("evil" in line for line in config)
