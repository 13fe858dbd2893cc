"""Message texts: placeholders, formats, braces, and values that may come from anybody's file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.language.errors import ExpressionError
from vlmr1_lint.language.templates import FORMATS, MAX_VALUE, build_template, format_value, parse_template
from vlmr1_lint.unknown import Unknown


def fill(text, **scope):
    return build_template(parse_template(text), {})(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{n}", "3"),
        ("{n + 1} of {s}", "4 of adamw"),
        ("{{n}} {n}", "{n} 3"),
        ("{b:gib}", "12.5 GiB"),
        ("{1234567.8:int}", "1,234,568"),
        ("{names}", "a, b"),
        ("{names:list}", "a, b"),
        ("{names:code}", '["a", "b"]'),
        ("{s:code} {t:code} {0.000001:repr}", '"adamw" true 1e-06'),
        ("{t} {nothing}", "true null"),
        ("{unknown} {unknown:gib} {absent:int}", "? ? ?"),
        ("{'}' if t else '{'}", "}"),
        ("{s:gib}", "adamw"),
        ("{table}", "{k: 1}"),
        ("{ n }", "3"),
        ("值 {n}，好", "值 3，好"),
    ],
)
def test_filling(text, expected):
    scope = {"n": 3, "s": "adamw", "b": int(12.5 * 2**30), "names": ["a", "b"], "t": True, "nothing": None}
    assert fill(text, unknown=Unknown("x"), table={"k": 1}, **scope) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("a {x", 1, 3, "not closed"),
        ("a } b", 1, 3, "single '}'"),
        ("ab\n {x:gigs}", 2, 3, "unknown format 'gigs'"),
        ("ab\n {x +}", 2, 6, "not an expression"),
        ("{}", 1, 2, "empty"),
        ("{'a\nb'}", 1, 2, "not closed"),
    ],
)
def test_errors_say_where(text, line, column, part):
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    assert part in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_value_cannot_break_the_line_or_the_terminal():
    assert format_value("a\x1b[31m\nb\u2028c\U000e0001") == "a\\x1b[31m\\x0ab\\u2028c\\U000e0001"
    assert len(format_value("x" * 5_000)) == MAX_VALUE


@pytest.mark.parametrize(
    ("found", "english", "chinese"),
    [
        ("optimizer_step", "optimizer step", "优化器更新"),
        ("kv_cache", "KV cache", "KV 缓存"),
        ("backward", "backward", "反向"),
        ("neither", "neither", "neither"),
        (Unknown("fleet"), "?", "?"),
    ],
)
def test_instants_and_terms_have_names_in_the_language_of_the_message(found, english, chinese):
    template = parse_template("at {x:part}.")
    said = [build_template(template, {}, lang)({"x": found}) for lang in ("en", "zh")]
    assert said == [f"at {english}.", f"at {chinese}."]


DEEP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(Unknown("x")) | st.builds(lambda: 10**5_000),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(DEEP, st.sampled_from(sorted(FORMATS)))
def test_every_value_prints_on_one_line(found, form):
    text = format_value(found, form)
    assert text.isprintable()
    assert len(text) <= MAX_VALUE * 10  # each character may be escaped


@given(st.text())
def test_any_text_is_a_template_or_an_error_inside_it(text):
    try:
        template = parse_template(text)
    except ExpressionError as error:
        assert 1 <= error.line <= text.count("\n") + 1
        assert 1 <= error.column <= len(text) + 2
    else:
        assert isinstance(build_template(template, _Nothing())({}), str)


class _Nothing(dict):
    def __missing__(self, name):
        return lambda *_: None
