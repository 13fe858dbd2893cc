"""Which written options deserve a look: found in one pass over a run, so that rules need not go through all of them.

* ``unknown``: some candidate has no such option.
* ``unread``: some candidate never looks at it.
* ``odd``: some candidate's parser rejects or misreads the value, or the file says something else than it seems to: the word
  None, an integer in another base, a number behind ``#``.

Each list is the same for all candidates, and holds more than what is wrong: rules decide.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.candidates.trainer import known_option, table_release
from vlmr1_lint.trainers.options import option, option_names, unread_names
from vlmr1_lint.training.reading import read_flag, read_yaml_value
from vlmr1_lint.unknown import is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from vlmr1_lint.documents.model import Node
    from vlmr1_lint.trainers.options import Option
    from vlmr1_lint.training.run import Run

__all__ = ["suspects"]

SCALARS = frozenset((str, int, float, bool, type(None)))
NAMES = frozenset("run_name output_dir logging_dir hub_model_id data_file_paths image_folders model_name_or_path".split())
"""Options whose values people end in a number sign and a number."""


def suspects(run: Run, suspicion: str, names: Iterable[str] | None = None) -> list[str]:
    """The written options of *run* under *suspicion* (``unknown``, ``unread``, ``odd``), in file order; of *names* if given."""
    return _FINDERS[suspicion](run, run.inputs.written if names is None else names)


def _unknown(run: Run, names: Iterable[str]) -> list[str]:
    common, own = _common_names(run.candidates), run.inputs.trainer.own
    return [name for name in names if name not in common and name not in own]


@lru_cache(maxsize=256)
def _common_names(candidates: tuple[str, ...]) -> frozenset[str]:
    """The options that every one of *candidates* has."""
    return frozenset.intersection(*(option_names(table_release(release)) for release in candidates))


def _unread(run: Run, names: Iterable[str]) -> list[str]:
    unread = _unread_names(run.candidates)
    return [name for name in names if name in unread] if unread else []


@lru_cache(maxsize=256)
def _unread_names(candidates: tuple[str, ...]) -> frozenset[str]:
    """The options that one of *candidates* accepts and never reads."""
    return frozenset().union(*(unread_names(table_release(release)) for release in candidates))


def _odd(run: Run, names: Iterable[str]) -> list[str]:
    own, candidates = run.inputs.trainer.own, run.candidates
    found = []
    for name in names:
        node = run.inputs.written[name]
        value, flag = node.value, run.is_word(name)
        if name in own or value.__class__ not in SCALARS:
            odd = _has_problem(_definitions_of_own(run, name, flag), value, flag)
        else:
            odd = _scalar_has_problem(candidates, name, value.__class__, value, flag)  # type: ignore[arg-type]
        if odd or (not flag and _looks_otherwise(run, name, node, value)):
            found.append(name)
    return found


def _has_problem(definitions: Iterable[tuple[str, tuple[object, ...] | None]], value: object, flag: bool) -> bool:
    """Whether one of the *definitions* (type, choices) of an option rejects or misreads *value*; None as a word always is odd."""
    if is_unknown(value):
        return False
    read = read_flag if flag else read_yaml_value
    return value == "None" or any(read(value, type_, choices).problem for type_, choices in definitions)


@lru_cache(maxsize=16384)
def _scalar_has_problem(candidates: tuple[str, ...], name: str, kind: type, value: Hashable, flag: bool) -> bool:
    """`_has_problem` for a value that can be kept: files repeat each other. *kind* tells 1 from True."""
    return _has_problem(_definitions(candidates, name, flag), value, flag)


def _looks_otherwise(run: Run, name: str, node: Node, value: object) -> bool:
    """Whether a reader of the file may take the value for another one."""
    if value.__class__ is int:
        text = node.text
        return (text[0] == "0" and len(text) > 1) or ":" in text
    if name in NAMES and value.__class__ is str:
        end = node.span.end
        return run.home(name).data[end : end + 9].lstrip(b" \t").startswith(b"#")
    return False


@lru_cache(maxsize=4096)
def _definitions(candidates: tuple[str, ...], name: str, flag: bool) -> tuple[tuple[str, tuple[object, ...] | None], ...]:
    """The different types and choices that *candidates* give the option."""
    return _different((option(table_release(release), name) for release in candidates), flag)


def _definitions_of_own(run: Run, name: str, flag: bool) -> tuple[tuple[str, tuple[object, ...] | None], ...]:
    return _different((known_option(run.inputs.trainer, name, release) for release in run.candidates), flag)


def _different(found: Iterable[Option | None], flag: bool) -> tuple[tuple[str, tuple[object, ...] | None], ...]:
    return tuple(dict.fromkeys((one.word_type if flag else one.type, one.choices) for one in found if one is not None))


_FINDERS: dict[str, Callable[[Run, Iterable[str]], list[str]]] = {"unknown": _unknown, "unread": _unread, "odd": _odd}
