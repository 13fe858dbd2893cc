"""Which of TRL's trainers a file is for, by the names of its options."""

from __future__ import annotations

import pytest

from vlmr1_lint.trainers.by_names import candidates_from_names


@pytest.mark.parametrize(
    ("names", "family"),
    [
        ("num_generations max_completion_length beta", "trl"),
        ("num_generations reward_funcs max_seq_length", "trl"),
        ("max_completion_length max_prompt_length", "trl"),
        ("beta loss_type max_length max_prompt_length", "trl-dpo"),
        ("beta max_prompt_length", "trl-dpo"),
        ("precompute_ref_log_probs learning_rate", "trl-dpo"),
        ("max_seq_length packing", "trl-sft"),
        ("max_length learning_rate dataset_num_proc", "trl-sft"),
        ("loss_type packing max_length", "trl-sft"),
        ("image_root packing max_seq_length", "trl-sft"),
        ("image_root learning_rate", "vlm-r1"),
        ("data_file_paths num_generations", "vlm-r1"),
    ],
)
def test_the_family_by_names_that_the_others_lack(names, family):
    found, why = candidates_from_names(frozenset(names.split()))
    assert {name.partition("==")[0].partition("@")[0] for name in found} == {family}
    assert why.partition(" ")[0] in names.split()


def test_common_names_leave_both_open():
    found, _ = candidates_from_names(frozenset(("learning_rate", "bf16", "output_dir")))
    assert {name.partition("==")[0] for name in found} == {"trl", "trl-sft"}
