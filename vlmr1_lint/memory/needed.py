"""Reading what a forecast cannot do without from a run: a value, or `Missing` with the name of the fact."""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.facts.options import paired_transformers
from vlmr1_lint.training.releases import version_key
from vlmr1_lint.training.trainer import table_release
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.training.run import Run

__all__ = ["Missing", "is_count", "need", "need_count", "transformers_of"]


class Missing(Exception):
    """A fact that the forecast needs is unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__()
        self.unknown = unknown


def need(found: object, name: str) -> Any:
    """*found*; raises `Missing` if it is unknown or None."""
    if found is None:
        raise Missing(Unknown(name))
    if is_unknown(found):
        raise Missing(found)  # type: ignore[arg-type]
    return found


MOST = 2**31
"""Counts from here on are slips: no run has so many sequences, tokens or pixels, and floats cannot hold what comes of them."""


def is_count(found: object) -> bool:
    """Whether *found* is a positive whole number that a run can have."""
    return isinstance(found, int) and not isinstance(found, bool) and 0 < found < MOST


def need_count(run: Run, name: str) -> int:
    """The positive whole number that *run* gives for the option *name*; raises `Missing` for anything else."""
    found = need(getattr(run, name), name)
    if not is_count(found):
        raise Missing(Unknown(name))
    count: int = found
    return count


def transformers_of(run: Run) -> tuple[int, ...]:
    """The transformers release that goes with the run's one candidate trainer."""
    return _paired(run.candidates[0])


@lru_cache(maxsize=64)
def _paired(release: str) -> tuple[int, ...]:
    return version_key(paired_transformers(table_release(release)))
