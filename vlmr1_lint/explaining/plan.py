"""``plan`` as data: the forecast of a run, what would change it, the smallest change that makes it fit, and fleets that would
run it."""

from __future__ import annotations

from math import isqrt

from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.facts.instances import all_instances
from vlmr1_lint.memory.batch import same_group_splits
from vlmr1_lint.memory.hull import Hull, forecasts_by_release, hull
from vlmr1_lint.memory.moves import allowed, asker, batch_rule, figures_of, loses_reference, moves_of, plan_for, reached
from vlmr1_lint.memory.needed import is_count
from vlmr1_lint.memory.states_of_run import LAUNCHED_WITH_FLAGS
from vlmr1_lint.training.fleet import Fleet
from vlmr1_lint.training.launch import Launch
from vlmr1_lint.training.releases import spans
from vlmr1_lint.training.run import Run
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from vlmr1_lint.facts.gpus import Gpu
    from vlmr1_lint.memory.moves import Ask
    from vlmr1_lint.memory.setup import Data

__all__ = ["CARDS", "COUNTS", "INSTANT_NAMES", "joint_fleets", "plan_of", "smallest_plan"]

GIB = 2**30
CARDS = ("RTX4090-24G", "A100-40G", "L40S-48G", "A100-80G", "H100-80G", "H20-96G", "H200-141G")
"""Cards of the fleet table, small to large: those that the field rents and owns most."""
COUNTS = ((1, 1), (1, 2), (1, 4), (1, 8), (2, 8), (4, 8))
"""Nodes and cards of each in the fleet table."""
INSTANT_NAMES = ("load", "reference", "generation", "forward", "backward", "optimizer_step", "save")
WORST_FIRST = ("rejected", "unknown", "oom", "likely-oom", "tight", "fits")
IDLE_SHARE = 0.6
"""Below this share of the card, memory is called idle."""


def plan_of(run: Run, data: Data, *, margin: bool = False) -> dict[str, Any]:
    """Everything that ``plan --format json`` prints of one run (DESIGN §6). *margin*: the target is *high* and not *likely*."""
    ask = asker(run, data)
    found = ask({})
    missing = sorted(found.missing) if isinstance(found, Unknown) else []
    fleet = run.inputs.fleet
    shown: dict[str, Any] = {
        "run": _run(run),
        "fleet": _fleet(fleet),
        "data": _data(run, data, found),
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
        shown["changes"] = [_change(run, ask, move.cost, move.changes) for move in moves_of(run)]
        if not reached(found, margin=margin):
            shown["plan"] = smallest_plan(run, ask, margin=margin) or []
        shown["idle"] = list(_idle(run, ask, found))
    return shown


def smallest_plan(run: Run, ask: Ask, *, margin: bool = False) -> list[dict[str, Any]] | None:
    """The steps of the smallest plan, each with what all steps up to it come to; None if nothing within the bounds helps."""
    plan = plan_for(run, ask, margin=margin)
    if plan is None:
        return None
    steps = []
    made: dict[str, object] = {}
    for move in plan.moves:
        made.update(move.changes)
        steps.append({**_change(run, ask, move.cost, move.changes), **_judged(run, ask, made)})
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


def _data(run: Run, data: Data, found: Hull | Unknown) -> dict[str, Any]:
    width, height = data.image
    tokens = found.image_tokens if isinstance(found, Hull) else None
    shown = {"images": data.images, "image": f"{width}x{height}", "image_tokens": tokens, "prompt_tokens": data.prompt_tokens}
    largest = _largest_image(run, data) if isinstance(found, Hull) else None
    return {**shown, "given": data.given, "measured": data.origin or None, "largest_image": largest}


def _largest_image(run: Run, data: Data) -> dict[str, Any] | None:
    """What a batch of images at the default limit would need, where nobody set one or said how large images are: a square of that
    many pixels."""
    limit, model = run.max_pixels, run.model
    if run.is_set("max_pixels") or not isinstance(limit, int) or data.given or isinstance(model, Unknown):
        return None
    if model.vision is None or model.vision.image_size is not None:  # tiles, or a processor that reads no limit
        return None
    side = isqrt(limit)
    found = hull(run, replace(data, image=(side, side)))
    if not isinstance(found, Hull):
        return None
    return {"max_pixels": limit, "image_tokens": found.image_tokens, "likely_gib": _gib(found.likely), "verdict": found.verdict}


def _forecast(found: Hull) -> dict[str, Any]:
    return {
        "low_gib": _gib(found.low),
        "likely_gib": _gib(found.likely),
        "high_gib": _gib(found.high),
        "instant": found.instant,
        "host_gib": _gib(found.host),
        "instants": {name: _instant(found.instants.get(name, {})) for name in INSTANT_NAMES},
    }


def _instant(terms: Mapping[str, int]) -> dict[str, Any]:
    """An instant with its terms; one that the run does not have is zero."""
    return {"total_gib": _gib(sum(terms.values())), "terms": {term: _gib(size) for term, size in terms.items() if size}}


def _gib(size: float) -> float:
    return round(size / GIB, 2)


def _change(run: Run, ask: Ask, cost: str, changes: Mapping[str, object]) -> dict[str, Any]:
    judged = _judged(run, ask, changes)
    return {"set": dict(changes), "cost": cost, **judged, "places": dict(_places(run, changes))}


def _judged(run: Run, ask: Ask, changes: Mapping[str, object]) -> dict[str, Any]:
    found = ask(changes)
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
    if run.is_grpo is False:
        yield from _of_samples(run)
    elif run.zero_stage == 3 and loses_reference(run):
        unable = _unable(run)
        yield f"{unable} cannot load this model's reference under ZeRO-3 (rule DSP020): the forecast is of a trainer that can"
    if run.world_is_assumed and not is_unknown(run.world_size):
        yield f"one process for each GPU: world size {run.world_size}"
    if run.inputs.fleet is not None and not run.inputs.fleet.gpu.usable_measured:
        yield f"{run.inputs.fleet.gpu.name}: usable memory not measured, taken as 0.93 of its nominal size"
    if isinstance(found, Hull) and found.differs_by_release:
        worst = max(found.by_release, key=lambda release: found.by_release[release].likely)
        yield f"the trainer's version decides: {worst} needs the most"


def _unable(run: Run) -> str:
    """The candidates that load a reference under ZeRO-3 with a class that knows no vision-language model."""
    able = [one for one in run.candidates if run.narrowed(one).reference_loader_zero3 == "policy_class"]
    return ", ".join(spans([one for one in run.candidates if one not in able]))


def _of_samples(run: Run) -> Iterator[str]:
    """How long the samples of supervised training are taken to be."""
    model = run.model
    if not isinstance(model, Unknown) and model.vision is not None:
        yield "SFT: the text of a sample, answer included, is --prompt-tokens long"
    else:
        yield "SFT: every sample is as long as max_length allows"


# -- fleets ------------------------------------------------------------------------------------------------------


def _fleets(run: Run, data: Data) -> Iterator[dict[str, Any]]:
    """Which cards and counts would run the files as they are."""
    cards = [find_gpus(name)[0] for name in CARDS]
    tables = {shape: _verdicts(run, data, shape, cards) for shape in COUNTS}
    for index, gpu in enumerate(cards):
        for nodes, count in COUNTS:
            verdict = tables[nodes, count][index]
            if verdict != "unknown":
                yield {
                    "gpus": nodes * count,
                    "nodes": nodes,
                    "gpu": gpu.name,
                    "verdict": verdict,
                    "instances": [one.name for one in all_instances() if one.gpu == gpu.name and one.count == count],
                }


def _verdicts(run: Run, data: Data, shape: tuple[int, int], cards: Sequence[Gpu]) -> list[str]:
    """The verdict on each of *cards* in so many nodes and cards of each. Only a colocated vLLM makes the need depend on the
    card."""
    if run.use_vllm is True:
        return [verdict for card in cards for verdict in _on_one_need(run, data, shape, [card])]
    return _on_one_need(run, data, shape, cards)


def _on_one_need(run: Run, data: Data, shape: tuple[int, int], cards: Sequence[Gpu]) -> list[str]:
    fleet = Fleet(*shape, cards[0], "--gpus")
    elsewhere = Run(replace(run.inputs, fleet=fleet, launch=_launched(run, fleet)))
    if not allowed(elsewhere, {}):
        return ["rejected"] * len(cards)
    found = forecasts_by_release(elsewhere, data)
    if isinstance(found, Unknown):
        return ["unknown"] * len(cards)
    return [Hull(found, int(card.usable_gib * GIB)).verdict for card in cards]


def _launched(run: Run, fleet: Fleet) -> Launch:
    """One process for each card, by the launcher that the run has; where none is shown, nobody knows what it shards."""
    known = run.inputs.accelerate is not None or run.trainer in LAUNCHED_WITH_FLAGS
    own = run.inputs.launch
    launcher = own.launcher if own is not None else "torchrun" if known else "accelerate"
    return Launch(launcher, per_node=fleet.gpus_per_node, total=max(1, fleet.gpus - run.reserved_gpus), nodes=fleet.nodes)


def joint_fleets(plans: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Cards and counts for all of *plans* together (the phases of one training): of each the worst verdict."""
    tables = [{(one["gpu"], one["nodes"], one["gpus"]): one for one in plan["fleets"]} for plan in plans]
    if not tables:
        return []
    joint = []
    for key, first in tables[0].items():
        if all(key in table for table in tables):
            verdicts = [table[key]["verdict"] for table in tables]
            joint.append({**first, "verdict": min(verdicts, key=WORST_FIRST.index)})
    return joint


# -- idle memory -------------------------------------------------------------------------------------------------


def _idle(run: Run, ask: Ask, found: Hull) -> Iterator[dict[str, Any]]:
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
        judged = _judged(run, ask, idea)
        if judged["verdict"] == "fits":
            yield {"set": idea, **judged}
            return


def _larger_batches(run: Run) -> list[dict[str, object]]:
    """Larger per-device batches at the same sequences per update, the largest first."""
    batch, world, steps, group = figures = figures_of(run)
    rule = batch_rule(run)
    if rule is None or not all(map(is_count, figures)):
        return []
    assert isinstance(batch, int) and isinstance(world, int) and isinstance(steps, int) and isinstance(group, int)
    splits = same_group_splits(batch, world, steps, group, rule)
    return [{"per_device_train_batch_size": more, "gradient_accumulation_steps": fewer} for more, fewer in splits if more > batch]
