"""A measured peak against the forecast: does it agree, which assumption would explain the difference, and what to write down.

The forecast rests on what no file says: how large images are, how long answers get, how much is lost to fragmentation. Of these
one is solved for at a time, all else as assumed; so what is written down explains the measurement by itself, and the next call
finds no difference but the rounding.
"""

from __future__ import annotations

from math import isqrt

from vlmr1_lint.explaining.calibrate_tensors import allocation_of
from vlmr1_lint.memory.forecast import CONTEXT_BYTES, LEAST_COMPLETION_TOKENS, NCCL_BYTES, forecast, image_of
from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.interval import Interval, card_bytes, forecasts_by_release
from vlmr1_lint.memory.samples import of_videos
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from vlmr1_lint.explaining.memory_log import Measured
    from vlmr1_lint.memory.setup import Data, Setup
    from vlmr1_lint.training.run import Run

__all__ = ["AGREES", "ROUNDING", "calibration"]

AGREES = 0.10
"""Relative difference up to which a forecast agrees with a measurement: its own target for measured runs."""
ROUNDING = 0.02
"""Relative difference that a solved image may leave, for images come in whole rows of patches, or in whole tiles. Of one image at
640x480 and 2,048 tokens of answer 0.6 % were left at most; more where images are most of what a GPU holds."""
MOST_AREA = 400
"""Images up to this many times the assumed area are tried, down to as small a part of it."""


def calibration(run: Run, data: Data, measured: Measured) -> dict[str, Any] | Unknown:
    """What ``calibrate`` says of *run*; Unknown where there is no forecast. Sizes are in GiB.

    ``write`` is the data assumption to put into the settings, None where the measurement does not decide one.
    """
    data = of_videos(run, data)
    found = forecasts_by_release(run, data)
    if isinstance(found, Unknown):
        return found
    releases = {setup_of(run.narrowed(release), data): release for release in reversed(list(found))}
    planned = Interval(found, card_bytes(run) or 0)
    setups = tuple(one for one in releases if not isinstance(one, Unknown))
    case = _Case(setups, measured, card_bytes(run), planned.likely, grows(run))
    decides = case.decides()
    explained = list(_explanations(case))
    return {
        "path": run.inputs.document.path,
        "trainer": releases[decides],
        "measured": {
            "kind": measured.kind,
            "gib": _gib(case.seen),
            "source": measured.source,
            "completion_tokens": measured.completion,
            "allocation": _allocation(decides, measured),
        },
        "forecast": {
            "gib": _gib(case.expected()),
            "low_gib": _gib(planned.low),
            "likely_gib": _gib(planned.likely),
            "high_gib": _gib(planned.high),
            "nvidia_smi_gib": _gib(planned.reserved),
            "at_max_completion_gib": _gib(case.expected(completion=decides.completion)),
            "difference": round(case.seen / case.expected() - 1, 3),
        },
        "agrees": case.agrees,
        "explanations": explained,
        "write": _to_write(data, case, explained),
    }


@value
class _Case:
    """A measurement beside the setups that the run's candidate trainers make (bytes; *card* is the card's memory, *likely*
    plan's figure; *grows*: whether what the allocator keeps grows while lengths vary)."""

    setups: tuple[Setup, ...]
    measured: Measured
    card: int | None
    likely: float
    grows: bool

    @property
    def seen(self) -> int:
        """Bytes that the run needed at the least: where an allocation failed, what it asked for on top of what was held."""
        return self.measured.bytes + (self.measured.tried or 0)

    def expected(self, completion: int | None = None, image: tuple[int, int] | None = None) -> int:
        """The forecast's figure for what was measured, over all candidates, with answers and images as assumed or as given."""
        return max(self._figure(self._with(setup, completion, image)) for setup in self.setups)

    def decides(self) -> Setup:
        """The setup of the candidate whose figure that is."""
        return max(self.setups, key=lambda setup: self._figure(self._with(setup, None, None)))

    @property
    def answers(self) -> int:
        """Tokens of the answers that are assumed: as measured, as the settings say, or as long as they may get."""
        return self._answers(self.decides())

    @property
    def agrees(self) -> bool:
        """About the figure of its kind, or between the two that plan prints; a failed run needs at least what was seen, so an
        estimate above that agrees with it."""
        if self.measured.kind == "out-of-memory":
            return self.near or self.expected() >= self.seen
        return self.near or self.between

    @property
    def between(self) -> bool:
        """Whether what nvidia-smi showed lies between what the run likely needs and that with what the allocator keeps."""
        likely = self.measured.kind == "card" and self.measured.completion is None
        return likely and self.likely * (1 - AGREES) <= self.seen <= self.expected()

    @property
    def near(self) -> bool:
        """Whether measurement and forecast are about the same."""
        return abs(self.seen / self.expected() - 1) <= AGREES

    def _answers(self, setup: Setup) -> int:
        return min(self.measured.completion or setup.data.completion_tokens or setup.completion, setup.completion)

    def _with(self, setup: Setup, completion: int | None, image: tuple[int, int] | None) -> Setup:
        # The forecast takes the shorter of both lengths; here one of them says it.
        data = replace(setup.data, completion_tokens=None, **({"image": image} if image else {}))
        answers = self._answers(setup) if completion is None else min(completion, setup.completion)
        return replace(setup, data=data, completion=answers)

    def _figure(self, setup: Setup) -> int:
        kind = self.measured.kind
        found = forecast(setup, self.card if kind != "out-of-memory" else None)
        context = CONTEXT_BYTES + (NCCL_BYTES if setup.world_size > 1 else 0)
        figures = {"card": found.reserved, "reserved": found.reserved - context, "allocated": found.likely - context}
        return figures.get(kind, found.likely)


# -- what would explain a difference ---------------------------------------------------------------------------------


def _explanations(case: _Case) -> Iterator[dict[str, Any]]:
    seen, expected, measured = case.seen, case.expected(), case.measured
    if case.grows and measured.kind in {"card", "reserved"} and seen > expected:
        yield {"assumption": "growth", "gib": _gib(seen - expected), "share": round(seen / expected - 1, 3)}
    alone = [one for one in (_completion(case), _image(case)) if one is not None]
    yield from alone
    if measured.unused:
        yield {
            "assumption": "fragmentation",
            "gib": _gib(measured.unused),
            "share": round(measured.unused / max(measured.bytes, 1), 3),
        }
    elif not case.grows and expected < seen <= expected * (1 + 2 * AGREES):
        yield {"assumption": "fragmentation", "gib": _gib(seen - expected), "share": round(seen / expected - 1, 3)}
    if not alone and seen < expected and _answers_are_open(case):
        both = _image(case, LEAST_COMPLETION_TOKENS)
        if both is not None:
            yield {**both, "assumption": "both", "tokens": LEAST_COMPLETION_TOKENS}


def grows(run: Run) -> bool:
    """Whether what the allocator keeps may grow over the steps: lengths of samples or answers vary, segments cannot expand."""
    launch = run.inputs.launch
    environment = launch.environment if launch is not None else {}
    said = [str(environment.get(name, "")) for name in ("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF")]
    return not any("expandable_segments:True" in one for one in said)


def _answers_are_open(case: _Case) -> bool:
    """Whether answers may have been shorter or longer than assumed: nobody said how long they were."""
    return case.measured.completion is None and case.decides().generation != "none"


def _completion(case: _Case) -> dict[str, Any] | None:
    """The length of answers with which the forecast comes to what was seen: shorter than assumed where that was less, else
    longer."""
    if not _answers_are_open(case):
        return None
    least, most = LEAST_COMPLETION_TOKENS, case.answers
    if case.seen >= case.expected():
        least, most = case.answers, case.decides().completion
    tokens = _solve(lambda length: case.expected(completion=length), case.seen, least, most) if least < most else None
    return None if tokens is None else {"assumption": "completion", "tokens": tokens, "of": case.decides().completion}


def _image(case: _Case, completion: int | None = None) -> dict[str, Any] | None:
    """The image, in the shape that is assumed, with which the forecast comes to what was seen: smaller than assumed where that
    was less, else larger; None if no size does."""
    setup = case.decides()
    if image_of(setup) is None:
        return None
    width, height = setup.data.image
    area = width * height

    def sized(pixels: int) -> tuple[int, int]:
        return max(1, isqrt(pixels * width // height)), max(1, isqrt(pixels * height // width))

    def needed(pixels: int) -> int:
        return case.expected(completion, sized(pixels))

    least, most = (area, area * MOST_AREA) if case.seen > needed(area) else (max(1, area // MOST_AREA), area)
    found = _solve(needed, case.seen, least, most)
    if found is None:
        return None
    # It rises in steps: the next one up may be the closer.
    found = min((found, min(found + 1, most)), key=lambda pixels: abs(needed(pixels) - case.seen))
    if abs(case.seen / needed(found) - 1) > ROUNDING:
        return None
    return {"assumption": "image", "image": "{}x{}".format(*sized(found))}


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


def _to_write(data: Data, case: _Case, explained: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The data assumption for the settings: what is assumed if that is about what was seen, else the image that explains it.

    Nothing where answers of another length would explain it too, for which of the two it was nobody knows; their length is never
    written: it grows while training, and the forecast is about the end of the run. Nor where two assumptions have to go together.
    """
    if case.near:
        return _assumption(data, "{}x{}".format(*data.image))
    kinds = {one["assumption"]: one for one in explained}
    if case.agrees or "completion" in kinds or "image" not in kinds:
        return None
    return _assumption(data, kinds["image"]["image"])


def _assumption(data: Data, image: str) -> dict[str, Any]:
    return {"images": data.images, "image": image, "prompt-tokens": data.prompt_tokens}


def _allocation(setup: Setup, measured: Measured) -> dict[str, Any] | None:
    if measured.tried is None:
        return None
    found = allocation_of(setup, measured.tried)
    return {"gib": _gib(measured.tried), "term": found[0] if found else None, "what": found[1] if found else None}


def _gib(size: float) -> float:
    return round(size / GIB, 2)
