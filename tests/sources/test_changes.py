"""What a diff says: compared with git itself, and with diffs that are easily misread."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from vlmr1_lint.sources.changes import changes


@pytest.fixture
def repository(tmp_path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    git(tmp_path, "init", "-q")
    return tmp_path


def git(folder: Path, *words: str) -> bytes:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True).stdout


def commit(folder: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "one")


LINES = "".join(f"line {number}\n" for number in range(1, 31))


@pytest.mark.parametrize("unified", [0, 3])
def test_as_git_says_it(repository, unified):
    commit(repository, {"a b.yaml": LINES, "gone.json": "{}\n", "old.sh": LINES, "数据.yaml": "x: 1\n", "--- c.yaml": "1\n2\n"})
    commit(
        repository,
        {
            "a b.yaml": LINES.replace("line 5\n", "")
            .replace("line 9\n", "nine\n--- x\n+++ y\n")
            .replace("line 20\n", "@@ -1 +1 @@\n"),
            "gone.json": None,
            "old.sh": None,
            "new.sh": LINES,
            "数据.yaml": "x: 2\ny: 3\n",
            "--- c.yaml": "1\n-- b/x\n",
            "empty.yaml": "",
            'q"\t.yaml': "1\n",
        },
    )
    found = changes(git(repository, "diff", f"--unified={unified}", "HEAD^", "HEAD"))
    names = git(repository, "diff", "--name-only", "--no-renames", "-z", "HEAD^", "HEAD").decode().split("\0")[:-1]
    assert set(found.lines) == set(names)
    assert found == type(found)(found.lines)
    if unified == 0:
        assert found.lines["a b.yaml"] == ((8, 10), (21, 21))
        assert found.lines["数据.yaml"] == ((1, 2),)
        assert found.lines["--- c.yaml"] == ((2, 2),)
        assert found.lines["gone.json"] == found.lines["old.sh"] == found.lines["empty.yaml"] == ()


def test_a_list_of_names():
    assert changes(b"a.yaml\r\n\n b/c.sh\n").lines == {"a.yaml": (), "b/c.sh": ()}
    assert changes(b"").lines == {}


@pytest.mark.parametrize(
    "data", [b"diff --git a/x b/x\n@@ -1 +1 @@\n+", b"diff --git \n--- \n+++ \n@@ -0,0 +1 @@", b"diff --git a\n\xff"]
)
def test_broken_diffs_are_read_as_far_as_they_go(data):
    assert isinstance(changes(data).lines, dict)


def test_rank():
    one = changes(b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -3,0 +4,2 @@\n+a\n+b\n")
    assert [one.rank("x", line, line) for line in (3, 4, 5, 6)] == [1, 0, 0, 1]
    assert one.rank("x", 1, 9) == 0 and one.rank("y", 4, 4) == 2
