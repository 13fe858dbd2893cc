"""Firing over sets of candidates: for all of them, for some releases of one trainer, never for a guess between trainers."""

from __future__ import annotations

import pytest

from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

COMMON = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
dataset_name: mine
learning_rate: 1.0e-6
per_device_eval_batch_size: 1
eval_strategy: steps
eval_steps: 10
do_eval: true
"""


def found(text, folder, **given):
    path = str(folder / "args.yaml")
    sources = Sources(str(folder), {path: text.encode()})
    given = {"preset": "strict", "gpus": "4xA100-40G", **given}
    result = Session(sources, [path], Preferences(Given(**given))).lint()
    return {one.rule: one for one in result.findings}


def test_a_rule_for_some_releases_says_which(tmp_path):
    text = COMMON + "num_generations: 8\nmax_completion_length: 512\nper_device_train_batch_size: 8\n"
    one = found(text, tmp_path, trainer="trl>=0.17")["GRP004"]
    assert one.severity == "warning"
    assert "trl 0.17" in one.message


def test_a_rule_for_all_releases_is_an_error(tmp_path):
    text = COMMON + "num_generations: 8\nmax_completion_length: 512\nper_device_train_batch_size: 8\n"
    assert found(text, tmp_path, trainer="trl==0.17.0")["GRP004"].severity == "error"


@pytest.mark.parametrize("rule", ["GRP001", "GRP002", "GRP004"])
def test_a_file_that_may_be_sft_is_not_judged_as_grpo(tmp_path, rule):
    assert rule not in found(COMMON, tmp_path)


GROUPS = "num_generations: 8\nmax_completion_length: 512\nper_device_train_batch_size: 1\n"


@pytest.mark.parametrize(
    ("trainer", "fires"),
    [("trl>=0.15,<0.18", True), ("trl>=0.15", False)],  # two of three releases reject it, and two of nineteen
)
def test_a_rule_that_must_hold_for_half_of_the_releases(tmp_path, trainer, fires):
    one = found(COMMON.replace("eval_strategy: steps\n", "") + GROUPS, tmp_path, trainer=trainer).get("GRP001")
    assert (one is not None) == fires
    assert one is None or (one.severity == "warning" and "0.15.2-0.16.1" in one.message)
