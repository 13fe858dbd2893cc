"""Where a setting stands in a TOML text: tomllib tells values, not places.

Good enough to point at: tables, arrays of tables, dotted keys, inline tables. Where the scan finds nothing nearer, it points
at the table that holds the setting.
"""

from __future__ import annotations

import re

__all__ = ["toml_place"]

_BARE = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_BARE}(?:\s*\.\s*{_BARE})*"
_TABLE = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_ARRAY = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_PART = re.compile(_BARE)


def toml_place(text: str, path: tuple[str | int, ...]) -> tuple[int, int]:
    """1-based line and column of the deepest part of *path* (keys and indices from the file's root) that is found in *text*."""
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    best, depth = (1, 1), 0
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        array, header, key = _ARRAY.match(line), _TABLE.match(line), _KEY.match(line)
        here: tuple[str | int, ...] = ()
        match = array or header or key
        if array:
            name = _parts(array[1], counts)
            counts[name] = counts.get(name, -1) + 1
            table = here = (*name, counts[name])
        elif header:
            table = here = _parts(header[1], counts)
        elif key:
            here = table + _parts(key[1], {})
        if match and len(here) > depth and here == path[: len(here)]:
            best, depth = (number, match.start(1) + 1), len(here)
            if key and not array and not header:
                best, depth = _within(text, start + match.end(), path, here, best)
        start += len(line) + 1
        if depth == len(path):
            break
    return best


def _parts(dotted: str, counts: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    """The keys of a dotted name; a name in *counts* is an array of tables, and means its last one."""
    parts: tuple[str | int, ...] = ()
    for part in _PART.findall(dotted):
        parts = (*parts, part.strip("\"'"))
        if parts in counts and len(parts) < len(_PART.findall(dotted)):
            parts = (*parts, counts[parts])
    return parts


def _within(
    text: str, at: int, path: tuple[str | int, ...], here: tuple[str | int, ...], best: tuple[int, int]
) -> tuple[tuple[int, int], int]:
    """The place of what is left of *path* in the inline value that starts at offset *at*: the next keys of those names."""
    depth = len(here)
    for part in path[depth:]:
        if isinstance(part, str):
            found = re.compile(rf"""(?<![\w-])["']?({re.escape(part)})["']?\s*[=.]""").search(text, at)
            if not found:
                break
            at = found.start(1)
            line = text.count("\n", 0, at) + 1
            best = (line, at - text.rfind("\n", 0, at))
        depth += 1
    return best, depth
