"""The true comments of a YAML text: every ``#`` that no scalar and no directive contains."""

from __future__ import annotations

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.yaml.lines import line_end, line_start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["find_comments"]

PERCENT = 0x25
"""The first byte of a directive's line (``%TAG``)."""
WIDE_BREAKS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
"""Line breaks of YAML 1.1 that no editor shows as such: U+0085, U+2028, U+2029."""


def find_comments(document: YamlDocument) -> list[tuple[Span, str]]:
    """Comments with their places, from the ``#`` to the end of the line, in file order."""
    data = document.data
    scalars = sorted(_scalar_spans(document))
    comments, at, next_scalar = [], data.find(b"#"), 0
    end, in_directive = 0, False
    while at >= 0:
        while next_scalar < len(scalars) and scalars[next_scalar][1] <= at:
            next_scalar += 1
        if next_scalar < len(scalars) and scalars[next_scalar][0] <= at:
            at = data.find(b"#", scalars[next_scalar][1])
            continue
        if at >= end:  # once a line, however many there are on it
            end, in_directive = _end(data, at), data[line_start(data, at)] == PERCENT
        # PyYAML needs no blank before it: "[a]# b" and "{a: [# b" hold one. A directive it does not know may hold anything.
        if not in_directive or data[at - 1] in b" \t":
            comments.append((Span(at, end), data[at:end].decode("utf-8", "replace")))
            at = end
        at = data.find(b"#", at + 1)
    return comments


def _end(data: bytes, at: int) -> int:
    """Where the line of *at* ends for PyYAML."""
    end = line_end(data, at)
    if data[at:end].isascii():
        return end
    found = (data.find(mark, at, end) for mark in WIDE_BREAKS)
    return min((place for place in found if place >= 0), default=end)


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
            start = _end(document.data, span.start) if tree.style in ("|", ">") else span.start
            if span.end > start:
                spans.add((start, span.end))
        elif tree.id == "sequence":
            todo.extend(tree.value)
        else:
            todo.extend(part for pair in tree.value for part in pair)
    return spans
