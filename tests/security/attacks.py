"""Repositories of an attacker in a temporary folder, and the real command line as a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from samples import MULTINODE

HAS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
FLEET = ("--gpus", "4xA100-40G")
MARK = "MARK"
"""Name of the file that code of the attacker makes."""


class Attack:
    """A workplace: ``repo`` is the checkout, ``home`` holds what nobody may see; ``marker`` is there if their code ran."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = folder / "repo"
        self.home = folder / "home"
        self.marker = folder / MARK
        self.repo.mkdir()
        self.home.mkdir()

    def write(self, name: str, text: str = MULTINODE) -> Path:
        """A file of the checkout."""
        path = self.repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def program(self, path: Path, prints: str = "") -> Path:
        """A program of the attacker."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n: > '{self.marker}'\necho '{prints}'\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("GIT_", "VLMR1_LINT_", "PYTHON"))}
        return {**kept, "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1", **more}

    def lint(
        self, *words: str, folder: Path | None = None, cpu_s: int | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """The linter, started as its installed program starts: without the working folder on the path of modules; killed after
        *cpu_s* seconds of CPU time."""
        limited = [] if cpu_s is None else ["bash", "-c", f'ulimit -t {cpu_s}; exec "$@"', "limited"]
        return subprocess.run(
            [*limited, sys.executable, "-I", "-m", "vlmr1_lint", *words],
            cwd=folder or self.repo,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=120,
            check=False,
        )

    def git(self, *words: str, folder: Path | None = None, status: int | None = 0) -> str:
        """Git as anybody runs it: it obeys the configuration that it finds. *status* None: whatever it is."""
        done = subprocess.run(
            ["git", "-c", "user.name=T", "-c", "user.email=t@example.org", *words],
            cwd=folder or self.repo,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert status is None or done.returncode == status, done.stderr
        return done.stdout

    def clone(self) -> None:
        """Replace the checkout by a clone of it, as a pull request arrives."""
        self.git("init", "--quiet")
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message", "all")
        origin = self.folder / "origin"
        self.repo.rename(origin)
        self.git("clone", "--quiet", str(origin), str(self.repo), folder=self.folder)
