"""A measured peak against the forecast: does it agree, which assumption would explain the difference, and what to write down.

The forecast rests on what no file says: how large images are, how long answers get, how much is lost to fragmentation. Of these
one is solved for at a time, all else as assumed.
"""

from __future__ import annotations

from math import isqrt

from vlmr1_lint.memory.forecast import CONTEXT_BYTES, LEAST_COMPLETION_TOKENS, NCCL_BYTES, forecast, image_of, work_of
from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.hull import card_bytes, forecasts_by_release
from vlmr1_lint.memory.states import adapters, trained_parameters
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from vlmr1_lint.explaining.memory_log import Measured
    from vlmr1_lint.memory.setup import Data, Setup
    from vlmr1_lint.training.run import Run

__all__ = ["AGREES", "allocation_of", "calibration"]

GIB = 2**30
AGREES = 0.10
"""Relative difference up to which a forecast agrees with a measurement: its own target for measured runs."""
SAME_SIZE = 0.03
"""Relative difference up to which an allocation is taken for a term: torch rounds large ones up to 2 MiB."""
MOST_AREA = 400
"""Images up to this many times the assumed area are tried, down to as small a part of it."""


def calibration(run: Run, data: Data, measured: Measured) -> dict[str, Any] | Unknown:
    """What ``calibrate`` says of *run*; Unknown where there is no forecast. Sizes are in GiB.

    ``write`` is the data assumption to put into the settings, None where the measurement does not decide one.
    """
    found = forecasts_by_release(run, data)
    if isinstance(found, Unknown):
        return found
    release = max(found, key=lambda one: found[one].likely)
    setup = setup_of(run.narrowed(release), data)
    assert not isinstance(setup, Unknown)  # it was forecast
    card = card_bytes(run)
    expect = _expectation(measured, card)
    answers = min(measured.completion or setup.completion, setup.completion)
    now = replace(setup, completion=answers)
    seen, expected = _needed(measured), expect(now)
    explained = list(_explanations(setup, now, expect, measured))
    return {
        "path": run.inputs.document.path,
        "trainer": release,
        "measured": {
            "kind": measured.kind,
            "gib": _gib(seen),
            "source": measured.source,
            "completion_tokens": measured.completion,
            "allocation": _allocation(setup, measured),
        },
        "forecast": {
            "gib": _gib(expected),
            "at_max_completion_gib": _gib(expect(setup)),
            "difference": round(seen / expected - 1, 3),
        },
        "agrees": _agrees(seen, expected, measured),
        "explanations": explained,
        "write": _to_write(data, seen, expected, measured, explained),
    }


def _needed(measured: Measured) -> int:
    """Bytes that the run needed at the least: where an allocation failed, what it asked for on top of what was held."""
    return measured.bytes + (measured.tried or 0)


def _expectation(measured: Measured, card: int | None) -> Callable[[Setup], int]:
    """The forecast's figure for what was measured."""

    def expect(setup: Setup) -> int:
        found = forecast(setup, card if measured.kind != "out-of-memory" else None)
        context = CONTEXT_BYTES + (NCCL_BYTES if setup.world_size > 1 else 0)
        figures = {"card": found.reserved, "reserved": found.reserved - context, "allocated": found.likely - context}
        return figures.get(measured.kind, found.likely)

    return expect


def _agrees(seen: int, expected: int, measured: Measured) -> bool:
    """A failed run needs at least what was seen, so a forecast above that agrees with it."""
    if measured.kind == "out-of-memory" and expected >= seen:
        return True
    return abs(seen / expected - 1) <= AGREES


# -- what would explain a difference ---------------------------------------------------------------------------------


def _explanations(setup: Setup, now: Setup, expect: Callable[[Setup], int], measured: Measured) -> Iterator[dict[str, Any]]:
    seen = _needed(measured)
    if setup.generation != "none" and measured.completion is None and seen < expect(setup):
        tokens = _solve(lambda length: expect(replace(setup, completion=length)), seen, 1, setup.completion)
        if tokens is not None and tokens >= LEAST_COMPLETION_TOKENS:
            yield {"assumption": "completion", "tokens": tokens, "of": setup.completion}
    image = _image(now if measured.completion else _shortest(setup, expect, seen), expect, seen)
    if image is not None:
        yield {"assumption": "image", "image": f"{image[0]}x{image[1]}"}
    if measured.unused:
        yield {
            "assumption": "fragmentation",
            "gib": _gib(measured.unused),
            "share": round(measured.unused / max(measured.bytes, 1), 3),
        }
    elif seen > expect(now):
        dynamic = seen / expect(now) - 1
        if dynamic <= 2 * AGREES:
            yield {"assumption": "fragmentation", "gib": _gib(seen - expect(now)), "share": round(dynamic, 3)}


def _shortest(setup: Setup, expect: Callable[[Setup], int], seen: int) -> Setup:
    """*setup* with answers as they are at most, or as they are at least where even that is more than was seen."""
    least = min(setup.completion, LEAST_COMPLETION_TOKENS)
    return replace(setup, completion=least) if seen < expect(setup) else setup


def _image(setup: Setup, expect: Callable[[Setup], int], seen: int) -> tuple[int, int] | None:
    """The image, in the shape that is assumed, with which the forecast comes to *seen*; None if no size does."""
    if image_of(setup) is None:
        return None
    width, height = setup.data.image
    area = width * height

    def sized(pixels: int) -> tuple[int, int]:
        return max(1, isqrt(pixels * width // height)), max(1, isqrt(pixels * height // width))

    def needed(pixels: int) -> int:
        return expect(replace(setup, data=replace(setup.data, image=sized(pixels))))

    found = _solve(needed, seen, max(1, area // MOST_AREA), area * MOST_AREA)
    return sized(found) if found is not None else None


def _solve(rising: Callable[[int], int], goal: int, least: int, most: int) -> int | None:
    """The largest whole number in [*least*, *most*] at which *rising* is at most *goal*; None where the goal lies outside of
    it."""
    if rising(least) > goal or rising(most) < goal:
        return None
    while least < most:
        middle = (least + most + 1) // 2
        if rising(middle) <= goal:
            least = middle
        else:
            most = middle - 1
    return least


def _to_write(data: Data, seen: int, expected: int, measured: Measured, explained: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The data assumption for the settings: what is assumed if it agrees, else the image that explains it.

    Shorter answers are never written down: they grow while training, and the forecast is about the end of the run.
    """
    width, height = data.image
    if _agrees(seen, expected, measured):
        return {"images": data.images, "image": f"{width}x{height}", "prompt-tokens": data.prompt_tokens}
    kinds = {one["assumption"]: one for one in explained}
    if "completion" in kinds or "image" not in kinds:
        return None
    return {"images": data.images, "image": kinds["image"]["image"], "prompt-tokens": data.prompt_tokens}


# -- what an allocation is -------------------------------------------------------------------------------------------


def _allocation(setup: Setup, measured: Measured) -> dict[str, Any] | None:
    if measured.tried is None:
        return None
    found = allocation_of(setup, measured.tried)
    return {"gib": _gib(measured.tried), "term": found[0] if found else None, "what": found[1] if found else None}


def allocation_of(setup: Setup, size: int) -> tuple[str, str] | None:
    """The term and the tensor that *size* bytes belong to: the closest of those that one allocation makes; None if none is
    close."""
    best = min(_tensors(setup), key=lambda one: abs(one[2] / size - 1), default=None)
    return None if best is None or abs(best[2] / size - 1) > SAME_SIZE else best[:2]


def _tensors(setup: Setup) -> Iterator[tuple[str, str, int]]:
    """(term, tensor, bytes) of single allocations that are large: where a run fails, one of them could not be made."""
    image, text = image_of(setup), setup.model.text
    work = work_of(setup, image, setup.completion)
    tokens = work.batch * work.length
    completion_only = work.path.startswith("completion") and work.keeps_logits
    positions, which = (work.completion + 1, "the completion") if completion_only else (work.length, "the whole sequence")
    for z in {2, 4 if "cross_entropy" in work.path else work.logit}:
        kind = {2: "bf16", 4: "fp32"}[z]
        yield "logits", f"{kind} logits of {which} for all sequences", z * work.batch * positions * text.vocab
        yield "logits", f"{kind} logits of {which} for one sequence", z * positions * text.vocab
    yield "activations", "one MLP tensor of a layer", 2 * tokens * (text.intermediate or text.expert_intermediate)
    if setup.attention == "eager":
        yield "activations", "attention scores of a layer", 4 * work.batch * text.heads * work.length**2
    tower = setup.model.tower
    if tower is not None and work.patches:
        yield "vision_activations", "one MLP tensor of a block of the tower", 2 * work.patches * tower.intermediate
        yield "vision_activations", "pixels of all images", work.pixel * work.patches * tower.channels
        if setup.attention in {"sdpa_unbatched", "eager"}:
            together = work.patches if setup.attention == "sdpa_unbatched" else work.image_patches
            for z in (2, 4):
                yield "vision_activations", "attention scores of a block of the tower (sdpa)", z * tower.heads * together**2
    trained, ranks = trained_parameters(setup), setup.world_size
    part = trained // ranks if setup.stage else trained
    total = setup.model.total + adapters(setup)
    yield "gradients", "gradient of the embedding", 2 * setup.model.embedding
    yield "gradients", "gradient of the embedding in fp32", 4 * setup.model.embedding
    yield "optimizer", "fp32 master weights of this GPU", 4 * part
    yield "optimizer", "fp32 values of one sub-group", 4 * min(setup.sub_group_size, part)
    yield "gradients", "gradients of this GPU", 2 * part
    if setup.stage == 3:
        yield "gathered", "weights of this GPU", 2 * (total // ranks)
        yield "gathered", "the gathered embedding", 2 * setup.model.embedding
    yield "communication", "a bucket of gradients", 2 * (setup.reduce_bucket or text.hidden**2)
    kv = 2 * work.batch * text.keys * work.length
    yield "kv_cache", "keys or values of one layer", kv


def _gib(size: float) -> float:
    return round(size / GIB, 2)
