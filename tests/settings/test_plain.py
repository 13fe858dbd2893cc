"""What is told without pydantic is what the models tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from vlmr1_lint.settings import model
from vlmr1_lint.settings.plain import REQUIRED, TABLES, plain
from vlmr1_lint.settings.read import read_settings

MODELS = {"": model.Settings, "data": model.Data, "overrides": model.Override, "suppress": model.Suppress}

SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 1000, 1001, 10_000_000, 10_000_001, 1.0, "", " ", "a", "a, b", ",", "\ud800", "中"),
        *("recommended", "strict", "error", "warning", "never", "safe", "en", "zh", "args", "ignore", b"a", [], ["a"], ["a", ""]),
        *([1], ["a,b"], {}, {"a": "error"}, {"a": "safe"}, {"a": "args"}, {1: "error"}, {"a": None}, ("a",)),
        *("640x480", "0x480", "640x", "1234567x1", "640X480", "640x480\n", "x", "６40x480", "12x3x4"),
        *(
            "512GiB",
            "512 GiB",
            "1.5TB",
            "512",
            "GiB",
            "iB",
            "B",
            "512GB\n",
            "5.GB",
            ".5GB",
            "5  GB",
            "512gib",
            "1.2.3GB",
            "5KiiB",
        ),
    ]
)


def tables(name: str) -> st.SearchStrategy[dict[Any, Any]]:
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in [*TABLES[name], "unknown"]:
        if field in TABLES:
            below = tables(field)
            fields[field] = SCALARS | (below if field == "data" else st.lists(below, max_size=2))
        else:
            fields[field] = SCALARS
    wanted = {field: fields[field] for field in REQUIRED.get(name, ())}
    some = st.lists(st.sampled_from([*list(TABLES[name]) * 3, "unknown"]), max_size=3, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({**wanted, **{field: fields[field] for field in names}}))


def by_models(values: dict[Any, Any]) -> dict[str, Any] | None:
    try:
        return model.Settings.model_validate(values).model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    except ValidationError:
        return None


@settings(max_examples=1000, deadline=None)
@given(tables(""))
def test_what_is_plain_is_what_the_models_have(values: dict[Any, Any]) -> None:
    found = plain(values)
    if found is not None:
        expected = by_models(values)
        assert found == expected
        assert json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)  # true is not 1


@pytest.mark.parametrize("name", TABLES)
def test_every_setting_is_known(name: str) -> None:
    fields = MODELS[name].model_fields
    assert {field.alias or name for name, field in fields.items()} == set(TABLES[name])
    assert {field.alias or name for name, field in fields.items() if field.is_required()} == set(REQUIRED.get(name, ()))


USUAL = {
    "gpus": "4xA100-40G",
    "trainer": "vlm-r1",
    "host-ram": "512GiB",
    "data": {"images": 2, "image": "640x480", "prompt-tokens": 400, "completion-tokens": None},
    "preset": "strict",
    "ignore": "GRP001, MEM",
    "extend-select": ["KEY008"],
    "severity": {"GRP001": "info"},
    "safety": {"MEM001": "unsafe"},
    "lang": "zh",
    "fail-on": "warning",
    "exclude": ["third_party/**"],
    "kinds": {"a/*.yaml": "args"},
    "check-data": True,
    "overrides": [{"paths": ["a/**"], "gpus": "8xH20", "data": {"images": 1}}],
    "suppress": [{"path": "zero3.json", "key": "zero_optimization.stage", "rule": "DSP001", "reason": "known"}],
}


def test_usual_settings_are_plain() -> None:
    assert plain(USUAL) == by_models(USUAL) is not None


def test_a_file_of_plain_settings_is_read_like_any() -> None:
    text = b"gpus: 4xA100-40G  # ours\nignore: GRP001\ndata:\n  images: 2\n"
    file = read_settings(".vlmr1-lint.yaml", text)
    assert file is not None
    assert file.values == {"gpus": "4xA100-40G", "ignore": ["GRP001"], "data": {"images": 2}}
    assert file.locate(("data", "images")) == (4, 3)
