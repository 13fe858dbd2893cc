"""Which changes may be proposed: those after which no rule rejects the run that did not before (``rejects: true``), and nothing
is below a documented minimum that a change can mend."""

from __future__ import annotations

from vlmr1_lint.checking.rejections import below_minimum, rejecting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from vlmr1_lint.memory.batch import Divisibility
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.run import Run

    Answer = TypeVar("Answer")

__all__ = ["Judge", "batch_rule", "figures_of", "once"]


def figures_of(run: Run) -> tuple[object, object, object, object]:
    """Per-device batch, world size, accumulation and group; an SFT run has groups of one."""
    group = 1 if run.is_grpo is False else run.num_generations
    return run.per_device_train_batch_size, run.world_size, run.gradient_accumulation_steps, group


def batch_rule(run: Run) -> Divisibility | None:
    """What the trainer divides by the group, in the solver's words; None where it is unknown or a generation batch is written."""
    if run.is_grpo is False:
        return "none"
    found = run.divisibility
    if found == "generation_batch":
        return None if run.is_set("generation_batch_size") or run.is_set("steps_per_generation") else "effective"
    return found if found in {"micro", "effective", "none"} else None


class Judge:
    """Asks the rules about *run* with changes, each set once. Asking all of them is dear, so whoever searches asks last."""

    def __init__(self, run: Run, data: Data) -> None:
        self._run, self._data = run, data
        self._before: frozenset[str] | None = None
        self.allows = once(self._allows)
        """Whether no rule rejects the run with these changes that does not reject it without."""
        self.meets_minimum = once(self._meets_minimum)
        """Whether the run with these changes is below no documented minimum."""

    def _allows(self, changes: Mapping[str, object]) -> bool:
        if self._before is None:
            self._before = frozenset(rule.id for rule in rejecting(self._run, self._data))
        return all(rule.id in self._before for rule in rejecting(self._run.with_changes(changes), self._data))

    def _meets_minimum(self, changes: Mapping[str, object]) -> bool:
        return not below_minimum(self._run.with_changes(changes) if changes else self._run, self._data)


def once(ask: Callable[[Mapping[str, object]], Answer]) -> Callable[[Mapping[str, object]], Answer]:
    """*ask*, which is asked about each set of changes once."""
    known: dict[frozenset[tuple[str, object]], Answer] = {}

    def asked(changes: Mapping[str, object]) -> Answer:
        key = frozenset(changes.items())
        if key not in known:
            known[key] = ask(changes)
        return known[key]

    return asked
