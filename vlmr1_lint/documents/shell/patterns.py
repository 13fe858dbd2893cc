"""What ``${V##…}``, ``${V/…}``, ``${V:1:2}``, ``$'…'`` and braces do to known text."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ansi_c", "assigned_in", "has_braces", "is_strange", "transformed"]

TEXT_MAX = 2_000
"""Characters of text on which patterns are tried; ours: they are tried at every position."""
WRITTEN_MAX = 200
"""Characters of an expansion that is read; ours."""
_FORM = re.compile(r"\$\{\w+(//?|##?|%%?|\^\^?|,,?|:)(.*)\}", re.S)
_PLAIN = re.compile(r"[\w .,:@+=/-]*", re.A)
"""Text that means itself in a pattern."""
_GLOB = re.compile(r"[\w .,:@+=/?*-]*", re.A)
_REPLACED = re.compile(r"((?:[\w .,:@+=-]|\\/)+)(?:/([\w .,:@+=/-]*))?", re.A)
"""Pattern and new text of ``${NAME/pattern/new}`` where both mean themselves; no pattern is not read."""
_STRANGE = re.compile(rb"\{.*(,|\.\.).*\}|\A[A-Za-z_]\w*(\[[^\]]*\])?\+?=(.*:)?~", re.S)
_NAMED = re.compile(r"\"?\$\{?(\w+)\}?\"?")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c[\x20-\x7e]|.)", re.S)
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    "'": "'",
    "?": "?",
    "E": "\x1b",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}


def ansi_c(body: str) -> str | None:
    """The text of ``$'body'``; None for a byte that alone is no character."""
    text, at = "", 0
    for match in _ESCAPE.finditer(body):
        text += body[at : match.start()]
        at = match.end()
        kind, digits = match[0][1:2], match[1] or match[2] or match[3] or match[4]
        if kind == "c":
            code = 127 if match[0][2] == "?" else ord(match[0][2]) & 31
        elif digits:
            code = int(digits, 8 if match[1] else 16) & (0xFF if match[1] else 0x1FFFFF)
        else:
            text += _ESCAPES.get(kind, match[0])
            continue
        if code == 0:
            return None  # ends the text for some releases of bash, or nothing
        if code > 126 and kind not in "uU":
            return None
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            return None
        text += chr(code)
    return text + body[at:]


def has_braces(word: str) -> bool:
    """Whether bash would make several words of the unquoted *word*: ``a{1,2}``, ``{0..7}``."""
    return re.search(r"(?<!\$)\{[^{}\s]*(,|\.\.)[^{}\s]*\}", word) is not None


def is_strange(skeleton: bytes | None) -> bool:
    """Whether a word gives what only bash says: several words by its braces, a translation (``$"…"``), or a home folder in what
    looks like an assignment (``a=~``)."""
    return skeleton is None or b"$q" in skeleton or _STRANGE.search(skeleton) is not None


def assigned_in(text: str) -> set[str]:
    """Names that expansions in *text* may assign: ``${NAME:=…}``, ``${NAME[1]:=…}``, ``$((NAME++))``, ``$((NAME = 1))``."""
    names = set(re.findall(r"\$\{(\w+)(?:\[[^\]\n]*\])?:?=", text))
    if "((" in text or "[" in text:
        names |= {
            one or two
            for one, two in re.findall(r"([A-Za-z_]\w*)\s*(?:[-+*/%&|^<>]*=|\+\+|--)|(?:\+\+|--)\s*([A-Za-z_]\w*)", text)
        }
    return names


def transformed(text: str, written: str, variable: Callable[[str], str | None]) -> str | None:
    """*text* after the expansion *written*, ``${NAME…}``; *variable* gives the value of a name. None for forms that are not read:
    all in which a character may mean more than itself, but for the stars of ``${NAME##*/}``."""
    form = _FORM.fullmatch(written)
    if form is None or len(text) > TEXT_MAX or len(written) > WRITTEN_MAX or not text.isascii():
        return None
    operator, operand = form[1], form[2]
    if operator in {"#", "##", "%", "%%"}:
        name = _NAMED.fullmatch(operand)
        pattern = variable(name[1]) if name is not None else operand
        if pattern is None or not (_PLAIN if name is not None else _GLOB).fullmatch(pattern):
            return None
        return _cut(text, operator, pattern)
    if operator in {"/", "//"}:
        pattern, new = _REPLACED.fullmatch(operand), ""
        if pattern is None:
            return None
        new = pattern[2] or ""
        return text.replace(pattern[1].replace("\\/", "/"), new, 1 if operator == "/" else -1)
    if operator in {"^^", ",,"} and not operand:
        return text.upper() if operator == "^^" else text.lower()
    places = re.fullmatch(r"\s*(\d{1,6})(?::(\d{1,6}))?", operand)
    if operator == ":" and places:
        start = int(places[1])
        return text[start : start + int(places[2])] if places[2] is not None else text[start:]
    return None


def _cut(text: str, operator: str, pattern: str) -> str:
    """*text* without the shortest or longest start (``#``, ``##``) or end (``%``, ``%%``) that matches *pattern*."""
    from fnmatch import translate

    match = re.compile(translate(pattern)).match
    sizes = range(len(text) + 1) if len(operator) == 1 else range(len(text), -1, -1)
    for size in sizes:
        if match(text[:size] if operator[0] == "#" else text[len(text) - size :]):
            return text[size:] if operator[0] == "#" else text[: len(text) - size]
    return text
