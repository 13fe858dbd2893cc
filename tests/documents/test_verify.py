"""Edits of YAML and JSON are held to what was declared: each case is a change, a new text, and what is wrong with that."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify


def put(*path, to):
    return Change("set", (0, *path), to)


def remove(*path):
    return Change("remove", (0, *path))


def rename(*path, to):
    return Change("rename", (0, *path), to)


BOTH = "a: 1\nb: [1, 2]\n"
NESTED = "a:\n  b: 1\n  c: [x, y]\n"
LONG = "a: [" + ", ".join(map(str, range(12))) + "]\n"
DECLARED = {
    "a value": (BOTH, [put("a", to=2)], "a: 2\nb: [1, 2]\n"),
    "two values": (BOTH, [put("a", to=2), put("b", 1, to=3)], "a: 2\nb: [1, 3]\n"),
    "a value of another type": (BOTH, [put("a", to="1")], "a: '1'\nb: [1, 2]\n"),
    "a new key": (BOTH, [put("c", to=None)], "a: 1\nb: [1, 2]\nc:\n"),
    "new keys in a new mapping": (BOTH, [put("c", "d", to=1), put("c", "e", to=2)], BOTH + "c:\n  d: 1\n  e: 2\n"),
    "a new key in a mapping that is empty": ("a:\n", [put("a", "b", to=1)], "a:\n  b: 1\n"),
    "the first key of a text": ("", [put("a", to=1)], "a: 1\n"),
    "the first key of a document": ("---\n", [put("a", to=1)], "---\na: 1\n"),
    "the first key of a text of comments": ("# only\n", [put("a", to=1)], "# only\na: 1\n"),
    "one more item": (BOTH, [put("b", 2, to={"x": [1]})], "a: 1\nb: [1, 2, {x: [1]}]\n"),
    "a list made of a tuple": (BOTH, [put("b", to=(3, 4))], "a: 1\nb: [3, 4]\n"),
    "an item less": (BOTH, [remove("b", 0)], "a: 1\nb: [2]\n"),
    "items less, the first first": (BOTH, [remove("b", 0), remove("b", 1)], "a: 1\nb: []\n"),
    "items less beyond nine": (LONG, [remove("a", index) for index in (1, 9, 10)], "a: [0, 2, 3, 4, 5, 6, 7, 8, 11]\n"),
    "an item's entry and the item before it": ("- x\n- {a: 1, b: 2}\n", [remove(0), remove(1, "a")], "- {b: 2}\n"),
    "an item less beside a new value": (BOTH, [remove("b", 0), put("b", 1, to=5)], "a: 1\nb: [5]\n"),
    "a key less, and its comment": (BOTH + "c: 3 # gone\n", [remove("c")], BOTH),
    "another name": (NESTED, [rename("a", "b", to="d")], "a:\n  d: 1\n  c: [x, y]\n"),
    "a name that YAML reads as a boolean": ("no: 1\n", [put("no", to=2)], "no: 2\n"),
    "a key below such a name": ("no:\n  a: 1\n", [put("no", "a", to=2)], "no:\n  a: 2\n"),
    "the name in quotes beside it": ("'no': 1\nno: 2\n", [put("no", to=3)], "'no': 3\nno: 2\n"),
    "a name that no number has": ("a: 1\n", [put("12:99:x", to=2)], "a: 1\n12:99:x: 2\n"),
    "a value beside one that is no number": ("a: .nan\nb: 1\n", [put("b", to=2)], "a: .nan\nb: 2\n"),
    "one that is no number": ("a: 1\n", [put("a", to=float("nan"))], "a: .nan\n"),
    "a second document": ("a: 1\n---\na: 2\n", [Change("set", (1, "a"), 3)], "a: 1\n---\na: 3\n"),
    "another spelling": ("a: 1.0e-6\n", [Change("respell", (0, "a"), "0.000001")], "a: 0.000001\n"),
    "a comment on its own line": ("a: 1 # x\n", [Change("layout", (0, "a"), "comment-above")], "# x\na: 1\n"),
    "the last line ended": ("a: 1", [Change("layout", (0, "a"), "final-newline")], "a: 1\n"),
    "the last line ended as on a Macintosh": ("a: 1", [Change("layout", (0, "a"), "final-newline")], "a: 1\r"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "changes", "new"), DECLARED.values(), ids=DECLARED)
def test_what_was_declared_passes(old, changes, new):
    document = read("a.yaml", old.encode())
    assert verify(document, changes, new.encode()) is None
    assert verify(document, changes, new.encode()) is None, "the document is as it was"


OTHER = "{} would differ from what was declared"
REFUSED = {
    "nothing done": (BOTH, [put("a", to=2)], BOTH, OTHER.format("a")),
    "another value": (BOTH, [put("a", to=2)], "a: 3\nb: [1, 2]\n", OTHER.format("a")),
    "an integer for a number": (BOTH, [put("a", to=1.0)], BOTH, OTHER.format("a")),
    "an integer for a boolean": (BOTH, [put("a", to=True)], BOTH, OTHER.format("a")),
    "a string for a number": (BOTH, [put("a", to=2)], "a: '2'\nb: [1, 2]\n", OTHER.format("a")),
    "another item": (BOTH, [put("a", to=2)], "a: 2\nb: [1, 3]\n", OTHER.format("b[1]")),
    "an item less": (BOTH, [put("a", to=2)], "a: 2\nb: [1]\n", OTHER.format("b")),
    "an item more": (BOTH, [put("a", to=2)], "a: 2\nb: [1, 2, 3]\n", OTHER.format("b")),
    "a key less": (NESTED, [put("a", "b", to=2)], "a:\n  b: 2\n", OTHER.format("a.c")),
    "a key more": (BOTH, [put("a", to=2)], "a: 2\nb: [1, 2]\nc: 1\n", OTHER.format("c")),
    "a nested key more": (NESTED, [put("a", "b", to=2)], "a:\n  b: 2\n  c: [x, y]\n  d: 1\n", OTHER.format("a.d")),
    "a key of another type": ("1: x\nb: 1\n", [put("b", to=2)], "1.0: x\nb: 2\n", OTHER.format("1")),
    "a document more": (BOTH, [put("a", to=2)], "a: 2\nb: [1, 2]\n---\nc: 1\n", OTHER.format("the document")),
    "the other document": ("a: 1\n---\na: 1\n", [put("a", to=3)], "a: 1\n---\na: 3\n", OTHER.format("a")),
    "a number where there was none": ("a: .nan\nb: 1\n", [put("b", to=2)], "a: 0.0\nb: 2\n", OTHER.format("a")),
    "none where there was a number": ("a: 0.0\nb: 1\n", [put("b", to=2)], "a: .nan\nb: 2\n", OTHER.format("a")),
    "a value that the name replaced": ("a: 1\nb: 2\n", [rename("a", to="b")], "b: 1\n", "a cannot be changed"),
    "a name that is still the old one": ("a: 1\n", [rename("a", to="b")], "a: 1\n", OTHER.format("b")),
    "a removal of what is not there": (BOTH, [remove("x")], BOTH, "x cannot be changed"),
    "an item that is not there": (BOTH, [remove("b", 2)], BOTH, "b[2] cannot be changed"),
    "an item far behind the last": (BOTH, [put("b", 3, to=1)], BOTH, "b[3] cannot be changed"),
    "a key of a list": (BOTH, [put("b", "x", to=1)], BOTH, "b.x cannot be changed"),
    "a key of a value": (BOTH, [put("a", "x", to=1)], BOTH, "a.x cannot be changed"),
    "a document that is not there": (BOTH, [Change("set", (1, "a"), 3)], BOTH, "#2/a cannot be changed"),
    "a path without a document": (BOTH, [Change("set", ("a", "b"), 3)], BOTH, "b cannot be changed"),
    "a comment lost": ("a: 1 # x\n", [put("a", to=2)], "a: 2\n", "a comment would be lost"),
    "a comment that took the value": ("a: 1\nb: 2 # x\n", [put("a", to=3)], "a: 3\nb: 2 # y\n", "a comment would be lost"),
    "a comment lost to a layout": (
        "a: 1 # x\n", [Change("layout", (0, "a"), "comment-above")], "a: 1\n", "a comment would be lost"),
    "a line that still does not end": (
        "a: 1", [Change("layout", (0, "a"), "final-newline")], "a:  1", "the last line would still not end"),
    "a spelling of another value": (
        "a: 1.0e-6\n", [Change("respell", (0, "a"), "0.00001")], "a: 0.00001\n", OTHER.format("a")),
    "another spelling than declared": (
        "b: 1\na: 1.0e-6\n", [Change("respell", (0, "a"), "0.000001")], "b: 1\na: 1e-06\n", OTHER.format("a")),
    "another spelling of the same": (
        "a: 1.0e-6\n", [Change("respell", (0, "a"), "0.000001")], "a: 1.00e-6\n", "a would not be spelled as declared"),
    "a text that cannot be read": (BOTH, [put("a", to=2)], "a: \0", "the new text cannot be read: a NUL byte"),
    "an old text that cannot be read": ("a: \0", [put("a", to=2)], "a: 2\n", "the old text cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "changes", "new", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_was_not_declared_is_refused_and_named(old, changes, new, reason):
    assert verify(read("a.yaml", old.encode()), changes, new.encode()) == reason


def test_keys_of_json_are_what_they_say():
    document = read("a.json", b'{"no": 1, "b": 2}')
    assert verify(document, [put("no", to=3)], b'{"no": 3, "b": 2}') is None
    assert verify(document, [put("no", to=3)], b'{"no": 3, "b": 2.0}') == OTHER.format("b")


TABS = "a:\n\tb: 'x'\n\tc: 2 # c\n"
COLON = "a: b: c # it's\nd: 1\n"
MENDED = {
    "two spaces for a tab": (TABS, "a:\n  b: 'x'\n  c: 2 # c\n", True),
    "eight spaces for a tab": (TABS, "a:\n        b: 'x'\n        c: 2 # c\n", True),
    "spaces of two widths": ("a:\n\tb: 1\nc:\n\td: 1\n", "a:\n  b: 1\nc:\n    d: 1\n", False),
    "three spaces for a tab": (TABS, "a:\n   b: 'x'\n   c: 2 # c\n", False),
    "a mark at the beginning": ("\ufeff" + TABS, "\ufeffa:\n  b: 'x'\n  c: 2 # c\n", True),
    "the mark lost": ("\ufeff" + TABS, "a:\n  b: 'x'\n  c: 2 # c\n", False),
    "other letters for the mark": ("\ufeff" + TABS, "xyza:\n  b: 'x'\n  c: 2 # c\n", False),
    "spaces for a tab inside a line": ("a:\n\tb: 1\nX\ty: 2\n", "a:\n  b: 1\nX y: 2\n", False),
    "another value": (TABS, "a:\n  b: 'y'\n  c: 2 # c\n", False),
    "quotes lost": (TABS, "a:\n  b: x\n  c: 2 # c\n", False),
    "blanks at an end": (TABS, "a:\n  b: 'x' \n  c: 2 # c\n", False),
    "another line end": (TABS, "a:\r\n  b: 'x'\r\n  c: 2 # c\r\n", False),
    "a line less": (TABS, "a:\n  b: 'x'\n", False),
    "a line moved out": ("a:\n  b: 1\n\tc: 2\n", "a:\n  b: 1\nc: 2\n", False),
    "quotes around the value": (COLON, "a: 'b: c' # it's\nd: 1\n", True),
    "quotes around blanks too": (COLON, "a: 'b: c ' # it's\nd: 1\n", False),
    "quotes around the comment": (COLON, "a: 'b: c # it''s'\nd: 1\n", False),
    "quotes and another value": (COLON, "a: 'b: d' # it's\nd: 1\n", False),
    "quotes around the key": (COLON, "'a: b': c # it's\nd: 1\n", False),
    "quotes on another line too": (COLON, "a: 'b: c' # it's\nd: '1'\n", False),
    "a quote doubled in quotes": ("a: b's: c\n", "a: 'b''s: c'\n", True),
    "a value far behind its key": ("a:   b: c\n", "a:   'b: c'\n", True),
    "a value moved to its key": ("a:   b: c\n", "a: 'b: c'\n", False),
}


@pytest.mark.parametrize(("old", "new", "passes"), MENDED.values(), ids=MENDED)
def test_mended_yaml_differs_in_tabs_or_quotes_only(old, new, passes):
    reason = None if passes else "more than indentation and quotes would change"
    assert verify(read("a.yaml", old.encode()), [Change("repair", (0,), "any")], new.encode()) == reason


MENDED_JSON = {
    "a comma too many": ('{"a": [1,]} // c', '{"a": [1]}', None),
    "another value": ('{"a": [1,]}', '{"a": [2]}', "the mended text means something else"),
    "a document that has no tolerant reading": ('{"a": [1', '{"a": [1]}', "the mended text means something else"),
    "what needs no mending": ('{"a": [1]}', '{"a": [1]}', "the old text can be read as it is"),
    "what is not mended": ('{"a": [1,]}', '{"a": [1, ]}', "the new text cannot be read: {}"),
}


@pytest.mark.parametrize(("old", "new", "reason"), MENDED_JSON.values(), ids=MENDED_JSON)
def test_mended_json_means_what_its_tolerant_reading_says(old, new, reason):
    said = verify(read("a.json", old.encode()), [Change("repair", (0,), "any")], new.encode())
    if reason is not None and reason.endswith("{}"):
        assert str(said).startswith(reason[:-2])
    else:
        assert said == reason
