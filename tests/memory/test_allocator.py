"""The model of torch's caching allocator, and the closed forms of the forecast against replays in it."""

import random
import sys
from pathlib import Path

import pytest
from simulated import MODELS

from vlmr1_lint.memory.allocator import cache_left, grown, rounding
from vlmr1_lint.memory.parameters import linears
from vlmr1_lint.units import MIB

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from allocator import Allocator, OutOfMemory


@pytest.mark.parametrize(
    ("size", "allocated", "reserved"),
    [
        (1, 512, 2 * MIB),
        (1000, 1024, 2 * MIB),
        (MIB, MIB, 2 * MIB),
        (MIB + 1, MIB + 512, 20 * MIB),
        (10 * MIB - 512, 10 * MIB - 512, 20 * MIB),
        (10 * MIB, 10 * MIB, 10 * MIB),
        (11 * MIB + 1, 12 * MIB, 12 * MIB),  # less than 1 MiB would be left: not split
        (11 * MIB - 1024, 11 * MIB - 1024, 12 * MIB),
    ],
)
def test_what_one_tensor_takes(size, allocated, reserved):
    allocator = Allocator()
    allocator.malloc(size)
    assert (allocator.allocated, allocator.reserved) == (allocated, reserved)


def test_pools_do_not_share():
    allocator = Allocator()
    allocator.release(allocator.malloc(5 * MIB))
    allocator.malloc(1000)
    assert allocator.reserved == 22 * MIB


def test_the_smallest_block_that_is_large_enough_is_split():
    allocator = Allocator()
    large, small = allocator.malloc(100 * MIB), allocator.malloc(40 * MIB)
    allocator.release(large)
    allocator.release(small)
    assert allocator.malloc(30 * MIB) is small
    assert allocator.malloc(10 * MIB).address == small.address + 30 * MIB
    assert allocator.reserved == 140 * MIB


def test_neighbours_merge_and_segments_do_not():
    allocator = Allocator()
    first, second, third = (allocator.malloc(6 * MIB) for _ in range(3))  # one segment of 20 MiB
    other = allocator.malloc(20 * MIB)
    for block in (second, first, third, other):
        allocator.release(block)
    assert allocator.malloc(20 * MIB).address in {first.address, other.address}
    assert allocator.malloc(20 * MIB).size == 20 * MIB
    assert allocator.reserved == 40 * MIB
    allocator.malloc(40 * MIB)
    assert allocator.reserved == 80 * MIB


def test_before_it_fails_it_gives_whole_free_segments_back():
    allocator = Allocator(100 * MIB)
    held, gone = allocator.malloc(30 * MIB), allocator.malloc(40 * MIB)
    allocator.release(gone)
    allocator.malloc(60 * MIB)
    assert allocator.reserved == 90 * MIB
    allocator.release(held)
    kept = allocator.malloc(20 * MIB)
    assert kept.address == held.address
    with pytest.raises(OutOfMemory):
        allocator.malloc(30 * MIB)  # 10 MiB are free in a segment that is in use, 10 more were never asked for


def test_expandable_segments_grow_by_pages():
    allocator = Allocator(expandable=True)
    first = allocator.malloc(30 * MIB)
    assert allocator.reserved == 40 * MIB
    allocator.release(first)
    allocator.malloc(50 * MIB)
    assert allocator.reserved == 60 * MIB
    allocator.malloc(1000)
    assert allocator.reserved == 62 * MIB


def test_an_expandable_segment_gives_its_end_back():
    allocator = Allocator(100 * MIB, expandable=True)
    allocator.malloc(1000)
    allocator.release(allocator.malloc(80 * MIB))
    assert allocator.reserved == 82 * MIB
    with pytest.raises(OutOfMemory):
        allocator.malloc(110 * MIB)
    assert allocator.reserved == 2 * MIB
    allocator.malloc(98 * MIB - 20 * MIB)
    assert allocator.reserved == 82 * MIB


@pytest.mark.parametrize("name", ["qwen2.5-0.5b", "qwen2.5-7b", "qwen2.5-3b"])
@pytest.mark.parametrize("size", [2, 4])
def test_rounding_of_weights(name, size):
    """Layer after layer, as a model is loaded."""
    text = MODELS[name].text
    allocator = Allocator()
    held = 0
    for _ in range(text.layers):
        for _, inputs, outputs in linears(text):
            allocator.malloc(size * inputs * outputs)
            held += size * inputs * outputs
    lost = allocator.reserved - held
    assert 0.9 * lost <= rounding(MODELS[name], size) <= lost + 80 * MIB  # small tensors fill some of what is left


@pytest.mark.parametrize(
    ("each", "prompt", "final"),
    [(16384, 300, 2348), (8192, 300, 2300), (8192, 1400, 3400), (4096, 600, 1600)],
)
def test_a_cache_leaves_what_it_outgrew(each, prompt, final):
    """The form is an estimate: a few more of them than half find room in segments of 20 MiB."""
    tensors = 56  # 28 layers
    allocator = Allocator()
    cache = [allocator.malloc(each * prompt) for _ in range(tensors)]
    for length in range(prompt + 4, final + 1, 4):
        for at in range(tensors):
            longer = allocator.malloc(each * length)
            allocator.release(cache[at])
            cache[at] = longer
    left = allocator.reserved - tensors * each * final
    assert cache_left(tensors, each * prompt, each * final) == pytest.approx(left, rel=0.3, abs=150 * MIB)


@pytest.mark.parametrize("steps", [10, 50, 200])
def test_growth_over_steps(steps):
    """Three tensors of a length's size live at once, and many small ones cut up what they leave."""
    longest, found = 3000, []
    for seed in range(6):
        spread, allocator, held = random.Random(seed), Allocator(), []
        for _ in range(steps):
            length = spread.randint(1, longest)
            held = [allocator.malloc(2 * MIB + 512 * length) for _ in range(8)]  # checkpoints, before the logits
            large = [allocator.malloc(100_000 * length) for _ in range(3)]
            for block in (*large, *held):
                allocator.release(block)
        found.append(allocator.reserved)
    logits = 3 * 100_000 * longest
    mean = sum(found) / len(found)
    assert logits + grown(logits, steps) == pytest.approx(mean, rel=0.25)
    expandable = Allocator(expandable=True)
    spread = random.Random(0)
    for _ in range(50):
        for block in [expandable.malloc(100_000 * spread.randint(1, longest)) for _ in range(3)]:
            expandable.release(block)
    assert expandable.reserved <= 1.1 * logits


def test_the_largest_tensor_needs_a_segment_of_its_own_again():
    """Room for all that lives at once is not enough: checkpoints cut up the block that the last logits left."""

    def survives(room):
        allocator = Allocator(room)
        for _ in range(2):
            checkpoints = [allocator.malloc(30 * MIB) for _ in range(20)]
            logits = allocator.malloc(1000 * MIB)
            allocator.release(logits)
            for block in checkpoints[::2]:
                allocator.release(block)
            small = [allocator.malloc(40 * MIB) for _ in range(5)]
            second = allocator.malloc(1000 * MIB)
            for block in (*small, second, *checkpoints[1::2]):
                allocator.release(block)

    live = 20 * 30 * MIB + 1000 * MIB
    with pytest.raises(OutOfMemory):
        survives(live)
    survives(live + 1000 * MIB)
