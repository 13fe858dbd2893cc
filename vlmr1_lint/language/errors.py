"""The one error of the rule language, and the small words that its messages share."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ExpressionError", "pack", "suggest", "unpack"]

_LINE = 10_000  # a text has at most 2,000 characters, so lines and columns are below this: 30007 is line 3, column 7


class ExpressionError(Exception):
    """An expression or template that the language refuses: 1-based ``line`` and ``column`` (code points) in its text, and why.

    ``others`` are further mistakes of the same text.
    """

    def __init__(self, line: int, column: int, message: str, others: tuple[ExpressionError, ...] = ()) -> None:
        super().__init__(message)
        self.others = others
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


def pack(line: int, column: int) -> int:
    """A place in an expression's text as the one integer that trees carry."""
    return line * _LINE + column


def unpack(place: int) -> tuple[int, int]:
    """Line and column of a packed *place*."""
    return divmod(place, _LINE)


def suggest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the closest of *known*, or an empty string."""
    from difflib import get_close_matches

    # A word of any length comes from a rule's author: the comparison is quadratic, so it is cut.
    close = get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
