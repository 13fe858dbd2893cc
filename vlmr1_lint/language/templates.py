"""Message texts with ``{expression}`` and ``{expression:format}`` in them; ``{{`` and ``}}`` are literal braces.

Formats: ``gib`` (bytes as ``12.3 GiB``), ``int`` (``1,234``), ``list`` (``a, b``), ``few`` (``8, 16, 24, …``), ``part`` (an
instant or a term of the forecast by its name in the message's language: ``optimizer step``), ``code`` and ``repr`` (as a config
file writes the value: ``true``, ``"text"``, ``1e-06``). Without a format, lists are joined, and the rest
is printed as a config file would write it, strings without quotes. An unknown value prints as ``?``. What is printed never
breaks the line.
"""

from __future__ import annotations

from vlmr1_lint.language.closures import build
from vlmr1_lint.language.trees import MAX_INT_BITS
from vlmr1_lint.units import GIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from vlmr1_lint.language.closures import Closure, Functions, Scope
    from vlmr1_lint.language.errors import ExpressionError
    from vlmr1_lint.language.trees import Tree

    Template: TypeAlias = "tuple[str | tuple[Tree, str], ...]"

__all__ = ["FORMATS", "MAX_VALUE", "build_template", "format_value", "parse_template"]

MAX_VALUE = 200
"""Longest text of one value in a message, in characters; what is longer ends in an ellipsis."""


def parse_template(text: str) -> Template:
    """The parts of the message *text*: strings, and (tree, format) for each ``{…}``. Raises `ExpressionError`."""
    parts: list[str | tuple[Tree, str]] = []
    literal, at = "", 0
    while at < len(text):
        character = text[at]
        if text[at : at + 2] in ("{{", "}}"):
            literal, at = literal + character, at + 2
        elif character == "}":
            raise _error(text, at, "single '}': write '}}' for a brace")
        elif character == "{":
            end, colon = _expression_end(text, at + 1)
            if literal:
                parts.append(literal)
            parts.append(_placeholder(text, at + 1, end, colon))
            literal, at = "", end + 1
        else:
            literal, at = literal + character, at + 1
    return (*parts, literal) if literal else tuple(parts)


def _expression_end(text: str, start: int) -> tuple[int, int | None]:
    """Where the ``}`` of an expression stands, and the ``:`` before its format, if any."""
    from vlmr1_lint.language.parse import ScanError, code_characters

    colon = None
    try:
        for at, character, depth in code_characters(text, start):
            if character == "}" and depth == 0:
                return at, colon
            if character == ":" and depth == 0 and colon is None:
                colon = at
    except ScanError as error:
        raise _error(text, error.index, error.message) from None
    raise _error(text, start - 1, "'{' is not closed: write '{{' for a brace")


def _placeholder(text: str, start: int, end: int, colon: int | None) -> tuple[Tree, str]:
    from vlmr1_lint.language.parse import parse, position

    form = "" if colon is None else text[colon + 1 : end].strip()
    if form not in FORMATS:
        raise _error(text, start, f"unknown format {form!r}: one of {', '.join(filter(None, FORMATS))}")
    return parse(text[start : end if colon is None else colon], position(text, start)), form


def _error(text: str, at: int, message: str) -> ExpressionError:
    from vlmr1_lint.language.errors import ExpressionError
    from vlmr1_lint.language.parse import position

    return ExpressionError(*position(text, at), message)


def build_template(template: Template, functions: Functions, lang: str = "en") -> Callable[[Scope], str]:
    """A function from a scope to the message, which is in *lang*. Raises KeyError for a function that is not registered."""
    pieces: list[str | tuple[Closure, str]] = [
        part if isinstance(part, str) else (build(part[0], functions), part[1]) for part in template
    ]

    def fill(scope: Scope) -> str:
        return "".join([piece if isinstance(piece, str) else format_value(piece[0](scope), piece[1], lang) for piece in pieces])

    return fill


def format_value(found: object, form: str = "", lang: str = "en") -> str:
    """*found* as messages in *lang* print it in the format *form*; a value that the format does not fit is printed plainly."""
    formats = _CHINESE_FORMATS if lang == "zh" and form in _CHINESE_FORMATS else FORMATS
    return _one_line(formats[form](found))


def _one_line(text: str) -> str:
    """*text* without control characters (a value may come from anybody's file and goes to a terminal), cut to `MAX_VALUE`."""
    if len(text) > MAX_VALUE:
        text = text[: MAX_VALUE - 1] + "…"
    return text if text.isprintable() else "".join([c if c.isprintable() else _escaped(c) for c in text])


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _plain(found: object) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list | tuple):
        return ", ".join([_plain(item) if not isinstance(item, list | tuple) else _code(item) for item in found[: MAX_VALUE + 1]])
    return _code(found)


def _code(found: object, depth: int = 0) -> str:
    """*found* as a config file would write it."""
    if found is None or found is True or found is False:
        return {None: "null", True: "true", False: "false"}[found]
    if isinstance(found, str):
        escaped = found[: MAX_VALUE + 1].replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(found, int):
        return str(found) if found.bit_length() <= MAX_INT_BITS else "a very large number"
    if isinstance(found, float):
        return repr(found)
    if isinstance(found, list | tuple) and depth < 3:
        return f"[{', '.join([_code(item, depth + 1) for item in found[:MAX_VALUE]])}]"
    if isinstance(found, dict) and depth < 3:
        pairs = list(found.items())[:MAX_VALUE]
        return f"{{{', '.join([f'{_plain_key(key)}: {_code(part, depth + 1)}' for key, part in pairs])}}}"
    return "…" if isinstance(found, list | tuple | dict) else _name_of(found)


def _plain_key(key: object) -> str:
    return key if isinstance(key, str) else _code(key)


def _name_of(found: object) -> str:
    """Objects of ours print by their ``name``, if they have one; unknown ones as ``?``."""
    name = getattr(found, "name", None)
    return name if isinstance(name, str) else "?"


def _gib(found: object) -> str:
    return f"{found / GIB:.1f} GiB" if isinstance(found, int | float) and _printable(found) else _plain(found)


def _integer(found: object) -> str:
    return f"{round(found):,}" if isinstance(found, int | float) and _printable(found) else _plain(found)


def _printable(number: float) -> bool:
    if isinstance(number, bool):
        return False
    return number.bit_length() <= MAX_INT_BITS if isinstance(number, int) else number - number == 0


def _few(found: object) -> str:
    """The first items of a long list, and an ellipsis: ``8, 16, 24, …``."""
    if isinstance(found, list | tuple) and len(found) > FEW + 1:
        return f"{_plain(list(found[:FEW]))}, …"
    return _plain(found)


def _part(found: object, lang: str = "en") -> str:
    from vlmr1_lint.memory.part_names import part_name

    return part_name(found, lang) if isinstance(found, str) else _plain(found)


FEW = 3
"""Items of a list that ``few`` prints."""

FORMATS: dict[str, Callable[[object], str]] = {
    "": _plain,
    "gib": _gib,
    "int": _integer,
    "list": _plain,
    "few": _few,
    "part": _part,
    "code": _code,
    "repr": _code,
}
"""How ``{expression:format}`` prints a value."""

_CHINESE_FORMATS: dict[str, Callable[[object], str]] = {"part": lambda found: _part(found, "zh")}
"""The formats whose words depend on the language."""
