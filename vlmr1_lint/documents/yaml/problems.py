"""What is wrong with a YAML text itself: syntax in PyYAML's words, duplicate keys, what its safe loader refuses."""

from __future__ import annotations

from vlmr1_lint.documents.model import Problem, Span
from vlmr1_lint.documents.yaml.values import (
    STANDARD,
    UNDECIDED,
    Unreadable,
    is_merge,
    is_template,
    key_value,
    mapping_pairs,
    quick,
    scalar,
    tagged,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from vlmr1_lint.documents.model import DocPath
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["find_problems", "syntax_problem"]


def syntax_problem(document: YamlDocument, error: Any) -> Problem:
    """The fatal problem that PyYAML's exception *error* tells of."""
    places = document.places
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # a ReaderError: a character that YAML does not allow
        at = min(int(getattr(error, "position", 0)) if not document.read_slowly else 0, len(document.data))
        if document.read_slowly:
            at = places.offset(int(getattr(error, "position", 0)))
        return Problem("syntax", _code_point(document.data, at), str(getattr(error, "reason", error)), fatal=True)
    at = places.offset(mark.index)
    problem = error.problem or error.context or "syntax error"
    detail = f"{error.context}: {problem}" if error.context and error.problem else problem
    tab = _indenting_tab(document.data, at)
    if tab is not None:
        return Problem("tab-indentation", tab, detail, fatal=True)
    if problem.startswith("mapping values are not allowed"):
        return Problem("colon-in-plain", _code_point(document.data, at), problem, fatal=True)
    return Problem("syntax", _code_point(document.data, at), detail, fatal=True)


def _code_point(data: bytes, at: int) -> Span:
    """The code point at the byte *at*; zero width at the end of the text or of a line."""
    if at >= len(data) or data[at : at + 1] in (b"\n", b"\r"):
        return Span(min(at, len(data)), min(at, len(data)))
    end = at + 1
    while end < len(data) and data[end] & 0xC0 == 0x80:
        end += 1
    return Span(at, end)


def _indenting_tab(data: bytes, at: int) -> Span | None:
    """The tabs that indent the line of the byte *at*, if any do."""
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    line = data[start:].split(b"\n", 1)[0]
    indent = line[: len(line) - len(line.lstrip(b" \t"))]
    if b"\t" not in indent:
        return None
    first = indent.index(b"\t")
    return Span(start + first, start + indent.rindex(b"\t") + 1)


def find_problems(document: YamlDocument) -> list[Problem]:
    """The problems of a text that can be parsed, in file order."""
    found: list[Problem] = []
    for index, tree in enumerate(document.trees):
        found.extend(_below(document, tree, (index,), set()))
    if len(document.trees) > 1:
        place = document.places.of(document.trees[1])
        words = "expected a single document in the stream"
        found.append(Problem("multiple-documents", Span(place.start, place.start), words, (1,)))
    found.sort(key=lambda problem: problem.span.start)
    return found


def _below(document: YamlDocument, tree: Any, path: DocPath, seen: set[int]) -> Iterator[Problem]:
    """Problems of *tree* and below it; *seen* are the identities of collections that have been looked at (aliases)."""
    tag = tree.tag
    if tag.__class__ is str and tag not in STANDARD and not is_merge(tree):
        yield Problem("tag", document.places.of(tree), f"could not determine a constructor for the tag {tag!r}", path)
    elif tag.__class__ is str and tree.id != "scalar" and id(tree) not in seen:
        seen.add(id(tree))
        value = tagged(tree)
        if value is not None:
            yield Problem("value", document.places.of(tree), value, path)
    elif tree.id == "scalar":
        if tag is not False and (tag is not True or quick(tree.value) is UNDECIDED):
            try:
                scalar(tree)
            except Unreadable as error:
                yield Problem("value", document.places.of(tree), str(error), path)
    elif id(tree) in seen or is_template(tree):
        return
    elif tree.id == "sequence":
        seen.add(id(tree))
        for index, item in enumerate(tree.value):
            if item.id != "scalar" or item.tag is not False:  # a quoted string has no problem
                yield from _below(document, item, (*path, index), seen)
    else:
        seen.add(id(tree))
        yield from _of_mapping(document, tree, path, seen)


def _of_mapping(document: YamlDocument, tree: Any, path: DocPath, seen: set[int]) -> Iterator[Problem]:
    places: dict[object, Any] = {}
    for key, item in tree.value:
        if is_merge(key):
            try:
                list(mapping_pairs(tree))
            except Unreadable as error:
                yield Problem("value", document.places.of(item), str(error), path, fatal=True)
            yield from _merged(document, item, path, seen)
            continue
        below = (*path, key.value if key.id == "scalar" else "?")
        try:
            value = key_value(key)
            first = places.get(value)
        except (Unreadable, TypeError) as error:
            yield Problem("syntax", document.places.of(key), str(error), below, fatal=True)
        else:
            if first is not None:
                place = document.places.of
                yield Problem("duplicate-key", place(key), key.value, below, place(first))
            places[value] = key
        if item.id != "scalar" or item.tag.__class__ is str or (item.tag and quick(item.value) is UNDECIDED):
            yield from _below(document, item, below, seen)


def _merged(document: YamlDocument, item: Any, path: DocPath, seen: set[int]) -> Iterator[Problem]:
    """Problems of what a merge key takes in: PyYAML takes entries out of it and never asks for its own tag."""
    for source in item.value if item.id == "sequence" else (item,):
        if source.id == "mapping" and id(source) not in seen:
            yield from _of_mapping(document, source, path, seen)
