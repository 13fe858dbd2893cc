"""Path patterns with ``*``, ``?``, ``[ab]`` and ``**``, as .gitignore and settings have them.

Matched by hand in time proportional to pattern times path: patterns may come from a pull request, and a regular expression
made of many stars can take for ever.
"""

from __future__ import annotations

__all__ = ["matches"]


def matches(parts: list[str], names: list[str]) -> bool:
    """Whether the pattern's *parts* match all of the path's *names*: ``**`` stands for any number of names, all else for one."""
    reach = {0}  # how many names may be used up before the next part
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
    """*pattern* in its parts: ``*``, ``?``, a set with its brackets, or a character (a backslash takes its meaning)."""
    tokens: list[str] = []
    at = 0
    while at < len(pattern):
        end = pattern.find("]", at + 2 + pattern.startswith(("!", "^"), at + 1)) if pattern[at] == "[" else -1
        if pattern[at] == "\\" and at + 1 < len(pattern):
            token, used = _literal(pattern[at + 1]), 2
        elif end > 0:
            token, used = pattern[at : end + 1], end + 1 - at
        else:
            token, used = pattern[at], 1
        if token != "*" or not tokens or tokens[-1] != "*":
            tokens.append(token)
        at += used
    return tokens


def _literal(char: str) -> str:
    return f"[{char}]" if char in "*?" else char


def _match_char(token: str, char: str) -> bool:
    if len(token) == 1:
        return token in ("?", char)
    inside = token[1:-1]
    wanted = not inside.startswith(("!", "^"))
    inside = inside if wanted else inside[1:]
    found, at = False, 0
    while at < len(inside):
        if at + 2 < len(inside) and inside[at + 1] == "-":
            found |= inside[at] <= char <= inside[at + 2]
            at += 3
        else:
            found |= inside[at] == char
            at += 1
    return found == wanted
