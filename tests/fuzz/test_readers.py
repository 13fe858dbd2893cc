"""The readers of YAML and JSON against those that the trainer uses."""

from __future__ import annotations

import random

import pytest

from .campaign import Campaign
from .grammar import json_text, plain_yaml, yaml_text
from .json_oracle import check_json
from .mutation import mutated
from .seeds import JSON, YAML, config_texts
from .yaml_oracle import check_yaml

pytestmark = pytest.mark.fuzz


def test_yaml_lines(campaign: Campaign) -> None:
    campaign.run(yaml_text, check_yaml)


def test_plain_yaml(campaign: Campaign) -> None:
    campaign.run(plain_yaml, check_yaml)


def test_mutated_yaml(campaign: Campaign) -> None:
    seeds = (*YAML * 20, *config_texts(".yaml", ".yml"))
    campaign.run(lambda source: mutated(source, seeds), check_yaml)


def test_json_values(campaign: Campaign) -> None:
    campaign.run(json_text, check_json)


def test_mutated_json(campaign: Campaign) -> None:
    seeds = (*JSON * 20, *config_texts(".json"))

    def make(source: random.Random) -> bytes:
        return mutated(source, (json_text(source), source.choice(seeds)))

    campaign.run(make, check_json)
