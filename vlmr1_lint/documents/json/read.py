"""Reading JSON as the trainer does: `json` decides what the text means; places come from a second pass, if asked for."""

from __future__ import annotations

from vlmr1_lint.documents.formats import MAX_KEYS, MAX_NODES, UTF16
from vlmr1_lint.documents.json.cjson import parse
from vlmr1_lint.documents.json.scan import DEPTH, ScanError, Scanned, Tolerated, TooDeep, TooMany, scan
from vlmr1_lint.documents.model import Document, Node, Problem, Span
from vlmr1_lint.documents.offsets import Offsets, not_utf8
from vlmr1_lint.documents.placeholders import placeholder
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from vlmr1_lint.documents.model import Change, DocPath, Edit

__all__ = ["JsonDocument", "JsonNode", "read_json"]

MAX_BYTES = 5_000_000
"""Bytes above which a file is not read (design: limits)."""
DETAILS = {
    "comment": "json knows no comments",
    "trailing-comma": "json allows no comma before a closing bracket",
}


class JsonNode(Node):
    """See `Node`; made from what the span-recording pass has found."""

    __slots__ = ("_children", "_entries", "_repeated", "document", "path", "scanned")

    def __init__(self, document: JsonDocument, path: DocPath, scanned: Scanned) -> None:
        self.document = document
        self.path: DocPath = path
        self.scanned = scanned
        self._children: tuple[JsonNode, ...] | None = None
        self._entries: dict[str, Node] | None = None
        self._repeated: frozenset[str | int] | None = None

    @property
    def kind(self) -> str:
        return self.scanned.kind

    @property
    def style(self) -> str:
        return "flow" if self.scanned.kind != "scalar" else "double" if self.scanned.value.__class__ is str else "plain"

    @property
    def value(self) -> object:
        return _without_placeholders(self.scanned.value)

    @property
    def raw(self) -> object:
        return self.scanned.value

    @property
    def text(self) -> str:
        return self.document.text[self.scanned.start : self.scanned.end]

    @property
    def key_span(self) -> Span | None:
        if self.scanned.key is None:
            return None
        return self.document.offsets.span(self.scanned.key_start, self.scanned.key_end)

    @property
    def span(self) -> Span:
        return self.document.offsets.span(self.scanned.start, self.scanned.end)

    @property
    def entry_span(self) -> Span:
        start = self.scanned.start if self.scanned.key is None else self.scanned.key_start
        return self.document.offsets.span(start, self.scanned.end)

    @property
    def refusal(self) -> str | None:
        return None

    @property
    def children(self) -> Sequence[JsonNode]:
        if self._children is None:
            self._children = tuple(
                JsonNode(self.document, (*self.path, index if part.key is None else part.key), part)
                for index, part in enumerate(self.scanned.parts)
            )
        return self._children

    def entries(self) -> dict[str, Node]:
        if self._entries is None:
            self._entries = {str(child.path[-1]): child for child in self.children} if self.kind == "mapping" else {}
        return self._entries

    def get(self, key: str) -> Node | None:
        return self.entries().get(key)

    def has_twice(self, key: str | int) -> bool:
        """Whether two entries have this *key*."""
        if self._repeated is None:
            keys, twice = set[object](), set[str | int]()
            for child in self.children:
                (twice if child.path[-1] in keys else keys).add(child.path[-1])
            self._repeated = frozenset(twice)
        return key in self._repeated


class JsonDocument(Document):
    """A JSON file. ``value`` is what `json` gives, or the tolerant reading where `json` fails; None without one."""

    format = "json"

    def __init__(self, path: str, data: bytes) -> None:
        super().__init__(path, data)
        self.offsets = Offsets(data)
        self.text = ""
        self.value: object = None
        self._root: Scanned | None = None

    def tolerate(self) -> list[Tolerated]:
        """Read the text tolerantly; returns what `json` does not accept. Raises `ScanError`."""
        self._root, tolerated = scan(self.text)
        self.value = self._root.value
        return tolerated

    def _find_roots(self) -> Iterable[Node]:
        if self._root is None:
            self._root = scan(self.text)[0]
        yield JsonNode(self, (0,), self._root)

    def edits(self, changes: Sequence[Change]) -> list[Edit]:
        from vlmr1_lint.documents.json.edit import edits

        return edits(self, changes)

    def _find_problems(self) -> Iterable[Problem]:
        return sorted(_all_duplicates(self), key=lambda problem: problem.span.start)


def read_json(path: str, data: bytes) -> JsonDocument:
    """The JSON file *data*. What `json` refuses is a fatal `Problem`; roots are there if the text can be read tolerantly."""
    document = JsonDocument(path, data)
    fatal = _limits(document)
    problems = [fatal] if fatal else _parse(document)
    if problems:
        tolerated = all(problem.code in ("comment", "trailing-comma", "bom") for problem in problems)
        if tolerated:
            problems = sorted([*problems, *_all_duplicates(document)], key=lambda problem: problem.span.start)
        else:
            document.roots = ()
        document.problems = tuple(problems)
    return document


def _limits(document: JsonDocument) -> Problem | None:
    data = document.data
    if len(data) > MAX_BYTES:
        return Problem("too-large", Span(0, 0), f"{len(data)} bytes, more than {MAX_BYTES}", fatal=True)
    if b"\0" in data and not data.startswith(UTF16):
        at = data.index(b"\0")
        return Problem("nul", Span(at, at + 1), "a NUL byte", fatal=True)
    try:
        document.text = data[document.offsets.shift :].decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start + document.offsets.shift
        return Problem("undecodable", Span(at, at + 1), not_utf8(data), fatal=True)
    return None


def _parse(document: JsonDocument) -> list[Problem]:
    """Set ``document.value`` and ``document.roots``; the problems that make `json` fail on the text."""
    problems: list[Problem] = []
    if document.offsets.shift:
        problems.append(Problem("bom", Span(0, 3), "Unexpected UTF-8 BOM (decode using utf-8-sig)", fatal=True))
    text, span = document.text, document.offsets.span
    if text.count("[") + text.count("{") <= DEPTH:  # json's scanner recurses as deep as the text nests
        try:
            document.value = parse(text)
            if text.count(":") <= MAX_KEYS and text.count(",") < MAX_NODES:
                return problems
        except ValueError:
            pass  # the tolerant reading below finds the place, and whether it is one that can be mended
    try:
        tolerated = document.tolerate()
    except TooDeep as error:
        return [*problems, Problem("too-deep", span(error.at, error.at + 1), error.message, fatal=True)]
    except TooMany as error:
        document.value = error.value or _value_only(document.text)
        return [*problems, Problem("too-large", span(error.at, error.at), error.message, fatal=True)]
    except ScanError as error:
        return [*problems, Problem("syntax", span(error.at, error.at + 1), error.message, fatal=True)]
    problems += [Problem(item.code, span(item.start, item.end), DETAILS[item.code], fatal=True) for item in tolerated]
    return problems


def _value_only(text: str) -> object:
    """What a text that is not read says all the same, where `json` can tell: whose file it is."""
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return None


def _all_duplicates(document: JsonDocument) -> list[Problem]:
    return [problem for root in document.roots for problem in _duplicates(root)]


def _duplicates(node: Node) -> Iterator[Problem]:
    """Keys that a mapping has twice, in all mappings from *node* on down."""
    first: dict[str, Any] = {}
    for child in node.children:
        if node.kind == "mapping":
            key = str(child.path[-1])
            if key in first:
                yield Problem("duplicate-key", child.key_span or child.span, key, child.path, first[key].key_span)
            first[key] = child
        if child.kind != "scalar":
            yield from _duplicates(child)


def _without_placeholders(value: object) -> object:
    """*value* with strings that hold a placeholder unknown."""
    if isinstance(value, str):
        found = placeholder(value)
        return value if found is None else Unknown(found)
    if isinstance(value, dict):
        return {key: _without_placeholders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_placeholders(item) for item in value]
    return value
