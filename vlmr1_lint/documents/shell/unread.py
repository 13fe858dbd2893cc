"""Launches that the grammar does not give: for it their text belongs to the command above, and it finds no error.

What it gives is compared with the commands that `lines` counts. What is walked is not: a launch behind ``exit`` is rightly not.
"""

from __future__ import annotations

import re

from vlmr1_lint.documents.formats import LAUNCHERS, PLAIN_LAUNCHERS
from vlmr1_lint.documents.shell.lines import command_starts, command_words
from vlmr1_lint.documents.shell.tables import PREFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node as Syntax

__all__ = ["swallowed"]

_NAMES = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(name.encode("ascii")) for name in LAUNCHERS))
_LAUNCH = re.compile(
    rb"\s(?:[^\s'\"]*/)?(?:%s|accelerate\s+launch|-m\s+torch\.distributed\.\w+)\s" % "|".join(PLAIN_LAUNCHERS).encode("ascii")
)
_STARTS_ONE = frozenset(name.encode("ascii") for name in (*PLAIN_LAUNCHERS, "accelerate", *PREFIXES))
_COMMENTED = re.compile(rb"[ \t]*#")


def swallowed(data: bytes, tree: Syntax) -> Iterator[tuple[int, int]]:
    """Start and end of each launch in *data*, as `Source.filled_in` has it, where *tree* has no command.

    Costs nothing where each name of a launcher is a command's name for the grammar, or stands in a line of comment.
    """
    if all(_is_placed(data, found, tree) for found in _NAMES.finditer(data)):
        return
    for at in command_starts(data):
        if not _may_launch(data, at):
            continue
        words = command_words(data, at)
        joined = b" " + b" ".join(data[start:end] for start, end in words[:-1]) + b" "
        if _LAUNCH.search(joined) and not _names_a_command(tree, at):
            yield at, words[-1][1]


def _is_placed(data: bytes, found: re.Match[bytes], tree: Syntax) -> bool:
    line = data.rfind(b"\n", 0, found.start()) + 1
    return _COMMENTED.match(data, line) is not None or _names_a_command(tree, found.start())


def _may_launch(data: bytes, at: int) -> bool:
    name = re.compile(rb"[^\s;&|()<>]*").match(data, at)
    last = (name[0] if name else b"").strip(b"'\"\\").rsplit(b"/", 1)[-1]
    return last in _STARTS_ONE or b"python" in last.lower()


def _names_a_command(tree: Syntax, at: int) -> bool:
    """Whether a command of *tree* has its name at *at*, or begins there."""
    node = tree.descendant_for_byte_range(at, at + 1)
    while node is not None and node.start_byte == at:
        if node.type in {"command_name", "command"}:
            return True
        node = node.parent
    return False
