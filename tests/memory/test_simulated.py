"""The passes against the simulator: the peak, and each part of it on its own, so that errors cannot cancel."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import pytest

from vlmr1_lint.memory.parameters import lora_parameters
from vlmr1_lint.memory.passes import Passes

sys.path.insert(0, str(Path(__file__).parent))
from simulated import family, model_of_row, rows, work_of_row

ROWS = rows()
FAMILIES = sorted({family(row) for row in ROWS})


def peak(moments):
    return max(sum(moment[:3]) for moment in moments)


def error(found, truth):
    return abs(found / int(truth) - 1)


def of(name):
    return [(row, work_of_row(row)) for row in ROWS if family(row) == name]


@pytest.mark.parametrize("name", FAMILIES)
def test_peaks(name):
    errors = sorted(
        error(max(peak(Passes(work).forward()), peak(Passes(work).backward())), row["act_peak"]) for row, work in of(name)
    )
    if name.endswith("bare"):  # what logits hide in any real run
        assert errors[-1] <= 0.04
        return
    assert statistics.median(errors) <= 0.005
    assert errors[int(0.95 * (len(errors) - 1))] <= 0.015
    assert errors[-1] <= 0.03


@pytest.mark.parametrize("name", FAMILIES)
def test_forward_and_backward_alone(name):
    for row, work in of(name):
        assert error(peak(Passes(work).forward()), row["act_peak_fwd"]) <= 0.07, row["args"]
        assert error(peak(Passes(work).backward()), row["act_peak_bwd"]) <= (0.04 if name.endswith("bare") else 0.03), row["args"]


@pytest.mark.parametrize("name", FAMILIES)
def test_backward_with_all_gradients_kept(name):
    """What DDP holds: each moment carries the gradients that are complete by then."""
    for row, work in of(name):
        if work.adapter is not None:
            continue
        size = 4 if row["weights"] == "fp32" else 2
        kept = max(sum(moment[:3]) + size * moment[3] for moment in Passes(work).backward())
        limit = 0.05 if name.endswith("bare") else 0.03
        assert error(max(kept, peak(Passes(work).forward())), row["act_plus_fullgrad_peak"]) <= limit, row["args"]


@pytest.mark.parametrize("name", FAMILIES)
def test_reference_pass(name):
    for row, work in of(name):
        if row["ref_peak"] and "--no-ref" not in row["args"]:
            assert error(peak(Passes(work).reference()), row["ref_peak"]) <= 0.07, row["args"]


def test_adapter_parameters_are_exact():
    adapted = [row for row in ROWS if row["params_lora"] not in {"", "0"}]
    assert adapted
    for row in adapted:
        assert lora_parameters(model_of_row(row), int(row["lora_r"]), None) == int(row["params_lora"]), row["args"]


def test_trained_parameters_are_exact():
    for row in ROWS:
        model = model_of_row(row)
        if row["lora_r"] == "0":
            frozen = row["freeze_vision"] == "True"
            assert int(row["params_trainable"]) == model.params_total - (model.params_vision if frozen else 0), row["args"]
