"""The lines around a place: alignment under tabs, wide and combining characters, cuts, and the ends of a file."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Document, Span
from vlmr1_lint.reporting.excerpt import LINE_CELLS, excerpt
from vlmr1_lint.reporting.printable import clean, cut, printable, width


def show(data: str | bytes, start: int, end: int) -> tuple[str, str]:
    """The marked line and the text under the carets."""
    raw = data.encode() if isinstance(data, str) else data
    shown = excerpt(Document("f", raw), Span(start, end))
    line = shown.lines[shown.marked - shown.first]
    return line, cut(line, shown.indent, shown.cells)


@pytest.mark.parametrize("before", ["", "\t", "a\tb: ", "中文: ", "🚀e\u0301: ", "\x1b[31m", "\u200dx ", "\ufeff中"])
def test_the_caret_stands_under_the_value(before: str) -> None:
    start = len(before.encode())
    line, under = show(f"{before}VALUE # 注释", start, start + 5)
    assert under == "VALUE"
    assert "\t" not in line
    assert "\x1b" not in line


def test_lines_around_and_their_numbers() -> None:
    shown = excerpt(Document("f", b"one\r\ntwo\r\nthree\r\nfour"), Span(10, 15))
    assert shown.lines == ("two", "three", "four")
    assert (shown.first, shown.marked, shown.indent, shown.cells) == (2, 3, 0, 5)


@pytest.mark.parametrize(
    ("data", "at", "lines", "marked"),
    [
        (b"", 0, ("",), 1),
        (b"a: 1", 4, ("a: 1",), 1),
        (b"a: 1\n", 5, ("a: 1", ""), 2),
        (b"\n\na", 2, ("", "a"), 3),
    ],
)
def test_ends_of_a_file(data: bytes, at: int, lines: tuple[str, ...], marked: int) -> None:
    shown = excerpt(Document("f", data), Span(at, at))
    assert shown.lines == lines
    assert shown.marked == marked
    assert shown.cells == 1


def test_a_span_over_lines_is_marked_on_its_first() -> None:
    assert show("a: {b: 1,\n    c: 2}", 3, 19) == ("a: {b: 1,", "{b: 1,")


@pytest.mark.parametrize("wide", ["x", "中"])
def test_a_long_line_is_cut_around_the_mark(wide: str) -> None:
    before = f"{wide * 500}: "
    line, under = show(f"{before}VALUE, {wide * 500}", len(before.encode()), len(before.encode()) + 5)
    assert under == "VALUE"
    assert line.startswith("…")
    assert line.endswith("…")
    assert width(line) <= LINE_CELLS


def test_a_long_value_is_marked_within_the_line() -> None:
    shown = excerpt(Document("f", b"key: " + b"v" * 1000), Span(5, 1005))
    assert shown.indent + shown.cells <= LINE_CELLS


@given(st.text(max_size=300), st.data())
def test_any_place_of_any_text(text: str, data: st.DataObject) -> None:
    raw = text.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    shown = excerpt(Document("f", raw), Span(start, end))
    assert shown.first <= shown.marked < shown.first + len(shown.lines)
    assert shown.cells >= 1
    for line in shown.lines:
        assert width(line) <= LINE_CELLS
        assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in line)


@given(st.text(max_size=60))
def test_nothing_that_a_terminal_obeys(text: str) -> None:
    for safe in (clean(text), printable(text)):
        assert not any(unicodedata.category(char) == "Cc" for char in safe)
        assert not any(char in safe for char in "\u202e\u2066\u2028")


def test_cutting_through_a_wide_character_keeps_columns() -> None:
    assert cut("中x", 1, 2) == " x"
    assert cut("x中", 0, 2) == "x"
