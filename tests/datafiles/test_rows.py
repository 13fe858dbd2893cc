"""What VLM-R1's loaders stop at in the head of a data file; each case was seen with grpo_jsonl.py's own loading code."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.datafiles.rows import (
    MAX_ROWS,
    Columns,
    conversation_problems,
    image_count,
    read_array,
    read_lines,
    record_problems,
)

TURNS = [{"from": "human", "value": "<image>How many?"}, {"from": "gpt", "value": "3"}]


def row(**fields):
    found = {"id": 1, "image": "a.png", "conversations": TURNS, **fields}
    return {key: value for key, value in found.items() if value != "absent"}


def lines(*rows):
    return "".join(json.dumps(one) + "\n" for one in rows).encode()


def codes(data, whole=True):
    rows = read_lines(data, whole)
    columns = Columns()
    return [(p.code, p.line) for p in (*rows.problems, *conversation_problems(rows), *columns.problems(rows))]


GOOD = lines(row(), row(id=2))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GOOD, []),
        (GOOD.replace(b"\n", b"\r\n"), []),
        (GOOD.rstrip(), []),
        (GOOD.replace(b"\n", b"\n\n", 1), [("blank-line", 2)]),
        (GOOD + b"\n", [("blank-line", 3)]),
        (GOOD + b"  ", [("blank-line", 3)]),
        (GOOD.replace(b"}\n", b"},\n", 1), [("invalid-json", 1)]),
        (b"\xef\xbb\xbf" + GOOD, [("byte-order-mark", 1)]),
        (GOOD + b'{"id": "\xff"}\n', [("undecodable", 3)]),
        (json.dumps([row()]).encode(), [("array", 1)]),
        (json.dumps([row()], indent=1).encode(), [("array", 1)]),
        (json.dumps(row(), indent=1).encode(), [("pretty-printed", 1)]),
        (GOOD + b"[1]\n", [("not-an-object", 3)]),
        (lines(row(conversations="absent")), [("no-conversations", 1)]),
        (lines(row(conversations={})), [("conversations-no-list", 1)]),
        (lines(row(), row(conversations=TURNS[:1])), [("too-few-turns", 2)]),
        (lines(row(conversations=[{"content": "q"}, {"content": "a"}])), [("turn-without-value", 1)]),
        (lines(row(conversations=[{"value": None}, {"value": "a"}])), [("question-no-text", 1)]),
        (lines(row(conversations=[{"value": "q"}, {"value": 3.5}])), []),
        (lines(row(image=None)), [("image-no-path", 1)]),
        (lines(row(image=[None])), [("image-no-path", 1)]),
        (lines(row(image=["a.png"])), []),
        (lines(row(image=["a.png", "b.png"])), [("several-images", 1)]),
        (lines(row(image=""), row(image=["a.png", ""])), [("image-no-path", 1), ("image-no-path", 2)]),
        (lines(row(image="absent"), row()), [("no-image", 1), ("image-after-text", 2)]),
        (lines(row(), row(image="absent")), [("no-image", 2)]),
        (lines(row(), row(image=[])), [("no-image", 2)]),
        (lines(row(), row(id="x")), [("mixed-types", 2)]),
        (lines(row(), row(id=1.5)), []),
        (lines(row(box=[1]), row(box="x")), [("mixed-types", 2)]),
        (lines(row(box=[]), row(box=[1])), []),
        (lines(row(flag=True), row(flag=1)), [("mixed-types", 2)]),
        (lines(row(), row(box=[1]), row(box="x")), []),  # not in the first row: the column is dropped
        (b"", []),
    ],
)
def test_lines(data, expected):
    assert codes(data) == expected


def test_a_cut_line_is_no_problem():
    data = GOOD * 3
    for size in range(len(data)):
        assert codes(data[:size], whole=False) == []


def test_rows_are_counted_only_where_the_file_is_whole():
    assert read_lines(GOOD * 300, whole=True).total == 600
    assert len(read_lines(GOOD * 300, whole=True).rows) == MAX_ROWS
    assert read_lines(GOOD, whole=False).total is None
    assert read_lines(b"", whole=True).total == 0


def test_a_kind_of_problem_is_said_once_and_counted():
    rows = read_lines(b"\n" + GOOD + b"\n\n", whole=True)
    assert [(p.code, p.line, p.count) for p in rows.problems] == [("blank-line", 1, 3)]


def test_columns_go_over_all_files():
    columns = Columns()
    assert list(columns.problems(read_lines(lines(row()), whole=True))) == []
    assert [(p.code, p.detail) for p in columns.problems(read_lines(lines(row(id="x")), whole=True))] == [
        ("mixed-types", "id: number, string"),
    ]


@pytest.mark.parametrize(
    ("data", "expected", "total"),
    [
        (json.dumps([row(), row()]).encode(), [], 2),
        (b"[]", [], 0),
        (GOOD, ["no-array"], None),
        (b"", ["no-array"], None),
        (b'[{"a": 1},]', ["invalid-json"], None),
        (b'[{"a": 1}, 3]', ["not-an-object"], 2),
    ],
)
def test_arrays(data, expected, total):
    rows = read_array(data, whole=True)
    assert ([p.code for p in rows.problems], rows.total) == (expected, total)


def test_a_cut_array_is_no_problem():
    data = json.dumps([row(id=number) for number in range(5)]).encode()
    for size in range(1, len(data)):
        assert read_array(data[:size], whole=False).problems == ()


def test_records():
    rows = read_array(json.dumps([{"problem": "q", "solution": "a"}, {"problem": "q"}, {}]).encode(), whole=True)
    assert [(p.code, p.line) for p in record_problems(rows) if p.code != "no-image"] == [
        ("no-solution", 2),
        ("no-problem", 3),
        ("no-solution", 3),
    ]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("absent", ("no-image", "")),
        (None, ("image-no-path", "null")),
        (["a.png"], ("image-no-path", "array")),  # which grpo_jsonl.py takes
        ("", ("image-no-path", '""')),
        ("a.png", None),
    ],
)
def test_records_need_one_image(image, expected):
    rows = read_lines(lines(row(problem="q", solution="a", image=image)), whole=True)
    assert [(p.code, p.detail) for p in record_problems(rows)] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("image", "count"),
    [("absent", 0), ([], 0), ("a.png", 1), ("", None), (["a.png", "b.png"], 2), (None, None), ([None], None), (3, None)],
)
def test_images_that_the_trainer_gets(image, count):
    assert image_count(row(image=image)) == count


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_can_be_read(data, whole):
    for rows in (read_lines(data, whole), read_array(data, whole)):
        columns = Columns()
        list(conversation_problems(rows))
        list(record_problems(rows))
        list(columns.problems(rows))


KEYS = ["image", "conversations", "value", "id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=4))
def test_any_json_can_be_read(values):
    rows = read_lines(lines(*values), whole=True)
    columns = Columns()
    list(conversation_problems(rows))
    list(columns.problems(rows))
    assert all(1 <= problem.line <= max(1, len(values)) for problem in rows.problems)


IMAGES = st.just("absent") | st.none() | st.text(max_size=2) | st.lists(st.none() | st.text(max_size=2), max_size=3)


@given(st.lists(IMAGES, max_size=6))
def test_every_row_is_of_one_kind(images):
    """A row without an image, with several, and one that the loader stops at are said once each and never together; all other
    rows have exactly one image."""
    rows = read_lines(lines(*(row(image=image) for image in images)), whole=True)
    said = {}
    for problem in conversation_problems(rows):
        assert problem.line not in said
        said[problem.line] = problem.code
    for one in rows.rows:
        code = said.get(one.line)
        count = image_count(one.content)
        assert (count is None) == (code == "image-no-path")
        assert (count == 0) == (code == "no-image")
        assert (count == 1) == (code is None)
