""" "Did you mean": the one known word within two edits of a misspelt one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_EDITS", "distance", "nearest"]

MAX_EDITS = 2
"""Edits (insert, delete, replace, swap of neighbours) up to which a word counts as a misspelling; fewer for words under 5
letters."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The only word of *known* that is closest to *word* and within reach; None if there is none or if several are equally close.

    Case and ``-`` against ``_`` count as no edit.
    """
    wanted = word.lower().replace("-", "_")
    reach = 1 if len(wanted) < 5 else MAX_EDITS
    best: list[str] = []
    for candidate in known:
        if abs(len(candidate) - len(wanted)) > reach:
            continue
        edits = distance(wanted, candidate.lower(), reach)
        if edits < reach or (edits == reach and not best):
            best = [candidate] if edits < reach or not best else best
            reach = edits
        elif edits == reach:
            best.append(candidate)
    return best[0] if len(best) == 1 else None


def distance(one: str, other: str, limit: int) -> int:
    """Damerau-Levenshtein distance (optimal string alignment), or ``limit + 1`` as soon as it must be more than *limit*."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, against in enumerate(other, 1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != against))
            if before and row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return min(previous[-1], limit + 1)
