"""What edits of YAML look like, byte by byte, and which changes are refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.verify import verify
from vlmr1_lint.documents.yaml.read import read_yaml
from vlmr1_lint.documents.yaml.render import IN_FLOW, render, render_flow, render_string


def put(path: str, value: object, near: str | None = None) -> Change:
    return Change("set", parts(path), value, near)


def parts(path: str) -> tuple[int | str, ...]:
    return (0, *(int(part) if part.isdigit() else part for part in path.split(".")))


def drop(path: str) -> Change:
    return Change("remove", parts(path))


def name(path: str, new: str) -> Change:
    return Change("rename", parts(path), new)


SAME = "same"
CASES = [
    # The same value in another text
    ("a: false # c\n", Change("respell", (0, "a"), "False"), "a: False # c\n"),
    ("a: 'x'\r\nb: 1\r\n", Change("respell", (0, "a"), '"x"'), 'a: "x"\r\nb: 1\r\n'),
    ("a: 1\nb: 2 # c", Change("layout", (0, "b"), "comment-above"), "a: 1\n# c\nb: 2"),
    (
        "a:\n  k: |\n    x\n  b: 2   # c # d\r\n",
        Change("layout", (0, "a", "b"), "comment-above"),
        "a:\n  k: |\n    x\n  # c # d\n  b: 2\r\n",
    ),
    ("\ufeffa: # c\nb: 2\n", Change("layout", (0, "a"), "comment-above"), "\ufeff# c\na:\nb: 2\n"),
    ("a: 1\r\nb: 2 # c", Change("layout", (0, "b"), "final-newline"), "a: 1\r\nb: 2 # c\r\n"),
    # Behind a key that has neither colon nor value
    ("a: 1\n? x\n", put("b", 2), "a: 1\n? x\nb: 2\n"),
    ("a: 1\r\n? x  # c\r\n\r\n# d\r\n", put("b", 2), "a: 1\r\n? x  # c\r\nb: 2\r\n\r\n# d\r\n"),
    ("a: 1\n? x", put("b", 2), "a: 1\n? x\nb: 2"),
    ("a:\n  b: 1\n  ? x\n\nc: 1\n", put("a.d", 2), "a:\n  b: 1\n  ? x\n  d: 2\n\nc: 1\n"),
    ("a: 1\n? x\n? y\n", put("b", 2, near="x"), "a: 1\n? x\nb: 2\n? y\n"),
    ("a: &n k\n? *n\n", put("b", 2), "a: &n k\n? *n\nb: 2\n"),
    ("a:\n- ? x\n\n# c\n", put("a.1", 2), "a:\n- ? x\n- 2\n\n# c\n"),
    # Values of scalars
    ("a: 1e-6 # c\n", put("a", 1e-06), "a: 1.0e-06 # c\n"),
    ("a: 1e-6", put("a", 5e-5), "a: 5.0e-05"),
    ("a:  no  # c\n", put("a", True), "a:  true  # c\n"),
    ("a: 1\n", put("a", None), "a: null\n"),
    ("a: 1\n", put("a", "no"), "a: 'no'\n"),
    ("a: 1\n", put("a", "1e-6"), "a: 1e-6\n"),
    ("a: x\n", put("a", "it's: b"), "a: 'it''s: b'\n"),
    ("a: 'x'\n", put("a", "y"), "a: 'y'\n"),
    ('a: "x"\n', put("a", "y\n"), 'a: "y\\n"\n'),
    ("a: 'x'\n", put("a", 2), "a: 2\n"),
    ("a: x\n", put("a", "中文🙂"), "a: 中文🙂\n"),
    ("\ufeff名: 1 # 注\r\nb: 2\r\n", put("名", 3), "\ufeff名: 3 # 注\r\nb: 2\r\n"),
    ("a: 1\na: 2\n", put("a", 3), "a: 1\na: 3\n"),
    ("a: &n 1\n", put("a", 2), "a: &n 2\n"),
    ("a: |\n  x\n\nb: 1\n", put("a", "y"), "a: y\n\nb: 1\n"),
    ("a: 8\n", put("a", 8), SAME),
    ("a: 010\n", put("a", 8), SAME),
    ("a: 1\n", put("a", 1.0), "a: 1.0\n"),
    ("no: 1\n", put("no", 2), "no: 2\n"),
    # Empty values
    ("a:\nb: 1\n", put("a", 5), "a: 5\nb: 1\n"),
    ("a:   # c\n", put("a", 5), "a: 5   # c\n"),
    ("a: &n\n", put("a", 5), "a: &n 5\n"),
    ("a: {b: , c: 1}\n", put("a.b", 5), "a: {b: 5 , c: 1}\n"),
    ("a: {b, c: 1}\n", put("a.b", 5), "a: {b: 5, c: 1}\n"),
    ("a:\n  -\n  - 2\n", put("a.0", 1), "a:\n  - 1\n  - 2\n"),
    ("a: # c\nb: 1\n", put("a.x.y", 5), "a: # c\n  x:\n    'y': 5\nb: 1\n"),
    # Lists and mappings as values
    ("a: [1, 2] # c\n", put("a", [1, 3]), "a: [1, 3] # c\n"),
    ("a: [1, 2] # c\n", put("a", ["x", "y, z", None]), "a: [x, 'y, z', null] # c\n"),
    ("a:\n  - 1 # one\n  - 2\n", put("a", [1, 3]), "a:\n  - 1 # one\n  - 3\n"),
    ("a:\n- 1\n- 2\nb: 1\n", put("a", [4, 5, 6]), "a:\n- 4\n- 5\n- 6\nb: 1\n"),
    ("a:\n  - 1\n  - 2\nb: 1\n", put("a", 7), "a: 7\nb: 1\n"),
    ("a:\n  b: 1\n  c: 2\n", put("a", {"b": 1, "d": 3}), "a:\n  b: 1\n  d: 3\n"),
    ("a: {b: 1}\n", put("a", {"b": 2}), "a: {b: 2}\n"),
    ("a: 1\n", put("a", {"b": [1, "x"]}), "a: {b: [1, x]}\n"),
    ("a: 1\n", put("a", []), "a: []\n"),
    # New entries
    ("a: 1\nb: 2\n", put("c", 3), "a: 1\nb: 2\nc: 3\n"),
    ("a: 1\nb: 2", put("c", 3), "a: 1\nb: 2\nc: 3"),
    ("a: 1 # c\r\nb: 2\r\n", put("c", 3, "a"), "a: 1 # c\r\nc: 3\r\nb: 2\r\n"),
    ("a: 1\n\n# tail\n", put("c", 3), "a: 1\nc: 3\n\n# tail\n"),
    ("a:\n    b: 1\n\nd: 2\n", put("a.c", 3), "a:\n    b: 1\n    c: 3\n\nd: 2\n"),
    ("a:\n    b: 1\nd: 2\n", put("e", 3, "a"), "a:\n    b: 1\ne: 3\nd: 2\n"),
    ("a: |\n  x\n\nd: 2\n", put("e", 3, "a"), "a: |\n  x\ne: 3\n\nd: 2\n"),
    ("- a: 1\n- b: 2\n", put("0.c", 3), "- a: 1\n  c: 3\n- b: 2\n"),
    ("a: {b: 1} # c\n", put("a.c", "x"), "a: {b: 1, c: x} # c\n"),
    ("a: { b: 1 }\n", put("a.c", 2), "a: { b: 1, c: 2 }\n"),
    ("a: {b: 1,}\n", put("a.c", 2), "a: {b: 1, c: 2,}\n"),
    ('a: {"b": 1}\n', put("a.c", 2), 'a: {"b": 1, "c": 2}\n'),
    ("a: {b: 1, d: 2}\n", put("a.c", 2, "b"), "a: {b: 1, c: 2, d: 2}\n"),
    ("a: {}\n", put("a.c", 2), "a: {c: 2}\n"),
    ("a: [1]\n", put("a.1", 2), "a: [1, 2]\n"),
    ("a:\n- 1\n", put("a.1", {"x": 1, "y": 2}), "a:\n- 1\n- x: 1\n  'y': 2\n"),
    ("a: 1\n", put("b.c.d", 2), "a: 1\nb:\n  c:\n    d: 2\n"),
    ("a: 1\n", put("b", {"c": {"d": [1]}, "e": [{"f": 1}]}), "a: 1\nb:\n  c:\n    d: [1]\n  e:\n    - f: 1\n"),
    ("# only\n", put("a", 1), "# only\na: 1\n"),
    ("", put("a", 1), "a: 1\n"),
    ("a:\n  <<: &x {b: 1}\n", put("a.b", 2), "a:\n  <<: &x {b: 1}\n  b: 2\n"),
    ("a: 1\n---\nb: 2\n", put("c", 3), "a: 1\nc: 3\n---\nb: 2\n"),
    ("a: 1\n", put("no", 3), "a: 1\n'no': 3\n"),
    # Removal
    ("a: 1\n# above\nb: 2 # beside\nc: 3\n", drop("b"), "a: 1\n# above\nc: 3\n"),
    ("a: 1\nb: 2", drop("b"), "a: 1"),
    ("a: |\n  t\nb: 2", drop("b"), "a: |\n  t\n"),
    ("a:\n  s: |\n    t\nb: 2", drop("b"), "a:\n  s: |\n    t\n"),
    ("a: 1\r\nb: 2\r\n", drop("a"), "b: 2\r\n"),
    ("\ufeffa: 1\nb: 2\n", drop("a"), "\ufeffb: 2\n"),
    ("a:\n  x: 1\n  # inside\n  y: 2\n\nb: 2\n", drop("a"), "\nb: 2\n"),
    ("a: {b: 1, c: 2}\n", drop("a.b"), "a: {c: 2}\n"),
    ("a: {b: 1, c: 2}\n", drop("a.c"), "a: {b: 1}\n"),
    ("a: {b: 1}\n", drop("a.b"), "a: {}\n"),
    ("a: [1, 2, 3]\n", drop("a.1"), "a: [1, 3]\n"),
    ("a:\n  - 1\n  - 2 # c\n  - 3\n", drop("a.1"), "a:\n  - 1\n  - 3\n"),
    ("- a: 1\n  b: 2\n", drop("0.a"), "- b: 2\n"),
    ("a: &n 1\nb: *n\n", drop("b"), "a: &n 1\n"),
    # Renaming
    ("a: 1 # a\nb: 2\n", name("a", "c"), "c: 1 # a\nb: 2\n"),
    ("'a' : 1\n", name("a", "c"), "'c' : 1\n"),
    ("a: {b: 1}\n", name("a.b", "x"), "a: {x: 1}\n"),
    ("a: &n 1\nb: *n\n", name("b", "c"), "a: &n 1\nc: *n\n"),
    ("a: 1\n", name("a", "yes"), "'yes': 1\n"),
]


@pytest.mark.parametrize(("old", "change", "new"), CASES)
def test_edits(old: str, change: Change, new: str) -> None:
    document = read_yaml("a.yaml", old.encode())
    changed = apply_edits(document.data, document.edits([change]))
    assert changed.decode() == (old if new is SAME else new)
    if "a: 1\na: 2" not in old:
        assert verify(document, [change], changed) is None


@pytest.mark.parametrize(
    ("old", "change", "new"),
    [
        ("a: false\n", Change("respell", (0, "a"), "False"), "a: 'False'\n"),
        ("a: false\n", Change("respell", (0, "a"), "False"), "a: FALSE\n"),
        ("a: false\nb: 1\n", Change("respell", (0, "a"), "False"), "a: False\nb: 2\n"),
        ("a: 1 # c\n", Change("layout", (0, "a"), "comment-above"), "a: 1\n"),
        ("a: 1", Change("layout", (0, "a"), "final-newline"), "a: 1 # c"),
        ("a: |\n  x", Change("layout", (0, "a"), "final-newline"), "a: |\n  x\n"),
    ],
)
def test_a_change_of_the_text_alone_is_held_to_what_it_declares(old: str, change: Change, new: str) -> None:
    assert verify(read_yaml("a.yaml", old.encode()), [change], new.encode()) is not None


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        ("a: &n {x: 1}\nb: *n\n", put("b.x", 2), "comes through an alias"),
        ("a: &n {x: 1}\nb: *n\n", put("b", 2), "comes through an alias"),
        ("a: &n {x: 1}\nb: *n\n", put("a.x", 2), "is used by an alias elsewhere"),
        ("a: &n {x: 1}\nb: *n\n", put("a.y", 2), "is used by an alias elsewhere"),
        ("a: &n {x: 1}\nb: *n\n", drop("a"), "is used by an alias elsewhere"),
        ("a: {x: &n 1}\nb: *n\n", drop("a"), "is used by an alias elsewhere"),
        ("a: &n {x: 1}\nb:\n  <<: *n\n  y: 1\n", drop("b.x"), "comes through a merge key"),
        ("a: {b: 1,\n  c: 2}\n", put("a.d", 2), "several lines"),
        ("a: {b: 1,\n  c: 2}\n", drop("a.b"), "several lines"),
        ("a: !!float 1\n", put("a", 2), "has a tag"),
        ("a:\n  b: 1\n", drop("a.b"), "no entry of a would be left"),
        ("a: 1\n", drop("a"), "no entry of the document would be left"),
        ("a: 1\na: 2\n", drop("a"), "is there twice"),
        ("a: 1\nb: 2\n", name("a", "b"), "b is there already"),
        ("a: 1\nc: 2\n", drop("b"), "b is not there"),
        ("a: 1\n", put("a.b", 2), "a is no mapping"),
        ("a: [1]\n", put("a.5", 2), "a is no sequence"),
        ("a: 1\n", put("a", object()), "a value of type object cannot be written"),
        ("a:\n  - 1 # c\n  - 2\n", put("a", 1), "a comment stands inside the value"),
        ("a: | # c\n  x\n", put("a", 1), "a comment stands inside the value"),
        ("a: |+\n  x\n\nb: 1\n", put("c", 1, "a"), "keeps the blank lines after it"),
        ("a: [\n", put("a", 1), "the file cannot be read"),
        ("- 1\n", put("a", 1), "the document is no mapping"),
        ("a: 1\n", Change("paint", (0, "a")), "unknown action"),
        ("a: &n 1\nb: *n\n", Change("respell", (0, "b"), "1"), "comes through an alias"),
        ("a: [1]\n", Change("respell", (0, "a"), "1"), "a has no other spelling"),
        ("a: |\n  x\n", Change("respell", (0, "a"), "x"), "a has no other spelling"),
        ("a: 1\n", Change("layout", (0, "a"), "comment-above"), "no comment stands behind a on its one line"),
        ("a: [1, # c\n  2]\n", Change("layout", (0, "a", 0), "comment-above"), "no comment stands behind"),
        ("- a: 1 # c\n", Change("layout", (0, 0, "a"), "comment-above"), "no comment stands behind"),
        ("a: 1\n", Change("layout", (0, "a"), "final-newline"), "does not lack its last line break"),
        ("a: 1\nb: 2", Change("layout", (0, "a"), "final-newline"), "does not lack its last line break"),
        ("a: 1\n", Change("repair", (0,), "tab-indentation"), "there is no tab-indentation to mend"),
    ],
)
def test_refusals(text: str, change: Change, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_yaml("a.yaml", text.encode()).edits([change])


@pytest.mark.parametrize(
    ("text", "changes", "new"),
    [
        ("a: 1\n", [put("b.c", 1), put("b.d.e", 2)], "a: 1\nb:\n  c: 1\n  d:\n    e: 2\n"),
        ("a: {}\n", [put("a.b", 1), put("a.c", 2)], "a: {b: 1, c: 2}\n"),
        ("a: {x: 1}\n", [put("a.b", 1), put("a.c", 2)], "a: {x: 1, b: 1, c: 2}\n"),
        ("a:\n  x: 1\n", [put("b", 1), put("a.c", 2)], "a:\n  x: 1\n  c: 2\nb: 1\n"),
        ("a:\n", [put("b", 1), put("a", 2)], "a: 2\nb: 1\n"),
        ("a: 1\nb: 2\nc: 3", [drop("b"), drop("c")], "a: 1"),
        ("a:\n  s: |\n    t\nb: 2\nc: 3", [drop("b"), drop("c")], "a:\n  s: |\n    t\n"),
        ("a: 1\nb: 2\nc: 3\n", [drop("c"), put("d", 4)], "a: 1\nb: 2\nd: 4\n"),
        ("a: 1\nb: 2\n", [put("a", 3), drop("b"), name("a", "c")], None),
        ("a: 1\nb: 2\n", [drop("a"), drop("b")], None),
    ],
)
def test_several_changes(text: str, changes: list[Change], new: str | None) -> None:
    document = read_yaml("a.yaml", text.encode())
    if new is None:
        with pytest.raises(Refused):
            document.edits(changes)
        return
    changed = apply_edits(document.data, document.edits(changes))
    assert changed.decode() == new
    assert verify(document, changes, changed) is None


@pytest.mark.parametrize(
    ("old", "code", "new"),
    [
        ("a:\n\tb: 1\n\tc:\n\t\td: 2\n", "tab-indentation", "a:\n  b: 1\n  c:\n    d: 2\n"),
        ("a:\r\n\tb: 1 # \tc\r\n", "tab-indentation", "a:\r\n  b: 1 # \tc\r\n"),
        ("a:\n    b: 1\n\tc: 2\n", "tab-indentation", "a:\n    b: 1\n    c: 2\n"),
        ("a: b: c # d\n", "colon-in-plain", "a: 'b: c' # d\n"),
        ("x: 1\na: it's: c: d\nb: e: f", "colon-in-plain", "x: 1\na: 'it''s: c: d'\nb: 'e: f'"),
        ("名: 中: 文\r\n", "colon-in-plain", "名: '中: 文'\r\n"),
    ],
)
def test_repairs(old: str, code: str, new: str) -> None:
    document = read_yaml("a.yaml", old.encode())
    change = Change("repair", (0,), code)
    changed = apply_edits(document.data, document.edits([change]))
    assert changed.decode() == new
    assert verify(document, [change], changed) is None


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("a: b: c\nd: [\n", "colon-in-plain", "another fault"),
        ("a: 1\n b: 2\n", "colon-in-plain", "the colon is that of the key"),
        ("a: 'b': c\n", "colon-in-plain", "not a plain"),
        ("a:\n  b:\n\tc: 1\n", "tab-indentation", "changes the meaning"),
        ("\ta: [\n", "tab-indentation", "do not make the text readable"),
    ],
)
def test_repairs_that_are_refused(text: str, code: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_yaml("a.yaml", text.encode()).edits([Change("repair", (0,), code)])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(SCALARS)
@settings(max_examples=300)
def test_rendered_scalars_are_read_back(value: object) -> None:
    for text in (
        f"k: {render(value)}",
        f"k: [{render_flow(value)}, x]",
        f"k: {{a: {render_flow(value)}}}",
        f"k: {render(value, 'double')}",
    ):
        root = read_yaml("a.yaml", text.encode("utf-8", "surrogatepass")).roots[0].raw["k"]  # type: ignore[index]
        found = root[0] if isinstance(root, list) else root["a"] if isinstance(root, dict) else root
        assert found == value and type(found) is type(value), text


@given(st.text("ab:#-, '\"{}[]|>&*!%@`?~.0e1\n\té中🙂", max_size=8), st.sampled_from(["plain", "single", "double"]))
@example("0:?", "plain")
@settings(max_examples=400)
def test_rendered_strings_are_read_back(value: str, style: str) -> None:
    for forbidden, text in (("", "k: %s"), (IN_FLOW, "k: [%s]"), (IN_FLOW, "k: {%s: 1}")):
        document = read_yaml("a.yaml", (text % render_string(value, style, forbidden)).encode())
        found = document.roots[0].raw["k"]  # type: ignore[index]
        assert found in (value, [value], {value: 1})
