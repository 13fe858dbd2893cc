"""Rule files and settings files that anybody may have written."""

from __future__ import annotations

import pytest

from .campaign import Campaign
from .rules_oracle import check_rule, rule_text
from .settings_oracle import check_toml_settings, check_yaml_settings, toml_settings, yaml_settings

pytestmark = pytest.mark.fuzz


def test_own_rules(campaign: Campaign) -> None:
    campaign.run(rule_text, check_rule)


def test_yaml_settings(campaign: Campaign) -> None:
    campaign.run(yaml_settings, check_yaml_settings)


def test_toml_settings(campaign: Campaign) -> None:
    campaign.run(toml_settings, check_toml_settings)
