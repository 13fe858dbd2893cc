"""``plan`` as data: the forecast of a run, what would change it, the smallest change that makes it fit, and fleets that would run it."""

from __future__ import annotations

from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.facts.instances import all_instances
from vlmr1_lint.memory.hull import Hull, hull
from vlmr1_lint.memory.moves import allowed, batch_rule, moves_of, plan_for, reached
from vlmr1_lint.training.fleet import Fleet
from vlmr1_lint.training.run import Run
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vlmr1_lint.memory.setup import Data

__all__ = ["CARDS", "COUNTS", "plan_of", "smallest_plan"]

GIB = 2**30
CARDS = ("RTX4090-24G", "A100-40G", "L40S-48G", "A100-80G", "H100-80G", "H20-96G", "H200-141G")
"""Cards of the fleet table, small to large: those that the field rents and owns most."""
COUNTS = ((1, 1), (1, 2), (1, 4), (1, 8), (2, 8), (4, 8))
"""Nodes and cards of each in the fleet table."""
IDLE_SHARE = 0.6
"""Below this share of the card, memory is called idle."""


def plan_of(run: Run, data: Data, *, margin: bool = False) -> dict[str, Any]:
    """Everything that ``plan --format json`` prints of one run (DESIGN §6). *margin*: the target is *high* and not *likely*."""
    found = hull(run, data)
    missing = sorted(found.missing) if isinstance(found, Unknown) else []
    fleet = run.inputs.fleet
    shown: dict[str, Any] = {
        "run": _run(run),
        "fleet": _fleet(fleet),
        "data": _data(data, found),
        "forecast": _forecast(found) if isinstance(found, Hull) else None,
        "verdict": found.verdict if isinstance(found, Hull) else "unknown",
        "missing": missing,
        "changes": [],
        "plan": [],
        "idle": [],
        "fleets": list(_fleets(run, data)),
        "assumptions": list(_assumptions(run, found)),
    }
    if isinstance(found, Hull):
        shown["changes"] = [_change(run, data, move.cost, move.changes) for move in moves_of(run)]
        if not reached(found, margin=margin):
            shown["plan"] = smallest_plan(run, data, margin=margin) or []
        shown["idle"] = list(_idle(run, data, found))
    return shown


def smallest_plan(run: Run, data: Data, *, margin: bool = False) -> list[dict[str, Any]] | None:
    """The steps of the smallest plan, each with what all steps up to it come to; None if nothing within the bounds helps."""
    plan = plan_for(run, data, margin=margin)
    if plan is None:
        return None
    steps = []
    made: dict[str, object] = {}
    for move in plan.moves:
        made.update(move.changes)
        steps.append({**_change(run, data, move.cost, move.changes), **_judged(run, data, made)})
    return steps


def _run(run: Run) -> dict[str, Any]:
    model = run.model
    return {
        "path": run.inputs.document.path,
        "trainer": list(run.candidates),
        "model": None if isinstance(model, Unknown) else model.name,
        "world_size": _known(run.world_size),
        "zero_stage": _known(run.zero_stage),
        "per_device_train_batch_size": _known(run.per_device_train_batch_size),
        "gradient_accumulation_steps": _known(run.gradient_accumulation_steps),
        "num_generations": _known(run.num_generations),
        "max_completion_length": _known(run.max_completion_length),
        "gradient_checkpointing": _known(run.gradient_checkpointing),
    }


def _known(found: object) -> object:
    return None if is_unknown(found) else found


def _fleet(fleet: Fleet | None) -> dict[str, Any] | None:
    if fleet is None:
        return None
    return {
        "gpus": fleet.gpus,
        "nodes": fleet.nodes,
        "gpu": fleet.gpu.name,
        "usable_gib": round(fleet.gpu.usable_gib, 2),
        "usable_measured": fleet.gpu.usable_measured,
    }


def _data(data: Data, found: Hull | Unknown) -> dict[str, Any]:
    width, height = data.image
    tokens = found.image_tokens if isinstance(found, Hull) else None
    shown = {"images": data.images, "image": f"{width}x{height}", "image_tokens": tokens, "prompt_tokens": data.prompt_tokens}
    return {**shown, "given": data.given}


def _forecast(found: Hull) -> dict[str, Any]:
    return {
        "low_gib": _gib(found.low),
        "likely_gib": _gib(found.likely),
        "high_gib": _gib(found.high),
        "instant": found.instant,
        "host_gib": _gib(found.host),
        "instants": {
            name: {"total_gib": _gib(sum(terms.values())), "terms": {term: _gib(size) for term, size in terms.items() if size}}
            for name, terms in found.instants.items()
        },
    }


def _gib(size: float) -> float:
    return round(size / GIB, 2)


def _change(run: Run, data: Data, cost: str, changes: Mapping[str, object]) -> dict[str, Any]:
    judged = _judged(run, data, changes)
    return {"set": dict(changes), "cost": cost, **judged, "places": dict(_places(run, changes))}


def _judged(run: Run, data: Data, changes: Mapping[str, object]) -> dict[str, Any]:
    found = hull(run.with_changes(changes), data)
    if isinstance(found, Unknown) or not allowed(run, changes):
        return {"likely_gib": None, "verdict": "unknown" if isinstance(found, Unknown) else "rejected"}
    return {"likely_gib": _gib(found.likely), "verdict": found.verdict}


def _places(run: Run, changes: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Where each change would be written: ``args.yaml:12``; the file alone for what is not written yet."""
    for name in changes:
        kind, slash, keys = name.partition("/")
        if slash:
            joined = run.inputs.deepspeed
            document = None if joined is None or isinstance(joined, Unknown) else joined.document
            node = document.node((0, *keys.split("."))) if document is not None else run.node(kind)
            home = document if document is not None else run.home(kind)
        else:
            node, home = run.node(name), run.home(name)
        yield name, f"{home.path}:{home.position(node.span.start).line}" if node is not None else home.path


def _assumptions(run: Run, found: Hull | Unknown) -> Iterator[str]:
    yield from run.assumptions
    if run.world_is_assumed and not is_unknown(run.world_size):
        yield f"one process for each GPU: world size {run.world_size}"
    if run.inputs.fleet is not None and not run.inputs.fleet.gpu.usable_measured:
        yield f"{run.inputs.fleet.gpu.name}: usable memory not measured, taken as 0.93 of its nominal size"
    if isinstance(found, Hull) and found.differs_by_release:
        worst = max(found.by_release, key=lambda release: found.by_release[release].likely)
        yield f"the trainer's version decides: {worst} needs the most"


# -- fleets ------------------------------------------------------------------------------------------------------


def _fleets(run: Run, data: Data) -> Iterator[dict[str, Any]]:
    """Which cards and counts would run the files as they are."""
    for card in CARDS:
        gpu = find_gpus(card)[0]
        for nodes, count in COUNTS:
            fleet = Fleet(nodes, count, gpu, "--gpus")
            elsewhere = Run(replace(run.inputs, fleet=fleet, launch=None))
            verdict = _verdict_on(elsewhere, data)
            if verdict != "unknown":
                yield {
                    "gpus": fleet.gpus,
                    "nodes": nodes,
                    "gpu": gpu.name,
                    "verdict": verdict,
                    "instances": [one.name for one in all_instances() if one.gpu == gpu.name and one.count == count],
                }


def _verdict_on(run: Run, data: Data) -> str:
    from vlmr1_lint.memory.batch import is_legal

    rule = batch_rule(run)
    figures = (run.per_device_train_batch_size, run.world_size, run.gradient_accumulation_steps, run.num_generations)
    if rule is not None and all(isinstance(figure, int) and not isinstance(figure, bool) and figure > 0 for figure in figures):
        if not is_legal(*figures, rule):  # type: ignore[arg-type]
            return "rejected"
    found = hull(run, data)
    return found.verdict if isinstance(found, Hull) else "unknown"


# -- idle memory -------------------------------------------------------------------------------------------------


def _idle(run: Run, data: Data, found: Hull) -> Iterator[dict[str, Any]]:
    """What to do with memory that nothing uses: drop offload, raise the batch, leave checkpointing out."""
    if found.verdict != "fits" or found.likely > IDLE_SHARE * found.usable:
        return
    ideas: list[dict[str, object]] = []
    if run.offload_param is True:
        ideas.append({"deepspeed/zero_optimization.offload_param.device": "none"})
    if run.offload_optimizer is True:
        ideas.append({"deepspeed/zero_optimization.offload_optimizer.device": "none"})
    ideas += _larger_batches(run)
    for idea in ideas:
        judged = _judged(run, data, idea)
        if judged["verdict"] == "fits":
            yield {"set": idea, **judged}
            return


def _larger_batches(run: Run) -> list[dict[str, object]]:
    """Larger per-device batches at the same sequences per update, the largest first."""
    from vlmr1_lint.memory.batch import same_group_splits

    batch, world, steps, group = (
        run.per_device_train_batch_size,
        run.world_size,
        run.gradient_accumulation_steps,
        run.num_generations,
    )
    rule = batch_rule(run)
    if rule is None or not (
        isinstance(batch, int) and isinstance(world, int) and isinstance(steps, int) and isinstance(group, int)
    ):
        return []
    splits = same_group_splits(batch, world, steps, group, rule)
    return [{"per_device_train_batch_size": more, "gradient_accumulation_steps": fewer} for more, fewer in splits if more > batch]
