"""Settings that are plainly right, told so without pydantic: importing it costs three times what linting a file does.

`plain` gives what the models in `model` would give, or None where only they can tell: then they read the settings, and word what
is wrong. A test holds both against each other on right and wrong settings alike.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    Check: TypeAlias = Callable[[Any], Any]

__all__ = ["MOST", "TABLES", "plain"]


class _NotPlain(Exception):
    """Something that is wrong, or unusual."""


def plain(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings *values* as the models have them, by names as written and without those that are null; None for settings that
    may be wrong."""
    try:
        found: dict[str, Any] = _table("")(values)
    except _NotPlain:
        return None
    return found


def _require(right: bool) -> None:
    if not right:
        raise _NotPlain


def _any_text(found: Any) -> str:
    _require(found.__class__ is str)
    try:
        found.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair
        raise _NotPlain from None
    text: str = found
    return text


def _text(found: Any) -> str:
    text = _any_text(found)
    _require(text != "")
    return text


def _texts(found: Any) -> list[str]:
    """One text stands for a list; commas part it as on the command line."""
    if found.__class__ is str:
        found = [part.strip() for part in found.split(",") if part.strip()]
    _require(found.__class__ is list)
    return [_text(part) for part in found]


def _some_texts(found: Any) -> list[str]:
    texts = _texts(found)
    _require(bool(texts))
    return texts


def _one_of(*words: str) -> Check:
    def check(found: Any) -> Any:
        _require(found.__class__ is str and found in words)
        return found

    return check


def _integer(least: int, most: int) -> Check:
    def check(found: Any) -> Any:
        _require(found.__class__ is int and least <= found <= most)
        return found

    return check


MOST = 1_000_000
"""The largest price of an hour and the most hours that are taken for meant."""


def _amount(found: Any) -> float:
    """A price, or hours."""
    _require(found.__class__ in {int, float} and 0 < found <= MOST)
    return float(found)


def _yes_or_no(found: Any) -> Any:
    _require(found.__class__ is bool)
    return found


def _size(found: Any) -> str:
    """``512GiB``, ``1.5 TB``."""
    text = _text(found)
    figure, unit = text[:-1].removesuffix("i")[:-1], text[:-1].removesuffix("i")[-1:]
    _require(text[-1] == "B" and unit != "" and unit in "KMGT")
    whole, dot, part = figure.removesuffix(" ").partition(".")
    _require(_digits(whole) and (not dot or _digits(part)))
    return text


def _image(found: Any) -> str:
    """``640x480``."""
    text = _text(found)
    width, _, height = text.partition("x")
    _require(all(_digits(side) and side[0] != "0" and len(side) <= 6 for side in (width, height)))
    return text


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _words_of(check: Check) -> Check:
    """A table of texts to what *check* takes."""

    def table(found: Any) -> Any:
        _require(found.__class__ is dict)
        return {_any_text(name): check(what) for name, what in found.items()}

    return table


def _table(name: str) -> Check:
    """The table called *name* in `TABLES`."""

    def table(found: Any) -> Any:
        _require(found.__class__ is dict)
        checks, required = TABLES[name], REQUIRED.get(name, ())
        _require(all(field in found for field in required))
        values = {}
        for field, given in found.items():
            _require(field.__class__ is str and field in checks)
            if given is None and field not in required and (name, field) != ("suppress", "key"):
                continue
            values[field] = checks[field](given)
        return values

    return table


def _tables(name: str) -> Check:
    """A list of such tables."""

    def tables(found: Any) -> Any:
        _require(found.__class__ is list)
        return [_table(name)(one) for one in found]

    return tables


RUN: Mapping[str, Check] = {
    "gpus": _text,
    "trainer": _text,
    "host-ram": _size,
    "data": _table("data"),
    "prices": _words_of(_amount),
    "hours": _amount,
}
CHOICE: Mapping[str, Check] = {
    "preset": _one_of("recommended", "strict"),
    "select": _texts,
    "ignore": _texts,
    "extend-select": _texts,
    "severity": _words_of(_one_of("error", "warning", "info")),
    "safety": _words_of(_one_of("safe", "unsafe", "suggestion")),
}
TABLES: Mapping[str, Mapping[str, Check]] = {
    "": {
        **RUN,
        **CHOICE,
        "extend": _texts,
        "rules": _texts,
        "lang": _one_of("en", "zh"),
        "baseline": _text,
        "fail-on": _one_of("error", "warning", "info", "never"),
        "exclude": _texts,
        "kinds": _words_of(_one_of("deepspeed", "accelerate", "data", "args", "launch", "ignore")),
        "check-data": _yes_or_no,
        "here": _yes_or_no,
        "overrides": _tables("overrides"),
        "suppress": _tables("suppress"),
    },
    "data": {
        "images": _integer(0, 1000),
        "image": _image,
        "prompt-tokens": _integer(0, 10_000_000),
        "completion-tokens": _integer(1, 10_000_000),
    },
    "overrides": {**RUN, **CHOICE, "paths": _some_texts},
    "suppress": {"path": _text, "key": _any_text, "rule": _text, "reason": _text},
}
"""Tables by the setting that holds them (``""`` is the file), with what each of their settings may be."""
REQUIRED = {"overrides": ("paths",), "suppress": ("path", "rule", "reason")}
"""Settings that a table cannot do without."""
