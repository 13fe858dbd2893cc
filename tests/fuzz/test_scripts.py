"""Random scripts through one bash and through the reader: no known value is another one than bash's."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.shell.read import read_shell

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))
from documents.shell.batch import arguments_of  # noqa: E402
from documents.shell.generator import script  # noqa: E402
from documents.shell.oracle import fault, hides, needs_bash, only_differs  # noqa: E402

pytestmark = [pytest.mark.fuzz, needs_bash]
SECONDS = float(os.environ.get("VLMR1_LINT_FUZZ_SECONDS", "20"))
"""CPU time of each test, bash's included."""
BATCH = 250
"""Scripts that one bash runs."""


def spent() -> float:
    """CPU seconds of this process and of those that it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def seeds() -> random.Random:
    """Other scripts on each day, the same all day long."""
    return random.Random(int(os.environ.get("VLMR1_LINT_FUZZ_SEED", time.strftime("%Y%m%d"))))


def test_values_against_bash(tmp_path: Path) -> None:
    source, until = seeds(), spent() + SECONDS
    count = started = torn = 0
    faults: list[str] = []
    while spent() < until and not faults:
        texts = [script(random.Random(source.getrandbits(64))).encode() for _ in range(BATCH)]
        for text, ran in zip(texts, arguments_of(texts, tmp_path / "work"), strict=True):
            count, started, torn = count + 1, started + len(ran.records), torn + hides(text)
            faults += [said] if (said := fault(text, ran)) is not None else []
    print(f"\n{count} scripts, {started} commands started by bash, {torn} scripts that tear the grammar, {len(faults)} faults")
    assert not faults, "\n\n".join(faults[:5])


def test_changes_against_bash(tmp_path: Path) -> None:
    """A change of one option, written and run: the arguments differ in this option only, and the other lines not at all."""
    source, until = seeds(), spent() + SECONDS
    count = refused = 0
    faults: list[str] = []
    while spent() < until and not faults:
        changed: list[tuple[bytes, bytes, str]] = []
        while len(changed) < BATCH:
            own = random.Random(source.getrandbits(64))
            data = script(own).encode()
            document = read_shell("x.sh", data)
            nodes = [node for root in document.roots for node in root.children]
            if not document.roots or b"$$" in data:  # a process id is another one each time
                continue
            path = own.choice([(0, "fresh"), *(node.path for node in nodes)])
            try:
                edits = document.edits([Change("set", path, own.choice(("7", "a b", "it's", "$A", "中")))])
            except Refused:
                refused += 1
                continue
            changed.append((data, apply_edits(data, edits), str(path[1])))
        before = arguments_of([data for data, _, _ in changed], tmp_path / "work")
        after = arguments_of([new for _, new, _ in changed], tmp_path / "work")
        for (data, new, name), one, two in zip(changed, before, after, strict=True):
            count += 1
            if not one.errors and not only_differs(one.records, two.records, name):
                faults.append(f"{name}\n{data.decode()}\n-----\n{new.decode()}\n{one.records}\n{two.records}")
    print(f"\n{count} changes, {refused} refused, {len(faults)} faults")
    assert not faults, "\n\n".join(faults[:5])
