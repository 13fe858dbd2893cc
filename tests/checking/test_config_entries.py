"""Entries of DeepSpeed and accelerate files: which keys are known, and which values the program refuses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.checking.config_entries import config_entry
from vlmr1_lint.checking.lax import accepts
from vlmr1_lint.documents.json.read import read_json

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.sampled_from(["auto", "true", "Yes", "off", "8", "-8", "8.0", "2e8", "1.5", "", "cpu", "nan", "none"]),
)


@given(VALUES, st.sampled_from(["int", "bool", "float", "str", "bool|None", "str|None"]))
def test_conversions_are_those_of_pydantic(value, type_):
    pydantic = pytest.importorskip("pydantic")
    plain = {"int": int, "bool": bool, "float": float, "str": str, "bool|None": bool | None, "str|None": str | None}
    try:
        pydantic.TypeAdapter(plain[type_]).validate_python(value)
        taken = True
    except pydantic.ValidationError:
        taken = False
    assert accepts(value, type_) is taken


def entry(config: object, *path: str):
    document = read_json("ds.json", json.dumps(config).encode())
    node = document.node((0, *path))
    assert node is not None
    return config_entry(document, node, "deepspeed")


@pytest.mark.parametrize(
    ("key", "value", "rejected"),
    [
        ("reduce_bucket_size", 2e8, False),
        ("reduce_bucket_size", 1.5, True),
        ("reduce_bucket_size", "2e8", True),
        ("reduce_bucket_size", "200000000", False),
        ("reduce_bucket_size", "auto", False),
        ("sub_group_size", -1, True),
        ("stage", "3", False),
        ("stage", 4, True),
        ("overlap_comm", "yes", False),
        ("overlap_comm", "maybe", True),
        ("offload_param", "cpu", True),
        ("contiguous_gradients", None, True),
    ],
)
def test_what_zero_optimization_refuses(key, value, rejected):
    assert entry({"zero_optimization": {key: value}}, "zero_optimization", key).rejected is rejected


def test_a_device_is_one_of_three():
    config = {"zero_optimization": {"offload_optimizer": {"device": "gpu"}}}
    assert entry(config, "zero_optimization", "offload_optimizer", "device").rejected


def test_a_section_without_a_table_knows_every_key():
    assert entry({"torch_autocast": {"enabled": True}}, "torch_autocast", "enabled").known


def test_both_spellings_of_a_key_are_known():
    for key in ("stage3_gather_16bit_weights_on_model_save", "gather_16bit_weights_on_model_save"):
        assert entry({"zero_optimization": {key: True}}, "zero_optimization", key).known
