"""What must be true of every edit of a YAML or JSON text: it is refused, by the edit or by the guard, or PyYAML or `json`
find that exactly what was declared has changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify

from .fix_oracle import MISSING, check_kept, check_step, plain

__all__ = ["check_edit", "edit_case"]

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        8,
        -1,
        2.5,
        1e-6,
        10**30,
        "x",
        "no",
        "1e-6",
        "a b",
        "it's",
        "a: b",
        "#x",
        "a #b",
        "中",
        "- a",
        "",
        "null",
    ),
    *(
        "${X}",
        "010",
        "[",
        "\u2028",
        '"',
        "a\nb",
        "x\\",
        [],
        {},
        [1, "a"],
        {"k": 1},
        {"k": {"m": [True]}},
        "=",
        "<<",
        "*a",
        "&a",
        "!t",
        "1:20",
    ),
)
FRESH = ("fresh", "bf16", "a b", "no", "1", "zero")

EditCase = tuple[str, bytes, tuple[Change, ...]]


def edit_case(name: str, make: Callable[[random.Random], bytes]) -> Callable[[random.Random], EditCase]:
    """Makes texts of files called *name* and one to three changes of each."""

    def case(source: random.Random) -> EditCase:
        data = make(source)
        document = read(name, data)
        # Of keys that are written twice the last counts, and no change is about another.
        paths = [node.path for root in document.roots for node in root.walk() if document.node(node.path) is node]
        changes = []
        for _ in range(source.choice((1, 1, 1, 2, 3)) if paths else 0):
            action = source.choice(("set", "set", "set", "remove", "rename"))
            path = source.choice(paths)
            if action == "set" and source.randrange(3) == 0:
                path = (*source.choice(((0,), path[:-1] or path, path)), source.choice(FRESH))
            said = source.choice(VALUES) if action == "set" else source.choice(FRESH) if action == "rename" else None
            near = str(source.choice(paths)[-1]) if action == "set" and source.randrange(3) == 0 else None
            changes.append(Change(action, path, said, near))
        return name, data, tuple(changes)

    return case


def check_edit(case: EditCase) -> None:
    """Raises AssertionError where an edit does other than declared."""
    name, data, changes = case
    if not changes:
        return
    document = read(name, data)
    if plain(name, data) is MISSING:
        return  # such a text is repaired, never edited; the guard sees to that
    try:
        new = apply_edits(data, document.edits(changes))
    except Refused:
        return
    if verify(document, changes, new) is not None:
        return  # the guard drops it
    check_step(document, changes, new)
    check_kept(name, data, new, changes)
