"""What linting the open files of one repository came to: a session over the unsaved text, and what editors ask of it.

The files of the session are the open ones, so findings stand in open files, and so do fixes; what those name is read from the
disk. Settings and all other files are read anew each time.
"""

from __future__ import annotations

import os

from pygls.uris import from_fs_path

from vlmr1_lint.preferences import load_preferences
from vlmr1_lint.serving.positions import BOM, Text
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources, Unreadable
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from vlmr1_lint.documents.model import Document, Span
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.preferences import Given
    from vlmr1_lint.session import Result
    from vlmr1_lint.training.run import Run

__all__ = ["Analysis", "Asked", "Opened", "analyse"]


@value
class Asked:
    """What the command line of the server says of every session. *config*: the only settings file, absolute; *isolated*: none."""

    given: Given
    config: str | None = None
    isolated: bool = False


@value
class Opened:
    """A file that is open in the editor: by which URI and version the editor knows it, its absolute path, and the text shown."""

    uri: str
    version: int | None
    path: str
    text: str


class Analysis:
    """The outcome for one repository. Names are relative to its root; *encoding* is how the client counts characters."""

    def __init__(self, session: Session, opened: Mapping[str, Opened], encoding: str) -> None:
        self.session = session
        self.opened = opened
        self.encoding = encoding
        self.result: Result = session.lint()
        self.findings = _against_baseline(self.result.findings, session)
        self.kinds = {target.document.path: target.kind for target in self.result.targets}
        self._once: dict[object, Any] = {}
        self._texts: dict[str, Text] = {}

    @property
    def lang(self) -> str:
        """The language of all words."""
        return self.session.preferences.lang

    def lint(self, texts: Mapping[str, bytes]) -> Sequence[Finding]:
        """The findings where *texts* stand in for the open text; those of the text as it is are known."""
        return self.session.lint(texts).findings if texts else self.result.findings

    def once(self, key: object, make: Callable[[], Any]) -> Any:
        """What *make* gives, made once under *key*: editors ask for the same fixes at every move of the cursor."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def runs(self) -> Sequence[Run]:
        """The runs that the open files start; none where a file is in trouble, which was said."""
        found: Sequence[Run] = self.once("runs", lambda: [] if self.result.troubles else self.session.runs())
        return found

    def runs_without(self, name: str, left_out: Span) -> Sequence[Run]:
        """The runs where the text of the file called *name* has not what is *left_out*."""
        data, sources = self.document(name).data, self.session.sources
        text = data[: left_out.start] + data[left_out.end :]
        without = Sources(sources.root, {**sources.overlays, sources.path(name): text})
        return Session(without, self.session.files, self.session.preferences).runs()

    def in_file(self, name: str) -> list[Finding]:
        """The findings to show in the file called *name*."""
        return [finding for finding in self.findings if finding.place.document.path == name]

    def document(self, name: str) -> Document:
        """The document called *name*, as it is in the editor or else on the disk."""
        return self.session.document(name, {})

    def text(self, document: Document) -> Text:
        """*document* as the editor counts its lines and characters. Of a byte order mark that the file has and the editor's text
        has not, nothing is counted."""
        if document.path not in self._texts:
            opened = self.opened.get(document.path)
            shown = opened is not None and opened.text.startswith("\ufeff")
            hidden = len(BOM) if document.data.startswith(BOM) and not shown else 0
            self._texts[document.path] = Text(document.data, self.encoding, hidden)
        return self._texts[document.path]

    def uri(self, name: str) -> str:
        """The file called *name* as the editor calls it."""
        opened = self.opened.get(name)
        return opened.uri if opened is not None else _uri(self.session.sources.path(name))


def analyse(root: str, opened: Sequence[Opened], asked: Asked, encoding: str) -> Analysis:
    """Lint the files *opened* in the repository *root*. Raises SettingsError and RuleFileError, as `load_preferences` does."""
    sources = Sources(root)
    for one in opened:
        data = _bytes(one, sources)
        sources.overlays.update({one.path: data, sources.real(one.path): data})
    # An editor starts the server anywhere: each repository is linted as if from its root.
    preferences = load_preferences(asked.given, sources, asked.config, without_settings=asked.isolated, working=root)
    by_name = {sources.name(one.path): one for one in opened}
    files = [one.path for name, one in by_name.items() if not preferences.excluded(name)]
    return Analysis(Session(sources, sorted(files), preferences), by_name, encoding)


def _uri(path: str) -> str:
    """The URI of the absolute *path*, which need not be UTF-8."""
    try:
        return from_fs_path(path) or ""
    except UnicodeEncodeError:
        from urllib.parse import quote

        return f"file://{quote(os.fsencode(path))}"


def _bytes(one: Opened, sources: Sources) -> bytes:
    """The bytes that saving would write: editors show no byte order mark, and keep one that the file has."""
    data = one.text.encode("utf-8", "surrogatepass")
    try:
        head = sources.head(one.path, len(BOM))[0]
    except Unreadable:
        return data
    return BOM + data if head == BOM and not data.startswith(BOM) else data


def _against_baseline(findings: Sequence[Finding], session: Session) -> Sequence[Finding]:
    """*findings* without those that the baseline holds. Raises BaselineError."""
    path = session.preferences.baseline
    data = session.sources.try_read_anywhere(path) if path is not None and findings else None
    if path is None or data is None:
        return findings
    from vlmr1_lint.findings.baseline import read, split

    return split(findings, read(data, path)).new
