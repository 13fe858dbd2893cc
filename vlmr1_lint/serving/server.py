"""The language server: events of an editor in; diagnostics, code actions and hovers out. It never writes a file.

Everything happens on the thread of the event loop: linting takes milliseconds, and what was linted is always what the editor
shows.
"""

from __future__ import annotations

import asyncio

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path

from vlmr1_lint import __version__
from vlmr1_lint.commands.trouble import sentences
from vlmr1_lint.documents.model import Span
from vlmr1_lint.findings.finding import RuleFailed
from vlmr1_lint.reporting.limit import FOR_PROGRAMS, limited
from vlmr1_lint.reporting.printable import clean
from vlmr1_lint.serving.actions import FIX_ALL, TELL, fix_all_action, quick_fixes, wants
from vlmr1_lint.serving.analysis import Analysis, Asked, analyse
from vlmr1_lint.serving.completion import Proposal, proposals
from vlmr1_lint.serving.diagnostics import diagnostic, omission, range_of, settings_diagnostics
from vlmr1_lint.serving.hover import hover
from vlmr1_lint.serving.repositories import Repositories, Repository
from vlmr1_lint.settings import SettingsError
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Answer = TypeVar("Answer")

__all__ = ["DELAY_SECONDS", "Server"]

DELAY_SECONDS = 0.2
"""How long after the last change the text is linted: longer than from key to key of a fast typist (ten keys a second), and hardly
noticed."""
WATCHED = ("**/pyproject.toml", "**/.vlmr1-lint.yaml", "**/*.{yaml,yml,json,sh,bash,slurm,sbatch,txt,py}")
"""Files whose change on the disk may change what is found: settings, what runs name, and what tells the trainer."""


class Server(LanguageServer):
    """One server for all folders of an editor; *asked* is what its command line says."""

    def __init__(self, asked: Asked) -> None:
        super().__init__("vlmr1-lint", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.asked = asked
        self.delay_seconds = DELAY_SECONDS
        self.repositories = Repositories()
        for method, handler in _HANDLERS.items():
            self.feature(method)(handler)
        kinds = [types.CodeActionKind.QuickFix, FIX_ALL]
        self.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["-", " "]))(_completion)
        self.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))(_code_action)
        self.command(TELL)(_tell)

    def soon(self, repository: Repository | None, seconds: float) -> None:
        """Lint *repository* again in so many seconds, if nothing changes until then."""
        if repository is None:
            return
        repository.analysis = None
        if repository.timer is not None:
            repository.timer.cancel()
        repository.timer = asyncio.get_running_loop().call_later(seconds, self._publish, repository)

    def answer(self, uri: str, ask: Callable[[Analysis, str], Answer], nothing: Answer) -> Answer:
        """What *ask* makes of the analysis of an open file and the file's name; *nothing* where there is none, or it fails."""
        home = self.repositories.of(uri)
        if home is None:
            return nothing
        repository, path = home
        try:
            analysis = self._analysis(repository)
            return ask(analysis, analysis.session.sources.name(path))
        except Exception as error:
            self._log(error)
            return nothing

    def _analysis(self, repository: Repository) -> Analysis:
        """The analysis of what the editor shows now; without the settings, where they are wrong."""
        if repository.analysis is None:
            encoding = types.PositionEncodingKind(self.workspace.position_encoding or types.PositionEncodingKind.Utf16).value
            opened = list(repository.opened.values())
            repository.mistake = None
            try:
                repository.analysis = analyse(repository.root, opened, self.asked, encoding)
            except SettingsError as error:
                repository.mistake = error
                repository.analysis = analyse(repository.root, opened, replace(self.asked, config=None, isolated=True), encoding)
        return repository.analysis

    def _publish(self, repository: Repository) -> None:
        """Send the diagnostics of every open file, and take back those of files that are closed or can no longer be linted."""
        found: dict[str, tuple[int | None, list[types.Diagnostic]]] = {}
        try:
            analysis = self._analysis(repository)
            for name, opened in analysis.opened.items():
                found[opened.uri] = opened.version, self._diagnostics(analysis, name)
            for name, trouble in analysis.result.troubles:
                self._log(trouble, name)
            if repository.mistake is not None:
                found |= self._about_settings(repository.mistake, repository)
        except Exception as error:
            found = {}
            self._log(error)
        for uri in repository.published - found.keys():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        for uri, (version, diagnostics) in found.items():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))
        repository.published = set(found)

    def _diagnostics(self, analysis: Analysis, name: str) -> list[types.Diagnostic]:
        """What is found in the file called *name*, as much as reports for programs show; a finding that makes us fail hides no
        other."""
        shown, omitted = limited(analysis.in_file(name), FOR_PROGRAMS)
        found: list[types.Diagnostic] = []
        failed: dict[str, Exception] = {}
        for one in shown:
            try:
                found.append(diagnostic(one, analysis))
            except Exception as error:
                failed.setdefault(one.rule, RuleFailed(one.rule, error))
        for fault in failed.values():
            self._log(fault, name)
        return [*found, *(omission(one, analysis.lang) for one in omitted)]

    def _about_settings(
        self, error: SettingsError, repository: Repository
    ) -> dict[str, tuple[int | None, list[types.Diagnostic]]]:
        """What is wrong with the settings, on the settings files."""
        found: dict[str, tuple[int | None, list[types.Diagnostic]]] = {}
        for path, diagnostics in settings_diagnostics(error, repository.root, self.asked.given.lang or "en").items():
            opened = repository.opened.get(path)
            uri = opened.uri if opened is not None else from_fs_path(path)
            found[uri or ""] = None if opened is None else opened.version, diagnostics
        return found

    def _log(self, error: Exception, name: str = "") -> None:
        """One line in the editor's log; the server lives on."""
        line = clean(" ".join(sentences(error, self.asked.given.lang or "en", name)))
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, line))


# -- events: pygls hands the server to functions whose first parameter is called ls ------------------------------


def _initialized(ls: Server, _: types.InitializedParams) -> None:
    """Ask to be told of changed files, where the client can."""
    workspace = ls.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return  # settings are read whenever something is linted
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(pattern) for pattern in WATCHED])
    ls.client_register_capability(types.RegistrationParams([types.Registration("vlmr1-lint-files", method, options)]))


def _did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    opened = params.text_document
    ls.soon(ls.repositories.take(opened.uri, opened.version, opened.text), ls.delay_seconds)


def _did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    changed = params.text_document
    text = ls.workspace.get_text_document(changed.uri).source
    ls.soon(ls.repositories.take(changed.uri, changed.version, text), ls.delay_seconds)


def _did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    """Saved settings and other files on the disk count at once."""
    home = ls.repositories.of(params.text_document.uri)
    ls.soon(home[0] if home is not None else None, 0)


def _did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.soon(ls.repositories.drop(params.text_document.uri), 0)


def _did_change_watched_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    for repository in ls.repositories.touched(change.uri for change in params.changes):
        ls.soon(repository, ls.delay_seconds)


def _hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    at = params.position

    def ask(analysis: Analysis, name: str) -> types.Hover | None:
        document = analysis.document(name)
        found = hover(analysis, name, analysis.text(document).offset(at.line, at.character))
        if found is None:
            return None
        text, span = found
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), range_of(document, span, analysis))

    return ls.answer(params.text_document.uri, ask, None)


def _completion(ls: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
    at = params.position

    def ask(analysis: Analysis, name: str) -> list[types.CompletionItem]:
        document = analysis.document(name)
        text = analysis.text(document)
        start, here = (text.offset(at.line, character) for character in (0, at.character))
        before = document.data[start:here].decode("utf-8", "replace")
        return [_item(one, at) for one in proposals(analysis, name, before, Span(start, text.offset(at.line + 1, 0)))]

    return ls.answer(params.text_document.uri, ask, [])


def _item(proposal: Proposal, at: types.Position) -> types.CompletionItem:
    """*proposal* as an edit of what was typed, whatever the editor takes for a word."""
    typed = types.Range(types.Position(at.line, at.character - len(proposal.typed)), at)
    kind = types.CompletionItemKind.Property if proposal.kind == "option" else types.CompletionItemKind.Value
    return types.CompletionItem(
        label=proposal.text.removesuffix(": "),
        kind=kind,
        detail=proposal.about or None,
        text_edit=types.TextEdit(typed, proposal.text),
    )


def _code_action(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    asked = params.context.only
    only = None if asked is None else [getattr(kind, "value", kind) for kind in asked]

    def ask(analysis: Analysis, name: str) -> list[types.CodeAction]:
        span = _span(analysis, name, params.range)
        actions = list(quick_fixes(analysis, name, span)) if wants(only, types.CodeActionKind.QuickFix.value) else []
        everything = fix_all_action(analysis, name) if wants(only, FIX_ALL) else None
        return actions if everything is None else [*actions, everything]

    return ls.answer(params.text_document.uri, ask, [])


def _span(analysis: Analysis, name: str, asked: types.Range) -> Span:
    text = analysis.text(analysis.document(name))
    return Span(text.offset(asked.start.line, asked.start.character), text.offset(asked.end.line, asked.end.character))


def _tell(ls: Server, words: str) -> None:
    """Say what an action that changes nothing is about."""
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, words))


_HANDLERS: dict[str, Callable[..., object]] = {
    types.INITIALIZED: _initialized,
    types.TEXT_DOCUMENT_DID_OPEN: _did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: _did_change,
    types.TEXT_DOCUMENT_DID_SAVE: _did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: _did_close,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _did_change_watched_files,
    types.TEXT_DOCUMENT_HOVER: _hover,
}
