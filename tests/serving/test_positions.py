"""Byte offsets against the characters of an editor, over texts of every width of character and every line break."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Span
from vlmr1_lint.serving.positions import BOM, Text

CHARACTERS = st.sampled_from(
    [*"ab: #", "é", "的", "模", "\u2028", "\x0b", "\x85", "\ufeff", "😀", "𠀀", "\n", "\r\n", "\r", "\t"]
)
TEXTS = st.lists(CHARACTERS, max_size=40).map("".join)
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def counted(text: str, encoding: str) -> int:
    """Length of *text* in code units, by Python's own encoders."""
    return len(text.encode(encoding if encoding == "utf-8" else f"{encoding}-le")) // WIDTHS[encoding]


def boundaries(text: str) -> list[int]:
    """Indices of code points, those between the halves of a line break left out."""
    return [index for index in range(len(text) + 1) if text[index - 1 : index + 1] != "\r\n"]


@given(TEXTS, st.sampled_from(sorted(WIDTHS)))
def test_positions_are_lines_and_code_units(text, encoding):
    known = Text(text.encode(), encoding)
    for index in boundaries(text):
        lines = re.split("\r\n|\n|\r", text[:index])
        assert known.position(len(text[:index].encode())) == (len(lines) - 1, counted(lines[-1], encoding))


@given(TEXTS, st.sampled_from(sorted(WIDTHS)), st.sampled_from([0, len(BOM)]))
def test_there_and_back(text, encoding, hidden):
    data = BOM[:hidden] + text.encode()
    known = Text(data, encoding, hidden)
    for index in boundaries(text):
        offset = hidden + len(text[:index].encode())
        assert known.offset(*known.position(offset)) == offset


@given(st.binary(max_size=40), st.integers(0, 50), st.integers(0, 50), st.sampled_from(sorted(WIDTHS)))
def test_any_bytes_and_any_position_have_a_place(data, line, character, encoding):
    known = Text(data, encoding)
    assert 0 <= known.offset(line, character) <= len(data)
    places = [known.position(offset) for offset in range(len(data) + 1)]
    assert places == sorted(places)


@given(TEXTS)
def test_a_hidden_mark_moves_nothing(text):
    shown, marked = Text(text.encode()), Text(BOM + text.encode(), hidden=len(BOM))
    for index in boundaries(text):
        offset = len(text[:index].encode())
        assert marked.position(offset + len(BOM)) == shown.position(offset)
    assert [marked.position(offset) for offset in range(3)] == [(0, 0)] * 3


def test_a_mark_that_the_editor_shows_counts():
    assert Text("\ufeffa".encode()).position(3) == (0, 1)


@pytest.mark.parametrize(
    ("line", "character", "offset"),
    [
        (0, 99, 4),  # beyond the line: its end
        (9, 0, 8),  # beyond the text: its end
        (0, 1, 0),  # inside a surrogate pair: its start
        (0, 2, 4),
        (1, 1, 7),
    ],
)
def test_positions_that_are_none(line, character, offset):
    assert Text("😀\r\na\n".encode()).offset(line, character) == offset


def test_a_span_over_lines():
    assert Text(b"a: 1\r\nb: 2").span(Span(3, 10)) == ((0, 3), (1, 4))
