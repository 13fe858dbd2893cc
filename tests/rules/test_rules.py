"""Every rule's own examples: the finding where the mark stands, silence where it must pass, the fixed text to the byte."""

from __future__ import annotations

import pytest

from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.ruletest import Example, examples_of, run_example

CASES = [pytest.param(example, id=f"{rule.id}-{example.number}") for rule in builtin() for example in examples_of(rule)]


@pytest.mark.parametrize("example", CASES)
def test_example(example: Example, tmp_path):
    assert run_example(example, str(tmp_path)) == []


@pytest.mark.parametrize("rule", list(builtin()), ids=lambda rule: rule.id)
def test_rule_is_complete(rule):
    examples = list(examples_of(rule))
    assert any(example.expected is not None for example in examples), "no failing example"
    assert any(example.expected is None for example in examples), "no passing example"
    assert rule.details["sources"]
    for lang in ("en", "zh"):
        assert rule.title(lang).strip() and rule.why(lang).strip()
    if rule.safety in {"safe", "unsafe", "solver"}:
        assert any(example.fixed is not None for example in examples), "a fix without a fixed example"
