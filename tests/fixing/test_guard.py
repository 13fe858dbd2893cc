"""What a fix must not do: each guard has cases that it alone stops."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change, Edit, Span
from vlmr1_lint.documents.read import read
from vlmr1_lint.findings.finding import Finding, Fix, Place
from vlmr1_lint.fixing.guard import Dropped, carried_out, regressions

TEXT = b"a: 1  # one\nb: 2\n"
A_IS_3 = Change("set", (0, "a"), 3)


def fix(*changes, path="a.yaml"):
    return Fix("safe", "a title", path, changes)


class Careless:
    """A document whose edits are those given, whatever is declared."""

    def __init__(self, *edits):
        self._document = read("a.yaml", TEXT)
        self._edits = [Edit("a.yaml", Span(start, end), text) for start, end, text in edits]

    def __getattr__(self, name):
        return getattr(self._document, name)

    def edits(self, changes):
        return self._edits


def test_fixes_of_one_file_are_carried_out_together():
    new = carried_out(read("a.yaml", TEXT), [fix(A_IS_3), fix(Change("set", (0, "b"), 4))])
    assert new == b"a: 3  # one\nb: 4\n"


REFUSED = {
    "edits that overlap": (Careless((3, 4, "3"), (3, 4, "3")), "two changes touch the same place"),
    "no change at all": (read("a.yaml", b"a: 3\n"), "it changes nothing"),
    "no edit": (Careless(), "it changes nothing"),
    "text that cannot be read": (Careless((3, 4, "\0")), "the new text cannot be read: a NUL byte"),
    "another value": (Careless((3, 4, "5")), "a would differ from what was declared"),
    "another key": (Careless((3, 4, "3"), (15, 16, "5")), "b would differ from what was declared"),
    "a comment lost": (Careless((3, 11, "3")), "a comment would be lost"),
    "a file that cannot be changed": (read("notes.txt", TEXT), "a text file cannot be changed"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_differs_from_the_declaration_is_dropped_and_says_why(document, reason):
    with pytest.raises(Dropped) as dropped:
        carried_out(document, [fix(A_IS_3)])
    assert str(dropped.value) == reason


def found(rule, key, *, path="a.yaml", severity="error", fix=None):
    place = Place(read(path, TEXT), key, Span(0, 4))
    return Finding(rule, rule.lower(), severity, "it is broken", place, fingerprint=f"{rule}:{path}:{key}", fix=fix)


SET_A = found("R1", "a", severity="warning", fix=fix(A_IS_3))
SET_NESTED = found("R1", "offload_param.device", fix=fix(Change("set", (0, "offload_param", "device"), "cpu")))
SET_SECOND = found("R1", "#2/a", fix=fix(Change("set", (1, "a"), 3)))
RENAME = found("R1", "old", fix=fix(Change("rename", (0, "part", "old"), "new")))
REPAIR = found("R2", "", fix=fix(Change("repair", (0,), "comment"), path="b.json"))
NO_FIX = found("R3", "c")

NEW = "E1 would be new: it is broken"
REGRESSIONS = {
    "all is well": ([SET_A], [], [SET_A], None),
    "the finding is still there": ([SET_A], [SET_A], [SET_A], "R1 would still be there"),
    "one of two is still there": ([SET_A, SET_NESTED], [SET_NESTED], [SET_A, SET_NESTED], "R1 would still be there"),
    "a new error": ([SET_A], [found("E1", "b")], [SET_A], NEW),
    "a new error behind a warning": ([SET_A], [found("W1", "b", severity="warning"), found("E1", "b")], [SET_A], NEW),
    "a new error behind one that is touched": ([SET_A], [found("E0", "a"), found("E1", "b")], [SET_A], NEW),
    "an error that was there": ([SET_A, found("E1", "b")], [found("E1", "b")], [SET_A], None),
    "a new warning": ([SET_A], [found("W1", "b", severity="warning")], [SET_A], None),
    "a new error on the key": ([SET_A], [found("E1", "a")], [SET_A], None),
    "on an entry of its value": ([SET_A], [found("E1", "a.b")], [SET_A], None),
    "on an item of its value": ([SET_A], [found("E1", "a[0]")], [SET_A], None),
    "on a key that begins with it": ([SET_A], [found("E1", "ab")], [SET_A], NEW),
    "on the key of another file": ([SET_A], [found("E1", "a", path="c.yaml")], [SET_A], NEW),
    "on the key in another command": ([SET_A], [found("E1", "#3/a")], [SET_A], None),
    "on the key of a second command": ([SET_SECOND], [found("E1", "#2/a")], [SET_SECOND], None),
    "on a nested key": ([SET_NESTED], [found("E1", "offload_param.device")], [SET_NESTED], None),
    "on the same name in another section": ([SET_NESTED], [found("E1", "offload_optimizer.device")], [SET_NESTED], NEW),
    "on the mapping around it": ([SET_NESTED], [found("E1", "offload_param")], [SET_NESTED], NEW),
    "on the old name": ([RENAME], [found("E1", "part.old")], [RENAME], None),
    "on the new name": ([RENAME], [found("E1", "part.new")], [RENAME], None),
    "on the new name elsewhere": ([RENAME], [found("E1", "new")], [RENAME], NEW),
    "a repair lets errors be seen": ([REPAIR], [found("E1", "b", path="b.json"), found("E2", "b")], [REPAIR], None),
    "a repair that mends nothing": ([REPAIR], [REPAIR], [REPAIR], "R2 would still be there"),
    "an error behind a repair's back": ([REPAIR, SET_A], [found("E1", "b")], [REPAIR, SET_A], NEW),
    "a finding that has no fix": ([NO_FIX, SET_A], [found("E1", "a")], [NO_FIX, SET_A], None),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "fixed", "reason"), REGRESSIONS.values(), ids=REGRESSIONS)
def test_a_state_that_is_no_better_says_why(before, after, fixed, reason):
    assert regressions(before, after, fixed) == reason
