"""Batch, accumulation and group: the table of facts, and what must hold for every solution."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.memory.batch import is_legal, legal_world_sizes, same_group_splits, smallest_batch, solve_batch


def at_most(limit):
    return lambda batch, accumulation, group: batch <= limit


def never(batch, accumulation, group):
    return False


# world, per-device, group, accumulation; accepted?; other legal splits below or above; VLM-R1's rule (micro).
TABLE = [
    ((4, 8, 8, 2), True, [(16, 1), (4, 4), (2, 8)]),
    ((4, 1, 8, 2), False, [(2, 1)]),
    ((4, 1, 8, 1), False, []),
    ((6, 8, 8, 2), True, [(16, 1), (4, 4)]),
    ((6, 1, 8, 2), False, []),
    ((7, 8, 8, 2), True, [(16, 1)]),
    ((2, 1, 8, 8), False, [(8, 1), (4, 2)]),
    ((1, 8, 8, 2), True, [(16, 1)]),
]


@pytest.mark.parametrize(("values", "accepted", "others"), TABLE)
def test_table_of_splits(values, accepted, others):
    world, batch, group, accumulation = values
    assert is_legal(batch, world, accumulation, group, "micro") is accepted
    splits = same_group_splits(batch, world, accumulation, group, "micro")
    assert [split for split in splits if split != (batch, accumulation)] == others


@pytest.mark.parametrize(
    ("values", "solution"),
    [
        ((4, 1, 8, 2), (2, 1, 8)),  # raise: same prompts per update
        ((4, 1, 8, 1), (1, 1, 4)),
        ((6, 1, 8, 2), (1, 2, 6)),
        ((2, 1, 8, 8), (4, 2, 8)),
    ],
)
def test_rejected_values_are_repaired_safely(values, solution):
    world, batch, group, accumulation = values
    found = solve_batch(batch, world, accumulation, group, "micro")
    assert (found.per_device, found.accumulation, found.group, found.safety) == (*solution, "safe")


@pytest.mark.parametrize(
    ("values", "limit", "solution", "safety"),
    [
        ((4, 8, 8, 2), 4, (4, 4, 8), "safe"),
        ((4, 8, 8, 2), 3, (2, 8, 8), "safe"),  # the largest that fits, not the smallest
        ((4, 8, 8, 2), 1, (1, 16, 4), "safe"),  # never B = 1 at G = 8
        ((6, 8, 8, 2), 7, (4, 4, 8), "safe"),
        ((6, 8, 8, 2), 1, (1, 16, 6), "safe"),  # G = 4 would have floor 2
        ((7, 8, 8, 2), 4, (4, 4, 7), "safe"),
        ((7, 8, 8, 2), 1, (1, 16, 7), "safe"),
        ((1, 8, 8, 2), 4, (4, 4, 4), "safe"),
        ((1, 8, 8, 2), 2, (2, 8, 2), "unsafe"),
        ((4, 1, 8, 2), 1, (1, 2, 4), "safe"),  # the raise to (2, 1) does not fit
    ],
)
def test_table_under_a_memory_limit(values, limit, solution, safety):
    world, batch, group, accumulation = values
    found = solve_batch(batch, world, accumulation, group, "micro", fits=at_most(limit))
    assert (found.per_device, found.accumulation, found.group, found.safety) == (*solution, safety)


def test_a_smaller_group_can_have_a_larger_floor():
    assert (smallest_batch(6, 6), smallest_batch(6, 4), smallest_batch(7, 7), smallest_batch(7, 4)) == (1, 2, 1, 4)


def test_prompts_per_update_before_and_after():
    raised = solve_batch(1, 4, 2, 8, "micro")
    assert (raised.prompts_before, raised.prompts_after) == (1, 1)
    regrouped = solve_batch(1, 4, 1, 8, "micro")
    assert (regrouped.prompts_before, regrouped.prompts_after) == (0.5, 1)


def test_nothing_to_do():
    assert solve_batch(8, 4, 2, 8, "micro") is None
    assert solve_batch(8, 4, 2, 8, "micro", fits=at_most(8)) is None
    assert solve_batch(0, 4, 2, 8, "micro") is None


def test_nothing_helps():
    assert solve_batch(8, 4, 2, 8, "micro", fits=never) is None


def test_rejected_values_are_repaired_although_nothing_fits():
    assert solve_batch(1, 4, 2, 8, "micro", fits=never) == solve_batch(1, 4, 2, 8, "micro")


def test_accumulation_counts_for_newer_trl():
    assert is_legal(1, 4, 2, 8, "effective")
    assert not is_legal(1, 4, 2, 8, "micro")
    lower = solve_batch(8, 4, 2, 8, "effective", fits=at_most(1))
    assert (lower.per_device, lower.accumulation, lower.group, lower.safety) == (1, 16, 8, "safe")


def test_newer_trl_takes_a_smaller_group_first():
    found = solve_batch(1, 3, 2, 8, "effective")
    assert (found.per_device, found.accumulation, found.group, found.safety) == (1, 2, 6, "safe")


def test_more_sequences_per_update_are_unsafe():
    by_steps = solve_batch(1, 1, 1, 8, "effective")
    assert (by_steps.per_device, by_steps.accumulation, by_steps.group, by_steps.safety) == (1, 8, 8, "unsafe")
    by_batch = solve_batch(1, 1, 1, 8, "micro")
    assert (by_batch.per_device, by_batch.accumulation, by_batch.group, by_batch.safety) == (8, 1, 8, "unsafe")


def test_generations_of_one_prompt_on_one_gpu():
    fits = lambda batch, accumulation, group: batch * group <= 4  # noqa: E731
    found = solve_batch(1, 4, 2, 8, "none", fits=fits)
    assert (found.per_device, found.accumulation, found.group, found.safety) == (1, 2, 4, "unsafe")
    assert (found.prompts_before, found.prompts_after) == (8, 8)


def test_legal_world_sizes():
    assert legal_world_sizes(1, 2, 8, "micro", 24) == (8, 16, 24)
    assert legal_world_sizes(1, 2, 8, "effective", 12) == (4, 8, 12)
    assert legal_world_sizes(2, 1, 6, "micro", 9) == (3, 6, 9)


small = st.integers(1, 12)
files = st.tuples(small, small, small, st.integers(2, 16), st.sampled_from(["micro", "effective"]))


@given(files, small)
def test_a_safe_solution_is_legal_fits_and_keeps_sequences_per_update(file, limit):
    batch, world, steps, group, rule = file
    legal = is_legal(*file)
    found = solve_batch(*file, fits=at_most(limit))
    if legal and batch <= limit:
        assert found is None
    if found is None:
        return
    assert is_legal(found.per_device, world, found.accumulation, found.group, rule)
    if found.safety == "safe":
        assert found.per_device * found.accumulation == batch * steps
        assert min(4, group) <= found.group <= group
    if legal:
        assert found.per_device <= limit  # values that were accepted are only changed into values that fit


@given(files)
def test_every_rejected_file_has_a_repair(file):
    assert (solve_batch(*file) is None) == is_legal(*file)


@pytest.mark.parametrize(("most", "group"), [(7, 6), (6, 6), (5, 4), (3, 2), (2, 2)])
def test_a_group_that_memory_cuts_down_is_even(most, group):
    """R1-V on 8 V100 was told to draw 7 completions: 8 do not fit."""
    found = solve_batch(1, 8, 2, 8, "none", fits=lambda batch, accumulation, group: batch * group <= most)
    assert found is not None and found.group == group
