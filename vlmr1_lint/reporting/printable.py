"""Source text made safe and measurable for a terminal: what it shows, and how many cells wide.

Files that we lint are untrusted: an escape sequence in a value must not reach the reader's terminal. Control characters
become their visible pictures (``␛``), tabs become spaces, text directions are shown instead of obeyed.
"""

from __future__ import annotations

__all__ = ["TAB_CELLS", "clean", "cut", "printable", "width"]

TAB_CELLS = 4
"""Distance of tab stops, in terminal cells. Tabs are printed as spaces, so any choice lines up."""

_CONTROLS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}  # U+2400: Unicode's pictures of control characters
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)  # C1 controls: some terminals obey them too
_CONTROLS |= dict.fromkeys((0x2028, 0x2029), 0x23CE)  # line separators: one line stays one line
_CONTROLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)  # text direction overrides ("Trojan source")


def clean(text: str) -> str:
    """*text* on one line and without anything that a terminal would obey."""
    return text if text.isascii() and text.isprintable() else text.expandtabs(TAB_CELLS).translate(_CONTROLS)


def printable(text: str, at: int = 0) -> str:
    """*text* as it is shown when it starts at cell *at* of its line."""
    if text.isascii() and text.isprintable():
        return text
    pieces = text.split("\t")
    shown = pieces[0].translate(_CONTROLS)
    for piece in pieces[1:]:
        here = at + width(shown)
        shown += " " * (TAB_CELLS - here % TAB_CELLS) + piece.translate(_CONTROLS)
    return shown


def width(text: str) -> int:
    """Terminal cells that the printable *text* takes: two for wide East Asian characters and emoji, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def cut(text: str, start: int, cells: int) -> str:
    """The part of the printable *text* from cell *start*, at most *cells* wide."""
    if text.isascii():
        return text[start : start + cells]
    kept, at = [], 0
    for char in text:
        wide = _cells(char)
        if at >= start and at + wide <= start + cells:
            kept.append(char)
        elif at < start < at + wide:  # half of a wide character: keep the columns right of it in place
            kept.append(" ")
        at += wide
    return "".join(kept)


def _cells(char: str) -> int:
    if char.isascii():
        return 1
    from unicodedata import category, east_asian_width

    if east_asian_width(char) in "WF":
        return 2
    return 0 if category(char) in ("Mn", "Me", "Cf") else 1
