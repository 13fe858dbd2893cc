"""What ``${V##…}``, ``${V/…}``, ``${V:1:2}``, ``$'…'`` and braces do to known text."""

from __future__ import annotations

import re

__all__ = ["ansi_c", "has_braces", "transformed"]

TEXT_MAX = 2_000
"""Characters of text on which patterns are tried; ours: they are tried at every position."""
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}


def ansi_c(body: str) -> str:
    """The text of ``$'body'`` (the escapes that people write; others stay as they are)."""
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), body, flags=re.S)


def has_braces(word: str) -> bool:
    """Whether bash would make several words of the unquoted *word*: ``a{1,2}``, ``{0..7}``."""
    return re.search(r"(?<!\$)\{[^{}\s]*(,|\.\.)[^{}\s]*\}", word) is not None


def transformed(text: str, operator: str, written: str, operands: list[str]) -> str | None:
    """*text* after ``${…operator…}``; None for forms that are not read. *written* is the whole expansion."""
    if len(text) > TEXT_MAX or any(len(operand) > 200 for operand in operands):
        return None
    if operator in {"#", "##", "%", "%%"}:
        return _cut(text, operator, operands[0]) if len(operands) == 1 else None
    if operator in {"/", "//"}:
        if not operands or any(sign in operands[0] for sign in "*?[\\") or len(operands) > 2:
            return None
        new = operands[1] if len(operands) == 2 else ""
        return text.replace(operands[0], new, 1 if operator == "/" else -1)
    if operator in {"^^", ",,"} and not operands:
        return text.upper() if operator == "^^" else text.lower()
    match = re.fullmatch(r"\$\{\w+:\s*(\d{1,6})(?::(\d{1,6}))?\}", written)
    if match:
        start = int(match[1])
        return text[start : start + int(match[2])] if match[2] is not None else text[start:]
    return None


def _cut(text: str, operator: str, pattern: str) -> str | None:
    """*text* without the shortest or longest start (``#``, ``##``) or end (``%``, ``%%``) that matches *pattern*."""
    from fnmatch import translate

    if "\\" in pattern:
        return None
    match = re.compile(translate(pattern)).match
    sizes = range(len(text) + 1) if len(operator) == 1 else range(len(text), -1, -1)
    for size in sizes:
        if match(text[:size] if operator[0] == "#" else text[len(text) - size :]):
            return text[size:] if operator[0] == "#" else text[: len(text) - size]
    return text
