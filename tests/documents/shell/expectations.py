"""What a fixture says of itself: ``#?`` lines at its end.

``#? key = value @ line:column "text"``  the option's value (null: unknown), where it stands and how it is written there;
``1/key`` in the second command, ``launcher.key`` a launcher's option, ``key.1`` an item of a list.
Other lines: ``problem code @ line:column``, ``roots N``, ``open``, ``script``, ``launcher``, ``env NAME value``,
``cwd [...]``, ``partial key text``, ``use key line:column``, ``flag key text``, ``sbatch name value``,
``foreign names``, ``yaml path``,
``oracle no`` (bash would run other commands than the reader lists: branches, other machines).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass
class Expected:
    """The expectations of one fixture."""

    values: list[tuple[int, str, object, int, int, str]] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)


def fixtures() -> list[Path]:
    """All fixtures, by name."""
    return sorted(FIXTURES.glob("*.sh"))


def expected(data: bytes) -> Expected:
    """The ``#?`` lines of *data*."""
    found = Expected()
    for line in data.decode().splitlines():
        if not line.startswith("#? "):
            continue
        match = re.fullmatch(r"(?:(\d+)/)?(\S+) = (.*) @ (\d+):(\d+) (\".*\")", line[3:])
        if match:
            root, key, value, row, column, text = match.groups()
            found.values.append((int(root or 0), key, json.loads(value), int(row), int(column), json.loads(text)))
        else:
            word, _, rest = line[3:].partition(" ")
            found.notes.setdefault(word, []).append(rest)
    return found
