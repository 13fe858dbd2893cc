"""The true comments of a YAML text: every ``#`` after a blank that no scalar contains."""

from __future__ import annotations

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.yaml.lines import line_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["find_comments"]


def find_comments(document: YamlDocument) -> list[tuple[Span, str]]:
    """Comments with their places, from the ``#`` to the end of the line, in file order."""
    data = document.data
    scalars = sorted(_scalar_spans(document))
    comments, at, next_scalar = [], data.find(b"#"), 0
    while at >= 0:
        while next_scalar < len(scalars) and scalars[next_scalar][1] <= at:
            next_scalar += 1
        if next_scalar < len(scalars) and scalars[next_scalar][0] <= at:
            at = data.find(b"#", scalars[next_scalar][1])
            continue
        end = line_end(data, at)
        if at == document.places.shift or data[at - 1] in b" \t\r\n":
            comments.append((Span(at, end), data[at:end].decode("utf-8", "replace")))
            at = end
        at = data.find(b"#", at + 1)
    return comments


def _scalar_spans(document: YamlDocument) -> set[tuple[int, int]]:
    """Byte ranges in which ``#`` begins no comment. A block scalar's first line is not one of them: a comment may stand there."""
    spans: set[tuple[int, int]] = set()
    seen: set[int] = set()
    todo: list[Any] = list(document.trees)
    while todo:
        tree = todo.pop()
        if id(tree) in seen:
            continue
        seen.add(id(tree))
        if tree.id == "scalar":
            span = document.places.of(tree)
            start = line_end(document.data, span.start) if tree.style in ("|", ">") else span.start
            if span.end > start:
                spans.add((start, span.end))
        elif tree.id == "sequence":
            todo.extend(tree.value)
        else:
            todo.extend(part for pair in tree.value for part in pair)
    return spans
