"""Batch, gradient accumulation and group size are one fix, found by one solver.

All three decide together which sequences one optimizer update sees, so a fix that moves only one of them either changes
what is learned or is rejected by the trainer. The solver keeps ``per_device x world x accumulation`` (sequences per
update) wherever it can, and says ``unsafe`` where it cannot.

What the trainer checks (*divisibility*), by its source:

* ``micro``: VLM-R1 and TRL before 0.17: ``(per_device * world) % num_generations == 0``, accumulation does not count;
* ``effective``: TRL since 0.17: ``(per_device * world * accumulation) % num_generations == 0``;
* ``none``: a prompt's generations share one GPU (R1-V, VLM-R1 before 2025-02-28): nothing to divide, and
  ``per_device`` counts prompts there.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd, isqrt

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Divisibility = Literal["micro", "effective", "none"]
    Fits = Callable[[int, int, int], bool]

__all__ = [
    "SMALLEST_SAFE_GROUP",
    "BatchSplit",
    "is_legal",
    "legal_world_sizes",
    "same_group_splits",
    "smaller_groups",
    "smallest_batch",
    "solve_batch",
]

# Below four answers per prompt the group's mean and deviation say little, so DESIGN counts such a change as unsafe.
SMALLEST_SAFE_GROUP = 4
# With one answer per prompt every advantage is zero: GRPO itself needs two.
SMALLEST_GROUP = 2


@value
class BatchSplit:
    """One solution. ``safety`` is about what is learned: ``safe`` keeps the sequences of an update and a group of >= 4.

    ``prompts_before`` and ``prompts_after`` are prompts per optimizer update (a fraction where the file's own values do
    not divide); steps per epoch change by their inverse ratio.
    """

    per_device: int
    accumulation: int
    group: int
    safety: Literal["safe", "unsafe"]
    prompts_before: float
    prompts_after: float


MOST_SEQUENCES, LARGEST_GROUP = 2**16, 2**10
"""Sequences per card and update, and sequences of a group, beyond which nothing is searched: both are far above any run (a
mistyped accumulation of ten digits has more divisors to try than there is time)."""


def _searchable(per_device: int, accumulation: int, group: int) -> bool:
    return per_device * accumulation <= MOST_SEQUENCES and group <= LARGEST_GROUP


def is_legal(per_device: int, world: int, accumulation: int, group: int, divisibility: Divisibility) -> bool:
    """Does the trainer accept these values? Positive integers; sources in the module's text."""
    if divisibility == "none":
        return True
    sequences = per_device * world * (accumulation if divisibility == "effective" else 1)
    return sequences % group == 0


def smallest_batch(world: int, group: int) -> int:
    """The smallest batch a group allows under ``micro``: G / gcd(G, world). A smaller group can have a larger one."""
    return group // gcd(group, world)


def same_group_splits(
    per_device: int, world: int, accumulation: int, group: int, divisibility: Divisibility
) -> tuple[tuple[int, int], ...]:
    """All legal (per_device, accumulation) with the same sequences per update, largest batch first; none for absurd numbers."""
    if not _searchable(per_device, accumulation, group):
        return ()
    return tuple(
        (batch, steps)
        for batch, steps in _divisors(per_device * accumulation)
        if is_legal(batch, world, steps, group, divisibility)
    )


def smaller_groups(per_device: int, world: int, accumulation: int, group: int, divisibility: Divisibility) -> tuple[int, ...]:
    """The groups that a run which its group keeps from fitting may take instead, at the same sequences per update.

    The one in [4, group) that leaves the smallest batch possible, ties to the largest; then the one below 4. None where a
    smaller group allows no smaller batch, or where groups and batches have nothing to do with each other.
    """
    if divisibility == "none" or not _searchable(per_device, accumulation, group):
        return ()

    def floor(candidate: int) -> int | None:
        splits = same_group_splits(per_device, world, accumulation, candidate, divisibility)
        return splits[-1][0] if splits else None

    now = floor(group)
    found = []
    for candidates in (
        range(group - 1, SMALLEST_SAFE_GROUP - 1, -1),
        range(min(group, SMALLEST_SAFE_GROUP) - 1, SMALLEST_GROUP - 1, -1),
    ):
        floors = {one: least for one in candidates if (least := floor(one)) is not None and (now is None or least < now)}
        if floors:
            found.append(min(floors, key=lambda one: (floors[one], -one)))
    return tuple(found)


def legal_world_sizes(
    per_device: int, accumulation: int, group: int, divisibility: Divisibility, limit: int = 64
) -> tuple[int, ...]:
    """World sizes (training GPUs) up to *limit* on which the file's values are accepted unchanged."""
    return tuple(n for n in range(1, limit + 1) if is_legal(per_device, n, accumulation, group, divisibility))


def solve_batch(
    per_device: int, world: int, accumulation: int, group: int, divisibility: Divisibility, *, fits: Fits | None = None
) -> BatchSplit | None:
    """The smallest change of the three values that the trainer accepts and that ``fits(batch, accumulation, group)``.

    In order: (1) the same group with another split: the smallest raise that repairs divisibility, else the largest
    smaller batch; (2) a group in [4, G) with the smallest floor, where the group is what stands in the way; (3) what
    changes the experiment, marked unsafe. None if the values are legal and fit (or *fits* is not given), or if nothing
    helps. Values that are rejected and cannot be made to fit are still repaired: the two faults have separate fixes.
    """
    if min(per_device, world, accumulation, group) < 1 or not _searchable(per_device, accumulation, group):
        return None
    legal = is_legal(per_device, world, accumulation, group, divisibility)
    if legal and (fits is None or fits(per_device, accumulation, group)):
        return None
    problem = _Problem(per_device, world, accumulation, group, divisibility, fits or _anything_fits)
    found = problem.same_group() or problem.smaller_group() or problem.other_experiment()
    if found is None and fits is not None and not legal:
        return solve_batch(per_device, world, accumulation, group, divisibility)
    return found


@value
class _Problem:
    """The values of the file, and the three ways out."""

    per_device: int
    world: int
    accumulation: int
    group: int
    divisibility: Divisibility
    fits: Fits

    def same_group(self) -> BatchSplit | None:
        split = self._split(self.group)
        return split and self._answer(*split, self.group, "safe")

    def smaller_group(self) -> BatchSplit | None:
        """A group in [4, G) that leaves the smallest floor, ties to the largest; only if the group is what stops it."""
        if self.divisibility == "none":
            return None
        return self._best_group(range(self.group - 1, SMALLEST_SAFE_GROUP - 1, -1), "safe")

    def other_experiment(self) -> BatchSplit | None:
        """Groups below four (any smaller group where it is memory); else more sequences per update."""
        if self.divisibility == "none":  # even groups first, as in every recipe
            smaller = range(self.group - 1, SMALLEST_GROUP - 1, -1)
            for group in sorted(smaller, key=lambda group: group % 2):
                split = self._split(group)
                if split:
                    return self._answer(*split, group, "unsafe")
            return None
        smallest = self._best_group(range(min(self.group, SMALLEST_SAFE_GROUP) - 1, SMALLEST_GROUP - 1, -1), "unsafe")
        return smallest or self._more_sequences()

    def _best_group(self, groups: range, safety: Literal["safe", "unsafe"]) -> BatchSplit | None:
        floor_now = self._floor(self.group)
        best: tuple[int, int, tuple[int, int]] | None = None
        for group in groups:
            floor = self._floor(group)
            if floor is None or (floor_now is not None and floor >= floor_now):
                continue
            split = self._split(group)
            if split and (best is None or floor < best[0]):
                best = (floor, group, split)
        return best and self._answer(*best[2], best[1], safety)

    def _floor(self, group: int) -> int | None:
        """The smallest legal batch of this group at the same sequences per update, if there is one."""
        splits = same_group_splits(self.per_device, self.world, self.accumulation, group, self.divisibility)
        return splits[-1][0] if splits else None

    def _split(self, group: int) -> tuple[int, int] | None:
        """The split nearest to the file's that is legal and fits: as it is, the smallest raise, the largest lower one.

        A raise costs memory, so it is for values that are rejected now; values that are legal only ever go down.
        """
        splits = same_group_splits(self.per_device, self.world, self.accumulation, group, self.divisibility)
        now = is_legal(self.per_device, self.world, self.accumulation, group, self.divisibility)
        raised = [] if now else [split for split in reversed(splits) if split[0] > self.per_device]
        lower = [split for split in splits if split[0] <= self.per_device]
        for batch, steps in (*raised, *lower):
            if self.fits(batch, steps, group):
                return batch, steps
        return None

    def _more_sequences(self) -> BatchSplit | None:
        """Keep the group and change sequences per update, by as little as possible; accumulation first, it is free."""
        if self.divisibility == "effective":
            step = self.group // gcd(self.group, self.per_device * self.world)
            batch, steps = self.per_device, -(-self.accumulation // step) * step
        else:
            floor = smallest_batch(self.world, self.group)
            batch = -(-self.per_device // floor) * floor
            if not self.fits(batch, self.accumulation, self.group):
                batch = floor
            steps = max(1, round(self.per_device * self.accumulation / batch))
        if (batch, steps) == (self.per_device, self.accumulation) or not self.fits(batch, steps, self.group):
            return None
        return self._answer(batch, steps, self.group, "unsafe")

    def _answer(self, batch: int, steps: int, group: int, safety: Literal["safe", "unsafe"]) -> BatchSplit:
        before, after = self.per_device * self.world * self.accumulation, batch * self.world * steps
        if self.divisibility == "none":  # per_device counts prompts there
            return BatchSplit(batch, steps, group, safety, float(before), float(after))
        return BatchSplit(batch, steps, group, safety, before / self.group, after / group)


@lru_cache(maxsize=1024)
def _divisors(total: int) -> tuple[tuple[int, int], ...]:
    """(d, total / d) for every divisor d, largest first; kept, for all groups that are tried share the total."""
    small = [d for d in range(1, isqrt(total) + 1) if total % d == 0]
    large = [total // d for d in small if d * d != total]
    return tuple((d, total // d) for d in (*large, *reversed(small)))


def _anything_fits(per_device: int, accumulation: int, group: int) -> bool:
    return True
