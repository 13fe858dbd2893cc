"""``json.loads`` without the price of ``import json``."""

from __future__ import annotations

from vlmr1_lint.facts.data import scanners

__all__ = ["parse", "scanners"]

WHITESPACE = " \t\n\r"


def parse(text: str) -> object:
    """``json.loads(text)``: the value, or the same exceptions (``json.JSONDecodeError``, RecursionError, ValueError)."""
    start = _skip(text, 0)
    try:
        try:
            value, end = scanners()[0](text, start)
        except SystemError:
            # To raise its JSONDecodeError the C scanner looks for json.decoder among the imported modules and does not import it
            # (CPython Modules/_json.c, raise_errmsg).
            import json.decoder  # noqa: F401

            value, end = scanners()[0](text, start)
    except StopIteration as stop:
        raise _error("Expecting value", text, stop.value) from None
    end = _skip(text, end)
    if end != len(text):
        raise _error("Extra data", text, end)
    found: object = value
    return found


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in WHITESPACE:
        at += 1
    return at


def _error(message: str, text: str, at: int) -> ValueError:
    from json import JSONDecodeError

    return JSONDecodeError(message, text, at)
