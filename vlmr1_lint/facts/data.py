"""The only place of this package that reads its data files."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["line_of", "load", "parse", "scanners", "text_of"]

FOLDER = __file__.replace("\\", "/").rpartition("/")[0]
_scanners: list[Any] = []
_lines: dict[str, bytes] = {}


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
    """``scan_once(text, index)`` and ``scanstring(text, index after the quote, strict)`` of `json`, both giving (value, end).

    `_json` is what `json` itself calls; ``import json`` loads `re` and compiles patterns (5 ms) for nothing. Where it is missing
    or has changed, `json` is imported.
    """
    if not _scanners:
        try:
            from _json import make_scanner, scanstring  # type: ignore[import-not-found, unused-ignore]

            defaults: Any = _Defaults
            _scanners.extend((make_scanner(defaults), scanstring))
        except (ImportError, AttributeError, TypeError):
            import json.decoder

            _scanners[:] = [json.JSONDecoder().scan_once, json.decoder.scanstring]  # type: ignore[attr-defined]
    return _scanners[0], _scanners[1]


def load(name: str) -> Any:
    """The parsed data file *name* (such as ``gpus.json``) of this room. Not cached: callers keep what they need."""
    return parse(text_of(f"facts/{name}"))


def text_of(path: str) -> str:
    """The data file at *path* from the package's folder (``trainers/trl/options.json``)."""
    with open(f"{FOLDER}/../{path}", "rb") as file:
        return file.read().decode("utf-8")


def parse(text: str) -> Any:
    """The first JSON value that *text* holds; what stands behind it is not read."""
    return scanners()[0](text, 0)[0]


def line_of(name: str, key: str) -> Any:
    """The value that the data file *name* has for *key*, None without one; each of its lines is a key, a blank, and JSON.

    Only the one line is parsed.
    """
    if name not in _lines:
        with open(f"{FOLDER}/{name}", "rb") as file:
            _lines[name] = b"\n" + file.read()
    text = _lines[name]
    at = text.find(f"\n{key} ".encode())
    if at < 0:
        return None
    start = at + len(key) + 2
    return scanners()[0](text[start : text.find(b"\n", start)].decode("utf-8"), 0)[0]
