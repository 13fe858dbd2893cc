"""What rules are told about a written option: who knows it, under which other name, and what the parser makes of its value."""

from __future__ import annotations

import pytest

from vlmr1_lint.candidates.trainer import from_selector
from vlmr1_lint.checking.entries import option_entries
from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.documents.read import read
from vlmr1_lint.training.inputs import Inputs
from vlmr1_lint.training.run import Run
from vlmr1_lint.training.runs import written_options
from vlmr1_lint.unknown import is_unknown


def entry(text: str, trainer: str):
    document = read("args.yaml", text.encode())
    written = written_options(document.roots[0])
    return next(option_entries(Run(Inputs(document, document.roots[0], written, from_selector(trainer, "test")))))


@pytest.mark.parametrize(
    ("text", "trainer", "family", "knows"),
    [
        ("system_prompt: hi", "trl==0.17.0", "open-r1", True),
        ("max_seq_length: 1", "trl==0.17.0", "trl-sft", True),
        ("no_such_option: 1", "trl==0.17.0", "trl", False),
    ],
)
def test_known_to_names_every_family_that_has_the_option(text, trainer, family, knows):
    assert (family in entry(text, trainer).known_to) is knows


def test_the_new_name_of_a_removed_option_takes_its_value_or_not():
    assert entry("evaluation_strategy: steps", "trl==0.19.1").new_name_takes_value
    assert not entry("evaluation_strategy: no", "trl==0.19.1").new_name_takes_value
    assert not entry("group_by_length: true", "trl==1.16.0").new_name_takes_value
    assert entry("evaluation_strategy: steps\neval_strategy: steps", "trl==0.19.1").new_name_written


def test_an_option_newer_than_the_trainer_has_an_older_name():
    found = entry("dtype: bfloat16", "trl==0.17.0")
    assert found.older_name == "torch_dtype"
    assert found.older_name_takes_value
    assert entry("dtype: bfloat16\ntorch_dtype: auto", "trl==0.17.0").older_name is None


def test_candidates_that_differ_leave_the_problem_open():
    found = entry("loss_type: dapo", "trl>=0.17")
    assert is_unknown(found.problem)
    assert entry("loss_type: dapo", "trl==0.17.0").problem == "not-a-choice"
    assert entry("scale_rewards: false", "trl==1.16.0").problem == ""


def test_replace_is_bounded():
    assert FUNCTIONS["replace"]("a'b'", "'", '"') == 'a"b"'
    assert is_unknown(FUNCTIONS["replace"]("a" * 1001, "a", "b"))
    assert is_unknown(FUNCTIONS["replace"]("a", "", "b"))
    assert is_unknown(FUNCTIONS["replace"]("a", "a", "b" * 21))


@pytest.mark.parametrize(
    ("text", "comment"),
    [("run_name: a  # b", "# b"), ("run_name: 'a #3'", ""), ("run_name: a #3\nbeta: 1", "#3"), ("run_name: a\n# b", "")],
)
def test_the_comment_behind_a_value(text, comment):
    assert entry(text, "trl==0.17.0").comment == comment
