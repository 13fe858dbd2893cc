"""Every rule's own examples: the finding where the mark stands, silence where it must pass, the fixed text to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlmr1_lint.rulefiles.build import compile_rules
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.rulefiles.compiled import read_rule_files
from vlmr1_lint.rulefiles.load import RuleFileError
from vlmr1_lint.ruletest import Example, examples_of, run_example
from vlmr1_lint.values import replace

REPOSITORY = Path(__file__).parents[2]
FILES = read_rule_files(f"{REPOSITORY}/rules")


def cases():
    """The examples as a user would have them: recognised by what is in them, unless the rule says their kind."""
    for rule in builtin():
        for example, raw in zip(examples_of(rule), rule.details["examples"], strict=True):
            yield pytest.param(replace(example, kind=raw.get("kind")), id=f"{rule.id}-{example.number}")


CASES = list(cases())


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


def test_every_rule_file_stands_in_its_place_and_says_everything():
    """``rules/<family>/<name>.yaml``, with every field that a user's own rule may leave out."""
    compile_rules(FILES)
    read = {path for path, _ in FILES}
    found = [path for ending in ("yaml", "yml") for path in (REPOSITORY / "rules").rglob(f"*.{ending}")]
    there = {str(path.relative_to(REPOSITORY)) for path in found}
    assert there == read, "a rule file in the wrong folder is never read"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (FILES[0][0], "rules/zzz/" + FILES[0][0].rpartition("/")[2], "belongs into " + FILES[0][0]),
        (".yaml", "-too.yaml", "belongs into " + FILES[0][0]),
    ],
)
def test_a_file_elsewhere_is_refused(old, new, told):
    path, text = FILES[0]
    with pytest.raises(RuleFileError, match=told):
        compile_rules([(path.replace(old, new), text)])


def test_the_command_tests_a_folder_of_built_in_rules(lint):
    assert lint("test", str(REPOSITORY / "rules" / "sup")) == 0
    assert lint.out.endswith(" 0 failed\n") and not lint.out.startswith("0 ")
