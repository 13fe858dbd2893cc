"""Rule functions: each has a signature, and each is total."""

from __future__ import annotations

from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.rulefiles.signatures import SIGNATURES


def test_every_function_has_a_signature_and_the_other_way_round():
    assert FUNCTIONS.keys() == SIGNATURES.keys()
