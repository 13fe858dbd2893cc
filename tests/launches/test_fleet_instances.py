"""Fleets by the names that clouds give their nodes."""

from __future__ import annotations

import pytest

from vlmr1_lint.launches.fleet import FleetError, parse_fleet
from vlmr1_lint.training.runs import Hints
from vlmr1_lint.unknown import is_unknown

GIB = 2**30


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("p4d.24xlarge", (1, 8, "A100-40G")),
        ("2xp4d.24xlarge", (2, 8, "A100-40G")),
        ("ml.p4de.24xlarge", (1, 8, "A100-80G")),
        ("Standard_ND96asr_v4", (1, 8, "A100-40G")),
        ("4xA100-40G", (1, 4, "A100-40G")),
    ],
)
def test_an_instance_is_a_node(text, shape):
    fleet = parse_fleet(text)
    assert (fleet.nodes, fleet.gpus_per_node, fleet.gpu.name) == shape


def test_an_instance_knows_its_host_memory_and_the_user_knows_better():
    fleet = parse_fleet("p4d.24xlarge")
    assert fleet.host_ram == 1152 * GIB
    assert Hints(fleet, host_ram=64 * GIB).equipped(fleet).host_ram == 64 * GIB
    assert is_unknown(parse_fleet("8xA100-40G").host_ram)
    assert Hints(None, host_ram=64 * GIB).equipped(None) is None


@pytest.mark.parametrize("text", ["p9z.24xlarge", "2x4xp4d.24xlarge"])
def test_what_is_no_instance_is_said(text):
    with pytest.raises(FleetError, match="unknown card"):
        parse_fleet(text)


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        ("8xAscend910B3", "8x910B-64G"),
        ("8x3070", "8xRTX3070-8G"),
        ("2xRTX 4060 Ti 16GB", "2xRTX4060Ti-16G"),
        ("8xGH200-96G", "8xGH200-96G"),
    ],
)
def test_cards_by_the_names_that_people_write(text, cards):
    assert str(parse_fleet(text)) == cards


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("8xA100", "A100-40G or A100-80G; write which"),
        ("8xA800", "A800-80G or A800-40G; write which"),
        ("8xAscend910B", "910B-64G or 910B-32G; write which"),
        ("8xGH200", "GH200-96G or GH200-144G; write which"),
        ("8xRTX4800", "did you mean RTX4"),
    ],
)
def test_what_is_not_clear_is_asked_in_one_line_with_the_choices(text, told):
    with pytest.raises(FleetError, match=told):
        parse_fleet(text)
