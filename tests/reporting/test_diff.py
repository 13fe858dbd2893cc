"""Unified diffs: what they say, and that git makes exactly the new bytes of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.reporting.diff import unified


def test_small() -> None:
    assert unified("a.yaml", b"x: 1\ny: 2\n", b"x: 1\ny: 3\n") == (
        "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n x: 1\n-y: 2\n+y: 3\n"
    )
    assert unified("a.yaml", b"x", b"x") == ""


def test_missing_final_newline() -> None:
    assert unified("a", b"x: 1\ny: 2", b"x: 1\ny: 3").splitlines()[3:] == [
        " x: 1",
        "-y: 2",
        "\\ No newline at end of file",
        "+y: 3",
        "\\ No newline at end of file",
    ]


def test_carriage_returns_belong_to_their_lines() -> None:
    assert unified("a", b"x: 1\r\ny: 2\r\n", b"x: 1\r\ny: 3\r\n").endswith(" x: 1\r\n-y: 2\r\n+y: 3\r\n")


def test_names() -> None:
    assert unified("a b.yaml", b"", b"x\n").startswith("--- a/a b.yaml\t\n+++ b/a b.yaml\t\n")
    assert unified('a"\n.yaml', b"", b"x\n").startswith('--- "a/a\\"\\n.yaml"\n')


def apply(before: bytes, diff: str) -> bytes:
    """What a patch program makes of *before*: every hunk at its place, checked line by line."""
    old = before.split(b"\n")
    tail = old.pop()
    lines = [line + b"\n" for line in old] + ([tail] if tail else [])
    made: list[bytes] = []
    at = 0
    rows = diff.encode("utf-8", "surrogateescape").split(b"\n")[2:-1]
    for index, row in enumerate(rows):
        if row.startswith(b"@@"):
            first, _, count = row.split()[1][1:].partition(b",")
            start = int(first) - (count != b"0")
            made += lines[at:start]
            at = start
        elif not row.startswith(b"\\"):
            bare = index + 1 < len(rows) and rows[index + 1].startswith(b"\\")
            text = row[1:] if bare else row[1:] + b"\n"
            if row[:1] in b" -":
                assert lines[at] == text
                at += 1
            if row[:1] in b" +":
                made.append(text)
    return b"".join(made + lines[at:])


texts = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n", b"\xff\n", "中\u2028\x0c\n".encode()]), max_size=25).map(
    b"".join
)


@given(texts, texts, st.sampled_from([b"", b"end", b"\r"]), st.sampled_from([b"", b"end", b"\r"]), st.integers(0, 3))
def test_a_patch_gives_the_new_bytes(before: bytes, after: bytes, old_end: bytes, new_end: bytes, context: int) -> None:
    before, after = before + old_end, after + new_end
    diff = unified("f", before, after, context)
    assert (diff == "") == (before == after)
    assert apply(before, diff) == after


@pytest.mark.parametrize("name", ["args.yaml", "dir/a b.yaml", "数据.yaml", 'q"uote.yaml'])
def test_git_applies_it(tmp_path: Path, name: str) -> None:
    before = b"".join(b"k%d: %d\r\n" % (number, number) for number in range(40)) + b"last: 1"
    after = before.replace(b"k3: 3\r\n", b"k3: true\r\nnew: 1\r\n").replace(b"k30: 30\r\n", b"").replace(b"last: 1", b"last: 2")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, cwd=tmp_path, input=unified(name, before, after).encode(), check=True)
    assert path.read_bytes() == after


def test_large_files_take_no_time() -> None:
    lines = [b"key%d: value\n" % number for number in range(100_000)]
    before = b"".join(lines)
    lines[50_000] = b"changed: value\n"
    assert unified("f", before, b"".join(lines)).count("\n") == 3 + 3 + 3 + 2
