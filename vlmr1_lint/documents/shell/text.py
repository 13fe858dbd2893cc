"""Text that remembers where it came from.

A value in a script is put together from literal text, variables and substitutions. It is kept as `Piece`s, each of which knows
its places: the literal in the file first, then every expansion it passed through on its way to the command.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from vlmr1_lint.documents.shell.grammar import without_placeholders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    Place: TypeAlias = tuple[int, int, str]
    """Start and end byte in the file, and the quotes around it from outside in (``h`` for a here-document)."""
    Text: TypeAlias = tuple["Piece", ...]

    Item: TypeAlias = tuple["Piece | None", bool]
    """A piece and whether bash splits it at blanks; None ends the word (between the items of an array)."""

__all__ = ["BLANKS", "BREAK", "HOLE", "Piece", "Source", "Word", "display", "is_known", "settled", "split_at", "string"]

BREAK: Item = (None, False)
BLANKS = " \t\n"
"""IFS as bash starts with it."""

HOLE = "\ue000"
"""Stands for an unknown piece in a string that is read as a program (one private-use character)."""


TRAIL_MAX = 20
"""Places that a piece of text is traced through: where it is written, the first expansions, and the last one."""


class Piece:
    """A run of text with its places. Immutable.

    text     the characters, or for an unknown piece how it is written (``${NAME}``, ``$(date)``)
    unknown  why the text is not known (``"$(…)"``, ``"$1"``, ``"the loop variable $i"``), None if it is
    trail    its places: the literal first, then each expansion that carried it
    exact    whether the bytes of the first place are the text itself, so that a part of the text has a place too
    reader   for an unknown piece made by a loop that turns a YAML file into flags: the `YamlReader`
    glue     a blank that is there only if the unknown piece behind it is not empty: before what a branch adds to a list
    """

    __slots__ = ("exact", "glue", "reader", "text", "trail", "unknown")

    def __init__(
        self,
        text: str,
        trail: tuple[Place, ...],
        exact: bool = False,
        unknown: str | None = None,
        reader: object = None,
        glue: bool = False,
    ) -> None:
        self.text = text
        self.trail = trail
        self.exact = exact
        self.unknown = unknown
        self.reader = reader
        self.glue = glue

    def through(self, place: Place) -> Piece:
        """This piece after an expansion at *place* carried it."""
        trail = self.trail if len(self.trail) < TRAIL_MAX else self.trail[: TRAIL_MAX - 1]
        return Piece(self.text, (*trail, place), self.exact, self.unknown, self.reader, self.glue)

    def part(self, start: int, end: int, inside: str = "") -> Piece:
        """Characters *start* to *end*; *inside* are quotes that a second reading found around them. Of an unknown piece they are
        as unknown as the whole."""
        text = self.text[start:end]
        if self.unknown is not None:
            return Piece(text, self.trail, unknown=self.unknown, reader=self.reader)
        if not self.trail:
            return Piece(text, (), glue=self.glue)
        at, to, quotes = self.trail[0]
        if self.exact:
            at += len(self.text[:start].encode())
            to = at + len(text.encode())
        return Piece(text, ((at, to, quotes + inside), *self.trail[1:]), self.exact, glue=self.glue)


def is_known(text: Iterable[Piece]) -> bool:
    """Whether no piece of *text* is unknown."""
    return all(piece.unknown is None for piece in text)


def string(text: Iterable[Piece]) -> str:
    """The characters of *text*; unknown pieces as they are written."""
    return "".join(piece.text for piece in text)


display = string


def settled(items: Sequence[Item]) -> list[Item]:
    """*items* without the glue (`Piece.glue`) behind which text follows at once: if nothing is added there, that text goes on the
    word before it. All of it is one word then, which an unknown piece may still make several of."""
    kept: list[Item] = []
    for at, item in enumerate(items):
        if item[0] is not None and item[0].glue and item[1]:
            behind = iter(items[at + 1 :])
            added = next((one for one, _ in behind if one is None or one.unknown is not None or one.text.strip()), None)
            after = next(((one, splits) for one, splits in behind if one is None or not splits or one.text), BREAK)
            if added is not None and after[0] is not None and not (after[1] and after[0].text[0] in BLANKS):
                continue
        kept.append(item)
    return kept


def split_at(text: Sequence[Piece], length: int) -> tuple[Text, Text]:
    """*text* before and after its first *length* characters; cut out of an unknown piece, they are as unknown."""
    before: list[Piece] = []
    for index, piece in enumerate(text):
        if length <= 0:
            return tuple(before), tuple(text[index:])
        if length < len(piece.text):
            before.append(piece.part(0, length))
            return tuple(before), (piece.part(length, len(piece.text)), *text[index + 1 :])
        before.append(piece)
        length -= len(piece.text)
    return tuple(before), ()


class Word:
    """One argument as the command receives it.

    text      its pieces
    at        place of the word in the command (the expansion that yields several words is the place of each)
    whole     the word in the command gives just this argument
    gone      the word in the command gave no argument (an unquoted empty variable)
    open      unknown text outside quotes: may be any number of arguments
    """

    __slots__ = ("at", "gone", "open", "text", "whole")

    def __init__(self, text: Text, at: Place, whole: bool, gone: bool = False, open_: bool = False) -> None:
        self.text = text
        self.at = at
        self.whole = whole
        self.gone = gone
        self.open = open_

    @property
    def known(self) -> str | None:
        """The argument's characters, None if any of them is unknown."""
        return string(self.text) if not self.gone and is_known(self.text) else None

    @property
    def shown(self) -> str:
        """The argument, unknown pieces as they are written."""
        return string(self.text)


class Source:
    """Program text: the file itself, or a string that something runs as a program, with the way back to the file.

    *filled_in* is the text as it is split into words: with the placeholders in it (``<ROOT>``) filled in, byte for byte.
    """

    def __init__(self, data: bytes, pieces: Sequence[Piece] = ()) -> None:
        self.data = data
        self.filled_in = without_placeholders(data)
        self._pieces = pieces
        self._starts: list[int] = []
        at = 0
        for piece in pieces:
            self._starts.append(at)
            at += len(_body(piece).encode())

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> Source:
        """*pieces* as a program."""
        kept = [piece for piece, _ in settled([(piece, True) for piece in pieces]) if piece is not None and piece.text]
        return cls("".join(map(_body, kept)).encode(), kept)

    @property
    def is_file(self) -> bool:
        """Whether this is the file's own text."""
        return not self._pieces

    def pieces(self, start: int, end: int, quotes: str = "") -> list[Piece]:
        """The literal text between two offsets, with *quotes* around it in this program."""
        if not self._pieces:
            body = self.data[start:end]
            text = body.decode("utf-8", "replace")  # in broken text the grammar's nodes may cut a character
            return [Piece(text, ((start, end, quotes),), text.encode() == body)]
        found = []
        index = max(bisect_right(self._starts, start) - 1, 0)
        while index < len(self._pieces) and (self._starts[index] < end or start == end):
            piece, base = self._pieces[index], self._starts[index]
            body = _body(piece).encode()
            left, right = max(start - base, 0), min(end - base, len(body))
            if piece.unknown is not None:
                if start < end:
                    found.append(piece)
            else:
                first, last = len(body[:left].decode("utf-8", "ignore")), len(body[:right].decode("utf-8", "ignore"))
                found.append(piece.part(first, last, quotes))
            if start == end:
                break
            index += 1
        return found

    def place(self, start: int, end: int, quotes: str = "") -> Place:
        """The place in the file of two offsets of this program; a hull where the text was put together from several."""
        if not self._pieces:
            return (start, end, quotes)
        trails = [piece.trail for piece in self.pieces(start, end) if piece.trail]
        # The deepest level at which the pieces stand in order: the string itself, or the command that names several strings.
        for depth in range(min(map(len, trails), default=0), 0, -1):
            level = [trail[len(trail) - depth] for trail in trails]
            if all(one[0] <= two[0] for one, two in pairwise(level)):
                return (level[0][0], max(place[1] for place in level), level[0][2] + quotes)
        return (trails[0][-1][0], trails[0][-1][1], quotes) if trails else (0, 0, quotes)


def _body(piece: Piece) -> str:
    return piece.text if piece.unknown is None else HOLE
