"""What pydantic's lax mode takes for a type: DeepSpeed's config models convert before they refuse.

Source: pydantic's conversion table (``2e8`` is an int, ``"8"`` too, ``1.5`` and ``"2e8"`` none); a test asks pydantic too.
"""

from __future__ import annotations

__all__ = ["accepts", "as_number"]

INFINITE = float("inf")
INT64 = 2.0**63
BOOL_WORDS = frozenset(("0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"))
"""Strings that pydantic takes for a bool, in lower case."""


def accepts(given: object, type_: str) -> bool:
    """Whether a field of *type_* (``"int"``, ``"bool|None"``, ``"list[str]"``) takes the JSON value *given*; others take all."""
    return any(_accepts(given, kind.strip()) for kind in type_.split("|"))


def _accepts(given: object, kind: str) -> bool:
    if kind == "None":
        return given is None
    if kind == "str":
        return isinstance(given, str)
    if kind == "bool":
        return _is_bool(given)
    if kind == "int":
        number = as_number(given)
        return number is not None and -INFINITE < number < INFINITE and _is_whole(given, number)
    if kind == "float":
        return as_number(given) is not None
    if kind.startswith("list"):
        return isinstance(given, list)
    if kind.startswith("dict"):
        return isinstance(given, dict)
    return True


def _is_bool(given: object) -> bool:
    if isinstance(given, str):
        return given.lower() in BOOL_WORDS
    return isinstance(given, bool | int | float) and given in (0, 1)


def _is_whole(given: object, number: float) -> bool:
    """A number without a fraction; of strings only plain digits, with zeros after a point at most."""
    if isinstance(given, str):
        whole, _, rest = given.strip().partition(".")
        return whole.lstrip("+-").isdigit() and not rest.strip("0")
    if isinstance(given, float) and not -INT64 < given < INT64:
        return False  # pydantic takes a float for an int only where it fits a machine's 64 bits
    return number % 1 == 0


def as_number(given: object) -> float | None:
    """*given* as a number: itself, or the number that a string spells; None where it is none."""
    if isinstance(given, int | float):
        return given
    if isinstance(given, str):
        try:
            return float(given)
        except ValueError:
            return None
    return None
