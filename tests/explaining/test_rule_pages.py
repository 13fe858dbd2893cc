"""Pages about rules: one rule, the table, and the skeleton of a new one."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.explaining.rule_list import table
from vlmr1_lint.explaining.rule_page import WRAP_CELLS, explain, strip_marks
from vlmr1_lint.explaining.rule_skeleton import BadName, skeleton
from vlmr1_lint.reporting.printable import width
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.rulefiles.load import load_rule

PAGE = """\
OWN007 too-many-generations
num_generations is …, more than 64

  severity  warning
  looks at  each run
  trainers  all
  presets   recommended, strict
  fix       unsafe: written by --unsafe-fixes only

Why it matters

  Say what happens if nobody acts on it.

When it fires

  run.num_generations > 64

Example

  model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
  num_generations: 128
                   ^^^
  max_completion_length: 256
  gradient_checkpointing: true

Fixed

  model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
  num_generations: 64
  max_completion_length: 256
  gradient_checkpointing: true

Passes

  model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
  num_generations: 8
  max_completion_length: 256
  gradient_checkpointing: true
"""


def new():
    return load_rule(skeleton("too-many-generations", "OWN007"), "too-many-generations.yaml")


def test_the_page_of_one_rule():
    assert explain(new(), "en") == PAGE


def test_the_page_in_chinese():
    page = explain(new(), "zh")
    assert page.startswith(
        "OWN007 too-many-generations\nnum_generations is …, more than 64\n\n  严重程度  警告\n  检查对象  每次训练\n"
    )
    assert "\n  规则集    recommended, strict\n" in page  # columns line up in terminal cells, not in characters


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_rule_has_a_page(lang):
    for rule in builtin():
        page = explain(rule, lang)
        for part in (rule.id, rule.name, rule.title(lang), rule.details["sources"][0]):
            assert part in page
        assert "«" not in page
        why = page.split("\n\n")[3].splitlines()
        assert all(width(line) <= WRAP_CELLS + 4 for line in why), rule.id


def test_overrides_are_shown():
    page = explain(new().override("error", "safe"), "en")
    assert "\n  severity  error\n" in page
    assert "\n  fix       safe: written by --fix\n" in page


def test_marks_are_stripped():
    assert strip_marks("a: «1»\n«»b") == "a: 1\nb"


def test_the_text_table_lines_up():
    rules = [new(), new().override("error", None)]
    lines = table(rules, "zh", "text").splitlines()
    assert lines[1] == "OWN007  too-many-generations  警告      不安全  recommended  num_generations is …, more than 64"
    assert len({width(line[: line.index("recommended")]) for line in lines[1:]}) == 1
    assert width(lines[0][: lines[0].index("规则集")]) == width(lines[1][: lines[1].index("recommended")])


def test_the_markdown_table_escapes_bars():
    text = skeleton("too-many-generations") + "title: a | b\n"
    rows = table([load_rule(text, "own/too_many.yaml")], "en", "markdown").splitlines()
    assert rows[0] == "| ID | name | severity | fix | preset | what it finds |"
    assert rows[2] == "| OWN001 | `too-many` | warning | unsafe | recommended | a \\| b |"


def test_the_json_table_has_every_rule():
    found = json.loads(table(builtin(), "zh", "json"))
    assert found["version"] == 1
    assert [record["id"] for record in found["rules"]] == [rule.id for rule in builtin()]
    assert {"id", "name", "severity", "scope", "kinds", "trainers", "presets", "fix", "title", "sources", "since"} <= set(
        found["rules"][0]
    )


def test_an_unknown_format_is_an_error():
    with pytest.raises(KeyError):
        table([], "en", "html")


@pytest.mark.parametrize("name", ["a-b", "too-many-generations", "x1-y2-z3", "yes-no", "null-null"])
def test_a_skeleton_is_a_rule(name):
    rule = load_rule(skeleton(name), f"{name}.yaml")
    assert (rule.id, rule.name) == ("OWN001", name)


@pytest.mark.parametrize("name", ["", "one", "Two-Words", "a b-c", "a--b", "-a", "é-b", "a-b: {x}", "x-" * 20 + "y"])
def test_a_name_that_is_none(name):
    with pytest.raises(BadName):
        skeleton(name)


@pytest.mark.parametrize("rule_id", ["", "OWN1", "own001", "O001", "OWN0001", "OWN001\nx"])
def test_an_id_that_is_none(rule_id):
    with pytest.raises(BadName):
        skeleton("two-words", rule_id)


def test_the_page_of_a_rule_that_says_little():
    rule = load_rule("id: OWN001\nat: optim\nvalue: [lion_8bit, sgd]\nmessage: '{run.optim} diverges'\n", "no-lion.yaml")
    page = explain(rule, "en")
    assert page.startswith("OWN001 no-lion\n… diverges\n")
    assert page.endswith('When it fires\n\n  optim in ["lion_8bit", "sgd"]\n')


def test_the_page_shows_the_words_of_its_language():
    rule = load_rule(
        "id: OWN001\nlet: {what: {en: run.optim, zh: str(run.optim)}}\nwhen: run.bf16 == false\nmessage: '{what}'\n", "x-y.yaml"
    )
    assert "  what = run.optim\n" in explain(rule, "en")
    assert "  what = str(run.optim)\n" in explain(rule, "zh")
