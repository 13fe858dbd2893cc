"""Where a value stands: from the pieces of a word to the places in the file that can be shown and written."""

from __future__ import annotations

from vlmr1_lint.documents.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.shell.text import Piece, Place, Word

__all__ = ["quoted", "refusal", "span", "style", "value_places", "word_use"]

LEVELS_MAX = 20
"""Expansions that a value is followed back through; ours: real scripts need four."""


def value_places(data: bytes, words: Sequence[Word], text: Sequence[Piece], attached: bool) -> tuple[Place, ...]:
    """Every place where the value could be written, the literal first and its word in the command last.

    At each level of expansion the pieces must stand side by side (with blanks between the *words* of a list); a level where they
    don't is no place. *attached* says that *text* is only the part of a word after its ``=``.
    """
    gap = b" \t\n\\\"'" if len(words) > 1 else b"\\\n\"'"
    found: list[Place] = []
    depth = min((len(piece.trail) for piece in text), default=0)
    for level in range(min(depth, LEVELS_MAX), 0, -1):
        place = _side_by_side(data, [piece.trail[-level] for piece in text], gap)
        if place is not None and place not in found:
            found.append(place)
    if not attached:
        shared = [place for word in words if not word.whole for place in [word.at]]
        found = [place for place in found if place not in shared]
        if all(word.whole for word in words) and words:
            whole = _side_by_side(data, [word.at for word in words], gap) or (words[0].at[0], words[-1].at[1], words[0].at[2])
            if whole not in found and whole[0] <= whole[1]:
                found.append(whole)
    return tuple(found)


def _side_by_side(data: bytes, level: Sequence[Place], gap: bytes) -> Place | None:
    """The one place that the places of *level* make up together, None if other text stands between them."""
    first = last = level[0]
    mixed = False
    for place in level[1:]:
        if place == last:
            continue
        between = data[last[1] : place[0]]
        if place[0] < last[1] or between.strip(gap):
            return None
        mixed = mixed or place[2] != first[2] or b'"' in between or b"'" in between
        last = place
    if not mixed:
        return (first[0], last[1], first[2])
    # Quotes open or close inside: the whole is what stands around them.
    start, end = quoted_start(data, first), quoted_end(data, last)
    return (start, end, first[2][:-1] if start < first[0] else first[2])


def quoted_start(data: bytes, place: Place) -> int:
    """Where *place* starts with the quote in front of it, if there is one."""
    return place[0] - 1 if place[2] and place[0] > 0 and data[place[0] - 1 : place[0]] == place[2][-1:].encode() else place[0]


def quoted_end(data: bytes, place: Place) -> int:
    """Where *place* ends with the quote behind it, if there is one."""
    return place[1] + 1 if place[2] and data[place[1] : place[1] + 1] == place[2][-1:].encode() else place[1]


def word_use(flag: Word, word: Word, text: Sequence[Piece], places: Sequence[Place], attached: bool) -> Place:
    """The value's place in the text where its flag stands: the command itself, or the string or array that both came from."""
    flag_trail = flag.text[0].trail if flag.text else ()
    value_trail = text[0].trail if text else ()
    common = 0
    while common < min(len(flag_trail), len(value_trail)) and flag_trail[-1 - common] == value_trail[-1 - common]:
        common += 1
    if common == 0 and word.whole and not attached:
        return word.at
    if len(value_trail) > common:
        own = value_trail[len(value_trail) - 1 - common]
        for place in reversed(places):
            if place[0] <= own[0] and own[1] <= place[1]:
                return place
        return own
    return word.at


def quoted(data: bytes, place: Place) -> Place:
    """*place* with the quotes that stand directly around it."""
    start, end, quotes = place
    if start == end and data[start : start + 2] in {b'""', b"''"}:
        return (start, start + 2, quotes)
    if quotes in {'"', "'"} and start > 0 and data[start - 1 : start] == data[end : end + 1] == quotes.encode():
        return (start - 1, end + 1, "")
    return place


def span(data: bytes, place: Place) -> Span:
    """*place* as findings show it: with its quotes."""
    start, end, _ = quoted(data, place)
    return Span(start, end)


def style(data: bytes, shown: Span) -> str:
    """The style of the value written at *shown*."""
    return {b'"': "double", b"'": "single"}.get(data[shown.start : shown.start + 1], "plain")


def refusal(text: Sequence[Piece]) -> str | None:
    """Why a value of *text* cannot be edited in place, or None."""
    for piece in text:
        if piece.unknown is not None:
            return f"comes from {piece.unknown}"
    return None
