"""Reading what a forecast cannot do without from a run: a value, or `Missing` with the name of the fact."""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.candidates.trainer import table_release
from vlmr1_lint.trainers.options import paired_transformers
from vlmr1_lint.trainers.releases import version_key
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from vlmr1_lint.training.run import Run

    T = TypeVar("T")

__all__ = [
    "Missing",
    "is_count",
    "need",
    "need_count",
    "need_flag",
    "need_number",
    "need_size",
    "need_text",
    "need_words",
    "transformers_of",
]


class Missing(Exception):
    """A fact that the forecast needs is unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__()
        self.unknown = unknown


def need(found: T | Unknown | None, name: str) -> T:
    """*found*; raises `Missing` if it is unknown or None."""
    if found is None:
        raise Missing(Unknown(name))
    if isinstance(found, Unknown):
        raise Missing(found)
    return found


def need_flag(found: object, name: str) -> bool:
    """*found* as yes or no; raises `Missing` for anything else."""
    found = need(found, name)
    if not isinstance(found, bool):
        raise Missing(Unknown(name))
    return found


def need_number(found: object, name: str) -> float:
    """*found* as a number; raises `Missing` for anything else (``true`` is none)."""
    found = need(found, name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Missing(Unknown(name))
    return float(found)


def need_text(found: object, name: str) -> str:
    """*found* as a text; raises `Missing` for anything else."""
    found = need(found, name)
    if not isinstance(found, str):
        raise Missing(Unknown(name))
    return found


def need_words(found: object, name: str) -> list[str]:
    """*found* as words, one of them or a list; raises `Missing` for anything else."""
    found = need(found, name)
    words = [found] if isinstance(found, str) else found
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise Missing(Unknown(name))
    return list(words)


MOST = 2**31
"""Counts from here on are slips: no run has so many sequences, tokens or pixels, and floats cannot hold what comes of them."""


def is_count(found: object) -> bool:
    """Whether *found* is a positive whole number that a run can have."""
    return isinstance(found, int) and not isinstance(found, bool) and 0 < found < MOST


def need_count(run: Run, name: str) -> int:
    """The positive whole number that *run* gives for the option *name*; raises `Missing` for anything else."""
    return need_size(getattr(run, name), name)


def need_size(found: object, name: str) -> int:
    """*found* as a positive whole number; raises `Missing` for anything else."""
    found = need(found, name)
    if not is_count(found):
        raise Missing(Unknown(name))
    assert isinstance(found, int)
    return found


def transformers_of(run: Run) -> tuple[int, ...]:
    """The transformers release that goes with the run's one candidate trainer."""
    return _paired(run.candidates[0])


@lru_cache(maxsize=64)
def _paired(release: str) -> tuple[int, ...]:
    return version_key(paired_transformers(table_release(release)))
