"""What a mutation run came to: by module how many mutants the tests notice, and those that they do not.

Run it after ``python -m mutmut run`` (CONTRIBUTING.md). A mutant that means the same as the code cannot be noticed; such are
listed with the reason in ``tests/mutants.yaml``, by the line that they replace, and are not counted. Exit status 1 if fewer than
90 % of the others are noticed in a module, or if an entry of the list is about no mutant that is left.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
EQUIVALENT = REPOSITORY / "tests" / "mutants.yaml"
NOTICED_PERCENT = 90
"""Share of the mutants of a module, equivalent ones apart, that the tests must notice."""
SURVIVED = (0, 5, 33)
"""Exit codes that mutmut notes for a mutant that all its tests passed, and for one that no test reaches."""


def main() -> int:
    known = {(one["module"], one["was"], one["becomes"]) for one in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))}
    met: set[tuple[str, str, str]] = set()
    poor = False
    for meta in sorted((REPOSITORY / "mutants" / "vlmr1_lint").rglob("*.py.meta")):
        module = meta.relative_to(REPOSITORY / "mutants").as_posix().removesuffix(".meta")
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        survivors = {name: (module, *difference(name)) for name, code in codes.items() if code in SURVIVED}
        left = {name: one for name, one in survivors.items() if one not in known}
        met |= set(survivors.values()) & known
        counted = sum(code is not None for code in codes.values()) - len(survivors) + len(left)
        noticed = counted - len(left)
        poor |= noticed * 100 < counted * NOTICED_PERCENT
        print(f"{module}: {noticed} of {counted} noticed, {len(survivors) - len(left)} equivalent of {len(codes)} mutants")
        if (missing := sum(code is None for code in codes.values())) > 0:
            print(f"  {missing} were not run")
        for name, (_, was, becomes) in left.items():
            print(f"  {name}\n    - {was}\n    + {becomes}")
    for module, was, becomes in sorted(known - met):
        print(f"{EQUIVALENT.name}: no mutant of {module} is left that makes {was!r} {becomes!r}")
    return int(poor or bool(known - met))


def difference(name: str) -> tuple[str, str]:
    """The line that the mutant *name* changes, as it was and as it becomes, without indentation."""
    shown = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    lines = [line for line in shown.splitlines() if not line.startswith(("+++", "---"))]
    was, becomes = ([line[1:].strip() for line in lines if line[:1] == sign] for sign in "-+")
    return " ".join(was), " ".join(becomes)


if __name__ == "__main__":
    sys.exit(main())
