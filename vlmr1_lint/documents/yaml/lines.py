"""The lines of a text as edits need them: ends, indentation, comments on the way."""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document

__all__ = ["after_line_break", "end_of_entry_line", "indentation", "line_end", "line_start", "newline", "refuse_comments"]

BOM = b"\xef\xbb\xbf"


def line_start(data: bytes, at: int) -> int:
    """The first byte of the line of *at* (after a byte order mark)."""
    feed = data.rfind(b"\n", 0, at)
    start = max(feed, data.rfind(b"\r", feed + 1, at)) + 1  # in this line alone: a text has thousands of lines and no CR
    return 3 if start == 0 and data.startswith(BOM) else start


def line_end(data: bytes, at: int) -> int:
    """Where the line of *at* ends, before its line break."""
    end = data.find(b"\n", at)
    end = len(data) if end < 0 else end
    lone = data.find(b"\r", at, end)
    return end if lone < 0 else lone


def after_line_break(data: bytes, end: int) -> int:
    """The byte after the line break at *end*, or *end* at the end of the text."""
    if data.startswith(b"\r\n", end):
        return end + 2
    return min(end + 1, len(data))


def newline(data: bytes) -> str:
    """The line break of this text: that of its first line."""
    end = line_end(data, 0)
    return "\n" if end == len(data) else data[end : after_line_break(data, end)].decode("ascii")


def end_of_entry_line(data: bytes, end: int) -> int:
    """The end of the line in which an entry of a block ends at *end*. Raises `Refused` if more than a comment follows on it."""
    stop = line_end(data, end)
    rest = data[end:stop]
    if rest.strip() and not (rest[:1] in (b" ", b"\t") and rest.lstrip().startswith(b"#")):
        raise Refused("another value follows on the same line")
    return stop


def indentation(data: bytes, start: int) -> str:
    """The indentation of a block collection whose first entry begins at *start*."""
    prefix = data[line_start(data, start) : start]
    if prefix.strip(b" -?"):
        raise Refused("the mapping begins in the middle of a line")
    return " " * len(prefix)


def refuse_comments(document: Document, span: Span) -> None:
    """Raise `Refused` if a comment stands within *span*: replacing it would delete what people wrote."""
    for place, _ in document.comments():
        if span.start <= place.start < span.end:
            raise Refused("a comment stands inside the value")
