"""Source text made safe and measurable for a terminal or the log of a CI job: what it shows, and how many cells wide.

Files that we lint are untrusted: an escape sequence in a value must not reach the reader's terminal, and a line of it must not be
a command to the machine that runs the job. Control characters become their visible pictures (``␛``), tabs become spaces, text
directions are shown instead of obeyed, and what cannot be seen can be seen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["HIDDEN", "TAB_CELLS", "clean", "cleaned", "cut", "inert", "is_obeyed", "printable", "well_formed", "width"]

TAB_CELLS = 4
"""Distance of tab stops, in terminal cells. Tabs are printed as spaces, so any choice lines up."""

_CONTROLS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}  # U+2400: Unicode's pictures of control characters
_CONTROLS |= dict.fromkeys((0x2028, 0x2029), 0x23CE)  # line separators: one line stays one line
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)  # C1 controls: some terminals obey them too
# Text direction ("Trojan source", CVE-2021-42574) and characters without width, U+FEFF among them: two names that look alike are
# not the same. The joiners U+200C and U+200D stay: Persian and emoji need them.
_CONTROLS |= dict.fromkeys((0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, *range(0xFFF9, 0xFFFC)), 0xFFFD)
_CONTROLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xE0001, *range(0xE0020, 0xE0080)), 0xFFFD)

HIDDEN = frozenset(map(chr, _CONTROLS))
"""Characters that are obeyed or not seen where they are printed."""


def clean(text: str) -> str:
    """*text* on one line and without anything that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    return well_formed(text).expandtabs(TAB_CELLS).translate(_CONTROLS)


def well_formed(text: str) -> str:
    """*text* with its lone surrogates, which no UTF-8 can hold, written as escapes: ``\\xff`` for a byte of a file name that is
    not UTF-8 (so Python hands it over), ``\\ud83d`` for half of a pair in a JSON string."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_escaped(char) if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def _escaped(surrogate: str) -> str:
    code = ord(surrogate)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def cleaned(found: Any) -> Any:
    """*found*, plain data, with every string in it made `clean`: for texts that are put together from its parts."""
    if isinstance(found, str):
        return clean(found)
    if isinstance(found, dict):
        return {cleaned(key): cleaned(inner) for key, inner in found.items()}
    return [cleaned(inner) for inner in found] if isinstance(found, list | tuple) else found


def inert(text: str) -> str:
    """*text*, of one line or many, so that whoever runs a CI job takes no line of it for a command.

    GitHub's runner obeys ``::name::`` at the start of a line, blanks before it or not, and ``##[name]`` anywhere (actions/runner,
    ActionCommand.cs); Azure Pipelines ``##vso[`` and TeamCity ``##teamcity[``. A name that begins such a line is the same
    with ``./`` before it.
    """
    if "::" not in text and "##" not in text:
        return text
    import re

    return re.sub(_MARK, "## ", re.sub(_COMMAND, r"\1./", text))


def is_obeyed(text: str) -> bool:
    """Whether `inert` would change *text*."""
    return inert(text) != text


_COMMAND = r"(?m)(^[^\S\n]*)(?=::)"
_MARK = r"##(?=\w*\[)"


def printable(text: str, at: int = 0) -> str:
    """*text* as it is shown when it starts at cell *at* of its line."""
    if text.isascii() and text.isprintable():
        return text
    pieces = well_formed(text).split("\t")
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
