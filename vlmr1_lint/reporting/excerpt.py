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

REACH_BYTES = 4_000
"""How much of a line is looked at on each side of a place, and of the place itself: more than is ever printed. A minified JSON is
one line of megabytes, and every finding in it has its excerpt."""


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


def excerpt(document: Document, span: Span, context: int = 1, most: int = LINE_CELLS) -> Excerpt:
    """The line where *span* starts with *context* lines on both sides, lines longer than *most* cells cut. A span over several
    lines is marked on its first. Beside a line that is very long before the span, others are shown from their start."""
    data = document.data
    start = data.rfind(b"\n", 0, span.start) + 1
    end = _line_end(data, span.start)
    marked = document.position(span.start).line

    near = _whole_character(data, max(start, span.start - REACH_BYTES))
    stop = max(span.start, min(span.end, end))
    before = printable(_decode(data[near : span.start]))
    under = printable(_first(data, span.start, stop), width(before))
    after = printable(_first(data, stop, end), width(before) + width(under))
    indent, cells = width(before), max(1, width(under))

    above: list[str] = []
    at = start
    while at > 0 and len(above) < context:
        previous = data.rfind(b"\n", 0, at - 1) + 1
        above.append(printable(_first(data, previous, at - 1)))
        at = previous
    below: list[str] = []
    at = end + 1
    while at < len(data) and len(below) < context:
        stop = _line_end(data, at)
        below.append(printable(_first(data, at, stop)))
        at = stop + 1

    shift = 0
    if indent + cells > most:
        shift = max(0, indent - min(LEAD_CELLS, most // 3))
    beside = shift if near == start else 0
    lines = [_window(line, beside, most) for line in reversed(above)]
    lines += [_window(before + under + after, shift, most), *(_window(line, beside, most) for line in below)]
    return Excerpt(marked - len(above), tuple(lines), marked, indent - shift, min(cells, most - (indent - shift)))


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _first(data: bytes, start: int, stop: int) -> str:
    """The text of *data* from *start* to *stop*, without a carriage return at the end, as much of it as can be printed."""
    most = 2 * REACH_BYTES  # beside a place that far to the right
    return _decode(data[start : min(stop, start + most)]).rstrip("\r\ufffd" if stop - start > most else "\r")


def _whole_character(data: bytes, at: int) -> int:
    """*at*, or where the code point that it lies in ends."""
    while at < len(data) and 0x80 <= data[at] < 0xC0:
        at += 1
    return at


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _window(line: str, shift: int, most: int) -> str:
    """*line* from cell *shift*, at most *most* wide, with ``…`` where something was cut off."""
    total = width(line)
    if not shift and total <= most:
        return line
    shown = cut(line, shift, most)
    if shift and shown:
        shown = "…" + cut(shown, 1, most)
    if total > shift + most:
        shown = cut(shown, 0, most - 1) + "…"
    return shown
