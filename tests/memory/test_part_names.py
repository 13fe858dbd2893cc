"""Instants and terms have names that people read, in both languages."""

from __future__ import annotations

import pytest

from vlmr1_lint.explaining.plan_words import LETTERS
from vlmr1_lint.memory.forecast import INSTANTS, TERMS
from vlmr1_lint.memory.part_names import CHINESE, part_name


@pytest.mark.parametrize("name", [*INSTANTS, *TERMS, "step"])
def test_every_part_has_a_name(name):
    assert name in CHINESE
    assert "_" not in part_name(name, "en") + part_name(name, "zh")


def test_every_term_has_a_letter_of_its_own():
    assert set(LETTERS) == set(TERMS)
    assert len(set(LETTERS.values())) == len(TERMS)
