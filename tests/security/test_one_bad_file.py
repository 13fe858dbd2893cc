"""One file, one rule, one finding that makes us fail hides no other: in linting, in planning, in telling, in fixing."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from samples import MULTINODE

from vlmr1_lint.documents.model import Document
from vlmr1_lint.documents.yaml.read import YamlDocument
from vlmr1_lint.reporting import FORMATS
from vlmr1_lint.rulefiles.rule import Rule

SURROGATES = (
    '{"zero_optimization": {"stage": 3, "a\\ud83d": 1, "a\\ud83d": 2, "overlap_com\\udcff": true},'
    ' "train_micro_batch_size_per_gpu": "auto"}\n'
)
"""Lone surrogates in keys: written twice, and misspelt."""


class Bang(Exception):
    """A fault of ours."""


def bang(*_: object, **__: object) -> object:
    raise Bang("\x1b[31m\n::error::of ours")


def found(lint) -> set[tuple[str, str]]:
    return {(one["path"], one["rule"]) for one in json.loads(lint.out)["findings"]}


@pytest.fixture
def two(lint):
    lint.write("a.yaml", MULTINODE)
    lint.write("b.yaml", MULTINODE.replace("/path/to/output", "/path/to/other"))
    return lint


def everything(lint, *words) -> set[tuple[str, str]]:
    assert lint("--gpus", "4xA100-40G", "--format", "json", *words) == 1
    return found(lint)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("preset", ["recommended", "strict"])
def test_lone_surrogates_in_a_json(lint, format, preset):
    lint.write("a.yaml", MULTINODE)
    lint.write("z.json", SURROGATES)
    assert lint("--format", format, "--preset", preset) in (0, 1)
    assert "internal error" not in lint.err
    assert "z.json" in lint.out and "a.yaml" in lint.out
    assert "\ufffd" not in lint.out  # what is no UTF-8, the capture reads as this
    if format in ("json", "sarif", "gitlab", "rdjson"):
        json.dumps(json.loads(lint.out), ensure_ascii=False).encode()
        assert "a\\\\ud83d" in lint.out
    elif format == "junit":
        ElementTree.fromstring(lint.out)


def test_a_baseline_holds_lone_surrogates(lint):
    lint.write("z.json", SURROGATES)
    before = everything(lint, "z.json")
    assert before
    assert lint("--write-baseline", "known.json", "z.json") == 0
    assert lint("--baseline", "known.json", "--format", "json", "z.json") == 0
    assert found(lint) == set()


def test_a_rule_that_fails(two, monkeypatch):
    """The rule is named with its file, the status is that of trouble, and all other rules are asked about all files."""
    before = everything(two)
    assert {"GRP001"} < {rule for path, rule in before if path == "a.yaml"}
    whole = Rule.program
    monkeypatch.setattr(Rule, "program", lambda self, *given: bang() if self.id == "GRP001" else whole(self, *given))
    assert two("--gpus", "4xA100-40G", "--format", "json") == 2
    assert found(two) == {(path, rule) for path, rule in before if rule != "GRP001"}
    assert [line.partition(" (")[0] for line in two.err.splitlines()] == [
        f"vlmr1-lint: {name}: rule GRP001: internal error: Bang: ␛[31m␊::error::of ours" for name in ("a.yaml", "b.yaml")
    ]


def test_a_rule_that_fails_about_one_file(two, monkeypatch):
    """For the other file it finds what it finds; with one file alone too, where rules are asked in another way."""
    from vlmr1_lint.checking import conclude

    before = everything(two)
    whole = conclude.conclude

    def conclude_or_fail(rule, severity, inner, base, item, about):
        run = getattr(base, "run", None)
        if rule.id == "GRP001" and run is not None and run.inputs.document.path == "a.yaml":
            bang()
        return whole(rule, severity, inner, base, item, about)

    monkeypatch.setattr(conclude, "conclude", conclude_or_fail)
    assert two("--gpus", "4xA100-40G", "--format", "json") == 2
    assert found(two) == before - {("a.yaml", "GRP001")}
    assert two("--gpus", "4xA100-40G", "--format", "json", "a.yaml") == 2
    assert found(two) == {(path, rule) for path, rule in before if path == "a.yaml" and rule != "GRP001"}


def test_a_rule_of_a_document_that_fails(lint, monkeypatch):
    lint.write("z.json", SURROGATES)
    before = everything(lint, "z.json")
    first, second, *_ = sorted(rule for _, rule in before)
    whole = Rule.program
    monkeypatch.setattr(Rule, "program", lambda self, *given: bang() if self.id == first else whole(self, *given))
    assert lint("--format", "json", "z.json") == 2
    assert ("z.json", second) in found(lint)
    assert found(lint) == before - {("z.json", first)}
    assert lint.err.startswith(f"vlmr1-lint: z.json: rule {first}: internal error: Bang: ")


@pytest.mark.parametrize("step", ["recognise", "directives", "document"])
def test_a_file_that_fails(two, monkeypatch, step):
    """Whatever step it is that a file makes fail, the other file is linted."""
    from vlmr1_lint import session

    two.write("a.yaml", "# vlmr1-lint: ignore[GRP001] on purpose\n" + MULTINODE)
    before = everything(two)
    if step == "recognise":
        whole = session.recognise
        monkeypatch.setattr(session, "recognise", lambda name, *rest: bang() if name == "a.yaml" else whole(name, *rest))
    elif step == "directives":
        from vlmr1_lint.findings import directives, suppression

        said = directives.directives
        for module in (directives, suppression):
            monkeypatch.setattr(module, "directives", lambda document: bang() if document.path == "a.yaml" else said(document))
    else:
        read = session.Library.document

        def document(self, path):
            return bang() if path.endswith("a.yaml") else read(self, path)

        monkeypatch.setattr(session.Library, "document", document)
    assert two("--gpus", "4xA100-40G", "--format", "json") == 2
    assert {one for one in before if one[0] == "b.yaml"} <= found(two)
    assert "vlmr1-lint: a.yaml: internal error: Bang: ␛[31m␊::error::of ours" in two.err
    assert "b.yaml" not in two.err


@pytest.mark.parametrize("format", FORMATS)
def test_a_finding_that_cannot_be_told(two, monkeypatch, format):
    """Standard error names it; the report tells all others, and sums up all."""
    before = everything(two)
    told = json.loads(two.out)["findings"]
    whole = Document.position
    monkeypatch.setattr(Document, "position", lambda self, at: bang() if self.path == "a.yaml" else whole(self, at))
    assert two("--gpus", "4xA100-40G", "--format", format) == 2
    for path, rule in before:
        if path == "a.yaml":
            assert f"vlmr1-lint: a.yaml: rule {rule}: internal error: Bang" in two.err
        else:
            assert rule in two.out
    if format == "json":
        assert found(two) == {one for one in before if one[0] == "b.yaml"}
    if format == "text":
        errors = sum(one["severity"] == "error" for one in told)
        assert two.out.splitlines()[-1].startswith(f"Found {errors} errors")


def test_a_report_that_cannot_be_made(two, monkeypatch):
    """Of several reports the others are made."""
    from vlmr1_lint.reporting import sarif

    monkeypatch.setattr(sarif, "render", bang)
    assert two("--format", "sarif=out.sarif", "--format", "json", "--gpus", "4xA100-40G") == 2
    assert found(two)
    assert "vlmr1-lint: out.sarif: internal error: Bang" in two.err


def test_a_fix_whose_edits_fail(two, monkeypatch):
    """Its finding is told and says that it is not written; others have their edits."""
    before = everything(two)
    whole = YamlDocument.edits
    monkeypatch.setattr(YamlDocument, "edits", lambda self, changes: bang() if self.path == "a.yaml" else whole(self, changes))
    assert two("--gpus", "4xA100-40G", "--format", "json") == 2
    assert found(two) == before
    told = {(one["path"], one["rule"]): one["fix"] for one in json.loads(two.out)["findings"] if one["fix"]}
    assert all((path == "b.yaml") == bool(fix["edits"]) for (path, _), fix in told.items())
    assert "internal error" in told["a.yaml", "MEM001"]["title"]
    assert "vlmr1-lint: a.yaml: rule MEM001: internal error: Bang" in two.err


def test_a_fix_that_fails(two, monkeypatch):
    """``--fix`` writes what it can, and leaves the other file as it was."""
    before = two.read("a.yaml")
    whole = YamlDocument.edits
    monkeypatch.setattr(YamlDocument, "edits", lambda self, changes: bang() if self.path == "a.yaml" else whole(self, changes))
    assert two("--gpus", "4xA100-40G", "--fix") == 2
    assert two.read("a.yaml") == before
    assert "gradient_checkpointing: true" in two.read("b.yaml")
    assert "a.yaml: rule MEM001: internal error: Bang" in two.err
