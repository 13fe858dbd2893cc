"""Names people write for GPUs, and the memory of each card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlmr1_lint.facts
from vlmr1_lint.facts.gpus import UNMEASURED_SHARE, all_gpus, find_gpus

RECORDS = json.loads((Path(vlmr1_lint.facts.__file__).parent / "gpus.json").read_text(encoding="utf-8"))["gpus"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a100 40gb", ["A100-40G"]),
        ("a100-40g", ["A100-40G"]),
        ("A100_40G", ["A100-40G"]),
        ("NVIDIA A100-PCIE-40GB", ["A100-40G"]),
        ("A100-SXM4-80GB", ["A100-80G"]),
        ("NVIDIA A100 80GB PCIe", ["A100-80G"]),
        ("nvidia_h100_80gb_hbm3", ["H100-80G"]),
        ("NVIDIA H100 NVL", ["H100-94G"]),
        ("4090", ["RTX4090-24G"]),
        ("rtx4090", ["RTX4090-24G"]),
        ("NVIDIA GeForce RTX 4090", ["RTX4090-24G"]),
        ("NVIDIA GeForce RTX 4090 D", ["RTX4090D-24G"]),
        ("4090-48G", ["RTX4090-48G"]),
        ("2080ti", ["RTX2080Ti-11G"]),
        ("RTX 2080 Ti 22 GB", ["RTX2080Ti-22G"]),
        ("H20", ["H20-96G"]),
        ("H20 141GB", ["H20-141G"]),
        ("L40S", ["L40S-48G"]),
        ("Tesla T4", ["T4-16G"]),
        ("Tesla V100-SXM2-32GB", ["V100-32G"]),
        ("RTX A6000", ["A6000-48G"]),
        ("A10G", ["A10G-24G"]),
        ("NVIDIA RTX 6000 Ada Generation", ["RTX6000Ada-48G"]),
        ("Quadro RTX 6000", ["QuadroRTX6000-24G"]),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", ["RTXPRO6000-96G"]),
        ("NVIDIA GH200 480GB", ["GH200-96G"]),
        ("B200 192GB", ["B200-180G"]),
        ("AMD Instinct MI300X", ["MI300X-192G"]),
        ("910B4", ["910B-32G"]),
    ],
)
def test_one_card(text: str, names: list[str]) -> None:
    assert [gpu.name for gpu in find_gpus(text)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A100", ["A100-40G", "A100-80G"]),
        ("A800", ["A800-80G", "A800-40G"]),
        ("V100", ["V100-16G", "V100-32G"]),
        ("Ascend 910B", ["910B-64G", "910B-32G"]),
        ("RTX 6000", ["RTX6000Ada-48G", "RTXPRO6000-96G", "QuadroRTX6000-24G"]),
    ],
)
def test_a_name_of_several_cards_is_ambiguous(text: str, names: list[str]) -> None:
    assert [gpu.name for gpu in find_gpus(text)] == names


@pytest.mark.parametrize(
    "text", ["", "foo", "A100-48G", "foo-40G", "A100 40G 80G", "H100 80GB HBM3 MIG 1g.10gb", "a100_3g.20gb", "gpu", "-", "40x"]
)
def test_unknown_names_find_nothing(text: str) -> None:
    assert find_gpus(text) == ()


@pytest.mark.parametrize("text", ["48G", "48 GB", "48gib", "NVIDIA 48G"])
def test_a_size_alone_is_an_anonymous_card(text: str) -> None:
    (gpu,) = find_gpus(text)
    assert (gpu.name, gpu.nominal_gb, gpu.usable_measured) == ("48G", 48, False)
    assert gpu.usable_gib == pytest.approx(48 * 0.93)
    assert gpu.architecture is None and gpu.bf16 is None and gpu.compute_capability is None


def test_canonical_names_are_unique_and_find_their_card_only() -> None:
    assert len({gpu.name for gpu in all_gpus()}) == len(all_gpus()) == len(RECORDS) >= 50
    for gpu in all_gpus():
        assert find_gpus(gpu.name) == (gpu,)


def test_measured_figures_and_their_share_of_the_nominal() -> None:
    by_name = {gpu.name: gpu for gpu in all_gpus()}
    assert by_name["A100-40G"].usable_gib == 39.38  # torch prints total_memory=40326MB for A100-PCIE-40GB
    assert by_name["H20-96G"].usable_gib == 95.0  # 97285MB
    assert not by_name["H800-80G"].usable_measured and by_name["H800-80G"].usable_gib == pytest.approx(74.4)
    for gpu in all_gpus():
        assert gpu.source
        if gpu.usable_measured:
            assert 0.9 < gpu.usable_gib / gpu.nominal_gb < 1
        else:
            assert gpu.usable_gib == gpu.nominal_gb * UNMEASURED_SHARE


def test_capabilities_follow_the_architecture() -> None:
    by_name = {gpu.name: gpu for gpu in all_gpus()}
    v100 = by_name["V100-32G"]
    assert (v100.compute_capability, v100.bf16, v100.flash_attention_2, v100.tf32) == ((7, 0), False, False, False)
    assert by_name["H100-80G"].compute_capability == (9, 0) and by_name["H100-80G"].fp8
    assert by_name["MI300X-192G"].compute_capability is None  # torch prints 9.4, which is not CUDA's
    for gpu in all_gpus():
        if gpu.compute_capability and gpu.compute_capability < (8, 0):
            assert gpu.flash_attention_2 is False and gpu.bf16 is False


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(find_gpus(text), tuple)
