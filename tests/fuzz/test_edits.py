"""Edits of YAML and JSON texts against PyYAML and `json`."""

from __future__ import annotations

import random

import pytest

from .campaign import Campaign
from .edit_oracle import check_edit, edit_case
from .grammar import json_text, plain_yaml, yaml_text
from .mutation import mutated
from .seeds import YAML, config_texts

pytestmark = pytest.mark.fuzz


def test_edits_of_plain_yaml(campaign: Campaign) -> None:
    campaign.run(edit_case("a.yaml", plain_yaml), check_edit)


def test_edits_of_yaml(campaign: Campaign) -> None:
    seeds = (*YAML * 20, *config_texts(".yaml", ".yml"))

    def make(source: random.Random) -> bytes:
        return yaml_text(source) if source.randrange(2) else mutated(source, seeds, 2)

    campaign.run(edit_case("a.yaml", make), check_edit)


def test_edits_of_json(campaign: Campaign) -> None:
    campaign.run(edit_case("a.json", json_text), check_edit)
