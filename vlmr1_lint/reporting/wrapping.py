"""Breaking prose into lines of terminal cells: words stay whole, Chinese may break between any two characters."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["wrapped"]


def wrapped(text: str, cells: int, taken: int = 0) -> list[str]:
    """*text* in lines of at most *cells* terminal cells, the first by *taken* cells shorter; Chinese may break between any two
    characters."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        joined = word if not line else line + word
        if line and width(joined.rstrip()) > (cells if lines else cells - taken):
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line = joined
    return [*lines, line.rstrip()]


CLOSING = frozenset("，。；：、！？）】》”’")
"""Chinese punctuation that does not begin a line."""
OPENING = frozenset("（【《“‘")
"""Chinese punctuation that does not end one."""


def _words(text: str) -> Iterator[str]:
    """Pieces of *text* that stay together: words with the space before them, wide characters one by one."""
    text = " ".join(text.split())
    if text.isascii():
        first, *rest = text.split(" ")
        if first:
            yield first
        yield from (f" {word}" for word in rest)
        return
    word = ""
    for character in text:
        if character in CLOSING or (word and word[-1] in OPENING):
            word += character
        elif character == " " or width(character) > 1:
            if word:
                yield word
            word = character
        elif word and width(word[-1]) > 1:
            yield word
            word = character
        else:
            word += character
    if word:
        yield word
