"""Where YAML nodes and problems stand, exactly. Places are written as the text they cover, and as line and column."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from test_yaml_values import TEXTS

from vlmr1_lint.documents.model import Node, Span
from vlmr1_lint.documents.yaml import pyyaml
from vlmr1_lint.documents.yaml.lines import line_end
from vlmr1_lint.documents.yaml.read import MAX_BYTES, YamlDocument, read_yaml
from vlmr1_lint.unknown import Unknown


def cut(document: YamlDocument, span: Span | None) -> str:
    assert span is not None
    return document.data[span.start : span.end].decode()


def at(document: YamlDocument, offset: int) -> tuple[int, int]:
    position = document.position(offset)
    return position.line, position.column


def get(document: YamlDocument, *path: str | int, root: int = 0) -> Node:
    node = document.node((root, *path))
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "path", "entry", "value", "place"),
    [
        ("a: 1 # c\nb: 2", ["a"], "a: 1", "1", (1, 4)),
        ("a: 1 # c\nb: 2", ["b"], "b: 2", "2", (2, 4)),
        ("\ufeffa: 1\nb: x", ["a"], "a: 1", "1", (1, 4)),
        ("\ufeffa: 1\nb: x", ["b"], "b: x", "x", (2, 4)),
        ("a: 1\r\nb:  x  \r\n", ["b"], "b:  x", "x", (2, 5)),
        ("名: 中文 # 注\nb: 🙂🙂\nc: d", ["名"], "名: 中文", "中文", (1, 4)),
        ("名: 中文 # 注\nb: 🙂🙂\nc: d", ["b"], "b: 🙂🙂", "🙂🙂", (2, 4)),
        ("名: 中文 # 注\nb: 🙂🙂\nc: d", ["c"], "c: d", "d", (3, 4)),
        ("a: |\n  x\n\n  y\n\n\n# c\nb: 1", ["a"], "a: |\n  x\n\n  y", "|\n  x\n\n  y", (1, 4)),
        ("a: >-  # c\n  x\n\nb: 1", ["a"], "a: >-  # c\n  x", ">-  # c\n  x", (1, 4)),
        ("a:\n  b: 1\n\n# c\nd: 2", ["a"], "a:\n  b: 1", "b: 1", (2, 3)),
        ("a:\n  b: 1\n\n# c\nd: 2", ["a", "b"], "b: 1", "1", (2, 6)),
        ("a:\n- x\n- y # c\n\nd: 2", ["a"], "a:\n- x\n- y", "- x\n- y", (2, 1)),
        ("a:\n- x\n- y # c\n\nd: 2", ["a", 1], "y", "y", (3, 3)),
        ("a: {x: 1, y: [2, 'z']} # c", ["a"], "a: {x: 1, y: [2, 'z']}", "{x: 1, y: [2, 'z']}", (1, 4)),
        ("a: {x: 1, y: [2, 'z']} # c", ["a", "y", 1], "'z'", "'z'", (1, 18)),
        ("a: [\n  1,\n  2\n]\nb: 1", ["a"], "a: [\n  1,\n  2\n]", "[\n  1,\n  2\n]", (1, 4)),
        ("a: &n 1\nb: *n", ["a"], "a: &n 1", "1", (1, 7)),
        ("a: &n 1\nb: *n", ["b"], "b: *n", "*n", (2, 4)),
        ("a: &n\n  b: 1\nc: *n\n", ["a"], "a: &n\n  b: 1", "b: 1", (2, 3)),
        ("a: !!str 1", ["a"], "a: !!str 1", "1", (1, 10)),
        ("a: !!seq\n- 1\n", ["a"], "a: !!seq\n- 1", "- 1", (2, 1)),
        ("a: [*n, &n x]".replace("*n, ", ""), ["a", 0], "x", "x", (1, 8)),
        ("a:\nb: 1", ["a"], "a:", "", (1, 3)),
        ("a:   # c\nb: 1", ["a"], "a:", "", (1, 3)),
        ("a: &n\nb: 1", ["a"], "a: &n", "", (1, 6)),
        ("a: [{b: }]", ["a", 0, "b"], "b:", "", (1, 8)),
        ("- a: 1\n  b: 2\n", [0], "a: 1\n  b: 2", "a: 1\n  b: 2", (1, 3)),
        ("'a' : \"x\\ny\"", ["a"], "'a' : \"x\\ny\"", '"x\\ny"', (1, 7)),
        ("a: one\n  two\nb: 1", ["a"], "a: one\n  two", "one\n  two", (1, 4)),
        ("? a\n: 1\n", ["a"], "a\n: 1", "1", (2, 3)),
        ("a: {{ x }} # c", ["a"], "a: {{ x }}", "{{ x }}", (1, 4)),
    ],
)
def test_places_of_values(text: str, path: list[str | int], entry: str, value: str, place: tuple[int, int]) -> None:
    document = read_yaml("a.yaml", text.encode())
    node = get(document, *path)
    assert cut(document, node.entry_span) == entry
    assert cut(document, node.span) == value == node.text
    assert at(document, node.span.start) == place


def test_keys_have_places() -> None:
    document = read_yaml("a.yaml", '"a b": 1\n中:\n  c: 2\n'.encode())
    assert cut(document, get(document, "a b").key_span) == '"a b"'
    assert cut(document, get(document, "中", "c").key_span) == "c"
    assert get(document, "中").key == "中"
    assert document.roots[0].key_span is None


def test_styles() -> None:
    document = read_yaml("a.yaml", b"a: 1\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: >\n  x\nf: [1]\ng: {}\nh:\n  - 1\ni:\n  j: 1\n")
    assert [node.style for node in document.roots[0].children] == [
        *("plain", "single", "double", "literal", "folded", "flow", "flow", "block", "block")
    ]


def test_yaml_1_1() -> None:
    document = read_yaml("a.yaml", b"lr: 1e-6\nf: 1.0e-6\nno: no\no: 010\nt: 12:30\nu: 1_000\ne: 1e3\n")
    assert [node.value for node in document.roots[0].children] == ["1e-6", 1e-06, False, 8, 750, 1000, "1e3"]


def test_duplicate_keys_are_children_and_the_last_one_counts() -> None:
    document = read_yaml("a.yaml", b"a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 1\n")
    first, second = document.problems
    assert (first.code, first.detail, first.path, at(document, first.span.start)) == ("duplicate-key", "a", (0, "a"), (3, 1))
    assert first.first is not None and at(document, first.first.start) == (1, 1) and not first.fatal
    assert (second.path, at(document, second.span.start)) == ((0, "c", "d"), (6, 3))
    assert [node.value for node in document.roots[0].children if node.key == "a"] == [1, 3]
    assert get(document, "a").value == 3
    assert document.roots[0].value == {"a": 3, "b": 2, "c": {"d": 1}}


def test_keys_that_are_equal_to_yaml_are_duplicates() -> None:
    (problem,) = read_yaml("a.yaml", b"yes: 1\non: 2\n").problems
    assert problem.code == "duplicate-key" and problem.detail == "on"


def test_merge_keys_give_entries_that_cannot_be_edited() -> None:
    document = read_yaml("a.yaml", b"base: &b {x: 1, y: 2}\nother: &o {x: 9, z: 3}\na:\n  <<: [*b, *o]\n  y: 5\n")
    node = get(document, "a")
    assert node.value == {"x": 1, "y": 5, "z": 3}
    assert {key: entry.value for key, entry in node.entries().items()} == node.value
    assert [child.key for child in node.children] == ["y"]
    assert get(document, "a", "x").refusal == "comes through a merge key"
    assert get(document, "a", "y").refusal is None
    assert get(document, "base", "x").refusal == "is used by an alias elsewhere"
    assert document.problems == ()


def test_aliases_cannot_be_edited_and_are_not_walked_into() -> None:
    document = read_yaml("a.yaml", b"a: &n\n  k: [1]\nb: *n\n")
    node = get(document, "b")
    assert node.refusal == "comes through an alias" and node.value == {"k": [1]}
    assert get(document, "b", "k", 0).value == 1 and get(document, "b", "k").refusal == "comes through an alias"
    assert [below.path for below in document.roots[0].walk()] == [(0, "a"), (0, "a", "k"), (0, "a", "k", 0), (0, "b")]


def test_several_documents() -> None:
    document = read_yaml("a.yaml", b"--- # one\na: 1\n---\nb: 2\n...\n")
    assert [root.value for root in document.roots] == [{"a": 1}, {"b": 2}]
    (problem,) = document.problems
    assert problem.code == "multiple-documents" and at(document, problem.span.start) == (4, 1)
    assert get(document, "b", root=1).path == (1, "b") and cut(document, get(document, "b", root=1).span) == "2"


@pytest.mark.parametrize(
    ("data", "code", "place", "words"),
    [
        (b"a:\n\tb: 1\n", "tab-indentation", "2:1-2:2", "found character '\\t' that cannot start any token"),
        (b"a:\n  b: 1\n \t c: 2\n", "tab-indentation", "3:2-3:3", "found character '\\t'"),
        (b"a: x: y\n", "colon-in-plain", "1:5-1:6", "mapping values are not allowed here"),
        ("中: 文: y\n".encode(), "colon-in-plain", "1:5-1:6", "mapping values are not allowed here"),
        (b"\xef\xbb\xbfa: x: y\n", "colon-in-plain", "1:5-1:6", "mapping values are not allowed here"),
        (b"a: 1\r\nb: x: y\r\n", "colon-in-plain", "2:5-2:6", "mapping values are not allowed here"),
        (b"a: [1,\n", "syntax", "2:1-2:1", "expected the node content, but found '<stream end>'"),
        (b"a: 'x\n", "syntax", "2:1-2:1", "found unexpected end of stream"),
        (b"a: 1\nb: @x\n", "syntax", "2:4-2:5", "found character '@' that cannot start any token"),
        (b"a: x\t# c\n", "syntax", "1:5-1:6", "found character '\\t' that cannot start any token"),
        (b"a: *n\n", "syntax", "1:4-1:5", "found undefined alias 'n'"),
        (b"a: \x07\n", "syntax", "1:4-1:5", "special characters are not allowed"),
        ("é: \x07\n".encode(), "syntax", "1:4-1:5", "special characters are not allowed"),
        (b'a: 1\nb: "\\U0e999999"\n', "syntax", "2:7-2:7", "beyond U+10FFFF"),
        (b"a: 1\nb: \xff\n", "undecodable", "2:4-2:5", "not UTF-8"),
        (b"\xff\xfea\0", "undecodable", "1:1-1:2", "not UTF-8"),
        (b"a: \0\n", "nul", "1:4-1:5", "NUL"),
        (b"a: " + b"[" * 101 + b"]" * 101, "too-deep", "1:1-1:1", "100"),
        (b"".join(b" " * i + b"a:\n" for i in range(102)), "too-deep", "1:1-1:1", "100"),
        (b"- " * 5000, "too-deep", "1:1-1:1", "100"),
        (b"a: &n [*n]\n", "too-many-aliases", "1:8-1:10", "inside"),
        (b"#" * (MAX_BYTES + 1), "too-large", "1:1-1:1", "5000001 bytes"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_fatal_problems(data: bytes, code: str, place: str, words: str) -> None:
    document = read_yaml("a.yaml", data)
    (problem,) = document.problems
    start, end = at(document, problem.span.start), at(document, problem.span.end)
    assert (problem.code, f"{start[0]}:{start[1]}-{end[0]}:{end[1]}") == (code, place)
    assert words in problem.detail and problem.fatal and document.roots == ()


@pytest.mark.parametrize(
    ("text", "code", "covered", "words"),
    [
        ("a: !foo 1", "tag", "1", "could not determine a constructor for the tag '!foo'"),
        ("a: !!python/name:os.system x", "tag", "x", "python/name"),
        ("a: [1, !bar {x: 1}]", "tag", "{x: 1}", "!bar"),
        ("a: 2024-13-01", "value", "2024-13-01", "month must be in 1..12"),
        ("a: !!int x", "value", "x", "ValueError"),
        ("a: =", "value", "=", "tag:yaml.org,2002:value"),
        ("a:\n  <<: 1", "value", "1", "expected a mapping or list of mappings for merging, but found scalar"),
        ("? [a]\n: 1", "syntax", "[a]", "found unhashable key"),
    ],
)
def test_problems_of_values(text: str, code: str, covered: str, words: str) -> None:
    document = read_yaml("a.yaml", text.encode())
    (problem,) = document.problems
    assert (problem.code, cut(document, problem.span)) == (code, covered)
    assert words in problem.detail


def test_tags_are_never_constructed() -> None:
    document = read_yaml("a.yaml", b"a: !!python/object/apply:os.system ['exit 1']\nb: 1\n")
    assert isinstance(get(document, "a").value, Unknown) and get(document, "b").value == 1


def test_alias_bombs_are_refused_at_the_alias_that_is_too_much() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30)]
    document = read_yaml("a.yaml", "\n".join(lines).encode())
    (problem,) = document.problems
    assert problem.code == "too-many-aliases" and cut(document, problem.span).startswith("*a") and not document.roots


def test_a_long_chain_of_aliases_is_too_deep() -> None:
    text = "- &a0 [x]\n" + "".join(f"- &a{level} [*a{level - 1}]\n" for level in range(1, 130))
    assert [problem.code for problem in read_yaml("a.yaml", text.encode()).problems] == ["too-deep"]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("${MODEL}/x", "${MODEL}"), ("$MODEL", "$MODEL"), ("'{{ model }}'", "{{ model }}"), ("{{ model }}", "{{…}}"),
        ("<your path>", "<your path>"), ("<|im_end|>", None), ("<pad>", None), ("a$", None), ("cost 5$ 10", None),
        ("a < b > c", None), ("'{'", None), ("$1", None), ("'</s>'", None),
    ],
)  # fmt: skip
def test_placeholders_make_a_value_unknown(text: str, known: str | None) -> None:
    node = get(read_yaml("a.yaml", f"a: {text}".encode()), "a")
    assert node.value == (node.raw if known is None else Unknown(known))
    assert node.text == text


def test_comments_are_true_ones_only() -> None:
    text = "\ufeff# one\na: x#y # two\nb: 'x # y'   # three\nc: |  # four\n  # not\nd: \"a\n  # not\" #five\n#six\r\n🙂: 1 # 七"
    document = read_yaml("a.yaml", text.encode())
    comments = document.comments()
    assert [said for _, said in comments] == ["# one", "# two", "# three", "# four", "#five", "#six", "# 七"]
    assert all(cut(document, span) == said for span, said in comments)
    assert read_yaml("a.yaml", b"a: 1").comments() == ()


def test_a_comment_needs_no_blank_behind_a_bracket_or_a_quote() -> None:
    document = read_yaml("a.yaml", b"%X a#b\n---\na: [1,# one\n  2]# two\nb: {c: d}#three\ne: 'f'# four\ng: h# i\n")
    assert [said for _, said in document.comments()] == ["# one", "# two", "#three", "# four"]


def test_a_byte_order_mark_written_twice_is_part_of_the_first_name() -> None:
    document = read_yaml("a.yaml", "\ufeff\ufeffa: &x 1 # c\nb: *x\n".encode())
    assert document.roots[0].raw == {"\ufeffa": 1, "b": 1}
    (first, second) = document.roots[0].children
    assert (cut(document, first.key_span), cut(document, first.span), cut(document, second.span)) == ("\ufeffa", "1", "*x")
    assert [said for _, said in document.comments()] == ["# c"]


def test_a_line_full_of_hashes_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("vlmr1_lint.documents.yaml.comments.line_end", lambda data, at: asked.append(at) or line_end(data, at))
    document = read_yaml("a.yaml", b"%X " + b"x#" * 1000 + b"\n---\na: 1 # one\n")
    assert [said for _, said in document.comments()] == ["# one"]
    assert len(asked) == 2


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"])
def test_a_comment_ends_at_every_line_break_of_yaml(mark: str) -> None:
    document = read_yaml("a.yaml", f"a: 1 # one{mark}b: 2 # two\nc: |{mark}  x # no\n".encode())
    assert [said for _, said in document.comments()] == ["# one", "# two"]
    assert document.roots[0].raw == {"a": 1, "b": 2, "c": "x # no\n"}


def test_a_tag_on_what_a_merge_key_takes_in_is_never_asked_for() -> None:
    """PyYAML takes the entries out of it; tags of the entries do count."""
    assert not read_yaml("a.yaml", b"<<: !t {b: 1}\nc: 2\n").problems
    assert not read_yaml("a.yaml", b"<<: !t [!u {b: 1}]\nc: 2\n").problems
    assert [problem.code for problem in read_yaml("a.yaml", b"<<: {b: !t 1}\nc: 2\n").problems] == ["tag"]


def test_empty_texts() -> None:
    assert read_yaml("a.yaml", b"").roots == () and read_yaml("a.yaml", b"# c\n").problems == ()
    assert read_yaml("a.yaml", b"---\n").roots[0].value is None


@given(TEXTS)
@settings(max_examples=150)
def test_both_parsers_give_the_same_places(text: str) -> None:
    fast = read_yaml("a.yaml", text.encode())
    kept = pyyaml._parsers.get("c")
    pyyaml._parsers["c"] = None
    try:
        slow = read_yaml("a.yaml", text.encode())
    finally:
        pyyaml._parsers["c"] = kept
    assert fast.problems == slow.problems
    for one, two in zip(fast.roots, slow.roots, strict=True):
        found = [[(n.path, n.kind, n.style, n.text, n.key_span, n.span, n.refusal) for n in root.walk()] for root in (one, two)]
        assert found[0] == found[1]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a: [x?y]\n",
            "a: {b: c?d}\n",
            "a: [[b], c?d]\n",
            "a: {b: [c], m? : [2]}\n",
            "a: [\n  b,\n  c?d]\n",
            "a: &x {k: !,m: []}\n",
        ),
        *("a: >-#  b\n", "a: |+#\n  b\n", "a: |2-# c\n   b\n"),
    ],
)
def test_what_only_libyaml_reads_is_refused_as_the_trainer_refuses_it(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.load(text, yaml.SafeLoader)
    assert any(problem.fatal or problem.code == "tag" for problem in read_yaml("a.yaml", text.encode()).problems)


@pytest.mark.parametrize("text", ["a: x?y\n", "a: [x]\nb: c?\n", "a: '[x?y]'\n", "? a\n: [x]\n"])
def test_a_question_mark_elsewhere_is_a_letter(text: str) -> None:
    document = read_yaml("a.yaml", text.encode())
    assert not document.problems and document.roots[0].raw == yaml.load(text, yaml.SafeLoader)


@pytest.mark.parametrize(("text", "is_template"), [("{{x}}", True), ("{{ x }}", True), ("{ {x }}", False), ("{{x} }", False)])
def test_only_braces_that_touch_are_a_template(text: str, is_template: bool) -> None:
    document = read_yaml("a.yaml", f"a: {text}\nb: 1\n".encode())
    assert any("unhashable" in str(problem.detail) for problem in document.problems) or is_template
    assert not (is_template and document.problems)
