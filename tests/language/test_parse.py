"""What is an expression and what is not, where an error stands, and the limits."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vlmr1_lint.language.parse import MAX_DEPTH, MAX_NODES, MAX_TEXT, ExpressionError, parse, reads, strip

# Fragments that find their way into each other: keywords, operators, brackets, dunders, quotes, look-alikes.
WORDS = ["lambda", "if", "else", "for", "in", "is", "not", "and", "or", "None", "True", "await", "yield", "eval", "exec", "open"]
SIGNS = [*"run.ab()[]{}'\"\\\n#,:=<>*/%@|&^~+-10 \ud800\0\té中", "==", "!=", "<=", "**", "//", "<<", ":=", "...", "f'", "b'"]
FRAGMENTS = st.sampled_from([*WORDS, *SIGNS, "1e9", "0x1F", "1_0", "1j", "9" * 30, "__class__", "__import__", "_x", "＿x"])


def shape(text):
    return strip(parse(text))


def test_trees_have_the_documented_shape():
    assert shape("run.a") == ("attr", ("name", "run"), "a")
    assert shape("1 < x <= 3") == ("compare", ("const", 1), (("<", ("name", "x")), ("<=", ("const", 3))))
    assert shape("a and not b or true") == ("or", (("and", (("name", "a"), ("not", ("name", "b")))), ("const", True)))
    assert shape("-1 + x['k'] // 2") == (
        "arithmetic", "+", ("negate", ("const", 1)), ("arithmetic", "//", ("index", ("name", "x"), ("const", "k")), ("const", 2))
    )  # fmt: skip
    call, keywords = ("call", "f", (("name", "x"),)), ("keywords", "g", (("a", ("const", 1)),))
    assert shape("[1, null] if f(x) else g(a=1)") == ("if", call, ("list", (("const", 1), ("const", None))), keywords)
    assert shape("x is not None") == ("compare", ("name", "x"), (("is not", ("const", None)),))


def test_lines_join_without_brackets():
    assert shape("\n  a and\n  b\n") == shape("a and b")
    assert shape("a\r\nand b") == shape("a and b")


def test_places_are_one_based_lines_and_code_points():
    tree = parse("'日本' == x and\n   run.y")
    assert tree[1][1][-1] == 2_0004  # the attribute begins where `run` does: line 2, column 4
    assert tree[1][0][2][0][1][-1] == 1_0009  # x stands behind two wide characters, at column 9


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("", 1, 1, "empty"),
        (" \n ", 1, 1, "empty"),
        ("a ** 2", 1, 1, "power"),
        ("a <<\n 2", 1, 1, "<<"),
        ("x + (lambda: 1)", 1, 6, "lambda"),
        ("[i for i in x]", 1, 1, "comprehensions"),
        ("run.a.__class__", 1, 1, "begin with _"),
        ("run._a", 1, 1, "begin with _"),
        ("x._ａ", 1, 1, "begin with _"),  # Python reads a full-width letter as its narrow one
        ("x.f(1)", 1, 1, "no methods"),
        ("f(**x)", 1, 1, "unpacking"),
        ("f(*x)", 1, 3, "unpacking"),
        ("f(1, a=2)", 1, 1, "not both"),
        ("f(_a=2)", 1, 1, "begin with _"),
        ("x[1:2]", 1, 3, "slices"),
        ("f'{x}'", 1, 1, "f-strings"),
        ("b'x'", 1, 1, "bytes"),
        ("1j", 1, 1, "complex"),
        ("...", 1, 1, "ellipsis"),
        ("{1, 2}", 1, 1, "sets"),
        ("{**x}", 1, 1, "unpacking"),
        ("{x: 1}", 1, 2, "a key of a mapping"),
        ("{true: 1}", 1, 2, "a key of a mapping"),
        ("{1.5: 1}", 1, 2, "a key of a mapping"),
        ("{'a': 1, 'a': 2}", 1, 10, "twice a key"),
        ("{x: 1 for x in y}", 1, 1, "comprehensions"),
        ("(1, 2)", 1, 1, "tuples"),
        ("+x", 1, 1, "unary +"),
        ("x is y", 1, 1, "write =="),
        ("x is not 3", 1, 1, "write !="),
        ("a # b", 1, 3, "comments"),
        ("'a\nb'", 1, 1, "not closed"),
        ("a and\n  ) b", 2, 3, "not an expression"),
        ("a and and", 1, 7, "not an expression"),
        ("a and", 1, 6, "not an expression"),
        ("1e999", 1, 1, "too large"),
        ("9" * 100, 1, 1, "too large"),
        ("'\\ud800'", 1, 1, "surrogate"),
        ("'\\d'", 1, 1, "not an expression"),
        ("a\0b", 1, 2, "not an expression"),
    ],
)
def test_refusals_say_where_and_why(text, line, column, part):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert part in caught.value.message.lower()
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_TEXT + 1),
        " + ".join("x" * (MAX_NODES // 2 + 1)),
        "(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1),
        "not " * (MAX_DEPTH + 1) + "x",
        "-" * 1900 + "x",
        "x" + ".a" * 900,
        "(" * 1900,
        "[" * 900 + "]" * 900,
        "f(" * 600,
        "'" * 1999,
    ],
)
def test_limits(text):
    with pytest.raises(ExpressionError):
        parse(text)


def test_the_largest_allowed_is_allowed():
    parse("x" * MAX_TEXT)
    parse("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH)
    parse("not " * (MAX_DEPTH - 1) + "x")
    parse("[" + ",".join("x" * (MAX_NODES - 1)) + "]")


def test_reads_lists_each_chain_once():
    assert reads(parse("run.a > 0 and run.a < deepspeed.zero['stage'].x + y[0].z and f(run.b, k)")) == (
        ("run", "a"),
        ("deepspeed", "zero", "stage", "x"),
        ("y",),
        ("run", "b"),
        ("k",),
    )
    assert reads(parse("g(a=run.c)")) == (("run", "c"),)


VALID = st.sampled_from(
    [
        "run.a % 4 != 0 and (x is not None and x['k'] > 3 if b else 1 < c < 3)",
        "forecast_with(a=2, b=True).likely // 2 in [1, 2.5, 'x', null]",
        "not (a == -1 or b[0].c not in ['é', \"中\"])",
    ]
)
MUTATED = st.builds(
    lambda text, at, cut, new: text[: at % len(text)] + new + text[at % len(text) + cut :],
    VALID,
    st.integers(0, 200),
    st.integers(0, 6),
    FRAGMENTS,
)


@given(
    st.one_of(
        MUTATED,
        st.text(max_size=200),
        st.lists(FRAGMENTS, max_size=60).map("".join),
        st.lists(FRAGMENTS, max_size=60).map(" ".join),
    )
)
@example("''")
@example("\\")
@example("a\\\nb")
@example("\x0c x")
def test_any_text_gives_a_tree_or_an_error_inside_the_text(text):
    try:
        tree = parse(text)
    except ExpressionError as error:
        assert 1 <= error.line <= text.count("\n") + 1
        assert 1 <= error.column <= len(text) + 1
        assert "\n" not in error.message
    else:
        assert json.loads(json.dumps(strip(tree))) == _lists(strip(tree))
        for names in reads(tree):
            assert not any(name.startswith("_") for name in names)


def _lists(tree):
    return [_lists(part) for part in tree] if isinstance(tree, tuple) else tree
