"""Measures what a run costs on files as people have them, beside an empty Python and other linters: CPU time, medians.

    python tools/speed.py [--programs VENV/bin] [--vlm-r1 CLONE]

Files come from a fixed seed (`tools/speed_files.py`): args files that differ, half of them with findings, scripts, DeepSpeed and
accelerate files, files of other programs, and a monorepo of all. This repository and OTHERS are installed into a temporary
environment unless ``--programs`` names the folder of programs of one that has them (those that it lacks are left
out). ``--instructions`` counts them too, by valgrind. Not a test: figures depend on the machine, and only ratios carry over.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import speed_files

REPOSITORY = Path(__file__).resolve().parent.parent
FLEET = "8xA100-80G"
OTHERS = ("yamllint", "ruff", "check-jsonschema")
PASS = "python -c pass"


@dataclass(frozen=True)
class Case:
    """One command, run in *folder*: *words* begin with a program's name."""

    name: str
    words: Sequence[str]
    folder: Path


@dataclass(frozen=True)
class Cost:
    """What one process and those it waited for used: CPU seconds (user and system), peak resident memory in MiB.

    The peak is never below this program's own, about 15 MiB: a new process starts as a copy of its parent.
    """

    seconds: float
    mebibytes: float


def cost(words: Sequence[str], folder: Path) -> Cost:
    """Run *words* in *folder*; findings (status 1) are fine, any other failure ends the measurement."""
    # Without compiled modules every start would compile them, which no user has to wait for twice.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    with process.stdout as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        sys.exit(f"{' '.join(words)}: status {process.returncode}\n{told.decode(errors='replace')[:2000]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def interleaved(cases: Sequence[Case], rounds: int) -> dict[str, list[Cost]]:
    """The costs of every case, one run of each per round, after one round that only warms the disk's cache."""
    costs: dict[str, list[Cost]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases:
            found = cost(case.words, case.folder)
            if number:
                costs[case.name].append(found)
    return costs


def instructions(case: Case) -> str:
    """Millions of instructions of one run, by callgrind; empty where there is no valgrind."""
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *case.words]
    try:
        told = subprocess.run(words, cwd=case.folder, capture_output=True, text=True, check=False).stderr
    except FileNotFoundError:
        return ""
    found = re.search(r"Collected : (\d+)", told)
    return f"{int(found[1]) / 1e6:.0f}" if found else ""


def table(title: str, cases: Sequence[Case], rounds: int, base: str, *, count: bool) -> None:
    """Print the medians of *cases*, and each as a ratio to that of the case *base*, as a table in Markdown."""
    costs = interleaved(cases, rounds)
    medians = {name: statistics.median(one.seconds for one in found) for name, found in costs.items()}
    columns = ["CPU ms", f"/ {base}", "peak MiB", *(["instructions, M"] if count else [])]
    print(f"\n{title}, medians of {rounds} rounds\n\n| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for case in cases:
        peak = max(one.mebibytes for one in costs[case.name])
        cells = [f"{1000 * medians[case.name]:.1f}", f"{medians[case.name] / medians[base]:.2f}", f"{peak:.0f}"]
        print(f"| {case.name} | {' | '.join([*cells, *([instructions(case)] if count else [])])} |", flush=True)


def installed(folder: Path) -> Path:
    """The programs of a new environment in *folder* that has this repository and the others."""
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", REPOSITORY, *OTHERS], check=True)
    return programs


def cold(programs: Mapping[str, str], files: speed_files.Files) -> list[Case]:
    """One file, one process."""
    lint = programs["vlmr1-lint"]
    one = files.folder / "one"
    found = [
        Case(PASS, [programs["python"], "-c", "pass"], one),
        Case("--version", [lint, "--version"], one),
        Case("a clean args file", [lint, "clean.yaml"], one),
        Case(f"a clean args file, --gpus {FLEET}", [lint, "--gpus", FLEET, "clean.yaml"], one),
        Case("an args file with two findings", [lint, "findings.yaml"], one),
        Case("a launch script", [lint, "clean.sh"], one),
        Case("another program's YAML", [lint, "foreign.yaml"], one),
    ]
    others = {
        "yamllint": ["-d", "relaxed", "clean.yaml"],
        "ruff": ["check", "--isolated", "--no-cache", "clean.py"],
        "check-jsonschema": ["--schemafile", "schema.json", "clean.yaml"],
    }
    return found + [Case(name, [programs[name], *words], one) for name, words in others.items() if name in programs]


def checkout(programs: Mapping[str, str], clone: Path) -> list[Case]:
    """Files of a checkout of VLM-R1."""
    lint, scripts = programs["vlmr1-lint"], clone / "run_scripts"
    script, args = ["run_scripts/run_grpo_rec.sh"], ["run_scripts/multinode_training_args.yaml"]
    assert scripts.is_dir(), f"{clone} holds no run_scripts"
    return [
        Case(PASS, [programs["python"], "-c", "pass"], clone),
        Case("a script", [lint, *script], clone),
        Case(f"a script, --gpus {FLEET}", [lint, "--gpus", FLEET, *script], clone),
        Case("an args file", [lint, *args], clone),
        Case(f"an args file, --gpus {FLEET}", [lint, "--gpus", FLEET, *args], clone),
    ]


def many(programs: Mapping[str, str], folder: Path) -> list[Case]:
    """The files of *folder* in one process. Others are only given those that they read."""
    lint = programs["vlmr1-lint"]
    found = [
        Case("vlmr1-lint", [lint, "."], folder),
        Case(f"vlmr1-lint --gpus {FLEET}", [lint, "--gpus", FLEET, "."], folder),
    ]
    others = {
        "yamllint": ["-d", "relaxed", "."],
        "check-jsonschema": ["--schemafile", "../one/schema.json", *sorted(one.name for one in folder.glob("*.yaml"))],
    }
    return [Case(name, [programs[name], *words], folder) for name, words in others.items() if name in programs] + found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--programs", type=Path, help="folder with python, vlmr1-lint and yamllint")
    options.add_argument("--vlm-r1", type=Path, help="a checkout of VLM-R1")
    options.add_argument("--rounds", type=int, default=21, help="runs of each command on one file (default 21)")
    options.add_argument("--many-rounds", type=int, default=3, help="runs of each command on many files (default 3)")
    options.add_argument("--count", type=int, default=1000, help="how many files are many (default 1000)")
    options.add_argument("--instructions", action="store_true", help="count them for each command on one file (valgrind)")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        found = given.programs.absolute() if given.programs else installed(folder / "environment")
        programs = {one: str(found / one) for one in ("python", "vlmr1-lint", *OTHERS) if (found / one).exists()}
        files = speed_files.write(folder / "files", given.count)
        table("One file, cold", cold(programs, files), given.rounds, PASS, count=given.instructions)
        if given.vlm_r1:
            cases = checkout(programs, given.vlm_r1.absolute())
            table("In a checkout of VLM-R1", cases, given.rounds, PASS, count=given.instructions)
        for what in files.many:
            cases = many(programs, files.folder / what.folder)
            base = "yamllint" if "yamllint" in programs else "vlmr1-lint"
            table(f"{what.title}", cases, given.many_rounds, base, count=False)


if __name__ == "__main__":
    main()
