"""Edits do what was declared and nothing else, on generated documents and generated changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Change, Document, Refused, apply_edits
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.verify import verify

WORDS = st.sampled_from(
    ["x", "no", "1e-6", "a b", "it's", "a: b", "#x", "中文", "🙂", "- a", "", "null", "${X}", "010", "a #b", "x,y", "[",
     "\u2028", '"']
)  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**18), st.floats(allow_nan=False), WORDS, st.text(max_size=5))
VALUES = st.one_of(LEAVES, st.lists(LEAVES, max_size=3), st.dictionaries(WORDS.filter(bool), LEAVES, max_size=2))
KEYS = ["lr", "a", "b", "no", "中", "deep"]

YAML_VALUES = st.sampled_from(
    ["1", "x # c", "'q'", '"d"', "", " # c", "[1, a]", "{x: 1, y: [2]}", "{ }", "[]", "|\n  t\n\n  u", ">-\n  f", "|+\n  g\n\n",
     "\n  k: 1\n  m: 2 # c", "\n  - one # c\n  - two", "\n- i\n- j", "\n  # c\n  z:\n    w: 1", "null", "1.0e-6", "yes", "🙂",
     "{x: , y}", "\n  - p: 1\n    q: 2\n  - r: 3", "\n  s: |\n    t", "  'two'   # c", "[{a: 1}, 'b']", "multi\n  line"]
)  # fmt: skip


@st.composite
def yaml_texts(draw: st.DrawFn) -> bytes:
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=5))
    parts = []
    for key in keys:
        parts.append(draw(st.sampled_from(["", "", "\n", "# comment\n", "  # indented\n"])))
        value = draw(YAML_VALUES)
        parts.append(f"{key}:{'' if value.startswith((chr(10), ' ')) or not value else ' '}{value}\n")
    text = draw(st.sampled_from(["", "---\n", "# head\n"])) + "".join(parts) + draw(st.sampled_from(["", "\n", "# tail\n"]))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8)


@st.composite
def json_texts(draw: st.DrawFn) -> bytes:
    value = draw(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5))
    indent = draw(st.sampled_from([None, 2, 4, "\t"]))
    text = json.dumps(
        value, indent=indent, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from([None, (",", ":")]))
    )
    text += draw(st.sampled_from(["", "\n"]))
    return (text.replace("\n", "\r\n") if draw(st.booleans()) else text).encode("utf-8")


@st.composite
def changes_of(draw: st.DrawFn, document: Document) -> list[Change]:
    paths = [node.path for root in document.roots for node in root.walk()]
    new = [(0, "fresh"), (0, "fresh", "sub"), (0, "fresh", "two"), (0, "lr", "sub"), (0, "deep", "x", "y"), (0, "中", "neu")]
    made: list[Change] = []
    for _ in range(draw(st.integers(1, 3))):
        action = draw(st.sampled_from(["set", "set", "remove", "rename"]))
        path = draw(st.sampled_from([*paths, *(new if action == "set" else [])]))
        value = (
            draw(VALUES) if action == "set" else draw(st.sampled_from(["renamed", "no", "a b"])) if action == "rename" else None
        )
        made.append(Change(action, path, value, draw(st.sampled_from([None, None, *KEYS]))))
    return made


def check(document: Document, changes: list[Change]) -> None:
    """The invariants of one set of changes; a refusal is fine, another result than declared is not."""
    try:
        edits = document.edits(changes)
        new = apply_edits(document.data, edits)
    except Refused:
        assume(False)
    assert verify(document, changes, new) is None, (document.data, changes, new)
    for edit in edits:
        assert edit.span.end <= len(document.data)
    assert new.startswith(b"\xef\xbb\xbf") == document.data.startswith(b"\xef\xbb\xbf")
    if b"\r\n" in document.data:
        assert new.count(b"\n") == new.count(b"\r\n")
    if all(change.action != "remove" for change in changes):
        assert [text for _, text in read(document.path, new).comments()] == [text for _, text in document.comments()]
    if all(change.action != "remove" for change in changes):
        assert new.endswith((b"\n", b"\r")) == document.data.endswith((b"\n", b"\r"))


@given(st.data())
@settings(max_examples=300)
def test_yaml_edits_change_what_is_declared(data: st.DataObject) -> None:
    document = read("a.yaml", data.draw(yaml_texts()))
    assume(document.roots and not document.problems)
    check(document, data.draw(changes_of(document)))


@given(st.data())
@settings(max_examples=200)
def test_json_edits_change_what_is_declared(data: st.DataObject) -> None:
    document = read("a.json", data.draw(json_texts()))
    assume(document.roots and not document.problems and list(document.roots[0].walk()))
    check(document, data.draw(changes_of(document)))


@given(
    st.binary(max_size=60) | st.text("{}[]:,\"'#-&*! \n\tab1é", max_size=40).map(str.encode),
    st.sampled_from(["a.yaml", "a.json"]),
)
@settings(max_examples=200)
def test_arbitrary_bytes_never_crash(data: bytes, path: str) -> None:
    document = read(path, data)
    assert all(0 <= problem.span.start <= problem.span.end <= len(data) for problem in document.problems)
    for root in document.roots:
        for node in root.walk():
            assert 0 <= node.entry_span.start <= node.entry_span.end <= len(data)
            assert isinstance(node.text, str)
    document.comments()


def test_verify_sees_what_was_not_declared() -> None:
    document = read("a.yaml", b"a: 1\nb: 2\n")
    assert verify(document, [Change("set", (0, "a"), 3)], b"a: 3\nb: 2\n") is None
    assert verify(document, [Change("set", (0, "a"), 3)], b"a: 3\nb: 2.0\n") == "b would differ from what was declared"
    assert verify(document, [Change("set", (0, "a"), 3)], b"a: 3\n") == "b would differ from what was declared"
    assert "cannot be read" in str(verify(document, [Change("set", (0, "a"), 3)], b"a: [3\n"))


@pytest.mark.parametrize(
    ("path", "old", "new", "reason"),
    [
        ("a.yaml", b"a:\n\tb: 1\n", b"a:\n  b: 1\n", None),
        ("a.yaml", b"a:\n\tb: 1\n", b"a:\n  b: 2\n", "more than indentation and quotes would change"),
        ("a.yaml", b"a: 1\n", b"a: 1\n", "the old text can be read as it is"),
        ("a.json", b'{"a": [1,],}', b'{"a": [1]}', None),
        ("a.json", b'{"a": [1,],}', b'{"a": [2]}', "the mended text means something else"),
    ],
)
def test_verify_of_repairs(path: str, old: bytes, new: bytes, reason: str | None) -> None:
    assert verify(read(path, old), [Change("repair", (0,), "any")], new) == reason
