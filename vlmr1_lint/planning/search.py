"""The smallest set of changes that makes a run fit: a search that re-runs the forecast, so advice cannot disagree with it.

It knows no options and no files. The caller gives *moves*, a function that says whether the run fits with some changes made,
and one that says whether the trainer would take them, which is asked last. Cost classes: ``free`` (same experiment, next to no
time), ``speed`` (same experiment, slower), ``experiment`` (another experiment). Best is the least (worst class used, number of
moves, speed lost).
"""

from __future__ import annotations

from itertools import combinations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Literal

    Cost = Literal["free", "speed", "experiment"]
    Changes = Mapping[str, object]

__all__ = ["COSTS", "MOST_TRIED", "Move", "Plan", "find_plan", "in_order", "merged"]

COSTS: tuple[Cost, ...] = ("free", "speed", "experiment")
MOST_TRIED = 2000
"""Sets of moves that one search tries at most. Ladders of a dozen moves need some hundred for a plan of three."""


@value
class Move:
    """Changes that are made together, their cost class, and how much longer a step takes (0.3: 30 %).

    Moves of one ``name`` are alternatives (two splits of the batch): a plan holds one of them at most.
    """

    name: str
    changes: Changes
    cost: Cost
    slowdown: float = 0.0


@value
class Plan:
    """Moves that make the run fit together, cheapest class first; none of them can be left out."""

    moves: tuple[Move, ...]

    @property
    def cost(self) -> Cost:
        """The worst class used; ``free`` for a plan without moves."""
        return max((move.cost for move in self.moves), key=COSTS.index, default="free")

    @property
    def changes(self) -> Changes:
        """All changes together."""
        return merged(self.moves) or {}


def find_plan(moves: Sequence[Move], fits: Callable[[Changes], bool], allowed: Callable[[Changes], bool]) -> Plan | None:
    """The best set of *moves* with which the run *fits*; without moves if it does already; None if none was found.

    Sets are tried class by class, smaller ones first, of equal size the faster first. So no move of the answer can be left
    out: what remains would be a smaller set of the same or a better class, and was tried before.
    """
    if fits({}):
        return Plan(())
    for tried, chosen in enumerate(in_order(moves), 1):
        changes = merged(chosen)
        if changes is not None and fits(changes) and allowed(changes):
            return Plan(tuple(sorted(chosen, key=lambda move: COSTS.index(move.cost))))
        if tried >= MOST_TRIED:
            break
    return None


def in_order(moves: Sequence[Move]) -> Iterator[tuple[Move, ...]]:
    """Every set of *moves* that holds one of each name at most, the best first."""
    for worst in COSTS:
        usable = [move for move in moves if COSTS.index(move.cost) <= COSTS.index(worst)]
        for size in range(1, len({move.name for move in usable}) + 1):
            yield from _sets(usable, size, worst)


def merged(moves: Iterable[Move]) -> dict[str, object] | None:
    """The changes of all *moves* together; None if two of them set one thing differently."""
    together: dict[str, object] = {}
    for move in moves:
        for key, new in move.changes.items():
            if together.setdefault(key, new) != new:
                return None
    return together


def _sets(moves: Sequence[Move], size: int, worst: Cost) -> list[tuple[Move, ...]]:
    """Sets of *size* moves, no two of one name, that need the class *worst*; the fastest first, else in the order given."""
    sets = [
        chosen
        for chosen in combinations(moves, size)
        if any(move.cost == worst for move in chosen) and len({move.name for move in chosen}) == size
    ]
    return sorted(sets, key=_time_taken)


def _time_taken(moves: Iterable[Move]) -> float:
    """How long a step takes with all *moves*, in units of a step without them."""
    taken = 1.0
    for move in moves:
        taken *= 1 + move.slowdown
    return taken
