"""Values are PyYAML's: whatever the text, reading gives what ``yaml.safe_load`` gives."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlmr1_lint.documents.yaml.read import read_yaml
from vlmr1_lint.unknown import Unknown, is_unknown

WORDS = r"""
1e-6 1E6 1e6 1.0e-06 1.e-6 1.0e6 1e+6 .5 -.5 +.5 0.5 -0.5 5. 5.e+3 . .. .e+1 -. + - 0 -0 +0 00 010 -010 08 0o7 0x1F
0xG 0b11 0b12 1_000 1_0.5 _1 1__0 12:30:45 1:2 190:20:30.15 1:60 .inf -.INF +.Inf .iNF .nan -.nan .NaN yes Yes YES yEs
y n no No on off true TRUE tRue null Null NULL nULL ~ ~x 2024-01-02 2024-1-2 2024-13-45 2024-01-02T03:04:05Z
2024-01-02T03:04:05.5+08:00 = << <x ٣ ３.５ 1.٣ 1.2.3 1-2-3 0-1-2 00-1-1 0.1-0.2 1e5.0 0x 0b -0x1F +1_0 1,000 inf nan
1.5e3 1.5E+3 1.5e+ 1.5e+x 0.e 0_ 0._ ._5 1._5 1.5_0 -0b1 +12:30 1:2:3.4_ _._ 4294967296 99999999999999999999 'a'
"\u4e2d" '' "" '1' @ ` %
"""
PLAIN = [
    *WORDS.split(),
    "2024-01-02 03:04:05",
    "2024-01-02 \t3:04:05 +1",
    "a b",
    "9" * 5000,
    "中文",
    "🙂 x",
]


def loaded(text: str) -> object:
    """What ``yaml.safe_load`` gives, or its failure."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError, KeyError, IndexError, TypeError, AttributeError) as error:
        return error


def same(mine: object, theirs: object) -> bool:
    if isinstance(theirs, float) and math.isnan(theirs):
        return isinstance(mine, float) and math.isnan(mine)
    if isinstance(theirs, dict):
        return (
            isinstance(mine, dict)
            and len(mine) == len(theirs)
            and all(same(one, two) for one, two in zip(sorted(mine.items(), key=repr), sorted(theirs.items(), key=repr)))  # noqa: B905
        )
    if isinstance(theirs, (list, tuple)):
        return type(mine) is type(theirs) and len(mine) == len(theirs) and all(map(same, mine, theirs))
    return type(mine) is type(theirs) and mine == theirs


@pytest.mark.parametrize("text", PLAIN, ids=lambda text: text[:30])
def test_plain_scalars_have_pyyamls_values(text: str) -> None:
    theirs = loaded(f"k: {text}")
    document = read_yaml("a.yaml", f"k: {text}".encode())
    if isinstance(theirs, Exception):
        assert any(problem.code in ("value", "syntax") for problem in document.problems)
        assert all(is_unknown(root.get("k").value) for root in document.roots)
    else:
        assert not document.problems
        assert same(document.roots[0].raw, theirs)


SCALARS = st.one_of(st.sampled_from(PLAIN), st.text("0123456789+-._:eExb", max_size=8), st.text(max_size=6))


@given(SCALARS)
@settings(max_examples=300)
def test_any_plain_scalar(text: str) -> None:
    theirs = loaded(f"k: {text}")
    if isinstance(theirs, Exception):
        return
    document = read_yaml("a.yaml", f"k: {text}".encode("utf-8", "surrogatepass"))
    if any(problem.fatal for problem in document.problems):
        assert not text.isascii() or not text.isprintable()
        return
    assert same(document.roots[0].raw, theirs)


INLINE = st.sampled_from(
    ["a", "b", "1", "1e-6", "no", "~", "'x # y'", '"a\\n"', "[1, a]", "{x: 1, y: [2]}", "&a 1", "*a", "*b", "!!str 5",
     "!!int '7'", "|", ">-", "{}", "[]", "", "2024-01-02", "<<", "!foo x", "a: b", "x # c", "中文", "🙂", "{{ x }}",
     "&b {k: 1}", "!!set {a, b}", "? a"]
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "c", "<<", "1", "'q'", "yes", "on", "中", "? x", "- ", "- a", "", "#", "---", "..."])
LINES = st.tuples(st.sampled_from(["", "", "  ", "    ", "\t"]), KEYS, st.sampled_from([": ", ":", " : ", " ", ""]), INLINE).map(
    "".join
)
TEXTS = st.lists(LINES, max_size=9).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\n\n"]).map(lambda end: end.join(lines))
)


@given(TEXTS, st.booleans())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_texts_have_pyyamls_values(text: str, last: bool) -> None:
    text += "\n" if last else ""
    document = read_yaml("a.yaml", text.encode())
    theirs = loaded(text)
    codes = {problem.code for problem in document.problems}
    for root in document.roots:
        for node in root.walk():
            assert 0 <= node.span.start <= node.span.end <= len(document.data)
            assert node.kind in ("scalar", "mapping", "sequence")
            assert node.entry_span.start <= node.span.start
    document.comments()
    if isinstance(theirs, Exception):
        unquoted_template = "{{ x }}" in text
        assert codes - {"duplicate-key"} or unquoted_template, theirs
    elif "too-many-aliases" not in codes:
        assert not codes & {"syntax", "tag", "value", "multiple-documents", "tab-indentation", "colon-in-plain"}, codes
        assert same(document.roots[0].raw if document.roots else None, theirs)


def test_unknown_stands_for_a_foreign_tag_only() -> None:
    root = read_yaml("a.yaml", b"a: !foo {x: 1}\nb: [!bar 2, 3]\n").roots[0]
    assert isinstance(root.get("a").value, Unknown)
    assert root.get("b").value[1] == 3
