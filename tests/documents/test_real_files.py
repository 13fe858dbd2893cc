"""Over a folder of real files: values are the trainer's, and every entry can be set, removed, renamed, or is refused."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from test_yaml_values import loaded, same

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify

pytestmark = pytest.mark.slow


def real_files() -> list[tuple[str, bytes]]:
    folder = os.environ.get("VLMR1_LINT_CORPUS")
    if not folder:
        pytest.skip("VLMR1_LINT_CORPUS names no folder")
    lines = (Path(folder) / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return [(entry["path"], (Path(folder) / entry["file"]).read_bytes()) for entry in map(json.loads, lines)]


def test_values_are_those_of_the_trainers_reader() -> None:
    for path, data in real_files():
        document = read(path, data)
        fatal = any(problem.fatal for problem in document.problems)
        if path.endswith(".json"):
            try:
                theirs = json.loads(data.decode("utf-8"))
            except ValueError:
                assert fatal, path
                continue
            assert not fatal and repr(document.roots[0].raw) == repr(theirs), path
            continue
        theirs = loaded(data.decode("utf-8"))
        if isinstance(theirs, Exception):
            templated = b"{{" in data
            assert document.problems or templated, (path, theirs)
        elif document.roots:
            assert not fatal and same(document.roots[0].raw, theirs), path
        else:
            assert theirs is None, path


def test_every_entry_can_be_edited() -> None:
    outcome: Counter[str] = Counter()
    for path, data in real_files():
        document = read(path, data)
        if any(problem.fatal for problem in document.problems) or not document.roots or document.roots[0].kind != "mapping":
            continue
        for node in [node for node in document.roots[0].walk() if isinstance(node.key, str)][:60]:
            for change in (
                Change("set", node.path, "new value"),
                Change("set", node.path, 1e-06),
                Change("set", (*node.path[:-1], "fresh"), True, node.key),
                Change("remove", node.path),
                Change("rename", node.path, "renamed"),
            ):
                try:
                    changed = apply_edits(data, document.edits([change]))
                except Refused as refused:
                    outcome[" ".join(str(refused).split()[-3:])] += 1
                    continue
                outcome["done"] += 1
                assert verify(document, [change], changed) is None, (path, change)
    print(*outcome.most_common(), sep="\n")
    assert outcome["done"] > 0.9 * sum(outcome.values())
