"""The smallest change with which a run would fit each of several cards: one search for all of them, bounded so that a whole table
costs a fraction of a second."""

from __future__ import annotations

from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.interval import Interval
from vlmr1_lint.planning.changes import lacks_host_memory, shown_change
from vlmr1_lint.planning.legality import Judge
from vlmr1_lint.planning.moves import asker, moves_of
from vlmr1_lint.planning.search import COSTS, in_order, merged
from vlmr1_lint.training.joining import as_written
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vlmr1_lint.facts.gpus import Gpu
    from vlmr1_lint.memory.forecast import Forecast
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.planning.moves import Ask
    from vlmr1_lint.planning.search import Move
    from vlmr1_lint.training.run import Run

__all__ = ["on_card", "smallest_by_card"]

MOST_TRIED = 60
"""Sets of moves that are tried for one number of cards: all single ones and most pairs of a dozen moves."""


def smallest_by_card(run: Run, data: Data, cards: Sequence[Gpu]) -> dict[str, dict[str, Any]]:
    """For each of *cards* on which *run* does not fit, by name, the smallest change with which it would (as in a plan: ``set``,
    ``cost``, ``likely_gib``, ``verdict``, ``host_gib``, ``places``). Those for which none was found are left out.

    The run's hardware says how many cards there are; what it needs is the same on each of *cards*.
    """
    typical = run.of(_typical(run, data))
    quick, ask, judge = asker(typical, data), asker(run, data), Judge(run, data)
    moves = [move for move in moves_of(run) if all(as_written(run, name) is not None for name in move.changes)]
    by_name = {card.name: card for card in cards}
    left = {card.name: card.usable_gib * GIB for card in cards}
    least = _least(quick, moves)
    left = {name: usable for name, usable in left.items() if usable >= least}
    found: dict[str, dict[str, Any]] = {}
    for tried, chosen in enumerate(in_order(moves)):
        if not left or tried >= MOST_TRIED:
            break
        changes = merged(chosen)
        if changes is None:
            continue
        about = quick(changes)
        if isinstance(about, Unknown) or about.likely > max(left.values()):
            continue
        exact = ask(changes)
        if (
            isinstance(exact, Unknown)
            or lacks_host_memory(run, exact)
            or not (judge.allows(changes) and judge.meets_minimum(changes))
        ):
            continue
        cost = max((move.cost for move in chosen), key=COSTS.index)
        for name in [name for name, usable in left.items() if exact.likely <= usable]:
            del left[name]
            verdict = on_card(exact.by_release, by_name[name]).verdict
            found[name] = {**shown_change(run, ask, judge, cost, changes), "verdict": verdict}
    return found


def on_card(forecasts: Mapping[str, Forecast], card: Gpu) -> Interval:
    """What *forecasts*, each of one candidate trainer, come to on *card*."""
    size = int(card.usable_gib * GIB)
    return Interval({name: one.on(size) for name, one in forecasts.items()}, size)


def _typical(run: Run, data: Data) -> tuple[str, ...]:
    """One of the candidate trainers for each way in which they hold memory, so that a search forecasts each way once."""
    by_setup: dict[object, str] = {}
    for release in run.candidates:
        setup = setup_of(run.narrowed(release), data)
        if isinstance(setup, Unknown):
            return run.candidates
        by_setup.setdefault(setup, release)
    return tuple(by_setup.values())


def _least(ask: Ask, moves: Sequence[Move]) -> float:
    """What about the least is that the run can be brought to: of each kind of move the last, which saves most."""
    last = {move.name: move for move in moves}
    least = float("inf")
    for worst in COSTS:
        changes = merged(move for move in last.values() if COSTS.index(move.cost) <= COSTS.index(worst))
        found = None if changes is None else ask(changes)
        if isinstance(found, Interval):
            least = min(least, found.likely)
    return least
