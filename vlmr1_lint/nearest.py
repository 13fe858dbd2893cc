""" "Did you mean": the one known word within two edits of a misspelt one.

A file can have thousands of unknown keys, and a table has hundreds of words: what cannot be near is left out by its length and
its letters before any distance is computed.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["MAX_EDITS", "distance", "nearest", "within_reach"]

MAX_EDITS = 2
"""Edits (insert, delete, replace, swap of neighbours) up to which a word counts as a misspelling; fewer for words under 5
letters."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The only word of *known* that is closest to *word* and within reach; None if there is none or if several are equally close.

    Case and ``-`` against ``_`` count as no edit.
    """
    best: list[str] = []
    least = MAX_EDITS + 1
    for candidate, edits in _near(word, tuple(known)):
        if edits < least:
            best, least = [candidate], edits
        elif edits == least:
            best.append(candidate)
    return best[0] if len(best) == 1 else None


def within_reach(word: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """All words of *known* that *word* may be a misspelling of. Pass the same tuple for many words: it is gone through once."""
    return tuple(candidate for candidate, _ in _near(word, known))


def _near(word: str, known: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """The words of *known* within reach of *word*, and how many edits away each is."""
    wanted = word.lower().replace("-", "_")
    size = len(wanted)
    reach = 1 if size < 5 else MAX_EDITS
    by_size = _by_size(known)
    letters: int | None = None
    for length in range(size - reach, size + reach + 1):
        for candidate, small, others in by_size.get(length, ()):
            if letters is None:
                letters = _letters(wanted)
            # An edit takes one letter out and puts one in at most.
            if (letters ^ others).bit_count() <= 2 * reach:
                edits = distance(wanted, small, reach)
                if edits <= reach:
                    yield candidate, edits


@lru_cache(maxsize=64)
def _by_size(known: tuple[str, ...]) -> Mapping[int, list[tuple[str, str, int]]]:
    """The words of *known* by their length: each as it is, in small letters, and which letters it has."""
    found: dict[int, list[tuple[str, str, int]]] = {}
    for word in dict.fromkeys(known):
        small = word.lower()
        found.setdefault(len(word), []).append((word, small, _letters(small)))
    return found


def _letters(word: str) -> int:
    """Which letters *word* has, one bit each; letters beyond ASCII share bits with others, which only lets more words through."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 127)
    return bits


def distance(one: str, other: str, limit: int) -> int:
    """Damerau-Levenshtein distance (optimal string alignment), or ``limit + 1`` as soon as it must be more than *limit*."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    start = 0
    for letter, against in zip(one, other):  # noqa: B905 (the shorter one ends what they share)
        if letter != against:
            break
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[start : len(one) - end], other[start : len(other) - end]  # what both begin and end with costs nothing
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
