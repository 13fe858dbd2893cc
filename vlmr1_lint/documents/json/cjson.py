"""The scanner of Python's `json` without its price: ``import json`` loads `re` and compiles patterns (5 ms) for nothing.

`_json` is what `json` itself calls; where it is missing or has changed, `json` is imported.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse", "scanners"]

WHITESPACE = " \t\n\r"
_cache: list[Any] = []


class _Defaults:
    """What ``json.JSONDecoder()`` gives its scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__
    memo: dict[str, str] = {}  # noqa: RUF012 (the scanner's interface)


def scanners() -> tuple[Any, Any]:
    """``scan_once(text, index)`` and ``scanstring(text, index after the quote, strict)`` of `json`, both giving (value, end)."""
    if not _cache:
        try:
            from _json import make_scanner, scanstring  # type: ignore[import-not-found, unused-ignore]

            defaults: Any = _Defaults
            _cache.extend((make_scanner(defaults), scanstring))
        except (ImportError, AttributeError, TypeError):
            import json.decoder

            _cache[:] = [json.JSONDecoder().scan_once, json.decoder.scanstring]  # type: ignore[attr-defined]
    return _cache[0], _cache[1]


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
