"""What the schema promises to rules exists in the classes behind it."""

from __future__ import annotations

import pytest

from vlmr1_lint.launches.fleet import parse_fleet
from vlmr1_lint.launches.launch import Launch
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.models.table import all_models
from vlmr1_lint.rulefiles.schema import FLEET, GPU, LAUNCH, MODEL, SAMPLES

THINGS = {
    "model": (MODEL, all_models()[0]),
    "fleet": (FLEET, parse_fleet("8xA100-80G")),
    "gpu": (GPU, parse_fleet("8xA100-80G").gpu),
    "launch": (LAUNCH, Launch("torchrun")),
    "samples": (SAMPLES, Data()),
}


@pytest.mark.parametrize("name", THINGS)
def test_every_attribute_of_the_schema_exists(name):
    promised, thing = THINGS[name]
    assert [attribute for attribute in promised.attributes if not hasattr(thing, attribute)] == []
