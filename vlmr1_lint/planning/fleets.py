"""Which cards and counts would run files: the verdict of each as the files are, and the smallest change with which those that
are too small would do; for one run, or for several together (the phases of one training)."""

from __future__ import annotations

from vlmr1_lint.checking.forecasts import legal_worlds
from vlmr1_lint.checking.rejections import depends_on_hardware, stopping
from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.facts.instances import all_instances
from vlmr1_lint.launches.fleet import Fleet
from vlmr1_lint.launches.launch import Launch
from vlmr1_lint.memory.interval import Interval, forecasts_by_release
from vlmr1_lint.planning.changes import gib, lacks_host_memory
from vlmr1_lint.planning.smallest import on_card, smallest_by_card
from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.training.run import Run
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from vlmr1_lint.facts.gpus import Gpu
    from vlmr1_lint.memory.setup import Data

    Shape: TypeAlias = tuple[int, int]
    Verdict: TypeAlias = "Interval | str | Unknown"

__all__ = ["CARDS", "NODE", "fleets_of", "joint_fleets", "shapes_of"]

CARDS = ("RTX4090-24G", "A100-40G", "L40S-48G", "A100-80G", "H100-80G", "H20-96G", "H200-141G")
"""Cards of the table, small to large: those that the field rents and owns most."""
NODE = 8
"""Cards of the largest node that one rents."""
USUAL: tuple[Shape, ...] = (*((1, count) for count in range(1, NODE + 1)), (2, NODE), (4, NODE))
"""Nodes and cards of each in the table."""
MOST_WORLD = 64
"""Processes up to which a table goes for a batch that none of the usual counts divides."""
WORST_FIRST = ("rejected", "unknown", "oom", "likely-oom", "host-oom", "tight", "fits")


def shapes_of(run: Run) -> tuple[Shape, ...]:
    """Nodes and cards of each that a table for *run* is about: those of the usual ones on whose processes its batch and group
    divide, the run's own, and where only a few are left the next larger ones. All usual ones where that is not known."""
    worlds, fleet = legal_worlds(run), run.inputs.fleet
    own = () if fleet is None else ((fleet.nodes, fleet.gpus_per_node),)
    if isinstance(worlds, Unknown):
        return _sorted({*USUAL, *own})
    legal = {world + run.reserved_gpus for world in worlds if world <= MOST_WORLD}
    shapes = [shape for shape in USUAL if _cards(shape) in legal]
    if len(shapes) < FEW:
        others = sorted(legal.difference(map(_cards, USUAL)))
        shapes += [_nodes_of(count) for count in others if _nodes_of(count)[1] > 1][: FEW - len(shapes)]
    return _sorted({*shapes, *own})


FEW = 3
"""Columns below which a table also shows counts that are no whole nodes of eight."""


def _sorted(shapes: set[Shape]) -> tuple[Shape, ...]:
    return tuple(sorted(shapes, key=lambda shape: (_cards(shape), shape)))


def _cards(shape: Shape) -> int:
    return shape[0] * shape[1]


def _nodes_of(count: int) -> Shape:
    """As few nodes as *count* cards can be spread over evenly."""
    per_node = next(each for each in range(NODE, 0, -1) if count % each == 0)
    return count // per_node, per_node


def fleets_of(run: Run, data: Data, shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """The table of *run*: a row for each card and each of *shapes*; nothing where no verdict can be said of any.

    A row whose verdict is unknown says what is *missing*: on one card nothing is sharded, on several something may be. A row that
    is out of memory says *with* which smallest change it would fit, None where none was found.
    """
    if isinstance(run.model, Unknown):
        return []
    cards = [find_gpus(name)[0] for name in CARDS]
    asked = run.inputs.fleet
    if asked is not None and asked.gpu.name not in CARDS:
        cards = sorted([*cards, asked.gpu], key=lambda card: card.usable_gib)
    tables = {shape: _rows(run, data, shape, cards) for shape in shapes}
    if all(row["verdict"] == "unknown" for rows in tables.values() for row in rows):
        return []
    return [tables[shape][index] for index in range(len(cards)) for shape in shapes]


def _rows(run: Run, data: Data, shape: Shape, cards: Sequence[Gpu]) -> list[dict[str, Any]]:
    """The rows of all *cards* in so many nodes and cards of each. Only a colocated vLLM makes the need depend on the card."""
    if run.use_vllm is True and len(cards) > 1:
        return [row for card in cards for row in _rows(run, data, shape, [card])]
    fleet = Fleet(*shape, cards[0], "--gpus", _host_ram(run, shape))
    elsewhere = Run(replace(run.inputs, fleet=fleet, gpus=None, world=None, launch=_launched(run, fleet)))
    verdicts = _verdicts(elsewhere, data, cards)
    small = [
        card for card, found in zip(cards, verdicts, strict=True) if isinstance(found, Interval) and found.likely > found.usable
    ]
    mended = smallest_by_card(elsewhere, data, small) if small else {}
    return [_row(run, shape, card, found, mended.get(card.name)) for card, found in zip(cards, verdicts, strict=True)]


def _host_ram(run: Run, shape: Shape) -> int | None:
    """Host memory of a node, where the nodes of *shape* are those that the user has."""
    asked = run.inputs.fleet
    return asked.host_ram_bytes if asked is not None and asked.gpus_per_node == shape[1] else None


def _verdicts(elsewhere: Run, data: Data, cards: Sequence[Gpu]) -> list[Verdict]:
    if any(depends_on_hardware(rule) for rule in stopping(elsewhere, data)):
        return ["rejected"] * len(cards)
    found = forecasts_by_release(elsewhere, data)
    if isinstance(found, Unknown):
        return [found] * len(cards)
    return [on_card(found, card) for card in cards]


def _row(run: Run, shape: Shape, card: Gpu, found: Verdict, mended: dict[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"gpus": _cards(shape), "nodes": shape[0], "gpu": card.name}
    if isinstance(found, Interval):
        row |= {"verdict": _on_nodes(run, found, card, shape[1]), "likely_gib": gib(found.likely)}
    elif isinstance(found, Unknown):
        row |= {"verdict": "unknown", "missing": sorted(found.missing)}
    else:
        row["verdict"] = found
    names = [one.name for one in all_instances() if (one.gpu, one.count) == (card.name, shape[1])]
    return {**row, "with": mended, "instances": names}


def _on_nodes(run: Run, found: Interval, gpu: Gpu, count: int) -> str:
    """The verdict *found*; ``host-oom`` where the nodes are those that the user has, and their host memory does not suffice."""
    asked = run.inputs.fleet
    same = asked is not None and (asked.gpu.name, asked.gpus_per_node) == (gpu.name, count)
    return "host-oom" if same and found.verdict in {"fits", "tight"} and lacks_host_memory(run, found) else found.verdict


def _launched(run: Run, fleet: Fleet) -> Launch:
    """One process for each card, by the launcher that the run has; where none is shown, nobody knows what it shards."""
    family = family_of(run.trainer)
    known = run.inputs.accelerate is not None or (family is not None and family.flags)
    own = run.inputs.launch
    launcher = own.launcher if own is not None else "torchrun" if known else "accelerate"
    return Launch(launcher, per_node=fleet.gpus_per_node, total=max(1, fleet.gpus - run.reserved_gpus), nodes=fleet.nodes)


def joint_fleets(plans: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cards and counts for all of *plans* together (the phases of one training): of each the worst verdict as they are, and
    *with* the changes, by file, with which all of them would fit, if some need any and all can be made to."""
    tables = [{(one["gpu"], one["nodes"], one["gpus"]): one for one in plan["fleets"]} for plan in plans]
    if not tables:
        return []
    paths = [plan["run"]["path"] for plan in plans]
    return [_joint(paths, [table[key] for table in tables]) for key in tables[0] if all(key in table for table in tables)]


def _joint(paths: Sequence[str], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    worst = min(rows, key=lambda row: WORST_FIRST.index(row["verdict"]))
    serves = all(row["verdict"] in {"fits", "tight"} or row["with"] is not None for row in rows)
    changes = {path: row["with"] for path, row in zip(paths, rows, strict=True) if row["with"] is not None} if serves else {}
    return {**{key: found for key, found in worst.items() if key != "likely_gib"}, "with": changes or None}
