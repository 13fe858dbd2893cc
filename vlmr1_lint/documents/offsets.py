"""Byte offsets of code points, for readers that count code points."""

from __future__ import annotations

from vlmr1_lint.documents.formats import UTF16
from vlmr1_lint.documents.model import Span

__all__ = ["Offsets", "not_utf8"]

STEP = 256
"""Code points between two known byte offsets of a text that is not ASCII."""


def not_utf8(data: bytes) -> str:
    """What to say of *data*, which is not UTF-8: the readers of all trainers know nothing else."""
    return "UTF-16, not UTF-8" if data[:2] in UTF16 else "not UTF-8"


class Offsets:
    """Where the code points of *data*, UTF-8 with or without a byte order mark, begin. A byte order mark does not count."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.shift = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        self.plain = self.shift == 0 and data.isascii()
        self._text: str | None = None
        self._known: list[int] = []

    def offset(self, index: int) -> int:
        """The byte offset of the code point *index*; the end of the text for one beyond it."""
        if self.plain:
            return min(index, len(self.data))
        if self._text is None:
            self._text = text = self.data[self.shift :].decode("utf-8")
            self._known, at = [], self.shift
            for start in range(0, len(text) + 1, STEP):
                self._known.append(at)
                at += len(text[start : start + STEP].encode("utf-8"))
        index = min(index, len(self._text))
        start = index // STEP * STEP
        return self._known[index // STEP] + len(self._text[start:index].encode("utf-8"))

    def span(self, start: int, end: int) -> Span:
        """The span of the code points from *start* up to *end*."""
        return Span(self.offset(start), self.offset(end))
