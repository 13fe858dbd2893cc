"""Changes as ``plan`` shows them: what each alone would give, the smallest set that makes the run fit, and where to write it."""

from __future__ import annotations

from vlmr1_lint.findings.places import changed_place
from vlmr1_lint.memory.interval import Interval
from vlmr1_lint.planning.host_room import within_host
from vlmr1_lint.planning.moves import moves_of, plan_for
from vlmr1_lint.training.joining import as_written
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vlmr1_lint.planning.legality import Judge
    from vlmr1_lint.planning.moves import Ask
    from vlmr1_lint.planning.search import Plan
    from vlmr1_lint.training.run import Run

__all__ = [
    "gib",
    "host_room",
    "judged",
    "lacks_host_memory",
    "ladder",
    "outcome",
    "shown_change",
    "smallest_plan",
    "written_change",
]


def gib(size: float) -> float:
    """Bytes as GiB to print."""
    return round(size / GIB, 2)


def host_room(run: Run) -> int | None:
    """Host memory of a node in bytes; None where nobody said."""
    return run.inputs.fleet.host_ram_bytes if run.inputs.fleet is not None else None


def lacks_host_memory(run: Run, found: Interval) -> bool:
    """Whether a node has less host memory than *found* says is needed (MEM011)."""
    room = host_room(run)
    return room is not None and found.host > room


def ladder(run: Run, ask: Ask, judge: Judge) -> list[dict[str, Any]]:
    """What each change alone would give, those that the run's files have a place for."""
    return [
        shown_change(run, ask, judge, move.cost, move.changes) for move in moves_of(run) if all(_has_place(run, move.changes))
    ]


def _has_place(run: Run, names: Mapping[str, object]) -> Iterator[bool]:
    return (as_written(run, name) is not None for name in names)


def smallest_plan(run: Run, ask: Ask, judge: Judge, *, margin: bool = False) -> Plan | None:
    """The smallest plan that the run's files have places for and a node's host memory has room for; None if nothing within the
    bounds helps."""
    bounded = within_host(ask, host_room(run))
    return plan_for(run, bounded, judge, margin=margin, only=lambda name: as_written(run, name) is not None)


def shown_change(run: Run, ask: Ask, judge: Judge, cost: str, changes: Mapping[str, object]) -> dict[str, Any]:
    """One change: what to set, what it costs, what it comes to, and where it goes."""
    return {**written_change(run, cost, changes), **judged(run, ask, judge, changes)}


def written_change(run: Run, cost: str, changes: Mapping[str, object]) -> dict[str, Any]:
    """What to set under the names that the run's files have, what it costs, and where it goes."""
    written = {as_written(run, name) or name: new for name, new in changes.items()}
    return {"set": written, "cost": cost, "places": dict(_places(run, written))}


def judged(run: Run, ask: Ask, judge: Judge, changes: Mapping[str, object]) -> dict[str, Any]:
    """What *run* with *changes* comes to: ``host-oom`` where the cards would do and a node's host memory would not."""
    found = ask(changes)
    if not isinstance(found, Unknown) and not judge.allows(changes):
        return {"likely_gib": None, "verdict": "rejected"}
    return outcome(run, found)


def outcome(run: Run, found: Interval | Unknown) -> dict[str, Any]:
    """What the forecast *found* of *run*, with changes that the trainer takes, comes to."""
    if isinstance(found, Unknown):
        return {"likely_gib": None, "verdict": "unknown"}
    short = found.verdict in {"fits", "tight"} and lacks_host_memory(run, found)
    verdict = "host-oom" if short else found.verdict
    return {"likely_gib": gib(found.likely), "verdict": verdict, "host_gib": gib(found.host)}


def _places(run: Run, changes: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Where each change would be written: ``args.yaml:12``; the file alone for what is not written yet."""
    for name in changes:
        found = changed_place(run, name)
        home, node = found.document, found.node
        yield name, f"{home.path}:{home.position(node.span.start).line}" if node is not None else home.path
