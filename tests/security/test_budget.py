"""What a file may cost: two seconds of CPU and 300 MB for a megabyte, whatever is in it, and no more than n log n.

Every row of `bombs.BOMBS` is linted by the real command line in a process of its own, under a limit of CPU time that the system
enforces (not of wall time: a busy machine is no failure).
"""

from __future__ import annotations

import cProfile
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bombs import BOMBS, REVIEWED, Bomb

from vlmr1_lint.cli import main

pytest.importorskip("resource", reason="limits of a process are POSIX")

MOST_SECONDS, MOST_MB = 2, 300
"""The budget of DESIGN: CPU of one invocation, and the most memory that it has at one time."""
EDGES = (16_000, 60_000)
"""Bytes at which most rows are just below the limits of what is read: nothing is left out, and there is most to do."""
WITHOUT_LIBYAML = 256_000

WITH_YAML = [name for name, bomb in BOMBS.items() if any(file.endswith(".yaml") for file in bomb.build(100))]

LINT = "import sys; from vlmr1_lint.cli import main; sys.exit(main(sys.argv[1:]))"
SLOWLY = "from vlmr1_lint.documents.yaml import pyyaml; pyyaml.stock(); pyyaml._parsers['c'] = None; " + LINT
"""The command line where PyYAML was built without libyaml."""


def write(bomb: Bomb, size: int, folder: Path) -> None:
    (folder / ".git").mkdir(parents=True)
    for name, data in bomb.build(size).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def cost(bomb: Bomb, size: int, folder: Path, program: str = LINT) -> dict[str, Any]:
    """What linting *bomb* took: ``status``, ``cpu`` seconds, ``mb``."""
    write(bomb, size, folder)
    command = [sys.executable, "-c", program, ".", *bomb.words]
    runner = [sys.executable, "-I", "-S", str(Path(__file__).with_name("limited.py")), str(MOST_SECONDS)]
    told = subprocess.run([*runner, *command], cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def check(found: dict[str, Any], folder: Path) -> None:
    errors = (folder / "err.txt").read_text(errors="replace")
    assert found["status"] in (0, 1, 2), f"ended by {found}"  # a negative status is a signal: SIGXCPU or SIGKILL at the limit
    assert "internal error" not in errors, errors[:500]
    assert found["mb"] <= MOST_MB, found
    if found["status"] == 2:
        assert errors, "trouble is said"


@pytest.mark.parametrize("name", REVIEWED)
def test_the_inputs_of_the_reviews_cost_little(name: str, tmp_path: Path) -> None:
    bomb = BOMBS[name]
    check(cost(bomb, bomb.small, tmp_path / "r"), tmp_path / "r")


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("size", [*EDGES, None])
def test_no_input_costs_more_than_the_budget(name: str, size: int | None, tmp_path: Path) -> None:
    bomb = BOMBS[name]
    check(cost(bomb, min(size or bomb.large, bomb.large), tmp_path / "r"), tmp_path / "r")


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_YAML)
def test_no_input_costs_more_without_libyaml(name: str, tmp_path: Path) -> None:
    bomb = BOMBS[name]
    check(cost(bomb, min(bomb.large, WITHOUT_LIBYAML), tmp_path / "r", SLOWLY), tmp_path / "r")


GROWING = [
    "json duplicates, different keys",
    "json unknown keys",
    "json unknown nested section",
    "args unknown keys",
    "args misspelt keys",
    "args anchors",
    "useless suppressions",
    "unknown suppressions",
    "suppressions in one comment",
    "blanks in one comment",
]


@pytest.mark.parametrize("name", GROWING)
def test_four_times_the_text_is_about_four_times_the_work(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Calls of functions are counted, which are the same on every machine."""
    calls = [_calls(BOMBS[name], size, tmp_path / str(size), monkeypatch) for size in (500, 2_000, 8_000)]
    capfd.readouterr()
    first, second = calls[1] - calls[0], calls[2] - calls[1]  # without what an invocation costs anyway
    assert second <= 5.5 * max(first, 1_000), calls  # 4 x log 8,000 / log 2,000 is 4.7


def _calls(bomb: Bomb, size: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    write(bomb, size, folder)
    monkeypatch.chdir(folder)
    profile = cProfile.Profile()
    main([".", *bomb.words])  # what is loaded and remembered once is not counted
    profile.enable()
    try:
        main([".", *bomb.words])
    finally:
        profile.disable()
    return sum(int(one.callcount) for one in profile.getstats())
