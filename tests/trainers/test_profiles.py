"""What each trainer does with a config."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS
from vlmr1_lint.trainers import options
from vlmr1_lint.trainers.families import VARIANTS
from vlmr1_lint.trainers.profiles import behaviour, source_of


def profile(release: str) -> SimpleNamespace:
    """What *release* does, every claim an attribute."""
    return SimpleNamespace(**{name: behaviour(release, name) for name in (*CLAIMS, "liger_option")})


def _default(release: str, name: str) -> object:
    found = options.option(release, name)
    return None if found is None else found.default


@pytest.mark.parametrize(
    ("release", "unit", "divisibility", "generation"),
    [
        ("trl==0.14.0", "prompts", "none", "group"),
        ("trl==0.15.2", "sequences", "micro", "micro_batch"),
        ("trl==0.16.1", "sequences", "micro", "micro_batch"),
        ("trl==0.17.0", "sequences", "effective", "accumulated_batch"),
        ("trl==0.18.2", "sequences", "generation_batch", "generation_batch"),
        ("trl==1.16.0", "sequences", "generation_batch", "generation_batch"),
        ("vlm-r1", "sequences", "micro", "micro_batch"),
        ("vlm-r1@2025-02", "prompts", "none", "group"),
        ("r1-v", "prompts", "none", "group"),
        ("r1-v@vllm", "prompts", "none", "group"),
        ("r1-v@vllm-2025-02", "sequences", "micro", "micro_batch"),
    ],
)
def test_batches(release: str, unit: str, divisibility: str, generation: str) -> None:
    found = profile(release)
    assert (found.batch_unit, found.divisibility, found.generation_unit) == (unit, divisibility, generation)


def test_vlm_r1() -> None:
    found = profile("vlm-r1")
    assert found.reference_loader_zero3 == "AutoModelForCausalLM" and found.reference_loader == "copy"
    assert found.logits == "whole_sequence" and found.zero3_generation_gather == "always"
    assert found.unknown_options == "dropped" and behaviour("vlm-r1", "parser") == "TrlParser"
    assert found.temperature_fixed == 1.0 and _default("vlm-r1", "gradient_checkpointing") is False
    assert found.buffers_inputs and found.reference_with_peft_zero3 and not found.reference_at_beta_zero
    assert found.vllm == "never"
    assert {"temperature", "use_vllm", "max_prompt_length"} <= options.unread_names("vlm-r1")
    assert "max_pixels" not in options.unread_names("vlm-r1")
    assert not profile("vlm-r1@2025-02").beta_zero_works


def test_turning_points_of_trl() -> None:
    assert [profile(f"trl=={version}").unknown_options for version in ("0.18.2", "0.19.1")] == ["dropped", "rejected"]
    assert [_default(f"trl=={version}", "gradient_checkpointing") for version in ("0.21.0", "0.22.2")] == [False, True]
    assert [profile(f"trl=={version}").vllm for version in ("0.15.2", "0.29.1", "1.0.0")] == ["own_gpu", "server", "colocate"]
    assert [profile(f"trl=={version}").logits for version in ("1.10.0", "1.16.0")] == ["completion_only", "fused_lm_head"]
    assert [profile(f"trl=={version}").vision_models for version in ("0.19.1", "0.20.0")] == [False, True]
    evaluation = [profile(f"trl=={version}").eval_divisibility for version in ("0.19.1", "0.20.0", "0.22.2")]
    assert evaluation == ["micro", "none", "micro"]
    assert not options.unread_names("trl==0.17.0")


def test_a_variant_is_its_trainer_but_for_its_own_lines() -> None:
    plain, vllm, before = profile("r1-v"), profile("r1-v@vllm"), profile("r1-v@vllm-2025-02")
    assert (vllm.logits, vllm.temperature_fixed) == ("cut_sequence", None) == (before.logits, before.temperature_fixed)
    assert (plain.logits, plain.temperature_fixed) == ("whole_sequence", 1.0)
    assert {vllm.vllm, before.vllm} == {"own_gpu"} and profile("r1-v@no-vllm").vllm == "never"
    assert vllm.reference_loader_zero3 == plain.reference_loader_zero3
    assert profile("vlm-r1@2025-04").reference_loader_zero3 == "policy_class"


@pytest.mark.parametrize("release", [*options.releases(), *VARIANTS])
def test_one_value_and_one_source_per_behaviour(release: str) -> None:
    """The spans of the data file cover every release exactly once, whatever the order of its lines."""
    from vlmr1_lint.trainers import profiles

    for name in profiles._table(release):
        if name in ("_readme", "notes"):
            continue
        assert len(list(profiles._values(release, name))) == 1, name
        assert len(source_of(release, name)) > 10


TYPES = {"str": str, "bool": bool, "float": float, "list[str]": tuple}


@pytest.mark.parametrize("release", [*options.releases(), *VARIANTS])
def test_values_are_of_the_type_that_the_list_says(release: str) -> None:
    for name, (type_, _) in CLAIMS.items():
        value = behaviour(release, name)
        assert name in MODEL_CLAIMS or not isinstance(value, dict), name
        for one in value.values() if isinstance(value, dict) else (value,):
            if one is None:
                assert type_.endswith("|None"), name
            else:
                assert isinstance(one, TYPES[type_.removesuffix("|None")]), name


def test_defaults_agree_with_the_options() -> None:
    for release in options.releases():
        found = profile(release)
        mode = options.option(release, "vllm_mode")
        if mode is not None:
            assert found.vllm == mode.default
        if found.zero3_generation_gather == "option":
            assert options.option(release, "ds3_gather_for_generation")
        if found.liger_option:
            assert options.option(release, found.liger_option)


def test_other_releases_have_no_profile() -> None:
    with pytest.raises(KeyError):
        profile("trl-sft==0.17.0")
    with pytest.raises(KeyError):
        profile("nobody")
