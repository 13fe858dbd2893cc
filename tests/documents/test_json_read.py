"""Values are json's; places and what json refuses come from the second pass."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmr1_lint.documents.json.read import JsonDocument, read_json
from vlmr1_lint.documents.model import Span
from vlmr1_lint.unknown import Unknown


def cut(document: JsonDocument, span: Span | None) -> str:
    assert span is not None
    return document.data[span.start : span.end].decode()


def where(document: JsonDocument, span: Span) -> str:
    start, end = document.position(span.start), document.position(span.end)
    return f"{start.line}:{start.column}-{end.line}:{end.column}"


def test_places() -> None:
    document = read_json("a.json", '{\r\n  "中": "🙂",\r\n  "b": {"c": [1, 5e8]}\r\n}'.encode())
    found = {
        node.path[1:]: (cut(document, node.entry_span), node.text, where(document, node.span))
        for node in document.roots[0].walk()
    }
    assert found == {
        ("中",): ('"中": "🙂"', '"🙂"', "2:8-2:11"),
        ("b",): ('"b": {"c": [1, 5e8]}', '{"c": [1, 5e8]}', "3:8-3:23"),
        ("b", "c"): ('"c": [1, 5e8]', "[1, 5e8]", "3:14-3:22"),
        ("b", "c", 0): ("1", "1", "3:15-3:16"),
        ("b", "c", 1): ("5e8", "5e8", "3:18-3:21"),
    }
    assert cut(document, document.roots[0].get("中").key_span) == '"中"'  # type: ignore[union-attr]
    assert not document.problems


@pytest.mark.parametrize(
    ("data", "problems", "value"),
    [
        (b'{"a": [1, 2,],}', ["trailing-comma 1:12-1:13", "trailing-comma 1:14-1:15"], {"a": [1, 2]}),
        (b'{"a": 1, // x\n"b": 2}', ["comment 1:10-1:14"], {"a": 1, "b": 2}),
        (b'{"a": 1, /* x\n */ "b": 2} # y', ["comment 1:10-2:4", "comment 2:13-2:16"], {"a": 1, "b": 2}),
        (b'\xef\xbb\xbf{"a": 1,}', ["bom 1:1-1:1", "trailing-comma 1:8-1:9"], {"a": 1}),
        (b'{"a": "// no", "b": "# no"}', [], {"a": "// no", "b": "# no"}),
        (b'{"a": 1 "b": 2}', ["syntax 1:9-1:10"], None),
        (b'{"a": 1, // x\n "b" 2}', ["syntax 2:6-2:7"], None),
        (b'{"a": tru}', ["syntax 1:7-1:8"], None),
        (b'{"a": "x\ty"}', ["syntax 1:9-1:10"], None),
        (b'{"a": "x', ["syntax 1:7-1:8"], None),
        (b"{} {}", ["syntax 1:4-1:5"], None),
        (b"{,}", ["syntax 1:2-1:3"], None),
        (b"[1,,]", ["syntax 1:4-1:5"], None),
        (b"", ["syntax 1:1-1:1"], None),
        (b"/* x", ["syntax 1:1-1:2"], None),
        (b"[" * 101 + b"]" * 101, ["too-deep 1:101-1:102"], None),
        (b"[" * 200_000, ["too-deep 1:101-1:102"], None),
        (b'{"a": \0}', ["nul 1:7-1:8"], None),
        (b'{"a": "\xff"}', ["undecodable 1:8-1:9"], None),
        (b'\xef\xbb\xbf{"a": "\xff"}', ["undecodable 1:8-1:9"], None),
        (b" " * 5_000_001, ["too-large 1:1-1:1"], None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_json_refuses(data: bytes, problems: list[str], value: object) -> None:
    document = read_json("a.json", data)
    assert [f"{problem.code} {where(document, problem.span)}" for problem in document.problems] == problems
    assert all(problem.fatal and problem.detail for problem in document.problems)
    assert document.value == value
    assert [root.value for root in document.roots] == ([] if value is None else [value])


def test_a_number_too_long_for_python_is_a_problem() -> None:
    (problem,) = read_json("a.json", b"[" + b"1" * 5000 + b"]").problems
    assert problem.fatal and "4300 digits" in problem.detail


def test_a_byte_order_mark_fails_as_it_does_for_the_trainer() -> None:
    data = b'\xef\xbb\xbf{"a": 1}'
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(data.decode("utf-8"))
    (problem,) = read_json("a.json", data).problems
    assert problem.code == "bom" and problem.detail == caught.value.msg


def test_duplicate_keys() -> None:
    document = read_json("a.json", b'{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}')
    inner, outer = document.problems
    assert (inner.code, inner.path, where(document, inner.span)) == ("duplicate-key", (0, "b", "c"), "2:16-2:19")
    assert outer.first is not None and (where(document, outer.first), where(document, outer.span)) == ("1:2-1:5", "3:2-3:5")
    assert document.value == {"a": 3, "b": {"c": 2}} == document.roots[0].value
    assert [child.value for child in document.roots[0].children] == [1, {"c": 2}, 3]
    assert not inner.fatal


def test_placeholders() -> None:
    root = read_json("a.json", b'{"a": "${X}", "b": ["auto", "$Y"]}').roots[0]
    assert root.value == {"a": Unknown("${X}"), "b": ["auto", Unknown("$Y")]}
    assert root.raw == {"a": "${X}", "b": ["auto", "$Y"]}


def test_not_a_number() -> None:
    root = read_json("a.json", b'{"a": NaN, "b": -Infinity, "c": 1e999, "d": "\\ud83d\\ude42", "e": 1E5}').roots[0]
    values = [child.value for child in root.children]
    assert math.isnan(values[0]) and values[1:] == [-math.inf, math.inf, "🙂", 100000.0]  # type: ignore[arg-type]


def test_json_is_read_without_its_regular_expressions() -> None:
    code = (
        "import sys; before = set(sys.modules); from vlmr1_lint.documents.read import read; d = read('a.json', b'{\"a\": [1]}')\n"
        "assert d.roots[0].value == {'a': [1]} and not d.problems\n"
        "assert not {'re', 'json', 'enum', 'yaml'} & (set(sys.modules) - before), set(sys.modules) - before"
    )
    subprocess.run([sys.executable, "-S", "-c", code], check=True)


@given(st.text('{}[]:,"1e-.ntrufals \n\\u0#/*é', max_size=30) | st.text(max_size=20))
@settings(max_examples=300)
def test_values_are_those_of_json(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    document = read_json("a.json", data)
    try:
        theirs = json.loads(data.decode("utf-8"))
    except ValueError:
        assert any(problem.fatal for problem in document.problems)
    else:
        assert not any(problem.fatal for problem in document.problems)
        assert repr(document.value) == repr(theirs) == repr(document.roots[0].raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_every_node_is_where_its_text_is(value: object, indent: int | str | None, escape: bool) -> None:
    document = read_json("a.json", json.dumps(value, indent=indent, ensure_ascii=escape).encode("utf-8", "replace"))
    for root in document.roots:
        for node in [root, *root.walk()]:
            assert repr(json.loads(cut(document, node.span))) == repr(node.raw)
            if node.key_span is not None:
                assert json.loads(cut(document, node.key_span)) == node.key
