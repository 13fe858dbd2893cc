"""The functions that rules may call. Each is total: what it cannot answer is Unknown."""

from __future__ import annotations

from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vlmr1_lint.checking.scope import RunScope

__all__ = ["FUNCTIONS"]


def _number(*values: object) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _len(thing: object) -> object:
    return len(thing) if isinstance(thing, str | list | tuple | dict) else Unknown("value")


def _extreme(pick: Callable[..., object]) -> Callable[..., object]:
    return lambda *values: pick(values) if _number(*values) else Unknown("value")


def _gcd(one: object, other: object) -> object:
    from math import gcd

    whole = isinstance(one, int) and isinstance(other, int) and _number(one, other)
    return gcd(one, other) if whole else Unknown("value")  # type: ignore[arg-type]


def _integer(thing: object) -> object:
    if _number(thing) and abs(thing) < 1e15:  # type: ignore[arg-type]
        return int(thing)  # type: ignore[call-overload]
    if isinstance(thing, str) and len(thing) < 16:
        try:
            return int(thing)
        except ValueError:
            pass
    return Unknown("value")


def _float(thing: object) -> object:
    if not isinstance(thing, bool) and isinstance(thing, int | float | str) and len(str(thing)) < 40:
        try:
            return float(thing)
        except (ValueError, OverflowError):
            pass
    return Unknown("value")


def _text(pick: Callable[[str, str], object]) -> Callable[[object, object], object]:
    return lambda one, other: pick(one, other) if isinstance(one, str) and isinstance(other, str) else Unknown("value")


def _nearest(word: object, words: object) -> object:
    if not isinstance(word, str) or not isinstance(words, list | tuple):
        return None
    from vlmr1_lint.nearest import nearest

    return nearest(word, [one for one in words if isinstance(one, str)])


def _is_set(holder: object, name: str) -> object:
    """Whether an option of the run, or a key of a configuration file, is written."""
    ask = getattr(holder, "is_set", None)
    return holder if is_unknown(holder) else ask(name) if ask else Unknown("value")


def _has_option(holder: object, name: str) -> object:
    ask = getattr(holder, "has_option", None)
    return ask(name) if ask else Unknown("value")


def _never_read(holder: object, name: str) -> object:
    """Whether the trainer accepts the option and never looks at it."""
    ask = getattr(holder, "never_read", None)
    return ask(name) if ask else Unknown("value")


def _is_own(holder: object, name: str) -> object:
    """Whether an argument class of the repository's own has the option."""
    ask = getattr(holder, "is_own", None)
    return ask(name) if ask else Unknown("value")


def _decided_by(holder: object, name: str) -> object:
    """Where a claim was read: a file and line of the repository, or the releases whose table says it."""
    ask = getattr(holder, "decided_by", None)
    return ask(name) if ask else Unknown("value")


def _solve_batch(scope: RunScope) -> object:
    from vlmr1_lint.checking.forecasts import solve_batch

    return solve_batch(scope)


def _fewer_processes(scope: RunScope) -> object:
    from vlmr1_lint.checking.processes import fewer_processes

    return fewer_processes(scope)


def _memory_fix(scope: RunScope) -> object:
    known = scope["forecast"]
    if is_unknown(known):
        return known
    from vlmr1_lint.checking.forecasts import memory_fix

    return memory_fix(scope)


def _legal_world_sizes(scope: RunScope) -> object:
    from vlmr1_lint.checking.forecasts import legal_worlds

    return legal_worlds(scope.run)


def _forecast_with(scope: RunScope, changes: Mapping[str, object]) -> object:
    unknown = next((change for change in (scope.run.fleet, *changes.values()) if is_unknown(change)), None)
    if unknown is not None:
        return unknown
    from vlmr1_lint.checking.forecasts import forecast_facts

    return forecast_facts(scope.run.with_changes(changes), scope.data)


def _forecast_of_image(scope: RunScope, pixels: object) -> object:
    """The forecast with square images of so many pixels in place of the assumed ones."""
    from math import isqrt

    from vlmr1_lint.checking.forecasts import forecast_facts

    if isinstance(pixels, bool) or not isinstance(pixels, int | float) or not 1 <= pixels < WIDEST_IMAGE:
        return Unknown("max_pixels")
    side = isqrt(int(pixels))
    return forecast_facts(scope.run, replace(scope.data, image=(side, side)))


WIDEST_IMAGE = 2**40
"""Pixels that no image has."""


def _transformers(scope: RunScope) -> object:
    """The newest transformers release that goes with a candidate trainer; Unknown of TRL's own, which take any later one."""
    from vlmr1_lint.candidates.trainer import table_release
    from vlmr1_lint.trainers.families import family_of
    from vlmr1_lint.trainers.options import paired_transformers
    from vlmr1_lint.trainers.releases import version_key

    families = [family_of(release) for release in scope.run.candidates]
    if any(family is None or family.of_trl for family in families):
        return Unknown("transformers")
    return max((paired_transformers(table_release(release)) for release in scope.run.candidates), key=version_key)


def _transformers_before(scope: RunScope, release: str) -> object:
    from vlmr1_lint.trainers.releases import version_key

    found = _transformers(scope)
    return version_key(found) < version_key(release) if isinstance(found, str) else found


def _trainer_is(scope: RunScope, selector: str) -> object:
    """Whether every candidate is picked by *selector* (``"trl>=0.18"``); unknown if only some are."""
    from vlmr1_lint.trainers.releases import SelectorError, matches

    try:
        return scope.run.agreed(f"is {selector}", lambda release: matches(selector, release))
    except SelectorError:
        return Unknown("trainer")


def _among(item: object, items: list[object] | tuple[object, ...]) -> bool:
    """Whether *item* is one of *items*. Lists may hold one another many times over: comparing them is bounded."""
    if not isinstance(item, list | tuple | dict):
        return item in items
    from vlmr1_lint.language.comparison import equal

    return any(equal(item, other) is True for other in items)


def _str(thing: object) -> object:
    """*thing* as text, at most 1,000 characters; a list or mapping is written only as far as that."""
    if not isinstance(thing, list | tuple | dict):
        plain = thing is None or isinstance(thing, str | int | float)
        return str(thing)[:1000] if plain else Unknown("value")
    return "".join(_written(thing, [1000], 20))[:1000]


def _written(thing: object, left: list[int], deep: int) -> Iterator[str]:
    """The pieces of *thing* as Python writes it, until *left* characters are used up."""
    if not isinstance(thing, list | tuple | dict) or deep == 0:
        piece = repr(thing) if thing is None or isinstance(thing, str | int | float) else "…"
        left[0] -= len(piece)
        yield piece
        return
    opening, closing = "{}" if isinstance(thing, dict) else "[]" if isinstance(thing, list) else "()"
    yield opening
    for number, part in enumerate(thing):
        left[0] -= 2
        if left[0] < 0:
            return
        yield ", " if number else ""
        if isinstance(thing, dict):
            yield f"{part!r}: "
        yield from _written(thing[part] if isinstance(thing, dict) else part, left, deep - 1)
    yield closing


def _distinct(items: object) -> object:
    """The items of a list, each once, in order."""
    if not isinstance(items, list | tuple):
        return Unknown("value")
    found: list[object] = []
    for item in items[:1000]:
        if not _among(item, found):
            found.append(item)
    return found


def _without(items: object, taken: object) -> object:
    """The items of a list that are not in another, in order."""
    if not isinstance(items, list | tuple) or not isinstance(taken, list | tuple):
        return Unknown("value")
    return [item for item in items[:1000] if not _among(item, taken)]


def _split(text: object, separator: object) -> object:
    if not isinstance(text, str) or not isinstance(separator, str) or not separator:
        return Unknown("value")
    return text.split(separator)[:1000]


def _words(text: object, separators: object) -> object:
    """The parts of *text* between any of the characters of *separators*, without empty ones; of a text up to 1,000 characters."""
    if not isinstance(text, str) or not isinstance(separators, str) or len(text) > 1000:
        return Unknown("value")
    parts = [""]
    for letter in text:
        if letter in separators:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def _replace(text: object, old: object, new: object) -> object:
    """*text* with every *old* replaced by *new*; bounded: of a text up to 1000 characters, by at most 20."""
    if not (isinstance(text, str) and isinstance(old, str) and isinstance(new, str)):
        return Unknown("value")
    return text.replace(old, new) if old and len(text) <= 1000 and len(new) <= 20 else Unknown("value")


def _join(items: object, separator: object) -> object:
    """The texts of a list as one text, at most 10,000 characters."""
    if not isinstance(items, list | tuple) or not isinstance(separator, str) or not all(isinstance(item, str) for item in items):
        return Unknown("value")
    joined = separator.join(items)
    return joined if len(joined) <= 10_000 else Unknown("value")


def _is_placeholder(value: object) -> object:
    """Whether a text, or the words of a list, only show where a name belongs: ``your model path``, ``/path/to/data``."""
    from vlmr1_lint.documents.placeholders import stand_in

    text = " ".join(str(_str(part)) for part in value[:1000]) if isinstance(value, list | tuple) else value
    return isinstance(text, str) and stand_in(text)


def _is_placeholder_path(value: object) -> object:
    """The same where a path or a model's name is meant, which several plain words are not: ``model after SFT``."""
    from vlmr1_lint.documents.placeholders import stand_in_path

    text = " ".join(str(_str(part)) for part in value[:1000]) if isinstance(value, list | tuple) else value
    return isinstance(text, str) and stand_in_path(text)


def _path_exists(scope: RunScope, path: object) -> object:
    """Whether there is a file or folder *path* on this machine; unknown unless the run starts here (``--here``)."""
    if scope.machine is None or not scope.machine.here or not isinstance(path, str):
        return Unknown("here")
    from vlmr1_lint.datafiles.machine import holder_of

    found = holder_of(scope.run, scope.machine).anything(path)
    return found if is_unknown(found) else found is not None


def _checkpoints(scope: RunScope, folder: object) -> object:
    """Names of the checkpoints in *folder* on this machine, oldest first; unknown unless the run starts here (``--here``)."""
    if scope.machine is None or not scope.machine.here or not isinstance(folder, str):
        return Unknown("here")
    from vlmr1_lint.datafiles.machine import holder_of

    return holder_of(scope.run, scope.machine).checkpoints(folder)


def _range(start: object, stop: object) -> object:
    """The integers from start up to but not including stop, at most 1000."""
    if not (isinstance(start, int) and isinstance(stop, int)):
        return Unknown("value")
    return list(range(start, min(stop, start + 1000)))


def _type_name(thing: object) -> object:
    names = {bool: "bool", int: "int", float: "float", str: "str", list: "list", tuple: "list", dict: "dict"}
    return "null" if thing is None else names.get(type(thing), "dict" if hasattr(thing, "present") else "other")


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "len": _len,
    "round": lambda value: round(value) if _number(value) else Unknown("value"),
    "min": _extreme(min),
    "max": _extreme(max),
    "gcd": _gcd,
    "int": _integer,
    "float": _float,
    "str": _str,
    "type": _type_name,
    "is_known": lambda thing: not is_unknown(thing),
    "is_number": _number,
    "is_text": lambda thing: isinstance(thing, str),
    "lower": lambda text: text.lower() if isinstance(text, str) else Unknown("value"),
    "strip": _text(lambda text, letters: text.strip(letters)),
    "starts_with": _text(lambda text, start: text.startswith(start)),
    "ends_with": _text(lambda text, end: text.endswith(end)),
    "contains": _text(lambda text, part: part in text),
    "basename": lambda text: text.rstrip("/").rpartition("/")[2] if isinstance(text, str) else Unknown("value"),
    "replace": _replace,
    "words": _words,
    "is_name": lambda text: isinstance(text, str) and text.isascii() and text.replace("_", "a").isalnum(),
    "split": _split,
    "join": _join,
    "distinct": _distinct,
    "without": _without,
    "range": _range,
    "nearest": _nearest,
    "is_set": _is_set,
    "has_option": _has_option,
    "never_read": _never_read,
    "is_own": _is_own,
    "decided_by": _decided_by,
    "trainer_is": _trainer_is,
    "transformers": _transformers,
    "transformers_before": _transformers_before,
    "solve_batch": _solve_batch,
    "fewer_processes": _fewer_processes,
    "legal_world_sizes": _legal_world_sizes,
    "memory_fix": _memory_fix,
    "forecast_with": _forecast_with,
    "forecast_of_image": _forecast_of_image,
    "is_placeholder": _is_placeholder,
    "is_placeholder_path": _is_placeholder_path,
    "path_exists": _path_exists,
    "checkpoints": _checkpoints,
}
"""What the closures call; `signatures` says what the checker knows of each."""
