"""Unknown: a value that the files do not decide, and which facts would decide it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Unknown", "is_unknown"]


class Unknown:
    """A value that cannot be known from the files.

    ``missing`` names the facts that would decide it (``"fleet"``, ``"model"``, ``"run.learning_rate"``), for the line that tells
    users what to give. Truth-testing raises TypeError: code must ask `is_unknown` and may never take unknown for false.
    """

    __slots__ = ("missing",)

    def __init__(self, *missing: str) -> None:
        self.missing: frozenset[str] = frozenset(missing)

    def __or__(self, other: Unknown) -> Unknown:
        return Unknown(*self.missing, *other.missing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and self.missing == other.missing

    def __hash__(self) -> int:
        return hash(self.missing)

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false")

    def __repr__(self) -> str:
        return f"Unknown({', '.join(map(repr, sorted(self.missing)))})"


def is_unknown(value: object) -> bool:
    """Whether *value* is `Unknown`."""
    return value.__class__ is Unknown


def merge(unknowns: Iterable[Unknown]) -> Unknown:
    """One unknown that misses all that any of *unknowns* misses."""
    return Unknown(*(name for unknown in unknowns for name in unknown.missing))
