"""The memory forecast as rules read it: the hull over all candidate trainers, and the batch solver over the same run."""

from __future__ import annotations

from vlmr1_lint.unknown import Unknown, is_unknown, merge
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlmr1_lint.checking.scope import RunScope
    from vlmr1_lint.memory.batch import Divisibility
    from vlmr1_lint.memory.forecast import Forecast
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.run import Run

__all__ = ["BatchFix", "ForecastFacts", "forecast_facts", "forecasts_by_release", "legal_worlds", "solve_batch"]

GIB = 2**30


class ForecastFacts:
    """The interval over all candidates, in bytes per GPU, and the verdict against the fleet's card.

    low is the least of all, likely and high the most; usable is the card's. host is bytes of host RAM per node at the worst instant.
    """

    def __init__(self, forecasts: Mapping[str, Forecast], usable: int) -> None:
        self.by_release = forecasts
        worst = max(forecasts.values(), key=lambda one: one.likely)
        self.low = float(min(one.low for one in forecasts.values()))
        self.likely = float(worst.likely)
        self.high = float(max(one.high for one in forecasts.values()))
        self.usable = float(usable)
        self.instant = worst.instant
        self.host = float(max(worst.host.values(), default=0))
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


def forecasts_by_release(run: Run, data: Data) -> Mapping[str, Forecast] | Unknown:
    """Candidate → forecast; candidates that make the same setup share one. Unknown where any candidate's is."""
    from vlmr1_lint.memory.forecast import forecast
    from vlmr1_lint.memory.from_run import setup_of

    card = card_bytes(run)
    made: dict[object, Forecast] = {}
    found: dict[str, Forecast] = {}
    missing = []
    for release in run.candidates:
        setup = setup_of(run.narrowed(release), data)
        if isinstance(setup, Unknown):
            missing.append(setup)
            continue
        if setup not in made:
            made[setup] = forecast(setup, card)
        found[release] = made[setup]
    return merge(missing) if missing else found


def card_bytes(run: Run) -> int | None:
    """Usable bytes of the fleet's card, None without a fleet."""
    fleet = run.inputs.fleet
    return int(fleet.gpu.usable_gib * GIB) if fleet is not None else None


def forecast_facts(run: Run, data: Data) -> ForecastFacts | Unknown:
    """The forecast of *run* against its fleet; Unknown without one, or where the run leaves something open."""
    usable = card_bytes(run)
    if usable is None:
        return Unknown("fleet")
    forecasts = forecasts_by_release(run, data)
    return forecasts if isinstance(forecasts, Unknown) else ForecastFacts(forecasts, usable)


# -- the batch solver --------------------------------------------------------------------------------------------


@value
class BatchFix:
    """What the solver proposes: options to set, its safety, and what it does to an update (see `BatchSplit`)."""

    changes: Mapping[str, object]
    safety: str
    per_device_train_batch_size: int
    gradient_accumulation_steps: int
    num_generations: int
    prompts_before: float
    prompts_after: float


_OPTIONS = ("per_device_train_batch_size", "gradient_accumulation_steps", "num_generations")


def solve_batch(scope: RunScope) -> BatchFix | None | Unknown:
    """The smallest change of batch, accumulation and group that is legal, and fits where a forecast can be made; None if nothing helps."""
    from vlmr1_lint.memory.batch import solve_batch as solve

    run = scope.run
    figures = [run.per_device_train_batch_size, run.world_size, run.gradient_accumulation_steps, run.num_generations]
    rule = _divisibility(run)
    unknown = [figure for figure in (*figures, rule) if isinstance(figure, Unknown)]
    if unknown:
        return merge(unknown)
    if not all(isinstance(figure, int) and not isinstance(figure, bool) and figure > 0 for figure in figures):
        return Unknown("batch")
    batch, world, accumulation, group = figures
    assert isinstance(batch, int) and isinstance(world, int) and isinstance(accumulation, int) and isinstance(group, int)
    known = not is_unknown(forecast_facts(run, scope.data))

    def fits(per_device: int, steps: int, generations: int) -> bool:
        changed = run.with_changes(dict(zip(_OPTIONS, (per_device, steps, generations), strict=True)))
        facts = forecast_facts(changed, scope.data)
        return isinstance(facts, ForecastFacts) and facts.verdict in {"fits", "tight"}

    found = solve(batch, world, accumulation, group, rule, fits=fits if known else None)  # type: ignore[arg-type]
    if found is None:
        return None
    values = (found.per_device, found.accumulation, found.group)
    changes = {name: new for name, new, old in zip(_OPTIONS, values, (batch, accumulation, group), strict=True) if new != old}
    return BatchFix(changes, found.safety, *values, found.prompts_before, found.prompts_after)


def _divisibility(run: Run) -> Divisibility | Unknown:
    """The solver's word for what the trainer checks; TRL's generation batch defaults to the effective batch."""
    found = run.divisibility
    if isinstance(found, Unknown):
        return found
    if found == "generation_batch":
        free = not run.is_set("generation_batch_size") and not run.is_set("steps_per_generation")
        return "effective" if free else Unknown("generation_batch_size")
    return found  # type: ignore[return-value]


def legal_worlds(run: Run) -> list[int] | Unknown:
    """World sizes up to 64 on which the run's batch, accumulation and group are accepted as they are."""
    from vlmr1_lint.memory.batch import legal_world_sizes

    figures: Sequence[object] = (run.per_device_train_batch_size, run.gradient_accumulation_steps, run.num_generations)
    rule = _divisibility(run)
    unknown = [figure for figure in (*figures, rule) if isinstance(figure, Unknown)]
    if unknown:
        return merge(unknown)
    if not all(isinstance(figure, int) and not isinstance(figure, bool) and figure > 0 for figure in figures):
        return Unknown("batch")
    batch, accumulation, group = (int(figure) for figure in figures if isinstance(figure, int))
    return list(legal_world_sizes(batch, accumulation, group, rule))  # type: ignore[arg-type]
