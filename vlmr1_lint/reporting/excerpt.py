"""The lines around a place, ready to print, and where the marks go."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import cut, printable, width
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Span

__all__ = ["Excerpt", "excerpt"]

LINE_CELLS = 140
"""Longest line that is printed whole, in terminal cells (a minified JSON is one line of thousands)."""

LEAD_CELLS = 40
"""What stays visible before the mark on a line that is cut, in terminal cells."""


@value
class Excerpt:
    """Printable lines and the mark among them.

    first   number of the first line
    lines   the lines as printed: no tabs, no control characters, cut to a readable width
    marked  number of the line that carries the mark
    indent  cells before the mark
    cells   cells under the mark, at least one (a zero-width place is marked by one caret)
    """

    first: int
    lines: tuple[str, ...]
    marked: int
    indent: int
    cells: int


def excerpt(document: Document, span: Span, context: int = 1) -> Excerpt:
    """The line where *span* starts with *context* lines on both sides. A span over several lines is marked on its first."""
    data = document.data
    start = data.rfind(b"\n", 0, span.start) + 1
    end = _line_end(data, span.start)
    marked = document.position(span.start).line

    before = printable(_decode(data[start : span.start]))
    under = printable(_decode(data[span.start : min(span.end, end)]).rstrip("\r"), width(before))
    after = printable(_decode(data[max(span.start, min(span.end, end)) : end]).rstrip("\r"), width(before) + width(under))
    indent, cells = width(before), max(1, width(under))

    above: list[str] = []
    at = start
    while at > 0 and len(above) < context:
        previous = data.rfind(b"\n", 0, at - 1) + 1
        above.append(printable(_decode(data[previous : at - 1]).rstrip("\r")))
        at = previous
    below: list[str] = []
    at = end + 1
    while at < len(data) and len(below) < context:
        stop = _line_end(data, at)
        below.append(printable(_decode(data[at:stop]).rstrip("\r")))
        at = stop + 1

    lines = [*reversed(above), before + under + after, *below]
    shift = 0
    if indent + cells > LINE_CELLS:
        shift = max(0, indent - LEAD_CELLS)
    lines = [_window(line, shift) for line in lines]
    return Excerpt(marked - len(above), tuple(lines), marked, indent - shift, min(cells, LINE_CELLS - (indent - shift)))


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _window(line: str, shift: int) -> str:
    """*line* from cell *shift*, at most `LINE_CELLS` wide, with ``…`` where something was cut off."""
    total = width(line)
    if not shift and total <= LINE_CELLS:
        return line
    shown = cut(line, shift, LINE_CELLS)
    if shift and shown:
        shown = "…" + cut(shown, 1, LINE_CELLS)
    if total > shift + LINE_CELLS:
        shown = cut(shown, 0, LINE_CELLS - 1) + "…"
    return shown
