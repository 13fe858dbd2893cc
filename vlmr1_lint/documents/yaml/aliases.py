"""Where aliases stand, what they share, and whether they add more than anybody means (a "billion laughs" text)."""

from __future__ import annotations

from vlmr1_lint.documents.model import Problem
from vlmr1_lint.documents.yaml import pyyaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["resolve_aliases"]


def resolve_aliases(document: YamlDocument, limit: int) -> Problem | None:
    """Fill ``document.places.aliases`` and ``document.shared``.

    Returns a fatal problem if the text with every alias written out has more than *limit* additional nodes, nests deeper than
    `pyyaml.DEPTH`, or is endless.
    """
    survey = _Survey()
    for tree in document.trees:
        survey.visit(tree)
    if not survey.found:
        return None
    marks = _alias_marks(document)
    for (place, _), mark in zip(survey.found, marks):  # noqa: B905 (strict= would hide a mismatch behind a crash)
        document.places.aliases[place] = mark
    added, deepest = 0, 0
    for (_, tree), mark in zip(survey.found, marks):  # noqa: B905
        code = None
        if id(tree) in survey.open_at_alias:
            code, detail = "too-many-aliases", "an alias stands inside what it stands for"
        else:
            added += survey.sizes[id(tree)][0]
            if added > limit:
                code, detail = "too-many-aliases", f"aliases repeat more than {limit} nodes"
        if code is not None:
            return Problem(code, document.places.span(*mark), detail, fatal=True)
        _share(tree, document.shared)
    for tree in document.trees:
        deepest = max(deepest, survey.sizes[id(tree)][1])
    if deepest > pyyaml.DEPTH:
        return Problem("too-deep", document.places.span(*marks[0]), f"aliases nest deeper than {pyyaml.DEPTH} levels", fatal=True)
    return None


class _Survey:
    """One walk over all nodes in file order. ``found`` are the places of aliases with their nodes; ``sizes`` the number of nodes
    and levels of every node with its aliases written out, known when the node is finished, hence before any alias to it."""

    def __init__(self) -> None:
        self.found: list[tuple[tuple[int, int], Any]] = []
        self.sizes: dict[int, tuple[int, int]] = {}
        self.open: set[int] = set()
        self.open_at_alias: set[int] = set()

    def visit(self, tree: Any) -> None:
        """Visit *tree*, whose depth the parser has limited."""
        size, depth = 1, 0
        self.open.add(id(tree))
        for position, item in _items(tree):
            if id(item) in self.open:
                self.found.append(((id(tree), position), item))
                self.open_at_alias.add(id(item))
                continue
            if id(item) in self.sizes:
                self.found.append(((id(tree), position), item))
            else:
                self.visit(item)
            size += self.sizes[id(item)][0]
            depth = max(depth, self.sizes[id(item)][1])
        self.open.discard(id(tree))
        self.sizes[id(tree)] = (size, depth + 1)


def _items(tree: Any) -> list[tuple[int, Any]]:
    """The nodes directly below *tree*, with the positions that `Places.aliases` uses."""
    if tree.id == "sequence":
        return [(2 * index + 1, item) for index, item in enumerate(tree.value)]
    if tree.id == "mapping":
        return [(2 * index + part, pair[part]) for index, pair in enumerate(tree.value) for part in (0, 1)]
    return []


def _share(tree: Any, shared: set[int]) -> None:
    if id(tree) not in shared:
        shared.add(id(tree))
        for _, item in _items(tree):
            _share(item, shared)


def _alias_marks(document: YamlDocument) -> list[tuple[int, int]]:
    """The marks of all aliases in file order, from a second pass over the events."""
    body = document.data[document.places.shift :]
    parser_class = pyyaml.c_parser()
    if parser_class is None or document.read_slowly:
        parser: Any = pyyaml.pure_parser()(body.decode("utf-8"))
    else:
        parser = parser_class(body)
    marks = []
    event = parser.get_event()
    while event is not None:
        if event.__class__.__name__ == "AliasEvent":
            marks.append((event.start_mark.index, event.end_mark.index))
        event = parser.get_event()
    return marks
