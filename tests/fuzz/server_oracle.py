"""What must be true of an editor's session: whatever edits led to a text, its diagnostics are those of the text opened afresh
and of the command line over the same files, and their places lie in the text."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.workspace import Workspace

from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.serving.actions import fix_all_action, quick_fixes
from vlmr1_lint.serving.analysis import Analysis, Asked, Opened, analyse
from vlmr1_lint.serving.diagnostics import diagnostic
from vlmr1_lint.serving.positions import Text
from vlmr1_lint.serving.repositories import Repositories
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

from .folders import Case, Folder, deepspeed_case, example_case, options_case
from .grammar import SCALARS

__all__ = ["ServerOracle", "session_case"]

GIVEN = Given(gpus="4xA100-40G", preset="strict")
PIECES = (*SCALARS, "\n", "\r\n", "\r", "  ", "# c\n", "bf16: true\n", "fp16: true\n", "num_generations: 6\n", "😀", "中", "é",
"\ufeff", "", "", "",
          "{", "}", ",", '"stage": 3', "# vlmr1-lint: ignore[MEM001]\n", "gradient_checkpointing: false\n")  # fmt: skip
BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What pygls takes for line breaks and the protocol does not. An editor that sends whole texts, as asked, has no such edits."""

Edit = tuple[float, float, str]
"""Where (as parts of the text's length), and what stands there instead."""


def session_case(source: random.Random) -> tuple[Case, str, tuple[Edit, ...]]:
    """Files, the one that is edited, and edits."""
    make = source.choice((example_case, options_case, options_case, deepspeed_case))
    case = make(source)
    names = [name for name in sorted(case.files) if name.endswith((".yaml", ".yml", ".json"))] or sorted(case.files)
    edits = []
    for _ in range(source.randint(1, 4)):
        at = source.random()
        edits.append((at, min(1.0, at + source.choice((0, 0, 0.01, 0.05))), source.choice(PIECES)))
    return case, source.choice(names), tuple(edits)


class ServerOracle:
    """Edits files of *folder* as an editor does."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.root = str(folder.path)

    def check(self, case: tuple[Case, str, tuple[Edit, ...]]) -> None:
        """Raises AssertionError where the editor's session and the command line differ."""
        files, name, edits = case
        self.folder.fill(files.files)
        path = Path(self.root, name)
        text = files.files[name].decode("utf-8", "replace").removeprefix("\ufeff")
        uri = path.as_uri()
        workspace = Workspace(self.root, types.TextDocumentSyncKind.Incremental)
        workspace.put_text_document(types.TextDocumentItem(uri=uri, language_id="yaml", version=1, text=text))
        repositories = Repositories()
        repository = repositories.take(uri, 1, text)
        assert repository is not None
        for version, edit in enumerate(edits, 2):
            text = self.edited(workspace, uri, text, edit, version)
            repositories.take(uri, version, text)
        analysis = analyse(repository.root, list(repository.opened.values()), Asked(GIVEN), "utf-16")
        seen = self.diagnostics(analysis)
        fresh = analyse(self.root, [Opened(uri, 1, str(path), text)], Asked(GIVEN), "utf-16")
        assert seen == self.diagnostics(fresh), "the same text opened afresh has other diagnostics"
        self.same_as_the_command_line(analysis, path, text)

    def edited(self, workspace: Workspace, uri: str, text: str, edit: Edit, version: int) -> str:
        """*text* after the *edit*, which pygls carries out by positions that we compute; the protocol's positions are ours."""
        start, end = (len(text[: int(part * len(text))].encode("utf-8", "surrogatepass")) for part in edit[:2])
        data = text.encode("utf-8", "surrogatepass")
        counted = Text(data)
        positions = [counted.position(start), counted.position(end)]
        start, end = (counted.offset(*position) for position in positions)
        new = (data[:start] + edit[2].encode("utf-8", "surrogatepass") + data[end:]).decode("utf-8", "surrogatepass")
        span = types.Range(*(types.Position(*position) for position in positions))
        change = types.TextDocumentContentChangePartial(range=span, text=edit[2])
        workspace.update_text_document(types.VersionedTextDocumentIdentifier(version=version, uri=uri), change)
        if not any(letter in text for letter in BREAKS):
            theirs = workspace.get_text_document(uri).source
            assert theirs == new, f"pygls makes {theirs!r} and we {new!r}"
        workspace.put_text_document(types.TextDocumentItem(uri=uri, language_id="yaml", version=version, text=new))
        return new

    def diagnostics(self, analysis: Analysis) -> list[Any]:
        """All that the editor is shown, its places checked."""
        found: list[Any] = []
        for name in analysis.opened:
            document = analysis.document(name)
            text = analysis.text(document)
            for finding in analysis.in_file(name):
                shown = diagnostic(finding, analysis)
                span = finding.place.value if finding.place.value is not None else finding.place.entry
                back = text.offset(shown.range.start.line, shown.range.start.character)
                cut = document.data[span.start : back] if back > span.start else document.data[back : span.start]
                assert cut.strip(b"\r\n\xef\xbb\xbf") == b"", f"{finding.rule}: {span.start} is shown at {back}"
                found.append(shown)
            for action in quick_fixes(analysis, name, finding_all(document.data)):
                found.append(action.title)
            fix_all_action(analysis, name)
        return found

    def same_as_the_command_line(self, analysis: Analysis, path: Path, text: str) -> None:
        """The findings of the editor's text are those of the file once it is saved."""
        old = path.read_bytes()
        bom = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") and not text.startswith("\ufeff") else b""
        path.write_bytes(bom + text.encode("utf-8", "surrogatepass"))
        sources = Sources(self.root)
        preferences = load_preferences(GIVEN, sources, working=self.root)
        result = Session(sources, [str(path)], preferences).lint()
        assert [told(one) for one in analysis.findings] == [told(one) for one in result.findings], (
            "the command line finds something else"
        )


def finding_all(data: bytes) -> Any:
    from vlmr1_lint.documents.model import Span

    return Span(0, len(data))


def told(finding: Any) -> tuple[Any, ...]:
    place = finding.place
    return (
        finding.rule,
        finding.severity,
        finding.message,
        place.document.path,
        place.key,
        place.entry,
        place.value,
        finding.fingerprint,
    )
