"""The attacker's workplace."""

from __future__ import annotations

from pathlib import Path

import pytest
from attacks import Attack


@pytest.fixture
def attack(tmp_path: Path) -> Attack:
    return Attack(tmp_path)
