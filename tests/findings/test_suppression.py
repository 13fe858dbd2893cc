"""Suppression comments and settings, and what is said about those that are unknown or unused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.documents.model import Document, Node, Span
from vlmr1_lint.findings.directives import Directive, directives, parse, setting
from vlmr1_lint.findings.finding import Finding, Place
from vlmr1_lint.findings.suppression import Misuse, Outcome, RuleNames, Suppression, apply

KNOWN = {"GRP001": "group-does-not-fill", "GRP002": "group-below-two", "MEM001": "checkpointing-off"}


class Fake(Document):
    """A document whose comments are all that follows a ``#``."""

    def comments(self) -> list[tuple[Span, str]]:
        found, at = [], 0
        for line in self.data.split(b"\n"):
            sign = line.find(b"#")
            if sign >= 0:
                found.append((Span(at + sign, at + len(line)), line[sign:].decode()))
            at += len(line) + 1
        return found


class Command(Node):
    def __init__(self, index: int, span: Span) -> None:
        self.__dict__.update(path=(index,), entry_span=span, span=span, kind="mapping", children=())


def script(text: str) -> Fake:
    document = Fake("run.sh", text.encode())
    document.format = "shell"
    document.roots = [Command(number, Span(at, at + 8)) for number, at in enumerate(places(text, "torchrun"))]
    return document


def places(text: str, word: str) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(word, at)]


def finding(document: Document, rule: str, at: str, key: str = "", length: int = 1) -> Finding:
    start = document.data.index(at.encode())
    return Finding(rule, KNOWN.get(rule, "x"), "error", "m", Place(document, key or at, Span(start, start + length)))


def run(text: str | Document, *found: tuple[str, str], judged: bool = True, declared: tuple[Suppression, ...] = ()) -> Outcome:
    document = text if isinstance(text, Document) else Fake("a.yaml", text.encode())
    findings = [finding(document, rule, at) for rule, at in found]
    return apply(findings, [document], declared, KNOWN, lambda *_: judged)


def kept(outcome: Outcome) -> list[str]:
    return [f"{one.rule}@{one.place.key}" for one in outcome.kept]


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(misuse.rule, misuse.what, misuse.suggestion) for misuse in outcome.misuses]


# -- what comments say -----------------------------------------------------------------------------------------------


def read(text: str) -> Directive:
    (found,) = parse([(Span(100, 100 + len(text.encode())), text)])
    return found


def test_ignore_with_names_places_and_reason() -> None:
    found = read("# vlmr1-lint: ignore[GRP001, MEM001:--bf16] 因为 we know")
    assert found.action == "ignore"
    assert found.reason == "因为 we know"
    assert [(named.text, named.flag, named.span) for named in found.rules] == [
        ("GRP001", "", Span(121, 127)),
        ("MEM001", "--bf16", Span(129, 142)),
    ]


def test_spans_count_bytes() -> None:
    found = read("# vlmr1-lint: ignore[中, GRP001]")
    assert [named.span for named in found.rules] == [Span(121, 124), Span(126, 132)]


def test_several_on_one_line() -> None:
    found = parse([(Span(0, 9), "#vlmr1-lint: gpus=2x8xA100-80G trainer=trl==0.17.0, kind='args' # note")])
    assert [(one.action, one.text) for one in found] == [("gpus", "2x8xA100-80G"), ("trainer", "trl==0.17.0"), ("kind", "args")]


@pytest.mark.parametrize("text", ["gpus=4 x A100 40GB", "gpus = 4 x A100 40GB", "gpus=4 x A100 40GB  # ours"])
def test_a_card_may_have_spaces(text: str) -> None:
    assert read(f"## vlmr1-lint: {text}").text == "4 x A100 40GB"


def test_prose_is_no_directive() -> None:
    assert parse([(Span(0, 1), "# see vlmr1-lint: it finds this")]) == ()


def test_setting_takes_the_first() -> None:
    document = Fake("a.yaml", b"# vlmr1-lint: gpus=8xH20\n# vlmr1-lint: gpus=4xH20\n")
    assert setting(directives(document), "gpus") == "8xH20"
    assert setting(directives(document), "trainer") is None


def test_a_text_that_does_not_parse_still_says_its_kind() -> None:
    document = Document("a.yaml", b"\xef\xbb\xbf# vlmr1-lint: kind=ignore\na: [\nb: 'x # vlmr1-lint: kind=args\n")
    assert setting(directives(document), "kind") == "ignore"
    assert len(directives(document)) == 1


@given(st.text(alphabet="ignore-file[]:,=kindgpus #vlmr1\t中", max_size=40))
def test_any_comment_is_read(text: str) -> None:
    comment = f"# vlmr1-lint: {text}"
    for directive in parse([(Span(7, 7 + len(comment.encode())), comment)]):
        for named in directive.rules:
            whole = f"{named.text}:{named.flag}" if named.flag else named.text
            written = comment.encode()[named.span.start - 7 : named.span.end - 7].decode()
            assert written.replace(" ", "").replace("\t", "").rstrip(":") == whole.replace(" ", "").replace("\t", "").rstrip(":")


# -- what they cover -------------------------------------------------------------------------------------------------


def test_on_the_line() -> None:
    text = "a: 1  # vlmr1-lint: ignore[GRP001]\nb: 2\n"
    assert kept(run(text, ("GRP001", "a"), ("GRP001", "b"), ("MEM001", "a"))) == ["GRP001@b", "MEM001@a"]


def test_on_the_line_above() -> None:
    text = "# vlmr1-lint: ignore[GRP001] r\n# more words\na: 1\nb: 2\n"
    outcome = run(text, ("GRP001", "a: 1"), ("GRP001", "b: 2"))
    assert kept(outcome) == ["GRP001@b: 2"]
    assert [one.place.key for one in outcome.suppressed] == ["a: 1"]
    assert outcome.misuses == ()


def test_not_over_an_empty_line() -> None:
    outcome = run("# vlmr1-lint: ignore[GRP001]\n\na: 1\n", ("GRP001", "a: 1"))
    assert kept(outcome) == ["GRP001@a: 1"]
    assert told(outcome) == [("SUP002", "GRP001", "")]


def test_a_value_below_its_key() -> None:
    document = Fake("a.yaml", b"key:\n  # vlmr1-lint: ignore[GRP001]\n  value\n")
    one = Finding("GRP001", "x", "error", "m", Place(document, "key", Span(0, 46), Span(41, 46)))
    assert apply([one], [document], (), KNOWN, lambda *_: True).kept == ()


def test_names_and_families() -> None:
    assert kept(run("a: 1  # vlmr1-lint: ignore[group-below-two]", ("GRP001", "a"), ("GRP002", "a"))) == ["GRP001@a"]
    assert kept(run("a: 1  # vlmr1-lint: ignore[GRP]", ("GRP001", "a"), ("GRP002", "a"), ("MEM001", "a"))) == ["MEM001@a"]
    assert RuleNames(KNOWN).named("GRP") == ["GRP001", "GRP002"]


def test_a_whole_file_and_no_other() -> None:
    document, other = Fake("a.yaml", b"a: 1\n# vlmr1-lint: ignore-file[GRP001]\n"), Fake("b.yaml", b"a: 1\n")
    outcome = apply([finding(one, "GRP001", "a") for one in (document, other)], [document, other], (), KNOWN, lambda *_: True)
    assert [one.place.document.path for one in outcome.kept] == ["b.yaml"]


def test_a_command_of_a_script() -> None:
    text = (
        "# vlmr1-lint: ignore[GRP001]\nFOO=1 \\\n  torchrun a.py \\\n  --bf16 true \\\n  --beta 0\n"
        "torchrun b.py \\\n  --fp16 true\n"
    )
    document = script(text)
    found = [
        finding(document, "GRP001", "--bf16", "bf16"),
        finding(document, "GRP001", "--beta", "beta"),
        finding(document, "MEM001", "--beta", "beta"),
        finding(document, "GRP001", "--fp16", "#2/fp16"),
    ]
    outcome = apply(found, [document], (), KNOWN, lambda *_: True)
    assert kept(outcome) == ["MEM001@beta", "GRP001@#2/fp16"]


def test_one_flag_of_a_command() -> None:
    document = script("# vlmr1-lint: ignore[GRP001:--num-generations]\ntorchrun a.py \\\n --num_generations 8 \\\n --beta 0\n")
    found = [
        finding(document, "GRP001", "--num_generations", "num_generations"),
        finding(document, "GRP001", "--beta", "beta"),
    ]
    assert kept(apply(found, [document], (), KNOWN, lambda *_: True)) == ["GRP001@beta"]


def test_in_a_script_a_comment_above_another_line_covers_that_line() -> None:
    document = script("# vlmr1-lint: ignore[GRP001]\nG=8\n\ntorchrun a.py --g $G \\\n --beta 0\n")
    found = [finding(document, "GRP001", "G=8", "num_generations"), finding(document, "GRP001", "--beta", "beta")]
    assert kept(apply(found, [document], (), KNOWN, lambda *_: True)) == ["GRP001@beta"]


# -- misuse ----------------------------------------------------------------------------------------------------------


def test_unknown_rules_are_told_with_their_place() -> None:
    outcome = run("a: 1  # vlmr1-lint: ignore[GRP00,group-below-tow,ZZZ999]")
    assert told(outcome) == [("SUP001", "GRP00", ""), ("SUP001", "group-below-tow", "group-below-two"), ("SUP001", "ZZZ999", "")]
    first = outcome.misuses[0].place
    assert first.document.data[first.entry.start : first.entry.end] == b"GRP00"


def test_an_unknown_rule_that_is_near_one() -> None:
    assert told(run("a: 1  # vlmr1-lint: ignore[MEM01]")) == [("SUP001", "MEM01", "MEM001")]


@pytest.mark.parametrize(
    ("text", "what", "suggestion"),
    [
        ("ignroe[GRP001]", "ignroe[GRP001]", "ignore"),
        ("ignore", "ignore", "ignore[GRP001]"),
        ("ignore[] all", "ignore[]", ""),
        ("kind=arg", "kind=arg", "kind=args"),
        ("disable everything", "disable everything", "ignore[GRP001]"),
        ("dismiss everything", "dismiss everything", ""),
    ],
)
def test_words_that_are_no_directive(text: str, what: str, suggestion: str) -> None:
    assert told(run(f"a: 1  # vlmr1-lint: {text}")) == [("SUP001", what, suggestion)]


def test_unused_only_where_the_rule_was_judged() -> None:
    text = "a: 1  # vlmr1-lint: ignore[GRP001]"
    assert told(run(text)) == [("SUP002", "GRP001", "")]
    assert told(run(text, judged=False)) == []
    assert told(run(text, ("GRP001", "a"))) == []


def test_a_family_is_unused_only_if_all_its_rules_were_judged() -> None:
    document = Fake("a.yaml", b"a: 1  # vlmr1-lint: ignore[GRP]")
    outcome = apply([], [document], (), KNOWN, lambda _, rule: rule == "GRP001")
    assert outcome.misuses == ()


# -- settings --------------------------------------------------------------------------------------------------------


def entry(path: str | None, key: str = "", rule: str = "GRP001") -> Suppression:
    return Suppression(lambda name: path is None or name == path, path, key, rule, "because", ".vlmr1-lint.yaml:3")


def test_settings_suppress_by_document_path() -> None:
    document = Document("zero3.json", b'{"zero_optimization": {"stage": 3, "x": 1}, "zero": 1}')
    found = [
        finding(document, "GRP001", '"stage"', "zero_optimization.stage"),
        finding(document, "GRP001", '"x"', "zero_optimization.x"),
        finding(document, "GRP001", '"zero":', "zero"),
    ]

    def left(key: str) -> list[str]:
        return kept(apply(found, [document], [entry("zero3.json", key)], KNOWN, lambda *_: True))

    assert left("zero_optimization.stage") == ["GRP001@zero_optimization.x", "GRP001@zero"]
    assert left("zero_optimization") == ["GRP001@zero"]
    assert left("") == []


def test_unused_settings_are_told_at_the_file_they_speak_of() -> None:
    document = Document("zero3.json", b"{}")
    outcome = apply([], [document], [entry("zero3.json"), entry("other.json"), entry(None)], KNOWN, lambda *_: True)
    assert outcome.misuses == (Misuse("SUP002", Place(document, "", Span(0, 0)), "GRP001", origin=".vlmr1-lint.yaml:3"),)


def test_settings_with_a_pattern() -> None:
    assert kept(run("a: 1", ("GRP001", "a"), ("MEM001", "a"), declared=(entry(None),))) == ["MEM001@a"]
