"""A family whose options have names of its own: rules and the forecast ask by the usual ones."""

from __future__ import annotations

import pytest

from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.trainers import families, options
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.values import replace

ARGS = """\
run_name: Qwen/Qwen2.5-VL-3B-Instruct
output_dir: out
num_generations: 7
per_device_train_batch_size: 4
max_completion_length: 512
learning_rate: 1.0e-6
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run of a trainer that calls the model ``run_name`` and the warm-up ``weight_decay``, and has TRL's other options."""
    other = replace(TRL, roles={"model_name_or_path": "run_name", "warmup_ratio": "weight_decay"})
    monkeypatch.setattr(families, "FAMILIES", {**families.FAMILIES, TRL.name: other})
    (tmp_path / "args.yaml").write_text(ARGS)
    session = Session(
        Sources(str(tmp_path)), [str(tmp_path / "args.yaml")], Preferences(Given(trainer="trl==0.17.0", gpus="4xA100-80G"))
    )
    (found,) = session.runs()
    return found


def test_values_and_places_go_by_the_usual_name(run):
    assert run.model_name_or_path == "Qwen/Qwen2.5-VL-3B-Instruct" and run.is_set("model_name_or_path")
    assert run.model.name == "Qwen2.5-VL-3B" and run.node("model_name_or_path") is run.node("run_name")
    assert run.has_option("model_name_or_path") is True
    assert run.warmup_ratio == options.option("trl==0.17.0", "weight_decay").default and not run.is_set("warmup_ratio")


def test_a_change_is_written_under_the_own_name(run):
    from vlmr1_lint.findings.places import changed_place

    assert changed_place(run, "warmup_ratio").path[-1] == "weight_decay"
    assert changed_place(run, "model_name_or_path").path[-1] == "run_name"
    assert run.with_changes({"warmup_ratio": 0.5}).warmup_ratio == 0.5
