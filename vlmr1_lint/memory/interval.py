"""One forecast for a run whose trainer is known only as a set of candidates: an interval that holds all of theirs."""

from __future__ import annotations

from vlmr1_lint.trainers.vlm_r1 import VLM_R1, VLM_R1_2025_04
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown, merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlmr1_lint.memory.forecast import Forecast
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.run import Run

__all__ = ["Interval", "card_bytes", "forecasts_by_release", "interval"]


class Interval:
    """The interval over all candidates, in bytes per GPU, and the verdict against the fleet's card.

    low is the least of all, likely, high, reserved (what nvidia-smi will show) and grown (by step 400) the most; usable is the
    card's. host is bytes of host RAM per node at the worst instant. instant and instants are those of the candidate with the
    highest likely.
    """

    def __init__(self, forecasts: Mapping[str, Forecast], usable: int) -> None:
        self.by_release = forecasts
        worst = max(forecasts.values(), key=lambda one: one.likely)
        self.low = float(min(one.low for one in forecasts.values()))
        self.likely = float(worst.likely)
        self.high = float(max(one.high for one in forecasts.values()))
        self.reserved = float(max(one.reserved for one in forecasts.values()))
        self.grown = float(max(one.grown for one in forecasts.values()))
        self.usable = float(usable)
        self.instant = worst.instant
        self.instants = worst.instants
        self.image_tokens = worst.image_tokens
        self.host = float(max(worst.host.values(), default=0))
        self.host_by_instant = worst.host
        self.terms = worst.instants[worst.instant]

    @property
    def verdict(self) -> str:
        """``oom``, ``likely-oom``, ``tight`` or ``fits``."""
        if self.low > self.usable:
            return "oom"
        if self.likely > self.usable:
            return "likely-oom"
        return "tight" if self.high > self.usable else "fits"

    @property
    def largest_term(self) -> str:
        """The term that holds most at the peak."""
        return max(self.terms, key=self.terms.__getitem__)

    @property
    def logits(self) -> float:
        """Bytes of logits and what the loss makes of them, at the peak."""
        return float(self.terms["logits"])

    @property
    def vllm_pool(self) -> float:
        """Bytes that a colocated vLLM takes of each card; 0 without one."""
        return float(max(terms["vllm_pool"] for terms in self.instants.values()))

    @property
    def reference(self) -> float:
        """Bytes of the reference model on each GPU."""
        return float(self.terms["reference"])

    @property
    def step(self) -> float:
        """Bytes at the optimizer step."""
        return self._total("optimizer_step")

    @property
    def generation(self) -> float:
        """Bytes while completions are generated; 0 where nothing is."""
        return self._total("generation")

    @property
    def training(self) -> float:
        """Bytes at the worst of the forward and backward passes."""
        return max(self._total("forward"), self._total("backward"))

    def _total(self, instant: str) -> float:
        return float(sum(self.instants.get(instant, {}).values()))

    @property
    def host_instant(self) -> str:
        """When host RAM is needed most: ``load``, ``step`` or ``save``."""
        return max(self.host_by_instant, key=self.host_by_instant.__getitem__)

    @property
    def differs_by_release(self) -> bool:
        """Whether the candidates' forecasts are not one and the same."""
        return len({one.likely for one in self.by_release.values()}) > 1


def forecasts_by_release(run: Run, data: Data) -> Mapping[str, Forecast] | Unknown:
    """Candidate → forecast; candidates that make the same setup share one. Unknown where any candidate's is.

    Releases that load no vision-language model are no candidates for one, unless there are no others (a fork, then).
    """
    from vlmr1_lint.memory.forecast import forecast
    from vlmr1_lint.memory.from_run import setup_of
    from vlmr1_lint.memory.samples import of_videos

    card, data = card_bytes(run), of_videos(run, data)
    made: dict[object, Forecast] = {}
    found: dict[str, Forecast] = {}
    missing = []
    for release in _able(run):
        if release == VLM_R1_2025_04 and VLM_R1.name in found:  # they differ in what they can load, which is no matter of memory
            found[release] = found[VLM_R1.name]
            continue
        setup = setup_of(run.narrowed(release), data)
        if isinstance(setup, Unknown):
            missing.append(setup)
            continue
        if setup not in made:
            made[setup] = forecast(setup, card)
        found[release] = made[setup]
    return merge(missing) if missing else found


def _able(run: Run) -> Sequence[str]:
    model = run.model
    if isinstance(model, Unknown) or model.tower is None:
        return run.candidates
    return [release for release in run.candidates if run.narrowed(release).vision_models is not False] or run.candidates


def card_bytes(run: Run) -> int | None:
    """Usable bytes of the fleet's card, None without a fleet."""
    fleet = run.inputs.fleet
    return int(fleet.gpu.usable_gib * GIB) if fleet is not None else None


def interval(run: Run, data: Data) -> Interval | Unknown:
    """The forecast of *run* against its fleet; Unknown without one, or where the run leaves something open."""
    usable = card_bytes(run)
    if usable is None:
        return Unknown("fleet")
    forecasts = forecasts_by_release(run, data)
    return forecasts if isinstance(forecasts, Unknown) else Interval(forecasts, usable)
