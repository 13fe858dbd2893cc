"""From expanded pieces to the words that a command receives: joining, splitting at blanks, words that vanish."""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.state import ADDED
from vlmr1_lint.documents.shell.text import BLANKS, BREAK, Piece, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.grammar import Budget
    from vlmr1_lint.documents.shell.text import Item, Text

    Part: TypeAlias = tuple[int, int, "Syntax | None"]
    """Start, end and node of a part of a word; no node for literal text that the grammar passes over."""

__all__ = ["NOTHING", "is_added", "joined", "parts_of", "split", "tidy", "torn", "touch"]

NOTHING: Item = (None, True)
"""What ``"${A[@]}"`` of an empty array gives: no word, and no end of one."""
_BLANK_BEHIND = re.compile(rb"(?:[ \t]|\\\r?\n)*((?:\\[ \t])+)(?=[ \t]*[^\s#\\])")


def parts_of(data: bytes, nodes: Sequence[Syntax]) -> list[Part]:
    """The word *nodes* with their offsets, and escaped blanks between them, which the grammar passes over."""
    parts: list[Part] = []
    for node in nodes:
        if parts and b"\\" in data[parts[-1][1] : node.start_byte]:
            start = parts[-1][1]
            gap = data[start : node.start_byte]
            parts += [(start + match.start(), start + match.end(), None) for match in re.finditer(rb"(?:\\[ \t])+", gap)]
        parts.append((node.start_byte, node.end_byte, node))
    # Behind the last word as well, unless the line ends there: that is a broken continuation (tails.strays).
    behind = _BLANK_BEHIND.match(data, parts[-1][1]) if parts else None
    return [*parts, (behind.start(1), behind.end(1), None)] if behind else parts


def split(items: Sequence[Item], budget: Budget) -> list[tuple[list[Piece], bool]]:
    """The words that *items* make up, each with whether unknown text outside quotes may be several words of it."""
    words: list[tuple[list[Piece], bool]] = []
    current: list[Piece] = []
    exists = loose = False

    def finish() -> None:
        nonlocal current, exists, loose
        if exists:
            words.append((current, loose))
        current, exists, loose = [], False, False

    for piece, splits in settled(items):
        if piece is None:
            if not splits:
                finish()
        elif not splits or piece.unknown is not None:
            current.append(piece)
            exists = True
            loose = loose or splits
        else:
            at, text = 0, piece.text
            while at < len(text):
                if text[at] in BLANKS:
                    finish()
                    at += 1
                    continue
                end = at
                while end < len(text) and text[end] not in BLANKS:
                    end += 1
                current.append(piece.part(at, end))
                exists = True
                at = end
                budget.step()
    finish()
    return words


def tidy(pieces: Sequence[Piece]) -> Text:
    """*pieces* without the empty ones; if there is nothing else, the most travelled one: it says where the value stands."""
    full = tuple(piece for piece in pieces if piece.text or piece.unknown is not None)
    return full or tuple(sorted(pieces, key=lambda piece: -len(piece.trail))[:1])


def joined(items: Sequence[Item]) -> list[Piece]:
    """*items* as one text, words set apart by a blank (``"${A[*]}"``)."""
    pieces: list[Piece] = []
    for at, (piece, splits) in enumerate(items):
        if piece is not None:
            pieces.append(piece)
        elif not splits:
            item, loose = items[at + 1] if at + 1 < len(items) else BREAK
            pieces.append(Piece(" ", (), glue=item is not None and is_added(item, loose)))
    return pieces


def is_added(piece: Piece, splits: bool) -> bool:
    """Whether *piece*, an item of a list, may be no item at all."""
    return piece.unknown is not None and (splits or piece.unknown.startswith(ADDED))


def torn(data: bytes, end: int) -> bool:
    """Whether the grammar tore ``$`` from its name at *end*, as it does in ``""$A/``."""
    return re.match(rb"\$[\w{(]", data[end - 1 : end + 1]) is not None and data[end - 2 : end - 1] != b"\\"


def touch(data: bytes, end: int, start: int) -> bool:
    """Whether only escaped line ends stand between two words, so that bash joins them."""
    return not data[end:start].replace(b"\\\n", b"")
