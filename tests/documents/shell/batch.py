"""Many scripts through one bash: each in a subshell and a folder of its own, every launcher a function that notes its words."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Ran", "arguments_of", "records"]


@dataclass(frozen=True)
class Ran:
    """What one script came to: the argument vectors of its launchers, and what bash said on stderr, where it may have stopped."""

    records: list[list[str]]
    errors: str


DRIVER = r"""
torchrun() { { printf '%s\0' torchrun "$@"; printf '\2\3\0'; } >> "$ARGV_FILE"; }
# Nothing that a generated script says may touch a file of this machine.
rm() { :; }; cp() { :; }; mv() { :; }
export -f torchrun rm cp mv
unset -v i
for driver_script in "$1"/s*; do
  export ARGV_FILE="$driver_script/argv"
  ( cd "$driver_script/folder" && set -- && . ../script ) < /dev/null > /dev/null 2> "$driver_script/errors"
done
wait
"""
STUB = """#!/bin/bash
{ printf '%s\\0' "${0##*/}" "$@"; printf '\\2\\3\\0'; } >> "$ARGV_FILE"
"""
TOOLS = ("bash", "cat", "env", "nohup")
"""All that a generated script can start besides its launcher."""


def arguments_of(scripts: Sequence[bytes], folder: Path, seconds: int = 300) -> list[Ran]:
    """What bash does when it runs each of *scripts* under *folder*, which is removed again."""
    tools = folder / "tools"
    tools.mkdir(parents=True)
    for name in TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "torchrun").write_text(STUB)
    (tools / "torchrun").chmod(0o755)
    every = folder / "scripts"
    for index, script in enumerate(scripts):
        own = every / f"s{index:06}"
        (own / "folder").mkdir(parents=True)
        (own / "script").write_bytes(script)
    environment = {"PATH": str(tools), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    bash = str(shutil.which("bash"))
    subprocess.run(
        [bash, "-c", DRIVER, "driver", str(every)],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )
    found = []
    for index in range(len(scripts)):
        out = every / f"s{index:06}" / "argv"
        said = (every / f"s{index:06}" / "errors").read_text("utf-8", "replace")
        found.append(Ran(records(out.read_bytes()) if os.path.exists(out) else [], said))
    shutil.rmtree(folder)
    return found


def records(noted: bytes) -> list[list[str]]:
    """The argument vectors that the stub of `arguments` noted."""
    found: list[list[str]] = []
    record: list[str] = []
    for word in noted.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        if word == "\2\3":
            found.append(record)
            record = []
        else:
            record.append(word)
    return found
