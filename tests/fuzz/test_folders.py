"""The whole command line over folders of configuration files: checking, fixing, recognising."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlmr1_lint.documents.recognise import recognise

from .campaign import Campaign
from .fix_oracle import FixOracle
from .folders import Case, Folder, deepspeed_case, example_case, names_of, options_case, random_case
from .mutation import mutated
from .seeds import JSON, YAML, config_texts

pytestmark = pytest.mark.fuzz
KINDS = {None, "args", "deepspeed", "accelerate", "data", "launch"}
Fix = Callable[[Callable[[random.Random], Case]], None]
FORMATS = ("text", "concise", "sarif", "github", "gitlab", "junit", "rdjson", "markdown")


@pytest.fixture
def fix(campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fix:
    """Run the campaign on the folders that a function makes: what ``--fix`` writes there is held against the oracle."""

    def run(make: Callable[[random.Random], Case]) -> None:
        oracle = FixOracle(Folder(tmp_path), monkeypatch)
        try:
            campaign.run(make, oracle.check)
        finally:
            campaign.note = f"{oracle.fixed} changed a file"

    return run


def test_fix_of_args_files(fix: Fix) -> None:
    fix(options_case)


def test_fix_of_deepspeed_files(fix: Fix) -> None:
    fix(deepspeed_case)


def test_fix_of_examples(fix: Fix) -> None:
    fix(example_case)


def test_check_of_examples(campaign: Campaign, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    campaign.run(lambda source: with_format(source, example_case(source)), lambda case: check(folder, case))


def test_check_of_any_bytes(campaign: Campaign, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    campaign.run(lambda source: with_format(source, random_case(source)), lambda case: check(folder, case))


def test_recognising(campaign: Campaign) -> None:
    seeds = (*YAML, *JSON, *config_texts(".yaml", ".yml", ".json", ".sh"))

    def make(source: random.Random) -> tuple[str, bytes]:
        return source.choice(("a.yaml", "a.json", "a.sh", "a", "config.json", ".github/workflows/a.yml")), mutated(source, seeds)

    def kind_of(case: tuple[str, bytes]) -> None:
        found = recognise(*case, None, None)
        assert found.kind in KINDS and found.why

    campaign.run(make, kind_of)


def with_format(source: random.Random, case: Case) -> Case:
    return Case(case.files, (*case.words, "--lang", source.choice(("en", "zh")), "--format", source.choice(FORMATS)))


def check(folder: Folder, case: Case) -> None:
    """Checking writes nothing, answers in valid JSON, and its status says whether errors are left."""
    folder.fill(case.files)
    before = folder.now()
    words = (*names_of(case.files), "--preset", "strict", *case.words)
    found = strict_json(folder.run(*words[:-1], "json").out)
    answer = folder.run(*words)
    assert folder.now() == before, "checking writes"
    if answer.status != 2:
        errors = [one for one in found["findings"] if one["severity"] == "error"]
        assert answer.status == bool(errors), f"status {answer.status}, {len(errors)} errors"
    if case.words[-1] in ("sarif", "gitlab", "rdjson"):
        strict_json(answer.out)


def strict_json(data: bytes) -> Any:
    """*data* as a strict reader of JSON has it: UTF-8, no NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    return json.loads(data.decode("utf-8"), parse_constant=refuse)
