"""A quote that nothing closes: what bash reports as "unexpected EOF while looking for matching".

The grammar mends such a text in one of several ways, so this is a scan of its own, by bash's rules of quoting alone. It gives up
at whatever needs more than these (here-documents, quotes inside ``${…}``, ``case``): then nothing is said of quotes.
"""

from __future__ import annotations

__all__ = ["unclosed_quote"]

_COMMENT_AFTER = frozenset((b"", b" ", b"\t", b"\n", b";", b"&", b"|", b"(", b")"))
"""What a ``#`` that starts a comment stands behind."""


class _Unsure(Exception):
    """The text has something that quoting alone does not explain."""


def unclosed_quote(data: bytes) -> int | None:
    """The offset of the quote outside of any substitution that is open at the end of *data*; None where all are closed, or where
    the scan cannot be sure."""
    if b"esac" in data:
        return None  # ``a)`` closes nothing
    opened: list[tuple[bytes, int]] = []  # what is open, and where: a quote, a backtick, ``(`` or ``{``
    at = 0
    try:
        while at < len(data):
            inner = opened[-1][0] if opened else b""
            if data.startswith(b"\\", at):
                at += 2
            elif inner in {b'"', b"{"}:
                at = _within(data, at, inner, opened)
            else:
                at = _outside(data, at, inner, opened)
    except _Unsure:
        return None
    return opened[0][1] if len(opened) == 1 and opened[0][0] in {b'"', b"'"} else None


def _within(data: bytes, at: int, inner: bytes, opened: list[tuple[bytes, int]]) -> int:
    """The offset behind what stands at *at* in a double-quoted string or in ``${…}``, where blanks and ``#`` mean nothing."""
    char = data[at : at + 1]
    if inner == b"{" and (char == b"'" or (char == b'"' and any(quote == b'"' for quote, _ in opened))):
        raise _Unsure
    if (char, inner) in {(b'"', b'"'), (b"}", b"{")}:
        opened.pop()
        return at + 1
    return _expansion(data, at, opened) if char in {b'"', b"$", b"`"} else at + 1


def _outside(data: bytes, at: int, inner: bytes, opened: list[tuple[bytes, int]]) -> int:
    """The offset behind what stands at *at* among a command's words."""
    char = data[at : at + 1]
    if char == b"'":
        if data[max(at - 1, 0) : at] == b"$":
            raise _Unsure
        end = data.find(b"'", at + 1)
        if end < 0:
            opened.append((char, at))
        return len(data) if end < 0 else end + 1
    if char == b"(":
        opened.append((char, at))
    elif char == b")" and inner == b"(":
        opened.pop()
    elif char == b"#" and data[max(at - 1, 0) : at] in _COMMENT_AFTER:
        if any(quote == b"`" for quote, _ in opened):
            raise _Unsure  # the backtick ends the comment too
        end = data.find(b"\n", at)
        return len(data) if end < 0 else end
    elif data.startswith(b"<<<", at):
        return at + 3
    elif (char == b")" and inner == b"`") or data.startswith(b"<<", at):
        raise _Unsure
    else:
        return _expansion(data, at, opened)
    return at + 1


def _expansion(data: bytes, at: int, opened: list[tuple[bytes, int]]) -> int:
    """The offset behind what opens a string, ``$(…)``, ``${…}`` or a pair of backticks, or closes the latter."""
    char, two = data[at : at + 1], data[at : at + 2]
    if two in {b"$(", b"${"}:
        opened.append((two[1:], at))
        return at + 2
    if char == b"`" and opened and opened[-1][0] == b"`":
        opened.pop()
    elif char == b"`" and any(quote == b"`" for quote, _ in opened):
        raise _Unsure
    elif char in {b'"', b"`"}:
        opened.append((char, at))
    return at + 1
