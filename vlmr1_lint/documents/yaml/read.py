"""Reading YAML as the trainer does: PyYAML decides what the text means, byte offsets say where it stands."""

from __future__ import annotations

from vlmr1_lint.documents.formats import UTF16
from vlmr1_lint.documents.model import Document, Problem, Span
from vlmr1_lint.documents.offsets import not_utf8
from vlmr1_lint.documents.yaml import pyyaml
from vlmr1_lint.documents.yaml.nodes import SHARED, THROUGH_ALIAS, YamlNode
from vlmr1_lint.documents.yaml.places import Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from vlmr1_lint.documents.model import Change, Edit

__all__ = ["YamlDocument", "read_yaml"]

MAX_BYTES = 5_000_000
"""Bytes above which a file is not read (design: limits)."""
MAX_ALIASED_NODES = 10_000
"""Nodes that aliases may add to a text by repeating what they stand for (design: limits)."""
MAX_DOCUMENTS = 50
"""Documents (``---``) of one text. Each is a run of its own, which costs as much as a file; no trainer reads more than one."""
BOM = b"\xef\xbb\xbf"


class YamlDocument(Document):
    """A YAML file. ``trees`` are PyYAML's nodes, one per document of the stream; ``read_slowly`` whether
    PyYAML's Python reader made them; ``shared`` the identities of nodes that aliases repeat."""

    format = "yaml"

    def __init__(self, path: str, data: bytes) -> None:
        super().__init__(path, data)
        self._trees: list[Any] | None = []
        self.places = Places(data)
        self.read_slowly = False
        self.shared: set[int] = set()
        self.values: dict[int, object] = {}
        self.raw_values: dict[int, object] = {}
        self._comments: Sequence[tuple[Span, str]] | None = None

    @property
    def trees(self) -> list[Any]:
        """PyYAML's nodes, made again where they were forgotten."""
        if self._trees is None:
            _ = _compose(self) or _aliases(self)
        return self._trees or []

    @trees.setter
    def trees(self, trees: list[Any]) -> None:
        self._trees = trees

    def _find_roots(self) -> Iterable[YamlNode]:
        return [YamlNode(self, (index,), None, tree, self.refusal(tree, None)) for index, tree in enumerate(self.trees)]

    def forget(self) -> None:
        if self._trees:
            self._trees = self._roots = None
            self.values, self.raw_values, self.shared = {}, {}, set()

    def refusal(self, tree: Any, alias: tuple[int, int] | None) -> str | None:
        """Why the value *tree*, reached through *alias* or not, cannot be edited where it stands."""
        if alias is not None:
            return THROUGH_ALIAS
        return SHARED if self.shared and id(tree) in self.shared else None

    def comments(self) -> Sequence[tuple[Span, str]]:
        if b"#" not in self.data or not self.roots:
            return ()
        if self._comments is None:  # asked by recognition, directives and suppressions alike
            from vlmr1_lint.documents.yaml.comments import find_comments

            self._comments = find_comments(self)
        return self._comments

    def edits(self, changes: Sequence[Change]) -> list[Edit]:
        from vlmr1_lint.documents.yaml.edit import edits

        return edits(self, changes)

    def _find_problems(self) -> Iterable[Problem]:
        from vlmr1_lint.documents.yaml.problems import find_problems

        return find_problems(self)


def read_yaml(path: str, data: bytes) -> YamlDocument:
    """The YAML file *data*. What makes it unreadable is one fatal `Problem` of a document without roots."""
    document = YamlDocument(path, data)
    fatal = _limits(data) or _compose(document) or _aliases(document)
    if fatal is not None:
        document.problems = (fatal,)
        document.trees = []
        return document
    return document


def _limits(data: bytes) -> Problem | None:
    if len(data) > MAX_BYTES:
        return Problem("too-large", Span(0, 0), f"{len(data)} bytes, more than {MAX_BYTES}", fatal=True)
    if b"\0" in data and not data.startswith(UTF16):
        at = data.index(b"\0")
        return Problem("nul", Span(at, at + 1), "a NUL byte", fatal=True)
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Problem("undecodable", Span(error.start, error.start + 1), not_utf8(data), fatal=True)
    return None


def _compose(document: YamlDocument) -> Problem | None:
    """Fill ``document.trees``, or say why not.

    libyaml reads; where it fails, PyYAML's own reader, which is the trainer's, decides.
    """
    body = document.data[len(BOM) :] if document.data.startswith(BOM) else document.data
    parser = pyyaml.c_parser()
    try:
        if parser is None or (len(body) <= MAX_SECOND_OPINION and _is_disputed(body)):
            return _compose_slowly(document, body)
        document.trees = _trees(parser(body))
    except pyyaml.TooDeep:
        return Problem("too-deep", Span(0, 0), f"nested deeper than {pyyaml.DEPTH} levels", fatal=True)
    except pyyaml.TooMany as error:
        return Problem("too-large", Span(0, 0), str(error), fatal=True)
    except pyyaml.error_class() as error:
        return _compose_slowly(document, body) if len(body) <= MAX_SECOND_OPINION else _problem(document, error)
    return None


MAX_SECOND_OPINION = 200_000
"""Bytes up to which PyYAML's Python reader (about 0.2 MB/s) is asked for its words on a syntax error."""


DISPUTED = (b"\t", b" ! ", b" !\n", b"!,")
"""ASCII on which libyaml and PyYAML's Python reader can disagree: tabs between tokens, the tag ``!``."""
HEADER = rb"[|>][-+0-9]*#"
"""The same of a comment that no blank sets apart from ``|`` or ``>-``."""
QUESTION = rb"[\[{\]}][^\[{\]}]*\?"
"""A question mark within brackets, or behind them: in ``[a?b]`` libyaml reads a word, the Python reader fails."""
DISPUTED_WIDE = (b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
"""The same beyond ASCII: a byte order mark inside, and the line breaks U+0085, U+2028, U+2029."""


def _is_disputed(body: bytes) -> bool:
    """Whether the trainer's own reader has to be asked what *body* means."""
    if b"#" in body and (b"|" in body or b">" in body):
        import re

        if re.search(HEADER, body) is not None:
            return True
    if any(part in body for part in DISPUTED) or (not body.isascii() and any(part in body for part in DISPUTED_WIDE)):
        return True
    if b"?" not in body or (b"[" not in body and b"{" not in body):
        return False
    import re  # few files have both

    return re.search(QUESTION, body) is not None


def _compose_slowly(document: YamlDocument, body: bytes) -> Problem | None:
    parser = pyyaml.pure_parser()
    document.read_slowly = True
    text = body.decode("utf-8")
    if text.startswith("\ufeff"):  # the mark stands there twice: PyYAML passes over the first, the second is part of a word
        text = "\ufeff" + text
        document.places.shift = 0
    reader: Any = None
    try:
        reader = parser(text)
        document.trees = _trees(reader)
    except pyyaml.TooDeep:
        return Problem("too-deep", Span(0, 0), f"nested deeper than {pyyaml.DEPTH} levels", fatal=True)
    except pyyaml.TooMany as error:
        return Problem("too-large", Span(0, 0), str(error), fatal=True)
    except pyyaml.error_class() as error:
        return _problem(document, error)
    except (ValueError, OverflowError):  # of chr(): the trainer's own reader lets it pass, and so ends with it
        at = document.places.offset(min(reader.index, len(text)))
        return Problem("syntax", Span(at, at), "a character beyond U+10FFFF", fatal=True)
    return None


def _trees(parser: Any) -> list[Any]:
    trees: list[Any] = []
    while parser.check_node():
        if len(trees) == MAX_DOCUMENTS:
            raise pyyaml.TooMany(f"more than {MAX_DOCUMENTS} documents, too many to check")
        trees.append(parser.get_node())
    return trees


def _problem(document: YamlDocument, error: Any) -> Problem:
    from vlmr1_lint.documents.yaml.problems import syntax_problem

    return syntax_problem(document, error)


def _aliases(document: YamlDocument) -> Problem | None:
    """Find where aliases stand and what they share, or say that they add too much."""
    if b"*" not in document.data:
        return None
    from vlmr1_lint.documents.yaml.aliases import resolve_aliases

    return resolve_aliases(document, MAX_ALIASED_NODES)
