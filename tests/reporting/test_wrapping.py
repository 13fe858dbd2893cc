"""Lines of prose: whole words, at most as wide as asked, nothing lost; Chinese breaks anywhere but before its punctuation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.reporting.printable import width
from vlmr1_lint.reporting.wrapping import wrapped

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=40)


@given(WORDS, st.integers(12, 60))
def test_words_are_kept_and_lines_fit(words, cells):
    lines = wrapped(" ".join(words), cells)
    assert " ".join(lines).split() == words
    assert all(width(line) <= cells for line in lines)


@given(st.text("显存不足，需要更多。", min_size=1, max_size=80), st.integers(8, 40))
def test_chinese_is_kept_and_no_line_begins_with_punctuation(text, cells):
    lines = wrapped(text, cells)
    assert "".join(lines) == text
    assert not any(line.startswith(("，", "。")) for line in lines[1:])


def test_a_word_wider_than_the_line_stands_alone():
    assert wrapped("a verylongwordindeed b", 6) == ["a", "verylongwordindeed", "b"]


@given(st.text("显存不足（需要）更多", min_size=1, max_size=80), st.integers(12, 40))
def test_no_line_but_the_last_ends_in_an_opening_bracket(text, cells):
    lines = wrapped(text, cells)
    assert "".join(lines) == text
    assert not any(line.endswith("（") for line in lines[:-1])
