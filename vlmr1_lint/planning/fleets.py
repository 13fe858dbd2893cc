"""Which cards and counts would run a file as it is: the verdict of each, for one run or for several together."""

from __future__ import annotations

from vlmr1_lint.checking.rejections import depends_on_hardware, stopping
from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.facts.instances import all_instances
from vlmr1_lint.launches.fleet import Fleet
from vlmr1_lint.launches.launch import Launch
from vlmr1_lint.memory.interval import Interval, forecasts_by_release
from vlmr1_lint.planning.changes import lacks_host_memory
from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.training.run import Run
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vlmr1_lint.facts.gpus import Gpu
    from vlmr1_lint.memory.setup import Data

__all__ = ["CARDS", "COUNTS", "fleets_of", "joint_fleets"]

CARDS = ("RTX4090-24G", "A100-40G", "L40S-48G", "A100-80G", "H100-80G", "H20-96G", "H200-141G")
"""Cards of the table, small to large: those that the field rents and owns most."""
COUNTS = ((1, 1), (1, 2), (1, 4), (1, 8), (2, 8), (4, 8))
"""Nodes and cards of each in the table."""
WORST_FIRST = ("rejected", "unknown", "oom", "likely-oom", "host-oom", "tight", "fits")


def fleets_of(run: Run, data: Data) -> list[dict[str, Any]]:
    """Which cards and counts would run the files as they are; nothing where that cannot be said of any.

    A row whose verdict is unknown says what is *missing*: on one card nothing is sharded, on several something may be.
    """
    cards = [find_gpus(name)[0] for name in CARDS]
    tables = {shape: _verdicts(run, data, shape, cards) for shape in COUNTS}
    if all(isinstance(verdict, Unknown) for table in tables.values() for verdict in table):
        return []
    instances: dict[tuple[str, int], list[str]] = {}
    for one in all_instances():
        instances.setdefault((one.gpu, one.count), []).append(one.name)
    rows = []
    for index, gpu in enumerate(cards):
        for nodes, count in COUNTS:
            verdict = tables[nodes, count][index]
            row: dict[str, Any] = {"gpus": nodes * count, "nodes": nodes, "gpu": gpu.name}
            if isinstance(verdict, Interval):
                row["verdict"] = _on_nodes(run, verdict, gpu, count)
            elif isinstance(verdict, Unknown):
                row |= {"verdict": "unknown", "missing": sorted(verdict.missing)}
            else:
                row["verdict"] = verdict
            rows.append({**row, "instances": instances.get((gpu.name, count), [])})
    return rows


def _on_nodes(run: Run, found: Interval, gpu: Gpu, count: int) -> str:
    """The verdict *found*; ``host-oom`` where the nodes are those that the user has, and their host memory does not suffice."""
    asked = run.inputs.fleet
    same = asked is not None and (asked.gpu.name, asked.gpus_per_node) == (gpu.name, count)
    return "host-oom" if same and found.verdict in {"fits", "tight"} and lacks_host_memory(run, found) else found.verdict


def _verdicts(run: Run, data: Data, shape: tuple[int, int], cards: Sequence[Gpu]) -> list[Interval | str | Unknown]:
    """The verdict on each of *cards* in so many nodes and cards of each. Only a colocated vLLM makes the need depend on the
    card."""
    if run.use_vllm is True:
        return [verdict for card in cards for verdict in _on_one_need(run, data, shape, [card])]
    return _on_one_need(run, data, shape, cards)


def _on_one_need(run: Run, data: Data, shape: tuple[int, int], cards: Sequence[Gpu]) -> list[Interval | str | Unknown]:
    fleet = Fleet(*shape, cards[0], "--gpus")
    elsewhere = Run(replace(run.inputs, fleet=fleet, gpus=None, world=None, launch=_launched(run, fleet)))
    if any(depends_on_hardware(rule) for rule in stopping(elsewhere, data)):
        return ["rejected"] * len(cards)
    found = forecasts_by_release(elsewhere, data)
    if isinstance(found, Unknown):
        return [found] * len(cards)
    sizes = [int(card.usable_gib * GIB) for card in cards]
    return [Interval({name: one.on(size) for name, one in found.items()}, size) for size in sizes]


def _launched(run: Run, fleet: Fleet) -> Launch:
    """One process for each card, by the launcher that the run has; where none is shown, nobody knows what it shards."""
    family = family_of(run.trainer)
    known = run.inputs.accelerate is not None or (family is not None and family.flags)
    own = run.inputs.launch
    launcher = own.launcher if own is not None else "torchrun" if known else "accelerate"
    return Launch(launcher, per_node=fleet.gpus_per_node, total=max(1, fleet.gpus - run.reserved_gpus), nodes=fleet.nodes)


def joint_fleets(plans: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cards and counts for all of *plans* together (the phases of one training): of each the worst verdict."""
    tables = [{(one["gpu"], one["nodes"], one["gpus"]): one for one in plan["fleets"]} for plan in plans]
    if not tables:
        return []
    joint = []
    for key in tables[0]:
        if all(key in table for table in tables):
            joint.append(min((table[key] for table in tables), key=lambda row: WORST_FIRST.index(row["verdict"])))
    return joint
