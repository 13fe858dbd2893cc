"""Writes the table of docs/claims.md from the list of claims and the tables of releases; ``--check`` only compares.

python tools/claims_page.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS, SCRIPT_CLAIMS
from vlmr1_lint.trainers.profiles import behaviour

PAGE = Path(__file__).parents[1] / "docs" / "claims.md"
BEGIN, END = "<!-- claims: begin (tools/claims_page.py writes this) -->\n", "<!-- claims: end -->\n"
SHOWN = ("vlm-r1", "r1-v", "trl==0.17.0", "trl==1.16.0")
"""Releases that the page shows: today's VLM-R1 and R1-V, TRL as VLM-R1 pins it, and the newest in the tables."""


def table() -> str:
    """The table, one row a claim."""
    rows = [f"| claim | what it says | decided by | {' | '.join(SHOWN)} |", "| --- | --- | --- |" + " --- |" * len(SHOWN)]
    for name, (_, says) in CLAIMS.items():
        by = "both, and the model" if name in MODEL_CLAIMS else "the script" if name in SCRIPT_CLAIMS else "the trainer"
        values = " | ".join(f"`{_told(behaviour(release, name))}`" for release in SHOWN)
        rows.append(f"| `{name}` | {says} | {by} | {values} |")
    return "\n".join(rows) + "\n"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_told(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is current; the exit status."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    made = f"{head}{BEGIN}\n{table()}\n{END}{tail}"
    if arguments == ["--check"]:
        if made != text:
            print(f"{PAGE.name}: not current, run this program without --check", file=sys.stderr)
        return int(made != text)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
