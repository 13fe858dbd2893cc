"""Python values as YAML text that PyYAML's safe loader reads back exactly, quoted only where that is needed."""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused
from vlmr1_lint.documents.yaml.values import Unreadable, implicit

__all__ = ["IN_FLOW", "render", "render_block", "render_flow", "render_key", "render_string"]

INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
"""Characters that mean something at the start of a plain scalar (YAML 1.1, 5.3)."""
IN_FLOW = ",?[]{}"
"""Characters that end a plain scalar inside ``[…]`` and ``{…}`` for PyYAML (its `scan_plain`; the question mark too)."""
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def render(value: object, style: str = "plain") -> str:
    """*value* on one line in block context; a string in the quotes of *style* (``"single"``, ``"double"``) if it has one."""
    if isinstance(value, str):
        return render_string(value, style, "")
    if isinstance(value, (list, dict)):
        return render_flow(value)
    return _render_scalar(value)


def render_flow(value: object, style: str = "plain") -> str:
    """*value* as it stands inside ``[…]`` or ``{…}``; also one that is such a collection."""
    if isinstance(value, str):
        return render_string(value, style, IN_FLOW)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(render_flow(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{render_key(key)}: {render_flow(item)}" for key, item in value.items()) + "}"
    return _render_scalar(value)


def render_block(key: str, value: object, indent: str) -> list[str]:
    """The lines of a new entry *key*: *value* of a block mapping: nested mappings as blocks, lists of scalars in one line."""
    if _is_nested(value):
        from vlmr1_lint.documents.yaml.structure import block_lines

        return block_lines(key, value, indent)
    return [f"{indent}{render_key(key)}: {render(value)}"]


def render_item(value: object, indent: str) -> list[str]:
    """The lines of one item of a block sequence."""
    if _is_nested(value):
        from vlmr1_lint.documents.yaml.structure import item_lines

        return item_lines(value, indent)
    return [f"{indent}- {render(value)}"]


def _is_nested(value: object) -> bool:
    """Whether *value* takes several lines as a block: a mapping, or a list that holds one."""
    if isinstance(value, list):
        return any(isinstance(item, dict) for item in value)
    return isinstance(value, dict) and bool(value)


def render_key(key: str, style: str = "plain") -> str:
    """The string *key* as the key of an entry."""
    return render_string(key, style, IN_FLOW)


def render_string(text: str, style: str, forbidden: str) -> str:
    """*text* as a scalar that is read as this string; *forbidden* are characters that plain scalars here may not contain."""
    if style == "plain" and _can_be_plain(text, forbidden):
        return text
    printable = all(" " <= character <= "~" or _is_safe(character) for character in text)
    if style != "double" and printable:
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _render_scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _render_float(value)
    raise Refused(f"a value of type {type(value).__name__} cannot be written")


def _render_float(value: float) -> str:
    """``1e-06`` is a string in YAML 1.1: a float has a dot, and its exponent a sign (which `repr` always writes)."""
    if repr(value) == "nan":
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    mantissa, mark, exponent = repr(value).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + mark + exponent


def _can_be_plain(text: str, forbidden: str) -> bool:
    if not text or text != text.strip() or text.startswith(("---", "...")):
        return False
    if text[0] in INDICATORS and not (text[0] in "-:?" and len(text) > 1 and text[1] not in " ,[]{}:"):
        return False
    if text[0] in ":?" or ": " in text or " #" in text or text.endswith(":"):
        return False
    if any(character in forbidden or not (" " <= character <= "~" or _is_safe(character)) for character in text):
        return False
    if forbidden and ":" in text and any(f":{character}" in text for character in forbidden):
        return False
    try:
        return implicit(text).__class__ is str
    except Unreadable:
        return False


def _is_safe(character: str) -> bool:
    """Whether a character beyond ASCII can stand unescaped: printable, and no line break, blank or byte order mark to PyYAML."""
    return character > "\xa0" and character.isprintable() and character != "\ufeff" and not "\ud800" <= character <= "\udfff"


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if " " <= character <= "~" or _is_safe(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
