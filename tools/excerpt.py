"""Writes what the tool prints for the examples into README.md and README.zh-CN.md: a real terminal, not a remembered one."""

from __future__ import annotations

import os
import subprocess
import sys

from marked import REPOSITORY, main

COMMAND = ("examples/multinode/args.yaml",)


def excerpt(*options: str) -> str:
    """The command and its output as a terminal of 80 columns shows it, in a code block."""
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(REPOSITORY)}
    words = [*options, *COMMAND]
    ran = subprocess.run(
        [sys.executable, "-m", "vlmr1_lint", *words],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if ran.returncode != 1:
        sys.exit(f"findings were expected, the status is {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return "\n".join(["```console", f"$ vlmr1-lint {' '.join(words)}", (ran.stdout + ran.stderr).rstrip(), "```"])


if __name__ == "__main__":
    sys.exit(main("excerpt", {"README.md": excerpt, "README.zh-CN.md": lambda: excerpt("--lang", "zh")}))
