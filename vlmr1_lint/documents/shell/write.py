"""Writing one value, flag or gap so that bash reads it as meant, in the style that stands around it."""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlmr1_lint.documents.shell.nodes import ShellRoot

__all__ = ["flag", "gap_before", "quote", "words_of"]

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
"""Text that means itself everywhere in bash: outside quotes, inside them, and when a string is read again."""


def words_of(value: object, near: Iterable[object]) -> list[str]:
    """*value* as the words of a command: booleans as the values *near* write them, a list in several words. Raises `Refused`."""
    if isinstance(value, bool):
        spelled = "true false" if _lower_booleans(near) else "True False"
        return [spelled.split()[0 if value else 1]]
    if isinstance(value, (int, float, str)):
        return [str(value)]
    if isinstance(value, (list, tuple)) and value:
        return [word for item in value for word in words_of(item, near)]
    if isinstance(value, dict):
        import json

        return [json.dumps(value)]
    raise Refused(f"{value!r} cannot be written as a flag's value")


def _lower_booleans(near: Iterable[object]) -> bool:
    """Whether the values *near* spell booleans in lower case; yes if there are none (HfArgumentParser reads both)."""
    spelled = [value for value in near if value in ("true", "false", "True", "False")]
    return not spelled or sum(str(value).islower() for value in spelled) * 2 >= len(spelled)


def quote(words: list[str], quotes: str) -> str | None:
    """*words* as text that stands inside *quotes* (as in a `Place`); None if they cannot be written there."""
    if quotes == "":
        return " ".join(word if _SAFE.fullmatch(word) else _quoted(word) for word in words)
    text = " ".join(words)
    if quotes == '"':
        return re.sub(r'([\\"$`])', r"\\\1", text)
    if quotes == "'":
        return None if "'" in text else text
    return text if all(_SAFE.fullmatch(word) for word in words) else None


def _quoted(word: str) -> str:
    if "'" not in word:
        return f"'{word}'"
    return '"' + re.sub(r'([\\"$`])', r"\\\1", word) + '"'


def flag(name: str, root: ShellRoot) -> str:
    """The flag for option *name*, with dashes if all flags of several words in *root* have them."""
    written = [child.flag.lstrip("-") for child in root.children if child.flag]
    dashes = any("-" in text for text in written) and not any("_" in text for text in written)
    return "--" + (name.replace("_", "-") if dashes else name)


def gap_before(data: bytes, start: int) -> bytes:
    """What stands between the word before offset *start* and the word there: blanks, or one line's end with its continuation."""
    match = re.search(rb"(?:[ \t]|\\?\r?\n)*\Z", data[max(start - 2000, 0) : start])
    gap = match[0] if match else b""
    if b"\n" in gap:
        line = re.search(rb"[ \t]*\\?\r?\n[ \t]*\Z", gap)
        return line[0] if line else gap
    return gap
