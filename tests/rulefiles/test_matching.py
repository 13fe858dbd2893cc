"""Which releases a selector picks."""

from __future__ import annotations

import pytest

from vlmr1_lint.rulefiles.matching import applies, matches, picked, selector_problem


@pytest.mark.parametrize(
    ("selector", "release", "expected"),
    [
        ("vlm-r1", "vlm-r1", True),
        ("vlm-r1", "vlm-r1@2025-02", False),
        ("vlm-r1@2025-02", "vlm-r1@2025-02", True),
        ("vlm-r1*", "vlm-r1@2025-02", True),
        ("vlm-r1*", "r1-v", False),
        ("r1-v", "r1-v", True),
        ("trl", "trl==0.17.0", True),
        ("trl", "vlm-r1", False),
        ("trl>=0.14,<0.17", "trl==0.14.0", True),
        ("trl>=0.14,<0.17", "trl==0.16.1", True),
        ("trl>=0.14,<0.17", "trl==0.17.0", False),
        ("trl>=0.14,<0.17", "vlm-r1", False),
        ("trl>=0.9", "trl==0.17.0", True),  # by number, not by text
        ("trl>=0.18", "trl==1.16.0", True),
        ("trl==0.17", "trl==0.17.0", True),
        ("trl!=0.17.0", "trl==0.17.0", False),
    ],
)
def test_matches(selector, release, expected):
    assert matches(selector, release) is expected


def test_a_rule_applies_if_any_candidate_is_picked():
    assert picked(["trl<0.17", "vlm-r1*"], ["trl==0.17.0", "trl==0.16.1", "vlm-r1"]) == ("trl==0.16.1", "vlm-r1")
    assert picked(None, ["r1-v"]) == ("r1-v",)
    assert applies(["vlm-r1"], ["trl==0.17.0"]) is False
    assert applies(["vlm-r1"], ["trl==0.17.0", "vlm-r1"]) is True
    assert applies(None, []) is True


def test_problems_of_selectors():
    assert selector_problem("vlm-r1*") is None
    assert selector_problem("trl>=0.17") is None
    assert "known: " in selector_problem("vlmr1")
    assert "trl>=0.14,<0.17" in selector_problem("trl>")
