"""The batch solver as rules call it: what TRL generates at once, groups that are none, and worlds on which a file is valid."""

from __future__ import annotations

import pytest

from vlmr1_lint.candidates.trainer import from_selector
from vlmr1_lint.checking.forecasts import legal_worlds, solve_batch
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.documents.library import Library
from vlmr1_lint.launches.fleet import parse_fleet
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.sources import Sources
from vlmr1_lint.trainers.releases import spans
from vlmr1_lint.training.inputs import Inputs
from vlmr1_lint.training.run import Run


@pytest.fixture
def solve(tmp_path):
    def answer(trainer, fleet="4xA100-80G", **options):
        run = _run(tmp_path, trainer, fleet, options)
        return solve_batch(RunScope(run, Data())), legal_worlds(run)

    return answer


def _run(folder, trainer, fleet, options):
    text = "reward_funcs: [accuracy]\n" + "".join(f"{name}: {value}\n" for name, value in options.items())
    sources = Sources(str(folder), {str(folder / "args.yaml"): text.encode()})
    document = Library(sources).document(sources.path("args.yaml"))
    root = document.roots[0]
    written = {child.path[-1]: child for child in root.children}
    return Run(Inputs(document, root, written, from_selector(trainer, "test"), parse_fleet(fleet)))


def test_accumulation_counts_where_nothing_else_is_written(solve):
    found, worlds = solve("trl==0.19.1", per_device_train_batch_size=1, gradient_accumulation_steps=3, num_generations=8)
    assert (found.changes, found.safety) == ({"num_generations": 6}, "safe")
    assert found.summary == "num_generations 6 (prompts/update 1.5 → 2)"
    assert worlds == [8, 16, 24, 32, 40, 48, 56, 64]


def test_steps_per_generation_decides_and_batch_and_accumulation_stay(solve):
    values = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 8, "num_generations": 8}
    found, worlds = solve("trl==0.19.1", steps_per_generation=3, **values)
    assert (found.changes, found.safety) == ({"num_generations": 6}, "safe")
    assert (found.prompts_before, found.prompts_after) == (4, 32 / 6)
    assert worlds == [8, 16, 24, 32, 40, 48, 56, 64]


def test_a_generation_batch_without_a_group_of_four_is_raised_and_that_is_unsafe(solve):
    values = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 1, "num_generations": 5}
    found, worlds = solve("trl==1.16.0", "2xA100-80G", generation_batch_size=2, **values)
    assert (found.changes, found.safety) == ({"num_generations": 2}, "unsafe")
    assert worlds == []


def test_a_generation_batch_fits_only_worlds_that_divide_it(solve):
    values = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 1, "num_generations": 8}
    assert solve("trl==1.16.0", generation_batch_size=16, **values) == (None, [1, 2, 4, 8])


@pytest.mark.parametrize(("trainer", "accumulation"), [("vlm-r1", 2), ("trl==0.19.1", 2)])
def test_a_group_of_one_is_answered_with_the_default_group(solve, trainer, accumulation):
    values = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": accumulation}
    found, _ = solve(trainer, num_generations=1, **values)
    assert (found.changes, found.safety) == ({"num_generations": 8}, "unsafe")


def test_neighbouring_releases_are_said_as_spans():
    assert spans(["trl==0.17.0", "trl==0.18.2", "trl==0.19.1", "trl==1.16.0"]) == ["trl 0.17.0-0.19.1", "trl 1.16.0"]
    assert spans(["trl==1.16.0", "vlm-r1", "vlm-r1@2025-04"]) == ["trl 1.16.0", "vlm-r1", "vlm-r1@2025-04"]
    assert spans(["trl==1.16.0", "trl-sft==0.14.0"]) == ["trl 1.16.0", "trl-sft 0.14.0"]
    assert spans([]) == []
