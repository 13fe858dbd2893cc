"""The public functions: what docs/api.md says, and what the command line says."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

import vlmr1_lint
from vlmr1_lint.cli import main

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture
def configs(multinode, monkeypatch) -> Path:
    monkeypatch.chdir(multinode.folder)
    return Path(multinode.folder)


def test_the_page_names_what_there_is():
    functions = dict(re.findall(r"^\| `(\w+)\(([^)]*)\)` \|", PAGE.replace('(".",)', "'.'"), re.MULTILINE))
    values = dict(re.findall(r"^\| `([A-Z]\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert {*functions, *values, "__version__"} == set(vlmr1_lint.__all__)
    for name, given in functions.items():
        told = [word.split("=")[0].strip() for word in given.split(",") if word.strip() != "*"]
        assert told == list(inspect.signature(getattr(vlmr1_lint, name)).parameters)
    for name, told in values.items():
        assert re.findall(r"`(\w+)`", told) == list(getattr(vlmr1_lint, name).__annotations__)


def test_the_page_s_example_runs(configs, capfd):
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(example.replace('["configs"]', '["."]').replace("configs/", ""), "docs/api.md", "exec"), {})
    told = capfd.readouterr().out
    assert "MEM001" in told and "+gradient_checkpointing: true" in told


def test_lint_is_the_command(configs, capfd):
    found = vlmr1_lint.lint(["args.yaml"], gpus="4xA100-40G")
    main(["check", "args.yaml", "--gpus", "4xA100-40G", "--format", "json"])
    told = json.loads(capfd.readouterr().out)["findings"]
    assert [(one.rule, one.path, one.line, one.column, one.message, one.fingerprint) for one in found.findings] == [
        (one["rule"], one["path"], one["start"]["line"], one["start"]["column"], one["message"], one["fingerprint"])
        for one in told
    ]
    assert {"MEM001", "GRP001"} <= {one.rule for one in found.findings} and found.files["args.yaml"] == "args"


def test_fix_writes_nothing_and_is_what_the_command_writes(configs):
    before = (configs / "args.yaml").read_bytes()
    fixed = vlmr1_lint.fix(["args.yaml"], gpus="4xA100-40G")
    assert (configs / "args.yaml").read_bytes() == before
    assert {rule for _, rule, _ in fixed.applied} == {"MEM001", "GRP001"}
    assert not {"MEM001", "GRP001"} & {one.rule for one in fixed.report.findings}
    main(["check", "args.yaml", "--gpus", "4xA100-40G", "--fix"])
    assert (configs / "args.yaml").read_bytes() == fixed.texts["args.yaml"] != before


def test_plan_and_forecast_are_the_command(configs, capfd):
    (plan,) = vlmr1_lint.plan("args.yaml", gpus="4xA100-40G")
    (forecast,) = vlmr1_lint.forecast("args.yaml", gpus="4xA100-40G")
    main(["plan", "args.yaml", "--gpus", "4xA100-40G", "--format", "json"])
    told = json.loads(capfd.readouterr().out)
    assert plan.forecast == forecast
    assert (forecast.verdict, forecast.likely) == (told["verdict"], told["forecast"]["likely_gib"])
    assert [step.set for step in plan.steps] == [one["set"] for one in told["plan"]]


def test_without_hardware_the_forecast_says_what_is_missing(configs):
    (forecast,) = vlmr1_lint.forecast("args.yaml")
    assert forecast.likely is None and forecast.missing and forecast.verdict in {"unknown", "rejected"}


def test_mistakes(configs):
    with pytest.raises(FileNotFoundError, match=r"none\.yaml"):
        vlmr1_lint.lint(["none.yaml"])
    with pytest.raises(ValueError, match="H999"):
        vlmr1_lint.lint(["."], gpus="4xH999")
    with pytest.raises(AttributeError, match="nothing"):
        vlmr1_lint.nothing  # noqa: B018
