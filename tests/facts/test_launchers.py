"""Keys of DeepSpeed JSON and accelerate YAML, and cloud instances."""

from __future__ import annotations

import pytest

from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.facts.instances import all_instances, find_instance
from vlmr1_lint.facts.sections import ACCELERATE, DEEPSPEED


def test_versions() -> None:
    assert DEEPSPEED.versions() == ("0.15.4", "0.19.8")
    assert ACCELERATE.versions() == ("1.2.1", "1.6.0", "1.15.0")
    with pytest.raises(KeyError):
        DEEPSPEED.sections("9.9")
    with pytest.raises(KeyError):
        DEEPSPEED.keys("nothing")


def test_both_spellings_of_stage3_keys_are_known() -> None:
    for key in ("stage3_gather_16bit_weights_on_model_save", "gather_16bit_weights_on_model_save", "stage", "sub_group_size"):
        assert DEEPSPEED.known("zero_optimization", key, "0.15.4") and DEEPSPEED.known("zero_optimization", key)
    assert not DEEPSPEED.known("zero_optimization", "stage3_sub_group_size")
    assert not DEEPSPEED.known("zero_optimization", "stge")
    key = DEEPSPEED.key("zero_optimization", "prefetch_bucket_size", "0.15.4")
    assert key is not None and key.names == ("stage3_prefetch_bucket_size", "prefetch_bucket_size")
    assert (key.type, key.default, key.minimum) == ("int", 50_000_000, 0)


def test_what_becomes_of_unknown_deepspeed_keys() -> None:
    assert DEEPSPEED.unknown_keys("") == "ignored"
    assert DEEPSPEED.unknown_keys("zero_optimization") == "rejected"
    assert DEEPSPEED.unknown_keys("zero_optimization.offload_optimizer") == "rejected"
    assert DEEPSPEED.unknown_keys("bf16", "0.15.4") == "ignored" and DEEPSPEED.unknown_keys("bf16", "0.19.8") == "rejected"
    assert DEEPSPEED.unknown_keys("bf16") == "unknown"  # the versions differ
    assert DEEPSPEED.unknown_keys("timers") == "unknown"


def test_deepspeed_details() -> None:
    stage = DEEPSPEED.key("zero_optimization", "stage")
    assert stage is not None and stage.choices == (0, 1, 2, 3)
    offload = DEEPSPEED.key("zero_optimization", "cpu_offload")
    assert offload is not None and offload.deprecated and offload.successor == "offload_optimizer"
    ratio = DEEPSPEED.key("zero_optimization.offload_optimizer", "ratio")
    assert ratio is not None and (ratio.minimum, ratio.maximum) == (0, 1)
    assert "torch_autocast" in DEEPSPEED.keys("", "0.19.8") and "torch_autocast" not in DEEPSPEED.keys("", "0.15.4")
    assert DEEPSPEED.key("", "zero_optimisation") is None


def test_accelerate() -> None:
    assert ACCELERATE.unknown_keys("") == "rejected" and ACCELERATE.unknown_keys("deepspeed_config") == "ignored"
    assert ACCELERATE.known("", "num_processes") and not ACCELERATE.known("", "num_process")
    assert len(ACCELERATE.keys("deepspeed_config")) == 15
    assert ACCELERATE.known("deepspeed_config", "zero_stage") and not ACCELERATE.known("deepspeed_config", "zero_stge")
    assert ACCELERATE.known("fsdp_config", "fsdp_version", "1.6.0") and not ACCELERATE.known(
        "fsdp_config", "fsdp_version", "1.2.1"
    )
    for spelling in ("sharding_strategy", "fsdp_sharding_strategy"):  # the launcher adds a missing prefix
        key = ACCELERATE.key("fsdp_config", spelling)
        assert key is not None and key.name == "fsdp_sharding_strategy"
    assert "ipex_config" in ACCELERATE.keys("", "1.2.1") and "ipex_config" not in ACCELERATE.keys("", "1.15.0")
    required = ACCELERATE.key("", "distributed_type")
    assert required is not None and required.required and required.type == "str"


@pytest.mark.parametrize(
    ("name", "gpu", "count"),
    [
        ("p4d.24xlarge", "A100-40G", 8),
        ("ml.p4de.24xlarge", "A100-80G", 8),
        ("g5.12xlarge", "A10G-24G", 4),
        ("a2-highgpu-8g", "A100-40G", 8),
        ("Standard_NC96ads_A100_v4", "A100-80G", 4),
        ("standard_nd96asr_v4", "A100-40G", 8),
    ],
)
def test_instances(name: str, gpu: str, count: int) -> None:
    found = find_instance(name)
    assert found is not None and (found.gpu, found.count) == (gpu, count)


def test_instances_name_cards_of_the_table() -> None:
    assert find_instance("p9.huge") is None
    for instance in all_instances():
        (card,) = find_gpus(instance.gpu)
        assert card.name == instance.gpu
        assert instance.count in (1, 2, 4, 8, 16) and instance.host_ram_gib > 0 and instance.source
