"""What every document is, whatever its format: nodes with places, problems, changes, edits.

A `Document` is immutable and knows nothing of trainers. Formats live beside this module, each with a ``read`` and an
``edit``; nothing here imports them.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    Reach: TypeAlias = Callable[[str, tuple[str, ...]], bytes | None]
    """The bytes of the file that a path in a script names, as written there, after these ``cd`` targets; None out of reach."""
    DocPath: TypeAlias = tuple["str | int", ...]
    """Place of a node in a document: the root's index (0 for the first YAML document or shell command), then keys and indices."""

__all__ = ["Change", "Document", "Edit", "Node", "Position", "Problem", "Refused", "Span", "format_path"]


CONTINUING = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that go on with a code point."""
POINTS_STEP = 1024
"""Bytes between two places of a text whose number of code points is kept."""


@value
class Span:
    """A half-open range of byte offsets into the file's bytes (a byte order mark counts)."""

    start: int
    end: int


@value
class Position:
    """A place as people count it: 1-based line, 1-based column in code points (a byte order mark does not count)."""

    line: int
    column: int


class Node:
    """One value of a document and where it stands. Formats subclass it to compute parts only when they are read.

    kind       ``"scalar"``, ``"mapping"`` or ``"sequence"``
    path       the node's `DocPath`, root index first
    value      the Python value that the trainer's reader gives for it (PyYAML 1.1, ``json``, or for a shell flag the word as
               the program sees it); `Unknown` where the text holds a placeholder or a shell expansion that cannot be resolved
    raw        the same without regard to placeholders: the plain Python value (where a format offers it)
    text       the source text of the value as written (quotes included)
    style      ``"plain"``, ``"single"``, ``"double"``, ``"literal"``, ``"folded"``, ``"flow"``, ``"block"``, ``"bare"`` (a flag
               without value)
    key_span   the key (mapping entries, flags); None for roots and sequence items
    span       the value; for an empty value a zero-width span where the value would stand
    entry_span from the key's start (or the value's) to the value's end
    refusal    why this value cannot be edited in place ("comes through an alias", "comes from $(…)"), or None
    children   nodes of a mapping in file order (duplicates included: the last one is the effective one) or items of a sequence
    """

    __slots__ = ()
    if TYPE_CHECKING:  # read-only for users; formats give them as attributes or compute them

        @property
        def kind(self) -> str: ...
        @property
        def path(self) -> DocPath: ...
        @property
        def value(self) -> object: ...
        @property
        def raw(self) -> object: ...
        @property
        def text(self) -> str: ...
        @property
        def style(self) -> str: ...
        @property
        def key_span(self) -> Span | None: ...
        @property
        def span(self) -> Span: ...
        @property
        def entry_span(self) -> Span: ...
        @property
        def refusal(self) -> str | None: ...
        @property
        def children(self) -> Sequence[Node]: ...

    @property
    def key(self) -> str | int | None:
        """The last part of the path: mapping key, index, or None for a root."""
        return self.path[-1] if len(self.path) > 1 else None

    def get(self, key: str) -> Node | None:
        """The effective child under *key* of a mapping (the last of duplicates), or None."""
        found = None
        for child in self.children:
            if child.path[-1] == key:
                found = child
        return found

    def entries(self) -> dict[str, Node]:
        """The effective children of a mapping by key, those that come through a merge key included; empty for other kinds."""
        return {str(child.path[-1]): child for child in self.children} if self.kind == "mapping" else {}

    def walk(self) -> Iterator[Node]:
        """Every node below this one, in file order, depth first; not itself."""
        for child in self.children:
            yield child
            yield from child.walk()


@value
class Problem:
    """Something about the text itself, before any trainer reads it: a syntax error, a duplicate key, a trailing comma.

    ``code`` is a stable word that rules ask for (``"duplicate-key"``, ``"tab-indentation"``, ``"trailing-comma"``, ``"comment"``,
    ``"colon-in-plain"``, ``"syntax"``, ``"tag"``, ``"value"``: the reader raises on a value, ``"multiple-documents"``, ``"bom"``,
    ``"too-large"``, ``"undecodable"``, ``"too-deep"``, ``"too-many-aliases"``, ``"nul"``); ``detail`` is the
    reader's own short message in English or the key's name; ``path`` the node concerned, if any; ``first`` the span of
    the other place (the earlier duplicate). ``fatal``: the trainer's reader fails on the text. Nodes are there only if a tolerant
    reading exists (JSON with trailing commas or comments).
    """

    code: str
    span: Span
    detail: str = ""
    path: DocPath = ()
    first: Span | None = None
    fatal: bool = False


@value
class Change:
    """One declared change of a document, by path.

    ``set`` puts *value* at *path* and inserts the key where it is absent, after its sibling *near* if that is given, else last;
    ``remove`` deletes the entry; ``rename`` gives the entry the key *value*; ``repair`` mends syntax of the whole text (trailing
    commas, comments, tabs) where *value* names the problem code. Two change the text alone, for readers that are no YAML parser:
    ``respell`` writes the value there as the text *value*, which must mean the same, and ``layout`` moves what means nothing
    (*value* is ``comment-above``: the comment behind the entry gets a line of its own above it; ``final-newline``: the line that
    the entry ends on, the text's last, is ended).
    """

    action: str
    path: DocPath
    value: object = None
    near: str | None = None


@value
class Edit:
    """Replace the bytes of *span* in the file *path* with *text* (encoded as UTF-8)."""

    path: str
    span: Span
    text: str


class Refused(Exception):
    """A change that this document's shape does not support; the message says why in a few words."""


class Document:
    """A file as its reader sees it.

    path       how it is called in findings: ``/``-separated, relative to the repository root
    data       the bytes
    format     ``"yaml"``, ``"json"``, ``"shell"`` or ``"text"`` (not parsed)
    roots      the root nodes: one per YAML document, one for JSON, one per training command of a script
    problems   what is wrong with the text itself, in file order
    reach      how the reader came by other files that the text takes in, None where it takes in none
    unread     commands of a script that are not read, though the text has them
    """

    format = "text"
    reach: Reach | None = None
    unread: Sequence[Span] = ()

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self._roots: Sequence[Node] | None = None
        self._problems: Sequence[Problem] | None = None
        self._line_starts: list[int] | None = None
        self._points: list[int] | None = None

    @property
    def roots(self) -> Sequence[Node]:
        """The root nodes; made when first asked for."""
        if self._roots is None:
            self._roots = tuple(self._find_roots())
        return self._roots

    @roots.setter
    def roots(self, roots: Sequence[Node]) -> None:
        self._roots = roots

    def _find_roots(self) -> Iterable[Node]:
        return ()

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with the text itself, in file order; found when first asked for."""
        if self._problems is None:
            self._problems = tuple(self._find_problems())
        return self._problems

    @problems.setter
    def problems(self, problems: Sequence[Problem]) -> None:
        self._problems = problems

    def _find_problems(self) -> Iterable[Problem]:
        return ()

    def forget(self) -> None:
        """Keep no more than is needed to answer again, where a format can: for a document that is done with, among many."""

    def comments(self) -> Sequence[tuple[Span, str]]:
        """The true comments of the text with their places, in file order (``#`` inside strings is none)."""
        return ()

    def node(self, path: DocPath) -> Node | None:
        """The node at *path*, the effective one of duplicate keys, or None."""
        if not path or not isinstance(path[0], int) or path[0] >= len(self.roots):
            return None
        node: Node | None = self.roots[path[0]]
        for part in path[1:]:
            if node is None:
                return None
            if isinstance(part, int):
                node = node.children[part] if node.kind == "sequence" and part < len(node.children) else None
            else:
                node = node.get(part) if node.kind == "mapping" else None
        return node

    def position(self, offset: int) -> Position:
        """Line and column of the byte *offset*."""
        if self._line_starts is None:
            starts, at = [0], self.data.find(b"\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.data.find(b"\n", at + 1)
            self._line_starts = starts
        from bisect import bisect_right

        line = bisect_right(self._line_starts, offset)
        start = self._line_starts[line - 1]
        if line == 1 and self.data.startswith(b"\xef\xbb\xbf"):
            start = min(3, offset)
        return Position(line, self._code_points(offset) - self._code_points(start) + 1)

    def _code_points(self, offset: int) -> int:
        """How many code points begin before the byte *offset*; a long line is not counted again for each place in it."""
        if self._points is None:
            self._points = [0]
            if not self.data.isascii():
                for at in range(0, len(self.data), POINTS_STEP):
                    self._points.append(self._points[-1] + len(self.data[at : at + POINTS_STEP].translate(None, CONTINUING)))
        if len(self._points) == 1:
            return min(offset, len(self.data))
        step = min(offset, len(self.data)) // POINTS_STEP
        return self._points[step] + len(self.data[step * POINTS_STEP : offset].translate(None, CONTINUING))

    def edits(self, changes: Sequence[Change]) -> list[Edit]:
        """The text edits that carry out *changes* and nothing else. Raises `Refused`."""
        raise Refused(f"a {self.format} file cannot be changed")


def apply_edits(data: bytes, edits: Sequence[Edit]) -> bytes:
    """*data* with *edits* applied. Raises `Refused` if two of them overlap (two insertions at one place keep their order)."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        if edit.span.start < at:
            raise Refused("two changes touch the same place")
        pieces += [data[at : edit.span.start], edit.text.encode("utf-8")]
        at = edit.span.end
    return b"".join([*pieces, data[at:]])


def format_path(path: DocPath) -> str:
    """*path* as findings print it: ``a.b[0]``, with ``#2/`` before paths in the second and later documents or commands."""
    text = ""
    for part in path[1:]:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return f"#{path[0] + 1}/{text}" if path and isinstance(path[0], int) and path[0] > 0 else text
