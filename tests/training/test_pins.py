"""A pinned trainer is believed even where the file writes options that only other releases know."""

from __future__ import annotations

import os

from vlmr1_lint.documents.library import Library
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.runs import Hints, find_trainer

GRPO = frozenset(("num_generations", "max_completion_length", "torch_dtype", "vllm_device"))


def trainer(folder, pin):
    (folder / "requirements.txt").write_text(pin)
    sources = Sources(str(folder))
    return find_trainer(os.path.join(str(folder), "args.yaml"), GRPO, Library(sources), Hints())


def test_a_pin_narrows_what_names_leave_open(tmp_path):
    assert trainer(tmp_path, "trl==0.16.1\n").candidates == ("trl==0.16.1",)


def test_a_pin_beats_names_that_its_release_lacks(tmp_path):
    found = trainer(tmp_path, "trl==1.16.0\n")
    assert found.candidates == ("trl==1.16.0",)
    assert found.evidence == "requirements.txt pins trl==1.16.0"


def test_without_a_pin_the_trainer_is_a_guess(tmp_path):
    assert trainer(tmp_path, "numpy\n").guessed
    assert not trainer(tmp_path, "trl==0.16.1\n").guessed


def test_a_pin_is_not_believed_where_the_repository_installs_trl_from_its_source(tmp_path):
    (tmp_path / "Makefile").write_text("install:\n\tpip install -e .\n\tpip install git+https://github.com/huggingface/trl.git\n")
    assert trainer(tmp_path, "trl==0.16.1\n").guessed
    (tmp_path / "Makefile").write_text("install:\n\tpip install -e .\n")
    assert not trainer(tmp_path, "trl==0.16.1\n").guessed
