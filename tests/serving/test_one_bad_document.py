"""One document or finding that makes the server fail hides no other, and an editor gets no more than it can show."""

from __future__ import annotations

import asyncio
import json

import pytest
from desks import ARGS
from lsprotocol import types
from test_server import Sent, settled

from vlmr1_lint.serving import analysis
from vlmr1_lint.serving import server as serving

pytestmark = pytest.mark.filterwarnings("ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning")

SURROGATES = '{"zero_optimization": {"stage": 3, "a\\ud83d": 1, "a\\ud83d": 2}, "train_micro_batch_size_per_gpu": "auto"}\n'


def published(desk, monkeypatch, texts: dict[str, str]) -> tuple[dict[str, list[types.Diagnostic]], list[str]]:
    """The last diagnostics by file, and the editor's log, when *texts* are open."""
    sent = Sent(monkeypatch)

    async def session() -> None:
        for name, text in texts.items():
            sent.open((desk.folder / name).as_uri(), text)
        await settled()

    asyncio.run(session())
    return {one.uri.rpartition("/")[2]: list(one.diagnostics) for one in sent.diagnostics}, sent.log


def test_a_finding_that_cannot_be_shown(desk, monkeypatch):
    whole = serving.diagnostic

    def diagnostic(finding, about):
        if finding.place.document.path == "a.yaml" and finding.rule == "GRP001":
            raise ZeroDivisionError("\x1b[31m\nx")
        return whole(finding, about)

    monkeypatch.setattr(serving, "diagnostic", diagnostic)
    shown, log = published(desk, monkeypatch, {"a.yaml": ARGS, "b.yaml": ARGS.replace("/path/to/output", "/other")})
    assert "GRP001" in {one.code for one in shown["b.yaml"]}
    assert {one.code for one in shown["b.yaml"]} - {one.code for one in shown["a.yaml"]} == {"GRP001"}
    assert len(log) == 1
    assert log[0].startswith("vlmr1-lint: a.yaml: rule GRP001: internal error: ZeroDivisionError: ␛[31m␊x")


def test_a_document_that_cannot_be_read(desk, monkeypatch):
    from vlmr1_lint.checking import scope

    whole = scope.DocumentScope.__init__

    def broken(self, document, *rest):
        if document.path == "a.yaml":
            raise ZeroDivisionError
        whole(self, document, *rest)

    monkeypatch.setattr(scope.DocumentScope, "__init__", broken)
    shown, log = published(desk, monkeypatch, {"a.yaml": ARGS, "b.yaml": ARGS})
    assert "GRP001" in {one.code for one in shown["a.yaml"]}  # rules about its run are asked all the same
    assert shown["b.yaml"]
    assert [line.partition(" (")[0] for line in log] == ["vlmr1-lint: a.yaml: internal error: ZeroDivisionError: "]


def test_lone_surrogates_do_not_reach_the_editor(desk, monkeypatch):
    """Editors that read JSON strictly refuse a message that holds one."""
    shown, log = published(desk, monkeypatch, {"z.json": SURROGATES, "args.yaml": ARGS})
    assert log == []
    assert shown["args.yaml"]
    messages = [one.message for one in shown["z.json"]]
    assert any("a\\ud83d" in message for message in messages)
    json.dumps(messages, ensure_ascii=False).encode()


def test_a_thousand_of_a_rule_and_the_number_of_the_others(desk, monkeypatch):
    monkeypatch.setattr(serving, "FOR_PROGRAMS", 3)
    text = "bf16: true\nnum_generations: 8\nmax_prompt_length: 5\n" + "learning_rate: 1.0e-6\n" * 9
    shown, _ = published(desk, monkeypatch, {"a.yaml": text})
    written_twice = [one for one in shown["a.yaml"] if one.code == "YML009"]
    assert [one.message for one in written_twice[3:]] == ["a.yaml: YML009: … and 5 more"]
    assert written_twice[3].severity == types.DiagnosticSeverity.Information
    assert written_twice[3].range == types.Range(types.Position(0, 0), types.Position(1, 0))


def test_the_uri_of_a_name_that_is_not_utf_8():
    assert analysis._uri("/a b/\udcff.yaml") == "file:///a%20b/%FF.yaml"
    assert analysis._uri("/a b/é.yaml") == "file:///a%20b/%C3%A9.yaml"
