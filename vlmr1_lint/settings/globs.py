"""Path patterns of the settings, as .gitignore has them, relative to the settings file's folder.

Matched by hand in time proportional to pattern times path: settings may come from a pull request, and a regular expression
made of many stars can take for ever.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["exact", "join", "matcher"]

_SPECIAL = "*?["


def matcher(pattern: str, folder: str = "") -> Callable[[str], bool]:
    """Whether a path (``/``-separated, relative to the root) matches *pattern*, which is written in a settings file in *folder*.

    ``*`` and ``?`` stay within a name, ``**`` crosses folders, ``[ab]`` and ``[!ab]`` are sets. A pattern without a slash matches
    the name at any depth (``./name`` only here); one that matches a folder matches all that is in it.
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if "/" not in pattern.rstrip("/"):
        parts.insert(0, "**")
    inside = pattern.endswith("/")
    prefix = f"{folder}/" if folder else ""

    def matches(path: str) -> bool:
        if not path.startswith(prefix):
            return False
        names = path[len(prefix) :].split("/")
        return any(_match(parts, names[:length]) for length in range(1, len(names) + (not inside)))

    return matches


def exact(pattern: str, folder: str = "") -> str | None:
    """The one path that *pattern* can mean, or None: it has wildcards, or no slash and so any folder."""
    if "/" not in pattern or pattern.endswith("/") or any(char in pattern for char in _SPECIAL):
        return None
    return join(folder, pattern.lstrip("/"))


def join(folder: str, path: str) -> str:
    """*path* as written in a settings file in *folder*, relative to the root; ``..`` is resolved, absolute paths stay."""
    if path.startswith("/"):
        return path
    parts: list[str] = []
    for part in [*folder.split("/"), *path.split("/")]:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if folder.startswith("/") else "") + "/".join(parts)


def _match(parts: list[str], names: list[str]) -> bool:
    """Whether the pattern's *parts* match all of *names*: a row of reachable positions for every part."""
    reach = {0}
    for part in parts:
        if part == "**":
            reach = set(range(min(reach), len(names) + 1))
        else:
            reach = {at + 1 for at in reach if at < len(names) and _match_name(part, names[at])}
        if not reach:
            return False
    return len(names) in reach


def _match_name(pattern: str, name: str) -> bool:
    """Whether *pattern* matches the whole *name*. On a mismatch only the last star is retried, which is enough."""
    tokens = _tokens(pattern)
    at = token = 0
    star, resume = -1, 0
    while at < len(name):
        if token < len(tokens) and tokens[token] == "*":
            star, resume = token, at
            token += 1
        elif token < len(tokens) and _match_char(tokens[token], name[at]):
            at, token = at + 1, token + 1
        elif star >= 0:
            resume += 1
            at, token = resume, star + 1
        else:
            return False
    return all(left == "*" for left in tokens[token:])


def _tokens(pattern: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(pattern):
        end = pattern.find("]", at + 2 + pattern.startswith("!", at + 1)) if pattern[at] == "[" else -1
        token = pattern[at : end + 1] if end > 0 else pattern[at]
        if token != "*" or not tokens or tokens[-1] != "*":
            tokens.append(token)
        at += len(token)
    return tokens


def _match_char(token: str, char: str) -> bool:
    if len(token) == 1:
        return token in ("?", char)
    inside = token[1:-1]
    wanted = not inside.startswith("!")
    inside = inside.removeprefix("!")
    found, at = False, 0
    while at < len(inside):
        if at + 2 < len(inside) and inside[at + 1] == "-":
            found |= inside[at] <= char <= inside[at + 2]
            at += 3
        else:
            found |= inside[at] == char
            at += 1
    return found == wanted
