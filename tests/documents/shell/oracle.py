"""What bash makes of a fixture, every launcher replaced by a stub that prints its arguments. For scripts in fixtures/ only."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from vlmr1_lint.documents.shell.grammar import parse
from vlmr1_lint.documents.shell.read import read_shell
from vlmr1_lint.unknown import Unknown

from .batch import arguments_of, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.shell.nodes import ShellRoot

    from .batch import Ran

LAUNCHERS = ("torchrun", "accelerate", "deepspeed", "python", "python3", "trl")
STUB = """#!/bin/bash
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\2\\3\\0'; } >> "$ARGV_FILE"
"""
THROUGH = """#!/bin/bash
while [[ "$1" == -* ]]; do shift; done
exec "$@"
"""

LOOP = re.compile(rb"(\bfor \w+ in (?:(?!; do\b).)*)(?=; do\b)", re.S)
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
    return records(out.read_bytes())


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


def fault(script: bytes, ran: Ran) -> str | None:
    """What the reader says wrongly of *script*, which bash *ran*; None if nothing.

    A known value is never another one than bash's. All that bash starts is seen, unless the grammar cannot read the text; all
    that is seen is started, unless bash itself stops at an error when it comes to it. What stands in a loop is read as if the
    loop ran, so where something is not started bash runs the script again with one word more in each loop.
    """
    document = read_shell("x.sh", script)
    mine = [[str(root.argv[0]).rsplit("/", 1)[-1], *root.argv[1:]] for root in document.roots]
    wrong = [words for words in mine if not any(same(words, record) for record in ran.records)]
    if wrong and (looped := LOOP.sub(rb"\1 zz", script)) != script:
        with TemporaryDirectory() as folder:
            (again,) = arguments_of([looped], Path(folder) / "work")
        wrong = [words for words in wrong if not any(same(words, record) for record in again.records)]
    unseen = [record for record in ran.records if not any(same(words, record) for words in mine)]
    if (wrong and not ran.errors) or (unseen and not hides(script)):
        return (
            None if not accepts(script) else f"{script.decode()}\nread, and not started: {wrong}\nstarted, and not read: {unseen}"
        )
    return None


def hides(script: bytes) -> bool:
    """Whether commands may be hidden: the grammar finds an error, or a line ends in a blank."""
    return parse(script).has_error or re.search(rb"\\[ \t]+$", script, re.M) is not None


def only_differs(before: list[list[str]], after: list[list[str]], name: str) -> bool:
    """Whether the arguments of each command are the same words but for the option *name* and its values."""
    return len(before) == len(after) and all(
        _without(one, name) == _without(two, name) or one == _without_new(two, name) or _is_value_of(one, two, name)
        for one, two in zip(before, after, strict=True)
    )


def _is_value_of(one: list[str], two: list[str], name: str) -> bool:
    """Whether one word alone is another, and it stands behind the flag *name*: a value that begins with a dash."""
    places = [at for at, (mine, theirs) in enumerate(zip(one, two, strict=False)) if mine != theirs]
    if len(one) != len(two) or len(places) != 1:
        return False
    return one[places[0] - 1].lstrip("-").replace("-", "_") == name


def _without_new(words: list[str], name: str) -> list[str]:
    """*words* without the flag *name* that was added, and the one value behind it."""
    at = next((at for at, word in enumerate(words) if word.lstrip("-").split("=", 1)[0].replace("-", "_") == name), len(words))
    return words[:at] + words[at + (1 if "=" in "".join(words[at : at + 1]) else 2) :]


def _without(words: list[str], name: str) -> list[str]:
    kept: list[str] = []
    inside = False
    for word in words:
        if word.startswith("-"):
            inside = word.split("=", 1)[0].lstrip("-").replace("-", "_") == name
        if not inside:
            kept.append(word)
    return kept


def accepts(script: bytes) -> bool:
    """Whether ``bash -n`` accepts *script*."""
    return subprocess.run(["bash", "-n"], input=script, capture_output=True, timeout=20, check=False).returncode == 0


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
