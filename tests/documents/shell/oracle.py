"""What bash makes of a fixture, every launcher replaced by a stub that prints its arguments. For scripts in fixtures/ only."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vlmr1_lint.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.shell.nodes import ShellRoot

LAUNCHERS = ("torchrun", "accelerate", "deepspeed", "python", "python3", "trl")
STUB = """#!/bin/bash
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\n\\0'; } >> "$ARGV_FILE"
"""
THROUGH = """#!/bin/bash
while [[ "$1" == -* ]]; do shift; done
exec "$@"
"""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def arguments(script: bytes, folder: Path) -> list[list[str]]:
    """The argument vectors of the launchers that bash starts when it runs *script* in *folder*."""
    stubs = folder / "stubs"
    stubs.mkdir(exist_ok=True)
    for name in LAUNCHERS:
        _write(stubs / name, STUB)
    for name in ("srun", "sudo"):
        _write(stubs / name, THROUGH)
    path, out = folder / "fixture.sh", folder / "argv"
    path.write_bytes(script)
    out.write_bytes(b"")
    environment = {"PATH": f"{stubs}:/usr/bin:/bin", "ARGV_FILE": str(out), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(["bash", str(path)], cwd=folder, env=environment, capture_output=True, timeout=20, check=False)
    records: list[list[str]] = []
    record: list[str] = []
    for word in out.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]:
        if word == "\n":
            records.append(record)
            record = []
        else:
            record.append(word)
    return records


def same(mine: Sequence[str | Unknown], theirs: Sequence[str]) -> bool:
    """Whether *theirs* is what *mine* says, where an `Unknown` may stand for any number of words."""
    if not mine:
        return not theirs
    if isinstance(mine[0], Unknown):
        return any(same(mine[1:], theirs[skip:]) for skip in range(len(theirs) + 1))
    return bool(theirs) and mine[0] == theirs[0] and same(mine[1:], theirs[1:])


def agree(roots: Sequence[ShellRoot], records: list[list[str]]) -> bool:
    """Whether the commands that bash started are the ones in *roots*, whatever their order and number: bash started each of
    them, and nothing else. One that is not known in full may be several, in a loop or a branch."""
    mine = [[str(root.argv[0]).rsplit("/", 1)[-1], *root.argv[1:]] for root in roots]
    return all(any(same(words, record) for record in records) for words in mine) and all(
        any(same(words, record) for words in mine) for record in records
    )


def accepts(script: bytes) -> bool:
    """Whether ``bash -n`` accepts *script*."""
    return subprocess.run(["bash", "-n"], input=script, capture_output=True, timeout=20, check=False).returncode == 0


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
