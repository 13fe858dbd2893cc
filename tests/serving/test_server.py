"""The server: in one process for what cannot be provoked from outside, and as editors run it, over its pipes."""

from __future__ import annotations

import asyncio
import sys

import pytest
from desks import ARGS
from editor import CAPABILITIES, WATCHING, Editor
from lsprotocol import types
from pygls.workspace import Workspace

from vlmr1_lint.cli import main
from vlmr1_lint.preferences import Given
from vlmr1_lint.serving import server as serving
from vlmr1_lint.serving.analysis import Asked

# pygls asks asyncio what inspect is to be asked since Python 3.14.
pytestmark = pytest.mark.filterwarnings("ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning")

FIXED = ARGS.replace("checkpointing: false", "checkpointing: true").replace("num_generations: 8", "num_generations: 4")


class Sent:
    """What a server in this process sends; its clock is the event loop's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = serving.Server(Asked(Given(gpus="4xA100-40G")))
        self.server.protocol._workspace = Workspace(None)
        self.diagnostics: list[types.PublishDiagnosticsParams] = []
        self.log: list[str] = []
        monkeypatch.setattr(self.server, "text_document_publish_diagnostics", self.diagnostics.append)
        monkeypatch.setattr(self.server, "window_log_message", lambda params: self.log.append(params.message))
        self.server.delay_seconds = 0.0

    def open(self, uri: str, text: str, version: int = 1) -> None:
        serving._did_open(self.server, types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "yaml", version, text)))


async def settled() -> None:
    """Let timers that are due run."""
    await asyncio.sleep(0.01)


def test_a_crash_is_one_line_and_the_server_lives_on(desk, monkeypatch):
    sent, uri = Sent(monkeypatch), (desk.folder / "args.yaml").as_uri()
    real = serving.analyse

    async def session() -> None:
        sent.open(uri, ARGS)
        await settled()
        assert [one.uri for one in sent.diagnostics] == [uri] and sent.diagnostics[0].diagnostics
        monkeypatch.setattr(serving, "analyse", lambda *_: 1 / 0)
        sent.open(uri, ARGS, 2)
        await settled()
        assert len(sent.log) == 1 and "ZeroDivisionError" in sent.log[0] and "\n" not in sent.log[0]
        at = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 0))
        assert serving._hover(sent.server, at) is None
        monkeypatch.setattr(serving, "analyse", real)
        sent.open(uri, ARGS, 3)
        await settled()
        assert sent.diagnostics[-1].version == 3 and sent.diagnostics[-1].diagnostics

    asyncio.run(session())


def test_changes_in_a_row_are_linted_once(desk, monkeypatch):
    sent, uri = Sent(monkeypatch), (desk.folder / "args.yaml").as_uri()

    async def session() -> None:
        for version in range(1, 6):
            sent.open(uri, ARGS, version)
        await settled()

    asyncio.run(session())
    assert [one.version for one in sent.diagnostics] == [5]


def test_text_without_a_file_is_left_alone(desk, monkeypatch):
    sent = Sent(monkeypatch)

    async def session() -> None:
        sent.open("untitled:Untitled-1", ARGS)
        await settled()

    asyncio.run(session())
    assert sent.diagnostics == [] and sent.log == []


def test_a_file_that_is_reached_through_a_link_outside_of_its_repository(desk, monkeypatch):
    sent = Sent(monkeypatch)
    (desk.folder / "real" / ".git").mkdir(parents=True)
    desk.write("real/.vlmr1-lint.yaml", "lang: zh\n")
    (desk.folder / "link").symlink_to(desk.folder / "real")
    uri = (desk.folder / "link" / "args.yaml").as_uri()

    async def session() -> None:
        sent.open(uri, ARGS)
        await settled()

    asyncio.run(session())
    (shown,) = sent.diagnostics
    assert shown.uri == uri and any("为 false" in one.message for one in shown.diagnostics)


def test_a_bad_fleet_in_a_comment_is_said(desk, monkeypatch):
    sent, uri = Sent(monkeypatch), (desk.folder / "args.yaml").as_uri()
    sent.server.asked = Asked(Given())

    async def session() -> None:
        sent.open(uri, "# vlmr1-lint: gpus=4xNOTHING\n" + ARGS)
        await settled()

    asyncio.run(session())
    assert len(sent.log) == 1 and "args.yaml" in sent.log[0] and "unknown card" in sent.log[0]


def test_two_repositories_do_not_mix(desk, monkeypatch):
    sent = Sent(monkeypatch)
    for name, settings in (("one", "lang: zh\n"), ("two", "lang: en\n")):
        (desk.folder / name / ".git").mkdir(parents=True)
        desk.write(f"{name}/.vlmr1-lint.yaml", settings)

    async def session() -> None:
        for name in ("one", "two"):
            sent.open((desk.folder / name / "args.yaml").as_uri(), ARGS)
        await settled()

    asyncio.run(session())
    chinese, english = ("".join(one.message for one in sent_.diagnostics) for sent_ in sent.diagnostics)
    assert "为 false" in chinese and "is false" in english


def test_without_pygls_one_line_and_status_2(capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygls", None)
    for name in [name for name in sys.modules if name.startswith(("pygls.", "vlmr1_lint.serving"))]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["server", "--stdio"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err == "vlmr1-lint: the language server needs pygls: pip install 'vlmr1-lint[lsp]'\n"


# -- over pipes --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_editor_from_start_to_end(desk):
    desk.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\n")
    desk.write("args.yaml", FIXED)
    with Editor(desk.folder, "--stdio") as editor:
        assert editor.server["capabilities"]["positionEncoding"] == "utf-16"
        assert editor.server["capabilities"]["textDocumentSync"]["change"] == 1  # the whole text
        rules = {one["code"] for one in editor.open("args.yaml")}
        assert "MEM001" not in rules
        shown = {one["code"]: one for one in editor.change("args.yaml", "# 注释😀\n" + ARGS)}  # unsaved
        assert shown["MEM001"]["range"] == {"start": {"line": 12, "character": 24}, "end": {"line": 12, "character": 29}}
        (action,) = [one for one in editor.actions("args.yaml", shown["MEM001"]) if one["title"].startswith("MEM001")]
        (change,) = action["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": editor.uri("args.yaml"), "version": 2}
        assert change["edits"] == [{"range": shown["MEM001"]["range"], "newText": "true"}]
        (everything,) = editor.actions("args.yaml", only=["source.fixAll"])
        assert everything["kind"] == "source.fixAll.vlmr1-lint"
        assert "memory forecast on 4xA100-40G" in editor.hover("args.yaml", 7, 3)
        editor.notify("textDocument/didClose", {"textDocument": {"uri": editor.uri("args.yaml")}})
        assert editor.diagnostics("args.yaml") == []
        assert editor.shut_down() == 0
        assert editor.process.stderr is not None and editor.process.stderr.read() == b""
    assert (desk.folder / "args.yaml").read_text() == FIXED  # never written


@pytest.mark.slow
def test_settings_are_read_again_when_they_change(desk):
    desk.write("args.yaml", ARGS)
    with Editor(desk.folder, capabilities={**CAPABILITIES, **WATCHING}) as editor:
        asked = editor.wait_for("client/registerCapability")["registrations"][0]
        assert "**/.vlmr1-lint.yaml" in [one["globPattern"] for one in asked["registerOptions"]["watchers"]]
        assert "MEM001" not in {one["code"] for one in editor.open("args.yaml") if one["severity"] == 1}
        for settings, expected in (("gpus: 4xA100-40G\n", True), ("gpus: 4xA100-40G\nignore: [MEM001]\n", False)):
            desk.write(".vlmr1-lint.yaml", settings)
            changed = [{"uri": editor.uri(".vlmr1-lint.yaml"), "type": 2}]
            editor.notify("workspace/didChangeWatchedFiles", {"changes": changed})
            found = {one["code"] for one in editor.diagnostics("args.yaml") if one["severity"] == 1}
            assert ("MEM001" in found) is expected
        desk.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\nignroe: [MEM001]\n")
        editor.notify("textDocument/didSave", {"textDocument": {"uri": editor.uri("args.yaml")}})
        (problem,) = editor.diagnostics(".vlmr1-lint.yaml")
        assert problem["range"]["start"]["line"] == 1 and "did you mean 'ignore'" in problem["message"]
        desk.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\n")
        editor.notify("textDocument/didSave", {"textDocument": {"uri": editor.uri("args.yaml")}})
        assert editor.diagnostics(".vlmr1-lint.yaml") == []


@pytest.mark.slow
def test_options_of_the_command_line_and_a_client_that_counts_bytes(desk):
    capabilities = {**CAPABILITIES, "general": {"positionEncodings": ["utf-8", "utf-16"]}}
    with Editor(
        desk.folder, "--gpus", "4xA100-40G", "--lang", "zh", "--trainer", "vlm-r1@head", capabilities=capabilities
    ) as editor:
        assert editor.server["capabilities"]["positionEncoding"] == "utf-8"
        script = "torchrun --nproc_per_node=4 g.py --run_name 实验😀 --per_device_train_batch_size 1 --num_generations 8 --bf16\n"
        shown = {one["code"]: one for one in editor.open("run.sh", script)}
        start = len(script[: script.index("8 --bf16")].encode())
        assert shown["GRP001"]["range"]["start"] == {"line": 0, "character": start}
        assert "每" in shown["GRP001"]["message"]


@pytest.mark.slow
def test_a_suggestion_is_told(desk):
    desk.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\nsafety: {MEM001: suggestion}\n")
    with Editor(desk.folder) as editor:
        editor.open("args.yaml", ARGS)
        (action,) = [one for one in editor.actions("args.yaml") if one["title"].startswith("MEM001")]
        assert "edit" not in action
        editor.request("workspace/executeCommand", action["command"])
        assert editor.wait_for("window/showMessage")["message"] == action["title"]
