"""The search: the best set fits by the forecast, no member can be dropped, nothing rejected is proposed."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import ZERO3_SETUP

from vlmr1_lint.memory.batch import is_legal
from vlmr1_lint.memory.forecast import forecast
from vlmr1_lint.memory.setup import Setup
from vlmr1_lint.models.table import find_model
from vlmr1_lint.planning.search import COSTS, Move, Plan, find_plan, merged
from vlmr1_lint.values import replace

GIB = 2**30
SETUP = Setup(find_model("Qwen2.5-VL-3B-Instruct"), **ZERO3_SETUP)
MOVES = (
    Move("checkpointing", {"checkpointing": True}, "free", 0.3),
    Move("sub_group_size", {"sub_group_size": 100_000_000}, "free", 0.02),
    Move("batch", {"batch": 4, "accumulation": 4}, "speed", 0.1),
    Move("batch", {"batch": 2, "accumulation": 8}, "speed", 0.2),
    Move("offload", {"offload_optimizer": True}, "speed", 1.5),
    Move("completion", {"completion": 512}, "experiment"),
    Move("completion", {"completion": 256}, "experiment"),
    Move("tower", {"tower_trained": False}, "experiment"),
)


def need(changes):
    return forecast(replace(SETUP, **changes)).likely / GIB


def legal(changes):
    setup = replace(SETUP, **changes)
    return is_legal(setup.batch, setup.world_size, setup.accumulation, setup.group, "micro")


def plan(gib, moves=MOVES):
    return find_plan(moves, lambda changes: need(changes) <= gib, legal)


def names(found):
    return [move.name for move in found.moves]


def test_no_move_where_it_fits():
    assert plan(200) == Plan(())
    assert plan(200).cost == "free"


def test_checkpointing_alone():
    assert names(plan(39.38)) == ["checkpointing"]


@pytest.mark.parametrize("gib", [27, 22, 15, 12])
def test_free_moves_before_those_that_cost(gib):
    found = plan(gib)
    assert found.cost == "speed"
    assert names(found)[0] == "checkpointing"


def test_nothing_helps():
    assert plan(5) is None


def test_the_largest_batch_that_fits_is_the_fastest():
    found = plan(25)
    assert found.changes["batch"] == 4
    assert need({**found.changes, "batch": 2, "accumulation": 8}) <= 25  # the smaller one would do as well, but slower


def test_rejected_moves_are_not_proposed():
    """Batch 1 with a group of eight on four GPUs is rejected, however well it would fit."""
    assert plan(60, [Move("batch", {"batch": 1, "accumulation": 16}, "speed")]) is None


def test_alternatives_exclude_each_other():
    found = plan(12)
    assert len(names(found)) == len(set(names(found)))


def test_changes_that_disagree_are_no_set():
    assert merged([Move("a", {"stage": 2}, "speed"), Move("b", {"stage": 3}, "speed")]) is None
    assert merged([Move("a", {"stage": 3}, "speed"), Move("b", {"stage": 3, "offload": True}, "speed")]) == {
        "stage": 3,
        "offload": True,
    }


def test_the_search_is_bounded():
    moves = [Move(f"move {number}", {f"option {number}": 1}, "free") for number in range(30)]
    tried = []
    assert find_plan(moves, lambda changes: bool(tried.append(changes)), lambda _: True) is None
    assert len(tried) <= 2001


@given(st.integers(9, 120))
@settings(max_examples=30, deadline=None)
def test_a_plan_fits_and_none_of_its_subsets_does(gib):
    found = plan(gib)
    if found is None:
        return
    assert need(found.changes) <= gib
    for size in range(len(found.moves)):
        for subset in combinations(found.moves, size):
            assert not legal(merged(subset)) or need(merged(subset)) > gib


@given(st.integers(9, 120))
@settings(max_examples=15, deadline=None)
def test_no_better_class_would_do(gib):
    found = plan(gib)
    if found is not None and found.moves:
        better = [move for move in MOVES if COSTS.index(move.cost) < COSTS.index(found.cost)]
        assert plan(gib, better) is None
