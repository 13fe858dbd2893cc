"""A file with several rules: what they share, what each says itself, and what is refused."""

from __future__ import annotations

import pytest
from toy import SCHEMA, Run

from vlmr1_lint.rulefiles.build import compile_rules
from vlmr1_lint.rulefiles.load import RuleFileError, load_rules, parse_file

TABLE = """\
shared:
  severity: error
  presets: [recommended]
  let: {said: run.<option>}
  when: said == <value> and run.fp16
  at: <option>
  title: {en: "<option> too large", zh: "<option> 过大"}
  message: {en: "<option> is {said}, <b>not</b> less", zh: "<option> 为 {said}"}
  why: {en: w, zh: 原因}
  fix: {title: {en: set it, zh: 设置}, safety: safe, set: {<option>: 1}}
  sources: [x]
  since: "0.1"
  examples:
    - fail: "<option>: «<value>»"
      fixed: "<option>: 1"
    - pass: "<option>: 1"
rules:
  - id: TOY001
    name: steps-too-large
    with: {option: max_steps, value: "7"}
  - id: TOY002
    name: group-too-large
    with: {option: num_generations, value: "9"}
    severity: info
    message: {en: "another", zh: 别的}
"""


def changed(old, new):
    assert old in TABLE
    return TABLE.replace(old, new, 1)


def test_each_row_is_a_rule():
    rules, problems = load_rules([("rules/toy/too-large.yaml", TABLE)], SCHEMA)
    assert not problems
    first, second = rules
    assert [(rule.id, rule.name, rule.severity) for rule in rules] == [
        ("TOY001", "steps-too-large", "error"),
        ("TOY002", "group-too-large", "info"),
    ]
    assert first.details["examples"][0] == {"fail": "max_steps: «7»", "fixed": "max_steps: 1"}
    program = second.program({})
    assert program.when(program.scope({"run": Run(num_generations=9, fp16=True)})) is True
    assert [target.path for target, _ in program.fix.set] == [("num_generations",)]
    scope = first.program({}).scope({"run": Run(max_steps=7)})
    assert first.message("en", scope, {}) == "max_steps is 7, <b>not</b> less"
    assert second.message("zh", scope, {}) == "别的"


def test_a_table_stands_where_its_rules_end_alike():
    assert len(compile_rules([("rules/toy/too-large.yaml", TABLE)], SCHEMA)) == 2
    for path in ("rules/toy/steps-too-large.yaml", "rules/mem/too-large.yaml"):
        with pytest.raises(RuleFileError, match="belongs into"):
            compile_rules([(path, TABLE)], SCHEMA)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (', value: "9"', "", "23:5: with must say what stands for option, value"),
        (', value: "9"', ', value: "9", more: x', "with must say what stands for option, value"),
        ('value: "9"', "value: 9", "with gives text: quote numbers, true and false"),
        ("shared:\n", "shares:\n", "1:1: unknown field 'shares': a table has shared and rules"),
        ("  severity: error", "  severity: eror", "2:13: severity: 'eror' is not one of"),
        ("said: run.<option>", "said: run.<option>, id: null", "4:33: let.id: write an expression"),
        ("run.<option>", "run.<option>s", "4:15: run has no attribute 'max_stepss'"),
        ("severity: info", "severity: inf", "24:15: severity: 'inf' is not one of"),
        ("with: {option: num_generations", "with: {option: num_generation", "at: unknown option 'num_generation'"),
    ],
)
def test_mistakes_have_the_place_where_they_are_written(old, new, told):
    with pytest.raises(RuleFileError) as caught:
        parse_file(changed(old, new), "x.yaml", SCHEMA)
    found = [str(problem).removeprefix("x.yaml:") for problem in caught.value.problems]
    assert any(told.removeprefix("at: ") in problem for problem in found), found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("rules", ["3", "[]", "[3]", "{a: 1}"])
def test_what_is_no_table(rules):
    with pytest.raises(RuleFileError, match="a table has"):
        parse_file(f"shared: {{severity: error}}\nrules: {rules}\n", "x.yaml", SCHEMA)


def test_two_rows_of_one_id_are_a_mistake():
    rules, problems = load_rules([("x.yaml", changed("TOY002", "TOY001"))], SCHEMA)
    assert not rules
    assert [str(problem) for problem in problems] == ["x.yaml:1:1: TOY001 is already used by x.yaml"]


def test_a_table_is_bounded():
    for text, told in (
        ("rules:\n" + "  - {id: TOY001}\n" * 51, "at most 50 rules"),
        (f"shared: {{why: '{'x' * 20_000}'}}\nrules: [{{id: TOY001}}]\n", "longer than 20,000"),
        (f"shared: {{why: '{'<a>' * 501}'}}\nrules: [{{id: TOY001, with: {{a: b}}}}]\n", "more than 500 places"),
        (f"shared: {{why: <a>}}\nrules: [{{id: TOY001, with: {{a: {'b' * 201}}}}}]\n", "with gives text"),
    ):
        with pytest.raises(RuleFileError, match=told):
            parse_file(text, "x.yaml", SCHEMA)
