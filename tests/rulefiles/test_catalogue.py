"""Selecting rules, overriding them, and the indexes."""

from __future__ import annotations

import pytest
from toy import SCHEMA, changed

from vlmr1_lint.rulefiles.catalogue import Catalogue, SelectionError
from vlmr1_lint.rulefiles.load import load_rules


def rule(number, family="TOY", *replacements):
    return changed(("TOY001", f"{family}{number:03}"), ("both-half-precisions", f"{family.lower()}-rule-{number}"), *replacements)


DOCUMENT = (
    ("name:", "scope: document\nkinds: [args]\nname:"),
    ("when: run.fp16 and run.bf16 and wide", "when: document.entries != []"),
    ("let:\n  limit: 4\n  wide: run.world_size > limit\n", ""),
    (", on {run.world_size} processes", ""),
    ("共 {run.world_size} 个进程", "。"),
    ('related:\n  - {at: bf16, message: {en: "bf16 is {run.bf16}", zh: "bf16 是 {run.bf16}"}}\n', ""),
    (", num_generations: {expr: run.num_generations * 2}", ""),
)
FILES = [
    rule(2),
    rule(1, "TOY", ("presets: [recommended]", "presets: [strict]")),
    rule(1, "MEM", ("presets:", 'trainers: ["trl>=0.17"]\npresets:')),
    rule(2, "MEM", *DOCUMENT),
    rule(3, "MEM", ("presets:", "trainers: [vlm-r1]\npresets:"), ("run.bf16 and wide", "run.max_steps > 3 and wide")),
]


@pytest.fixture(scope="module")
def catalogue():
    rules, problems = load_rules([(f"{index}.yaml", text) for index, text in enumerate(FILES)], SCHEMA)
    assert problems == []
    return Catalogue(rules)


def ids(rules):
    return " ".join(rule.id for rule in rules)


def test_order_and_lookup(catalogue):
    assert ids(catalogue) == "MEM001 MEM002 MEM003 TOY001 TOY002"
    assert len(catalogue) == 5
    assert catalogue.get("toy-rule-1") is catalogue.get("TOY001")
    assert catalogue.get("TOY009") is None
    assert catalogue.families() == ("MEM", "TOY")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "MEM001 MEM002 MEM003 TOY002"),
        ({"preset": "strict"}, "MEM001 MEM002 MEM003 TOY001 TOY002"),
        ({"select": ["MEM"]}, "MEM001 MEM002 MEM003"),
        ({"select": ["toy-rule-1", "MEM002"]}, "MEM002 TOY001"),
        ({"select": ["ALL"], "ignore": ["MEM"]}, "TOY001 TOY002"),
        ({"ignore": ["MEM"], "extend_select": ["MEM002"]}, "MEM002 TOY002"),
        ({"select": ["MEM"], "ignore": ["MEM001"]}, "MEM002 MEM003"),
        ({"select": ["MEM001"], "ignore": ["mem-rule-1"]}, ""),
        ({"select": ["recommended"], "ignore": ["ALL"]}, ""),
        ({"extend_select": ["TOY"]}, "MEM001 MEM002 MEM003 TOY001 TOY002"),
        ({"ignore": ["TOY"]}, "MEM001 MEM002 MEM003"),
    ],
)
def test_selection(catalogue, arguments, expected):
    assert ids(catalogue.select(**arguments)) == expected


def test_overrides_go_to_the_closest_word(catalogue):
    chosen = catalogue.select(severity={"MEM": "info", "MEM001": "warning"}, safety={"toy-rule-2": "unsafe"})
    assert {rule.id: rule.severity for rule in chosen} == {
        "MEM001": "warning",
        "MEM002": "info",
        "MEM003": "info",
        "TOY002": "error",
    }
    assert {rule.id: rule.safety_override for rule in chosen if rule.safety_override} == {"TOY002": "unsafe"}
    assert catalogue.get("MEM001").severity == "error"
    assert chosen.get("MEM001").title("en") == "both precisions on"


@pytest.mark.parametrize(
    ("word", "suggestion"), [("TOY01", "TOY001"), ("toy-rule-l2", "toy-rule-2"), ("recomended", "recommended")]
)
def test_a_word_without_meaning(catalogue, word, suggestion):
    for arguments in ({"select": [word]}, {"ignore": [word]}, {"extend_select": [word]}, {"severity": {word: "info"}}):
        with pytest.raises(SelectionError, match=f"unknown rule '{word}' \\(did you mean '{suggestion}'\\?\\)"):
            catalogue.select(**arguments)
    with pytest.raises(SelectionError):
        catalogue.select(preset="strikt")


def test_indexes(catalogue):
    assert ids(catalogue.for_document("args")) == "MEM002"
    assert ids(catalogue.for_document("deepspeed")) == ""
    assert ids(catalogue.for_run(("trl==0.17.0",))) == "MEM001 TOY001 TOY002"
    assert ids(catalogue.for_run(("trl==0.14.0", "vlm-r1"))) == "MEM003 TOY001 TOY002"
    assert ids(catalogue.project) == ""
    assert ids(catalogue.reading("max_steps")) == "MEM003"
    assert ids(catalogue.reading("fp16")) == "MEM001 MEM003 TOY001 TOY002"
    assert ids(catalogue.reading("optim")) == ""


def test_own_rules_join_but_do_not_replace(catalogue):
    own, _ = load_rules([("own.yaml", rule(1, "OWN"))], SCHEMA)
    assert ids(catalogue.extended(own)) == "MEM001 MEM002 MEM003 OWN001 TOY001 TOY002"
    with pytest.raises(SelectionError, match=r"MEM001 of 2\.yaml is a built-in rule"):
        catalogue.extended([catalogue.get("MEM001")])
