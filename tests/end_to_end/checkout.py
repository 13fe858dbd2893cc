"""A clean checkout of this repository as it stands in the work tree, and programs run in a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

MEANT_FOR_OTHERS = ("GIT_", "PRE_COMMIT", "PYTHON", "GITHUB_", "RUNNER_", "VLMR1_LINT_", "VIRTUAL_ENV", "NO_COLOR")
"""Beginnings of variables that the test's own surroundings may carry and the program under test must not see."""


def environment(**more: str) -> dict[str, str]:
    """The process's environment less what would change the program under test, and *more*."""
    kept = {name: found for name, found in os.environ.items() if not name.startswith(MEANT_FOR_OTHERS)}
    return {**kept, **more}


def run(
    *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, status: int | Sequence[int] = 0
) -> subprocess.CompletedProcess[str]:
    """Run a program without standard input; its *status* must be the one given."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment() if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    expected = (status,) if isinstance(status, int) else status
    assert done.returncode in expected, f"{words}: status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def git(folder: Path, *words: str, status: int | Sequence[int] = 0) -> subprocess.CompletedProcess[str]:
    """Run git in *folder* with an identity, and without the user's configuration."""
    env = environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    return run("git", *identity, *words, cwd=folder, env=env, status=status)


def new_repository(folder: Path) -> Path:
    """*folder* as a git repository with everything in it committed."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "everything")
    return folder


def copy_of_work_tree(target: Path) -> Path:
    """A repository at *target* with what git would hold if all of the work tree were committed now."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("needs git and a checkout")
    listed = git(REPOSITORY, "ls-files", "-co", "--exclude-standard", "-z").stdout
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    return new_repository(target)
