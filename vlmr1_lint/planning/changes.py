"""Changes as ``plan`` shows them: what each alone would give, the smallest set that makes the run fit, and where to write it."""

from __future__ import annotations

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

    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.planning.legality import Judge
    from vlmr1_lint.planning.moves import Ask
    from vlmr1_lint.planning.search import Plan
    from vlmr1_lint.training.run import Run

__all__ = ["gib", "host_room", "judged", "lacks_host_memory", "ladder", "shown_change", "smallest_plan"]
__all__ += ["steps_of"]


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


def steps_of(run: Run, ask: Ask, judge: Judge, plan: Plan) -> list[dict[str, Any]]:
    """The steps of *plan*, each with what all steps up to it come to."""
    steps = []
    made: dict[str, object] = {}
    for move in plan.moves:
        made.update(move.changes)
        steps.append({**shown_change(run, ask, judge, move.cost, move.changes), **judged(run, ask, judge, made)})
    return steps


def shown_change(run: Run, ask: Ask, judge: Judge, cost: str, changes: Mapping[str, object]) -> dict[str, Any]:
    """One change: what to set under the names that the run's files have, what it costs, what it comes to, and where it goes."""
    written = {as_written(run, name) or name: new for name, new in changes.items()}
    return {"set": written, "cost": cost, **judged(run, ask, judge, changes), "places": dict(_places(run, written))}


def judged(run: Run, ask: Ask, judge: Judge, changes: Mapping[str, object]) -> dict[str, Any]:
    """What *run* with *changes* comes to: ``host-oom`` where the cards would do and a node's host memory would not."""
    found = ask(changes)
    if isinstance(found, Unknown) or not judge.allows(changes):
        return {"likely_gib": None, "verdict": "unknown" if isinstance(found, Unknown) else "rejected"}
    short = found.verdict in {"fits", "tight"} and lacks_host_memory(run, found)
    verdict = "host-oom" if short else found.verdict
    return {"likely_gib": gib(found.likely), "verdict": verdict, "host_gib": gib(found.host)}


def _places(run: Run, changes: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Where each change would be written: ``args.yaml:12``; the file alone for what is not written yet."""
    for name in changes:
        home, node = _place(run, name)
        yield name, f"{home.path}:{home.position(node.span.start).line}" if node is not None else home.path


def _place(run: Run, name: str) -> tuple[Document, Node | None]:
    kind, slash, keys = name.partition("/")
    if not slash:
        return run.home(name), run.node(name)
    joined = run.inputs.accelerate if kind == "accelerate" else run.inputs.deepspeed
    document = None if joined is None or isinstance(joined, Unknown) else joined.document
    if document is None:
        return run.home(kind), run.node(kind)
    return document, document.node((0, *keys.split(".")))
