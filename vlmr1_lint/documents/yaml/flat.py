"""The plainest YAML without PyYAML: one ``name: value`` a line, which is what nearly all args files are.

`read_flat` knows exactly these lines and gives up at the first that is anything else (quotes with escapes, anchors, tags, text
over several lines, tabs, a name twice, a number in another base): then PyYAML is asked, as it is for comments and edits. So there
is no second opinion on any text, only a shorter way to the same one; a test holds both readers against each other.

    # a comment, a blank line
    name: plain text    # also behind it
    name: 'quoted' or "quoted", without escapes
    name: [plain, 'quoted']
    name:
      - plain or quoted     (or names one level deeper)

What a line says does not depend on where it stands, and files of one project repeat each other, so lines are kept.
"""

from __future__ import annotations

from vlmr1_lint.documents.formats import MAX_KEYS
from vlmr1_lint.documents.model import Document, Node, Span
from vlmr1_lint.documents.placeholders import placeholder
from vlmr1_lint.documents.yaml.values import UNDECIDED, quick
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vlmr1_lint.documents.model import Change, DocPath, Edit, Problem
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["FlatDocument", "FlatNode", "read_flat"]

MAX_BYTES = 200_000
"""Bytes above which a text is left to the ordinary reader; no args file comes near it."""
MAX_NAME = 100
"""Characters above which a name is left to it (PyYAML ends the search for a key's colon after 1024)."""
KEPT_LINES = 4096
"""Lines that are kept between files; about a megabyte."""
PUNCTUATION = str.maketrans("", "", "/-._")
"""What names have between letters and digits (``HuggingFaceH4/dpo-mix_7k.1``), to be taken away."""
INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
"""Characters that begin something else than plain text (YAML 1.1, section 5.3)."""


class Piece:
    """A name with its value, or an item of a list, on one line. Offsets are bytes from the line's start.

    name          the key; None for an item
    indent        bytes before it
    dash          whether it is an item behind ``-``
    start, end    the value; equal where there is none
    style         as in `Node`
    raw, value    of a scalar, without and with regard to placeholders
    items         of a list in brackets, None for scalars
    """

    __slots__ = ("dash", "end", "indent", "items", "name", "raw", "start", "style", "value")

    def __init__(self, start: int, end: int, style: str, raw: object, items: tuple[Piece, ...] | None = None) -> None:
        self.name: str | None = None
        self.indent = 0
        self.dash = False
        self.start = start
        self.end = end
        self.style = style
        self.raw = raw
        found = placeholder(raw) if raw.__class__ is str and raw else None
        self.value = raw if found is None else Unknown(found)
        self.items = items


class Row:
    """A `Piece` where it stands: *offset* is that of its line, *below* the rows nested in it, None for a value of its own."""

    __slots__ = ("below", "offset", "piece")

    def __init__(self, offset: int, piece: Piece) -> None:
        self.offset = offset
        self.piece = piece
        self.below: list[Row] | None = None


class FlatNode(Node):
    """See `Node`."""

    __slots__ = ("_children", "document", "path", "row")

    refusal: str | None = None

    def __init__(self, document: FlatDocument, path: DocPath, row: Row) -> None:
        self.document = document
        self.path: DocPath = path
        self.row = row
        self._children: dict[str | int, FlatNode] | None = None

    @property
    def kind(self) -> str:
        below = self.row.below
        if below is not None:
            return "sequence" if below[0].piece.dash else "mapping"
        return "scalar" if self.row.piece.items is None else "sequence"

    @property
    def style(self) -> str:
        return self.row.piece.style if self.row.below is None else "block"

    @property
    def value(self) -> object:
        piece = self.row.piece
        if self.row.below is None and piece.items is None:
            return piece.value
        if self.kind == "sequence":
            return [child.value for child in self.children]
        return {child.path[-1]: child.value for child in self.children}

    @property
    def raw(self) -> object:
        piece = self.row.piece
        if self.row.below is None and piece.items is None:
            return piece.raw
        if self.kind == "sequence":
            return [child.raw for child in self.children]
        return {child.path[-1]: child.raw for child in self.children}

    @property
    def text(self) -> str:
        span = self.span
        return self.document.data[span.start : span.end].decode("utf-8")

    @property
    def key_span(self) -> Span | None:
        piece = self.row.piece
        if piece.name is None:
            return None
        start = self.row.offset + piece.indent
        return Span(start, start + len(piece.name))

    @property
    def span(self) -> Span:
        row = self.row
        if row.below is None:
            return Span(row.offset + row.piece.start, row.offset + row.piece.end)
        first, last = row.below[0], row.below[-1]
        return Span(first.offset + first.piece.indent, FlatNode(self.document, self.path, last).span.end)

    @property
    def entry_span(self) -> Span:
        key = self.key_span
        return self.span if key is None else Span(key.start, self.span.end)

    @property
    def children(self) -> Sequence[FlatNode]:
        return tuple(self._below().values())

    def get(self, key: str) -> Node | None:
        return self._below().get(key) if self.kind == "mapping" else None

    def _below(self) -> dict[str | int, FlatNode]:
        if self._children is None:
            row, document, path = self.row, self.document, self.path
            rows = row.below if row.below is not None else [Row(row.offset, item) for item in row.piece.items or ()]
            keys: Iterable[str | int] = [one.piece.name for one in rows if one.piece.name is not None] or range(len(rows))
            self._children = {key: FlatNode(document, (*path, key), one) for key, one in zip(keys, rows, strict=True)}
        return self._children


class FlatDocument(Document):
    """A YAML file of plain lines. It has no problems; what else it is asked about, the ordinary reader answers."""

    format = "yaml"

    def __init__(self, path: str, data: bytes, rows: list[Row]) -> None:
        super().__init__(path, data)
        self._rows: list[Row] | None = rows
        self._full: YamlDocument | None = None
        self.problems: Sequence[Problem] = ()

    @property
    def names(self) -> list[str]:
        """The names at the top level, in file order."""
        return [row.piece.name or "" for row in self._found()]

    def forget(self) -> None:
        """Keep nothing but the text; the rest is made again if somebody asks."""
        if self._full is not None:
            self._full.forget()
        self._rows = self._roots = self._full = None

    def comments(self) -> Sequence[tuple[Span, str]]:
        return self._in_full().comments() if b"#" in self.data else ()

    def edits(self, changes: Sequence[Change]) -> list[Edit]:
        return self._in_full().edits(changes)

    def _find_roots(self) -> Iterable[Node]:
        root = Row(0, Piece(0, 0, "block", None))
        root.below = self._found()
        yield FlatNode(self, (0,), root)

    def _found(self) -> list[Row]:
        if self._rows is None:
            self._rows = _rows(self.data) or []
        return self._rows

    def _in_full(self) -> YamlDocument:
        if self._full is None:
            from vlmr1_lint.documents.yaml.read import read_yaml

            self._full = read_yaml(self.path, self.data)
        return self._full


def read_flat(path: str, data: bytes) -> FlatDocument | None:
    """The YAML file *data*, or None if it is not as plain as this module wants it."""
    rows = _rows(data) if len(data) <= MAX_BYTES else None
    return FlatDocument(path, data, rows) if rows else None


def _rows(data: bytes) -> list[Row] | None:
    """The rows of the top level, with those below them; None for any other text."""
    rows: list[Row] = []
    offset = keys = 0
    for text in data.split(b"\n"):
        piece = _lines.get(text, _UNSEEN)
        if piece is _UNSEEN:
            piece = _line(text)
        if piece is _OTHER:
            return None
        if piece is not None:
            keys += piece.name is not None
            if keys > MAX_KEYS:
                return None  # the ordinary reader says so
            row = Row(offset, piece)
            if piece.indent == 0 and not piece.dash:
                rows.append(row)
            elif not rows or not _put_below(rows[-1], row):
                return None
        offset += len(text) + 1
    if _repeats(rows) or any(_repeats(row.below) for row in rows if row.below and not row.below[0].piece.dash):
        return None
    return rows


def _repeats(rows: list[Row]) -> bool:
    """Whether two of *rows* have one name."""
    return len({row.piece.name for row in rows}) < len(rows)


def _put_below(above: Row, row: Row) -> bool:
    """Nest *row* in *above*, whose value has to be nothing so far, or rows of the same kind and indentation."""
    if above.piece.start < above.piece.end:
        return False
    if above.below is None:
        above.below = []
    elif above.below[0].piece.indent != row.piece.indent or above.below[0].piece.dash != row.piece.dash:
        return False
    above.below.append(row)
    return True


_UNSEEN = Piece(0, 0, "", None)
_OTHER = Piece(0, 0, "", None)
_lines: dict[bytes, Piece | None] = {}
"""Lines seen so far: what they say, None for blank ones and comments, `_OTHER` for what is not plain."""


def _line(line: bytes) -> Piece | None:
    if len(_lines) >= KEPT_LINES:
        _lines.clear()
    try:
        found = _read_line(line)
    except (_NotPlain, UnicodeDecodeError):
        found = _OTHER
    _lines[line] = found
    return found


class _NotPlain(Exception):
    """A line that is left to the ordinary reader."""


def _read_line(line: bytes) -> Piece | None:
    """What *line* says. Raises `_NotPlain`, UnicodeDecodeError."""
    if not line.decode("utf-8").isprintable():
        raise _NotPlain
    body = line.lstrip(b" ")
    if not body or body[0] == 35:  # "#"
        return None
    indent = len(line) - len(body)
    if body.startswith(b"- "):
        piece = _value(line, indent + 2)
        if piece.start == piece.end or piece.items is not None:
            raise _NotPlain
        piece.dash = True
    else:
        name, colon, _ = body.partition(b":")
        word = name.decode("ascii") if name.isascii() else ""
        if not colon or not _is_name(word) or len(word) > MAX_NAME or quick(word) is not word:
            raise _NotPlain
        after = indent + len(name) + 1
        if line[after : after + 1] not in (b"", b" "):
            raise _NotPlain
        piece = _value(line, after)
        piece.name = word
    piece.indent = indent
    return piece


def _is_name(word: str) -> bool:
    """Whether *word* is as plain as names of options and of data sets are."""
    return word.isidentifier() or (word[:1].isalnum() and word.translate(PUNCTUATION).isalnum())


def _value(line: bytes, start: int) -> Piece:
    """The value between *start* and the end of *line* or its comment; an empty piece at *start* where there is none."""
    text = line[start:]
    body = text.lstrip(b" ")
    if not body or (body[0] == 35 and text[0] == 32):
        return Piece(start, start, "plain", None)
    start += len(text) - len(body)
    first = body[:1]
    if first in (b"'", b'"'):
        end = body.find(first, 1) + 1
    elif first == b"[":
        end = body.find(b"]") + 1
    else:
        end = body.find(b" #")
        end = len(body) if end < 0 else end
    rest = body[end:]
    if end == 0 or (rest.strip(b" ") and not rest.lstrip(b" ").startswith(b"#")) or rest.startswith(b"#"):
        raise _NotPlain
    body = body[:end].rstrip(b" ")
    return _list(body, start) if first == b"[" else _scalar(body, start)


def _list(body: bytes, start: int) -> Piece:
    """The list in brackets *body*."""
    items = []
    inner = body[1:-1]
    if inner.strip(b" "):
        at = 1
        for part in inner.split(b","):
            item = part.strip(b" ")
            if not item or (item[:1] not in (b"'", b'"') and not INDICATORS.isdisjoint(item.decode("utf-8"))):
                raise _NotPlain
            items.append(_scalar(item, start + at + len(part) - len(part.lstrip(b" "))))
            at += len(part) + 1
    return Piece(start, start + len(body), "flow", None, tuple(items))


def _scalar(body: bytes, start: int) -> Piece:
    """The plain or quoted text *body*."""
    text, end = body.decode("utf-8"), start + len(body)
    quote = text[0]
    if quote in "'\"":
        inner = text[1:-1]
        if len(text) < 2 or text[-1] != quote or quote in inner or "\\" in inner:
            raise _NotPlain
        return Piece(start, end, "single" if quote == "'" else "double", inner)
    if quote in INDICATORS and not (quote == "-" and text[1:2].isalnum() | (text[1:2] == ".")):
        raise _NotPlain
    raw = quick(text)
    if raw is UNDECIDED or ": " in text or text[-1] == ":":
        raise _NotPlain
    return Piece(start, end, "plain", raw)
