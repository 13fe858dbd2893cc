"""Does an edit of a script stay on the lines of its command? Counted by `lines` alone, not by the grammar that made the edit.

The lines of a command are its own, with all that backslashes, quotes and here-documents continue, and those that set a
variable, or call a function, that these lines use. No other line may change.
"""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.lines import logical_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["misplaced"]

_USED = re.compile(rb"\$\{?[!#]?([A-Za-z_]\w*|[@*#0-9])")
_SET = re.compile(rb"(?<![\w$-])([A-Za-z_]\w*)(?:\[[^\]\n]*\])?(?:\+|:)?=|\bfor\s+([A-Za-z_]\w*)")
_DEFINED = re.compile(rb"(?:^|[;&\s])(?:function\s+([\w-]+)|([\w-]+)\s*\(\))")
_CALLED = re.compile(rb"(?:^|[;&|({]|\b(?:then|do|else)\s)\s*([\w-]+)(?=\s|$)", re.M)
_ARGUMENTS = frozenset((b"@", b"*", b"#", *(b"%d" % digit for digit in range(10))))
_GOES_ON = re.compile(rb"\s*(?:-|#|\Z|[^\s;&|()]*\.py\b)")
"""What a line that a broken continuation cut off begins with: a flag, a comment, nothing, or the script of a launcher above."""


def misplaced(data: bytes, new: bytes, commands: Iterable[int], mends: Iterable[str]) -> str | None:
    """Why *new* is not *data* with changes on the lines of the *commands* that begin at these offsets only; None if it is.

    *mends* are the codes of problems that are mended: lines that were cut off from the command may be joined to it.
    """
    before, after = ([text[start:end] for start, end in logical_lines(text)] for text in (data, new))
    own = _own(data, before, commands)
    same_at_start = _alike(before, after)
    if not tuple(mends):
        if len(before) != len(after):
            return "the script would have other lines than before"
        changed = [at for at in range(same_at_start, len(before)) if before[at] != after[at]]
        strangers = [at for at in changed if at not in own]
    else:
        same_at_end = min(_alike(before[::-1], after[::-1]), len(before) - same_at_start, len(after) - same_at_start)
        changed = list(range(same_at_start, len(before) - same_at_end))
        strangers = [at for at in changed if at not in own and not _GOES_ON.match(before[at])]
    if not strangers:
        return None
    return f"line {1 + sum(line.count(10) for line in before[: strangers[0]])} is not part of the command"


def _alike(one: Sequence[bytes], two: Sequence[bytes]) -> int:
    """How many lines both begin with."""
    for at in range(min(len(one), len(two))):
        if one[at] != two[at]:
            return at
    return min(len(one), len(two))


def _own(data: bytes, lines: Sequence[bytes], commands: Iterable[int]) -> set[int]:
    """Indices of the lines of *commands*, and of those that give them variables and arguments."""
    from bisect import bisect_right

    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    waiting = [min(bisect_right(starts, at), len(lines)) - 1 for at in commands]
    givers = _givers(data, lines)
    own: set[int] = set()
    asked: set[bytes] = set()
    while waiting:
        at = waiting.pop()
        if at in own:
            continue
        own.add(at)
        for name in set(_USED.findall(lines[at])) - asked:
            asked.add(name)
            waiting += givers.get(b"@" if name in _ARGUMENTS else name, ())
    return own


def _givers(data: bytes, lines: Sequence[bytes]) -> dict[bytes, list[int]]:
    """By the name of a variable, the indices of the lines that set it; by ``@`` those that give arguments."""
    functions = {one or two for one, two in _DEFINED.findall(data)}
    found: dict[bytes, list[int]] = {}
    for at, line in enumerate(lines):
        for one, two in _SET.findall(line):
            found.setdefault(one or two, []).append(at)
        if b"set --" in line or (functions and not functions.isdisjoint(_CALLED.findall(line))):
            found.setdefault(b"@", []).append(at)
    return found
