"""Byte offsets and the lines and characters of an editor.

The protocol counts lines and characters from 0, ends a line at ``\\n``, ``\\r\\n`` or ``\\r``, and counts characters in UTF-16
code units unless client and server agree on UTF-8 or UTF-32 (Language Server Protocol 3.17, "Position", "PositionEncodingKind").
"""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Span

__all__ = ["BOM", "Text"]

BOM = b"\xef\xbb\xbf"
"""The byte order mark in UTF-8: editors keep it from the text that they show."""

_CONTINUATIONS = bytes(range(0x80, 0xC0))
"""Bytes that go on with a code point."""
_LONG = bytes(range(0xF0, 0x100))
"""First bytes of code points beyond the basic plane, which are two UTF-16 code units."""


class Text:
    """The text *data* (bytes, UTF-8) as an editor counts it.

    encoding  ``"utf-16"``, ``"utf-8"`` or ``"utf-32"``: in what the client counts characters
    hidden    bytes at the start that the editor does not show: the length of a byte order mark that only the file has
    """

    def __init__(self, data: bytes, encoding: str = "utf-16", hidden: int = 0) -> None:
        self.data = data
        self.encoding = encoding
        self.hidden = hidden
        self._starts = [hidden, *_line_starts(data)]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and character of the byte *offset*; the start of the text for one in what is hidden, the end of a line for one in
        its line break."""
        offset = max(self.hidden, min(offset, len(self.data)))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        return line, self._units(self.data[start : min(offset, self._end(line))])

    def span(self, span: Span) -> tuple[tuple[int, int], tuple[int, int]]:
        """Start and end of *span*."""
        return self.position(span.start), self.position(span.end)

    def offset(self, line: int, character: int) -> int:
        """The byte offset of a position: the line's end for a character beyond it, the text's for a line beyond it. A position
        inside a code point is its start."""
        if line >= len(self._starts):
            return len(self.data)
        start, end = self._starts[line], self._end(line)
        if self.data[start:end].isascii():
            return min(start + character, end)
        at = start
        while at < end:
            after = at + 1
            while after < end and self.data[after] in _CONTINUATIONS:
                after += 1
            character -= self._units(self.data[at:after])
            if character < 0:
                break
            at = after
        return at

    def _end(self, line: int) -> int:
        """Where the *line* ends, its line break left out."""
        if line + 1 == len(self._starts):
            return len(self.data)
        end = self._starts[line + 1]
        return end - 2 if self.data[end - 2 : end] == b"\r\n" else end - 1

    def _units(self, piece: bytes) -> int:
        """How many characters *piece* has; counted by bytes, so that text that is no UTF-8 has places too."""
        if self.encoding == "utf-8" or piece.isascii():
            return len(piece)
        points = piece.translate(None, _CONTINUATIONS)
        if self.encoding == "utf-32":
            return len(points)
        return 2 * len(points) - len(points.translate(None, _LONG))


def _line_starts(data: bytes) -> list[int]:
    """Where the second and later lines begin."""
    starts, at = [], 0
    for line in data.splitlines(keepends=True):  # of bytes: \n, \r\n and \r only
        at += len(line)
        if line.endswith((b"\n", b"\r")):
            starts.append(at)
    return starts
