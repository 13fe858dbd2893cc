"""Lists of options that deserve a look hold all that rules about options find fault with, for any candidate."""

from __future__ import annotations

import pytest

from vlmr1_lint.candidates.trainer import from_selector
from vlmr1_lint.checking.entries import option_entries
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.checking.suspicions import suspects
from vlmr1_lint.documents.read import read
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.training.inputs import Inputs
from vlmr1_lint.training.run import Run
from vlmr1_lint.training.runs import written_options

TEXT = """\
num_generation: 4
num_generations: 8.0
max_steps: 1e3
learning_rate: 1e-6
save_strategy: no
bf16: true
seed: 010
run_name: a #3
output_dir: out # a note
max_pixels: None
temperature: 0.5
loss_type: dapo
logging_steps: 1
"""


def run(trainer: str, text: str = TEXT) -> Run:
    document = read("args.yaml", text.encode())
    root = document.roots[0]
    return Run(Inputs(document, root, written_options(root), from_selector(trainer, "test")))


def test_odd_values():
    odd = ["num_generations", "max_steps", "save_strategy", "seed", "run_name", "output_dir", "max_pixels"]
    assert suspects(run("vlm-r1"), "odd") == odd


def test_unknown_to_some_and_unread_by_some():
    assert suspects(run("vlm-r1"), "unknown") == ["num_generation", "loss_type"]
    assert suspects(run("trl>=0.15"), "unknown") == ["num_generation", "max_pixels", "loss_type"]
    assert suspects(run("vlm-r1"), "unread") == ["temperature"]
    assert suspects(run("trl==0.17.0"), "unread") == []


@pytest.mark.parametrize("trainer", ["vlm-r1", "trl>=0.15", "trl-sft==0.17.0", "r1-v"])
def test_nothing_with_a_problem_is_left_out(trainer):
    whole = run(trainer)
    problems = {e.key for release in whole.candidates for e in option_entries(whole.narrowed(release)) if e.problem != ""}
    assert problems <= set(suspects(whole, "odd"))


def test_the_list_is_the_same_for_every_candidate():
    scope = RunScope(run("trl>=0.15"), Data())
    names = [entry.key for entry in scope["unknown_entries"]]
    assert [entry.key for entry in scope.narrowed("trl==1.16.0")["unknown_entries"]] == names
