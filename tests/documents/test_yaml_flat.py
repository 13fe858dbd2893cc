"""The short way through plain YAML says exactly what the ordinary reader says, or gives up."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Change, Document, Node, Refused
from vlmr1_lint.documents.read import read
from vlmr1_lint.documents.yaml.flat import FlatDocument, read_flat
from vlmr1_lint.documents.yaml.read import read_yaml


def seen(node: Node) -> tuple[object, ...]:
    """All that a node says, with the types of its values (1 is not True)."""
    return (
        *(node.kind, node.path, repr(node.value), repr(node.raw), node.text, node.style, node.key),
        *(node.key_span, node.span, node.entry_span, node.refusal),
        [child.path for child in node.children],
        list(node.entries()),
    )


def assert_same(flat: FlatDocument, full: Document) -> None:
    assert not full.problems
    assert not flat.problems
    assert flat.format == full.format
    assert len(full.roots) == len(flat.roots) == 1
    ours, theirs = ([document.roots[0], *document.roots[0].walk()] for document in (flat, full))
    assert [seen(node) for node in ours] == [seen(node) for node in theirs]
    assert flat.names == [child.key for child in full.roots[0].children]
    assert flat.comments() == full.comments()
    for node in theirs:
        assert (found := flat.node(node.path)) is not None and found.span == node.span


NAMES = st.sampled_from(
    [
        *(
            "a",
            "bf16",
            "num_generations",
            "A_b",
            "on",
            "y",
            "null",
            "2x",
            "12",
            "1.5",
            "名",
            "a b",
            "a-b",
            "X/y-1.0",
            "a.",
            "-a",
            "/a",
        ),
        *("<<", "x" * 101, '"a"'),
    ]
)
WORDS = """
    1 -1 0 010 0x1F 1e3 1e-6 1.0e-6 1. .5 -.5 -.inf .nan 1_000 1:20 2024-01-01 true no Yes y ~ null Null zero3.json /a/b.c
    ${HOME}/x $X <path> <pad> a#b a:b a: :a -a -- - --- ... ? & *a &a !t !!str | > % @ ` {a} {} [ ] , = << 'q' 'q''r' "d" "d\\n"
    '' "" 'a, ]#' 中文 é 1,2 a,b x{{y}} {{y}}
"""
SCALARS = st.sampled_from(
    [
        *WORDS.split(),
        *("a\u00a0b", "\ufeff", "\u2028", "\t", "a b", "a #b", "a  # b", "'a' # b", "'a'#b", '"a" b', "a: b", "- a", "'a' 'b'"),
        *("a\tb", '" a "', "' #'"),
    ]
)
LISTS = st.lists(SCALARS, max_size=3).map(lambda items: "[" + ", ".join(items) + "]") | st.sampled_from(
    ["[]", "[ ]", "[a,]", "[a,,b]", "[a , b ]", "[a] # c", "[a]#c", "[a] b", "['a,b', c]", "[[a]]", "[a: b]", "[a]]", "{a: 1}"]
)
VALUES = st.just("") | SCALARS | LISTS
COMMENTS = st.sampled_from(["", "", "", " # c", "  #c", "#c", " ", "   "])
ENTRIES = st.builds("{}:{}{}{}".format, NAMES, st.sampled_from([" ", " ", " ", "", "  "]), VALUES, COMMENTS)
ITEMS = st.builds("{}- {}{}".format, st.sampled_from(["", "  ", "    "]), VALUES | ENTRIES, COMMENTS)
OTHERS = st.sampled_from(["", "  ", "# c", "  # c", "---", "...", "%Y", "x", "\t", "a: 1\r"])
LINES = ENTRIES | ENTRIES | ITEMS | ENTRIES.map("  {}".format) | OTHERS
TEXTS = st.lists(LINES, min_size=1, max_size=6).map("\n".join) | st.lists(ENTRIES, min_size=1, max_size=6).map("\n".join)


@settings(max_examples=600, deadline=None)
@given(text=TEXTS, end=st.sampled_from(["", "\n", "\n\n", "\n# end"]))
@example(text="a:", end="")
@example(text="a:\n- 1\n  # c\n\n- 'x'  # d\nb: [x, 'y' ,1e3 ]", end="")
@example(text="a:\n  b: 1\n  c:", end="\n")
@example(text="a:\n b: 1\n  c: 2", end="\n")
@example(text="a: b\n  c", end="\n")
@example(text="a:\n- x\n  y", end="\n")
@example(text="a: 'x'\n- y", end="\n")
@example(text="a:\n  - 1\n - 2", end="")
@example(text="a:\n- b: 1", end="")
@example(text="a: 1\na: 2", end="")
@example(text="  a: 1\nb: 2", end="")
def test_what_is_read_the_short_way_is_what_pyyaml_reads(text: str, end: str) -> None:
    data = (text + end).encode()
    flat = read_flat("a.yaml", data)
    if flat is not None:
        assert_same(flat, read_yaml("a.yaml", data))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "a:\n",
        "# c\n\na: x y  # c\nb: 'q' # c\nc: \"d\"\n",
        "a: [x, 1, 'y']\nb: []\n",
        "a:\n- x\n- y\nb:\n  - 1\n",
        "a:\n  use_reentrant: false\nb: 2",
        "a: 路径/模型 # 注释\n",
        "a: ${HOME}/x\n",
    ],
)
def test_plain_lines_are_read_the_short_way(text: str) -> None:
    document = read("a.yaml", text.encode())
    assert isinstance(document, FlatDocument)
    assert_same(document, read_yaml("a.yaml", text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        *("a: 1\na: 2\n", "a: 010\n", "a: 2024-01-01\n", "a: &x 1\n", "a: |\n  x\n", "a: b\n  c\n", "a: {b: 1}\n"),
        *('a: "\\n"\n', "a: 'it''s'\n", "a:\tb\n", "a: 1\r\n", "\ufeffa: 1\n", "---\na: 1\n", "# nothing\n", "", "- a\n"),
        "a: b: c\n",
    ],
)
def test_anything_else_is_left_to_the_ordinary_reader(text: str) -> None:
    assert read_flat("a.yaml", text.encode()) is None


def test_what_was_forgotten_is_made_again() -> None:
    document = read_flat("a.yaml", b"a: [1]\nb: x\n")
    assert document is not None
    before = [seen(node) for node in document.roots[0].walk()]
    document.forget()
    assert [seen(node) for node in document.roots[0].walk()] == before


def test_a_long_list_takes_no_longer_than_its_length() -> None:
    data = b"a:\n" + b"- x\n" * 40_000
    document = read_flat("a.yaml", data)
    assert document is not None and len(document.roots[0].children[0].children) == 40_000


@pytest.mark.slow
def test_real_files_are_read_alike_and_edited_alike() -> None:
    folder = os.environ.get("VLMR1_LINT_CORPUS")
    if not folder:
        pytest.skip("VLMR1_LINT_CORPUS names no folder")
    lines = (Path(folder) / "index.jsonl").read_text(encoding="utf-8").splitlines()
    short = 0
    for entry in map(json.loads, lines):
        data = (Path(folder) / entry["file"]).read_bytes()
        flat = read_flat(entry["path"], data) if entry["path"].endswith((".yaml", ".yml")) else None
        if flat is None:
            continue
        short += 1
        full = read_yaml(entry["path"], data)
        assert_same(flat, full)
        for node in full.roots[0].children:
            for change in (Change("set", node.path, 7), Change("remove", node.path), Change("rename", node.path, "other")):
                try:
                    expected = full.edits([change])
                except Refused:
                    continue
                assert flat.edits([change]) == expected
    assert short > 100
