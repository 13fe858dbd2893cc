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
