"""``plan`` as data: the forecast of a run, what would change it, and the smallest change that makes it fit."""

from __future__ import annotations

from vlmr1_lint.checking.rejections import rejected
from vlmr1_lint.memory.batch import same_group_splits
from vlmr1_lint.memory.interval import Interval, interval
from vlmr1_lint.memory.needed import is_count
from vlmr1_lint.memory.samples import of_videos
from vlmr1_lint.planning.changes import gib, host_room, judged, lacks_host_memory, ladder
from vlmr1_lint.planning.legality import Judge, batch_rule, figures_of
from vlmr1_lint.planning.moves import asker, reached
from vlmr1_lint.planning.steps import steps_for
from vlmr1_lint.trainers.releases import spans
from vlmr1_lint.training.joining import as_written
from vlmr1_lint.training.unknown_model import why_unknown
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.planning.moves import Ask
    from vlmr1_lint.training.run import Run

__all__ = ["INSTANT_NAMES", "fits", "host_is_short", "plan_of"]

INSTANT_NAMES = ("load", "reference", "generation", "forward", "backward", "optimizer_step", "save")
IDLE_SHARE = 0.6
"""Below this share of the card, memory is called idle."""


def plan_of(said: Run, data: Data, lang: str = "en", *, margin: bool = False) -> dict[str, Any]:
    """What ``plan --format json`` prints of one run (DESIGN §6), but for the hardware that would do (`fleets`). *margin*: the
    target is *high* and not *likely*; *lang*: in which rules say why they reject the run.

    Where more processes are written than there are GPUs, the answer is that of one process for each GPU, and ``readings`` has
    both.
    """
    run = said.as_equipped() if said.world_is_contradicted else said
    given, data = data, of_videos(said, data)
    ask, judge = asker(run, data), Judge(run, data)
    found, stops = ask({}), _stops(said, run, data, lang)
    shown: dict[str, Any] = {
        "run": _run(run),
        "fleet": _fleet(run),
        "data": _data(run, data, found),
        "forecast": _forecast(found) if isinstance(found, Interval) else None,
        "verdict": "rejected" if stops else found.verdict if isinstance(found, Interval) else "unknown",
        "rules": list(dict.fromkeys(stop.rule for stop in stops)),
        "rejected": [{"rule": stop.rule, "message": stop.message} for stop in stops],
        "readings": [_reading(one, data) for one in (run, said.as_written())] if run is not said else [],
        "missing": sorted(_named(run, fact) for fact in found.missing) if isinstance(found, Unknown) else [],
        "changes": [],
        "plan": [],
        "unmended": [],
        "idle": [],
        "assumptions": list(_assumptions(run, found, data if data is not given else None)),
    }
    if isinstance(found, Interval):
        shown["changes"] = ladder(run, ask, judge)
        if stops or not reached(found, margin=margin) or lacks_host_memory(run, found) or not judge.meets_minimum({}):
            steps, left = steps_for(said, run, data, margin=margin)
            shown["plan"], shown["unmended"] = [step.shown for step in steps], left
        else:
            shown["idle"] = list(_idle(run, ask, judge, found))
    return shown


def _stops(said: Run, run: Run, data: Data, lang: str) -> list[Finding]:
    """Why the run cannot start: as its files say it, and besides, in the reading that its GPUs allow."""
    found = rejected(said, data, lang)
    if run is said:
        return found
    known = {stop.rule for stop in found}
    return [*found, *(stop for stop in rejected(run, data, lang) if stop.rule not in known)]


def _reading(run: Run, data: Data) -> dict[str, Any]:
    """One of two readings of a run whose processes and GPUs contradict each other."""
    found = interval(run, data)
    told = {"likely_gib": gib(found.likely), "verdict": found.verdict} if isinstance(found, Interval) else {"verdict": "unknown"}
    return {"processes": _known(run.world_size), "gpus": run.gpus, **told}


def _named(run: Run, fact: str) -> str:
    """A missing *fact* by the option that leaves it open, where it is a placeholder: ``per_device_train_batch_size (${B})``."""
    written = run.inputs.written.items()
    names = [name for name, node in written if isinstance(node.value, Unknown) and fact in node.value.missing and name != fact]
    return f"{', '.join(names)} ({fact})" if names else fact


def fits(shown: Mapping[str, Any]) -> bool:
    """Whether a run that *shown* is about would start and fit as it is, as far as is known; host memory included."""
    return shown["verdict"] not in {"rejected", "oom", "likely-oom"} and not host_is_short(shown)


def host_is_short(shown: Mapping[str, Any]) -> bool:
    """Whether a node has less host memory than the run needs."""
    room = shown["fleet"]["host_ram_gib"] if shown["fleet"] else None
    return room is not None and shown["forecast"] is not None and shown["forecast"]["host_gib"] > room


def _run(run: Run) -> dict[str, Any]:
    model = run.model
    return {
        "path": run.inputs.document.path,
        "trainer": list(run.candidates),
        **({"model": None, "model_unknown": why_unknown(run)} if isinstance(model, Unknown) else {"model": model.name}),
        "world_size": _known(run.world_size),
        "zero_stage": _known(run.zero_stage),
        "use_peft": _known(run.use_peft),
        "per_device_train_batch_size": _known(run.per_device_train_batch_size),
        "gradient_accumulation_steps": _known(run.gradient_accumulation_steps),
        "num_generations": _known(run.num_generations),
        "max_completion_length": _known(run.max_completion_length),
        "gradient_checkpointing": _known(run.gradient_checkpointing),
    }


def _known(found: object) -> object:
    return None if is_unknown(found) else found


def _fleet(run: Run) -> dict[str, Any] | None:
    """The hardware, and how many of its cards the run's processes use (and a vLLM beside them)."""
    fleet, world, room = run.inputs.fleet, run.world_size, host_room(run)
    if fleet is None:
        return None
    return {
        "gpus": fleet.gpus,
        "used": min(fleet.gpus, world + run.reserved_gpus) if isinstance(world, int) else fleet.gpus,
        "nodes": fleet.nodes,
        "gpu": fleet.gpu.name,
        "usable_gib": round(fleet.gpu.usable_gib, 2),
        "usable_measured": fleet.gpu.usable_measured,
        "host_ram_gib": None if room is None else gib(room),
    }


def _data(run: Run, data: Data, found: Interval | Unknown) -> dict[str, Any]:
    width, height = data.image
    tokens = found.image_tokens if isinstance(found, Interval) else None
    shown = {"images": data.images, "image": f"{width}x{height}", "image_tokens": tokens, "prompt_tokens": data.prompt_tokens}
    largest = _largest_image(run, data, found) if isinstance(found, Interval) else None
    return {**shown, "given": data.given, "measured": data.origin or None, "largest_image": largest}


SHARPEST = 64
"""Halvings after which a size is known to the pixel; a bound."""


def _largest_image(run: Run, data: Data, found: Interval) -> dict[str, Any] | None:
    """The largest image of the assumed shape with which the run still fits, where nobody said how large images are: ``image``
    (None where the processor's limit comes first) and what it would need. None where no image is too large, or the run does not
    fit as it is."""
    model = run.model
    if data.given or not data.images or isinstance(model, Unknown) or model.tower is None or found.verdict != "fits":
        return None
    width, height = data.image

    def fitting(scale: float) -> Interval | None:
        larger = interval(run, replace(data, image=(round(width * scale), round(height * scale))))
        return larger if isinstance(larger, Interval) and larger.high <= larger.usable else None

    fits, fails = 1.0, LARGEST_SCALE
    if fitting(fails) is not None:
        return None
    for _ in range(SHARPEST):
        middle = (fits + fails) / 2
        if round(width * fails) - round(width * fits) <= PIXELS_APART:
            break
        fits, fails = (middle, fails) if fitting(middle) is not None else (fits, middle)
    size = f"{round(width * fits)}x{round(height * fits)}"
    largest = fitting(fits)
    assert largest is not None  # it was tried
    return {"image": size, "image_tokens": largest.image_tokens, "likely_gib": gib(largest.likely)}


LARGEST_SCALE = 16.0
"""How many times as wide as the assumed image one may be: 640x480 becomes 10,240 wide, beyond every processor's limit."""
PIXELS_APART = 20
"""How near to the limit the answer is: less than one image token's side."""


def _forecast(found: Interval) -> dict[str, Any]:
    return {
        "low_gib": gib(found.low),
        "likely_gib": gib(found.likely),
        "high_gib": gib(found.high),
        "nvidia_smi_gib": gib(found.reserved),
        "nvidia_smi_grown_gib": gib(found.grown),
        "instant": found.instant,
        "verdict": found.verdict,
        "host_gib": gib(found.host),
        "instants": {name: _instant(found.instants.get(name, {})) for name in INSTANT_NAMES},
    }


def _instant(terms: Mapping[str, int]) -> dict[str, Any]:
    """An instant with its terms; one that the run does not have is zero."""
    return {"total_gib": gib(sum(terms.values())), "terms": {term: gib(size) for term, size in terms.items() if size}}


def _assumptions(run: Run, found: Interval | Unknown, as_videos: Data | None) -> Iterator[str]:
    yield from run.assumptions
    if as_videos is not None:
        width, height = as_videos.image
        yield f"videos by the name of the data: 16 frames count as {as_videos.images} images of {width}x{height}"
    if run.is_grpo is False:
        yield from _of_samples(run)
    elif run.zero_stage == 3 and _loses_reference(run):
        unable = _unable(run)
        yield f"{unable} cannot load this model's reference under ZeRO-3 (rule DSP020): the forecast is of a trainer that can"
    if run.world_is_assumed and not is_unknown(run.world_size):
        said = f", where {run.processes_said} are written" if isinstance(run.processes_said, int) else ""
        yield f"one process for each GPU: world size {run.world_size}{said}"
    if run.inputs.fleet is not None and not run.inputs.fleet.gpu.usable_measured:
        yield f"{run.inputs.fleet.gpu.name}: usable memory not measured, taken as 0.93 of its nominal size"
    if isinstance(found, Interval) and found.differs_by_release:
        worst = max(found.by_release, key=lambda release: found.by_release[release].likely)
        yield f"the trainer's version decides: {worst} needs the most"


def _loses_reference(run: Run) -> bool:
    """Whether some candidate's reference loader fails under ZeRO-3: AutoModelForCausalLM knows no vision-language model."""
    if run.beta == 0 or isinstance(run.model, Unknown) or run.model.tower is None:
        return False
    return run.reference_loader_zero3 != "policy_class"


def _unable(run: Run) -> str:
    """The candidates that load a reference under ZeRO-3 with a class that knows no vision-language model."""
    able = [one for one in run.candidates if run.narrowed(one).reference_loader_zero3 == "policy_class"]
    return ", ".join(spans([one for one in run.candidates if one not in able]))


def _of_samples(run: Run) -> Iterator[str]:
    """How long the samples of supervised training are taken to be."""
    model = run.model
    if not isinstance(model, Unknown) and model.tower is not None:
        yield "SFT: the text of a sample, answer included, is --prompt-tokens long"
    else:
        yield "SFT: every sample is as long as max_length allows"


# -- idle memory -------------------------------------------------------------------------------------------------


def _idle(run: Run, ask: Ask, judge: Judge, found: Interval) -> Iterator[dict[str, Any]]:
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
        written = {as_written(run, name) or name: new for name, new in idea.items()}
        told = judged(run, ask, judge, idea)
        if told["verdict"] == "fits":
            yield {"set": written, **told}
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
