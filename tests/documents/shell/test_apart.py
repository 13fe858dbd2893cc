"""Fixes of many commands, planned together, are what each would be alone; what commands share is left out."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change, Refused
from vlmr1_lint.documents.shell.read import read_shell

COMMANDS = """\
#!/bin/bash
LR=1e-6
torchrun --nproc_per_node=4 grpo.py --num_generations 8 --bf16 true --learning_rate $LR
torchrun --nproc_per_node=4 grpo.py --num_generations "8" --bf16 true \\
  --learning_rate $LR
\\rm -rf "$TMPDIR/cache"
torchrun --nproc_per_node=2 grpo.py --num_generations=8 --seed 1 # the last
for seed in 1 2; do torchrun grpo.py --num_generations 8 --seed $seed; done
"""


def script():
    return read_shell("run.sh", COMMANDS.encode())


FIXES = {
    "a value": [Change("set", (0, "num_generations"), 4)],
    "a value in quotes": [Change("set", (1, "num_generations"), 4)],
    "an attached value": [Change("set", (2, "num_generations"), 4)],
    "a new flag": [Change("set", (2, "bf16"), True)],
    "a flag less": [Change("remove", (1, "bf16"))],
    "another name": [Change("rename", (2, "seed"), "data_seed")],
    "two flags at once": [Change("set", (0, "num_generations"), 2), Change("remove", (0, "bf16"))],
    "what is so already": [Change("set", (0, "num_generations"), 8), Change("set", (0, "bf16"), False)],
}


@pytest.mark.parametrize("name", FIXES)
def test_a_fix_among_others_is_what_it_is_alone(name):
    document = script()
    together = dict(zip(FIXES, document.edits_apart(list(FIXES.values())), strict=True))
    assert together[name] == document.edits(FIXES[name])


@pytest.mark.parametrize(
    "changes",
    [
        [Change("set", (0, "learning_rate"), 1e-5)],  # the variable is the other command's too
        [Change("set", (3, "num_generations"), 4)],  # a loop's text is that of two runs
        [Change("set", (0, "num_generations"), 4), Change("set", (1, "num_generations"), 4)],
        [Change("remove", (0, "no_such_flag"))],
    ],
)
def test_what_is_written_elsewhere_has_to_be_planned_alone(changes):
    assert script().edits_apart([changes, FIXES["a value in quotes"]])[0] is None


def test_a_fix_that_fails_spoils_no_other_for_good(monkeypatch):
    document = script()
    monkeypatch.setattr("vlmr1_lint.documents.shell.apart.differs", lambda *_: "something")
    assert document.edits_apart(list(FIXES.values())) == [None] * len(FIXES)


def test_all_changes_of_a_script_at_once_are_those_one_by_one(monkeypatch):
    changes = [change for name in ("a value", "a value in quotes", "an attached value") for change in FIXES[name]]
    together = script().edits(changes)
    monkeypatch.setattr("vlmr1_lint.documents.shell.edit._at_first_places", lambda *_: [])
    assert script().edits(changes) == together


def test_a_change_that_cannot_be_is_refused_among_others_too():
    with pytest.raises(Refused):
        script().edits([*FIXES["a value"], Change("remove", (1, "no_such_flag"))])
