"""Scripts put together at random from assignments, quotes, expansions, arrays, loops and commands: as bash has them.

The same scripts each time; tests/fuzz tries others.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.shell.read import read_shell

from .batch import arguments_of
from .generator import script
from .oracle import fault, needs_bash, only_differs

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = 300
CHANGES = 120


@needs_bash
def test_arguments(tmp_path: Path) -> None:
    scripts = [script(random.Random(seed)).encode() for seed in range(SCRIPTS)]
    ran = arguments_of(scripts, tmp_path / "work")
    assert sum(len(one.records) for one in ran) > SCRIPTS
    assert [said for text, one in zip(scripts, ran, strict=True) if (said := fault(text, one)) is not None] == []


@needs_bash
def test_changed_arguments(tmp_path: Path) -> None:
    changed: list[tuple[bytes, bytes, str]] = []
    for seed in range(CHANGES):
        source = random.Random(seed)
        data = script(source).encode()
        document = read_shell("x.sh", data)
        if not document.roots or b"$$" in data:  # a process id is another one each time
            continue
        path = source.choice([(0, "fresh"), *(node.path for root in document.roots for node in root.children)])
        try:
            edits = document.edits([Change("set", path, source.choice(("7", "a b", "it's", "$A", "中")))])
        except Refused:
            continue
        changed.append((data, apply_edits(data, edits), str(path[1])))
    before, after = (arguments_of([pair[at] for pair in changed], tmp_path / "work") for at in (0, 1))
    assert len(changed) > CHANGES // 3
    for (_, new, name), one, two in zip(changed, before, after, strict=True):
        assert one.errors or only_differs(one.records, two.records, name), new.decode()
