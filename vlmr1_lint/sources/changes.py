"""What a diff changes: files, and lines of them. Read from ``git diff``, or a bare list of names (``git diff --name-only``)."""

from __future__ import annotations

import os
import re

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Changes", "changes"]

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@value
class Changes:
    """lines: name relative to the repository's root → ranges (first, last) of its new lines, 1-based, both included.

    A file that was deleted, renamed or changed in its mode only is there without a range.
    """

    lines: Mapping[str, tuple[tuple[int, int], ...]]

    def rank(self, name: str, first: int, last: int) -> int:
        """How far lines *first* to *last* of the file called *name* are from the change: 0 on a changed line, 1 in a changed
        file, 2 elsewhere."""
        ranges = self.lines.get(name)
        if ranges is None:
            return 2
        return 0 if any(first <= end and start <= last for start, end in ranges) else 1


def changes(data: bytes) -> Changes:
    """What the diff *data* changes. Text without a line ``diff --git`` is a list of names, one a line."""
    found: dict[str, list[tuple[int, int]]] = {}
    lines = data.split(b"\n")
    if not any(line.startswith(b"diff --git ") for line in lines):
        return Changes({_text(_unquoted(line.strip())): () for line in lines if line.strip()})
    for name, span in _parsed(lines):
        ranges = found.setdefault(_text(name), [])
        if span is not None:
            ranges.append(span)
    return Changes({name: tuple(ranges) for name, ranges in found.items()})


def _parsed(lines: list[bytes]) -> Iterator[tuple[bytes, tuple[int, int] | None]]:
    name = b""
    old = new = 0  # lines of the hunk at hand that are still to come
    for line in lines:
        if old > 0 or new > 0:
            old -= line[:1] in (b"-", b" ", b"")
            new -= line[:1] in (b"+", b" ", b"")
        elif line.startswith(b"diff --git "):
            both = line[len(b"diff --git ") :].rstrip(b"\r")
            half = len(both) // 2
            if both[:half] == both[half + 1 :].replace(b"b/", b"a/", 1):
                yield _side(both[:half]), None
        elif line.startswith((b"--- ", b"+++ ")):
            name = _side(line[4:].rstrip(b"\r\t"))
            if name != b"/dev/null":
                yield name, None
        elif line.startswith((b"rename from ", b"rename to ")):
            yield _unquoted(line.split(b" ", 2)[2].rstrip(b"\r")), None
        elif (hunk := _HUNK.match(line)) is not None:
            old, new = int(hunk[1] or b"1"), int(hunk[3] or b"1")
            if new and name != b"/dev/null":
                yield name, (int(hunk[2]), int(hunk[2]) + new - 1)


def _side(text: bytes) -> bytes:
    """The name in ``a/name`` or ``b/name``."""
    text = _unquoted(text)
    return text[2:] if text.startswith((b"a/", b"b/")) else text


def _unquoted(text: bytes) -> bytes:
    """*text* as git means it where it is in quotes (core.quotePath)."""
    if not (text.startswith(b'"') and text.endswith(b'"') and len(text) > 1):
        return text
    return re.sub(rb"\\([0-3][0-7]{2}|.)", lambda found: _escaped(found[1]), text[1:-1])


def _escaped(code: bytes) -> bytes:
    return bytes([int(code, 8)]) if code.isdigit() else _ESCAPES.get(code, code)


def _text(name: bytes) -> str:
    return os.fsdecode(name)
