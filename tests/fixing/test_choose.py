"""Which fixes one pass tries."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.model import Change, Document, Span
from vlmr1_lint.findings.finding import Finding, Fix, Place
from vlmr1_lint.fixing.choose import choose, fix_key, is_applicable

BOTH = frozenset({"safe", "unsafe"})
SET_A = Change("set", (0, "a"), 1)


def found(name, *changes, rule="R1", path="a.yaml", at=0, title="a title", safety="safe", **settings):
    fix = Fix(safety, title, path, changes, **settings)
    return Finding(rule, rule, "warning", "", Place(Document(path, b""), name, Span(at, at)), fingerprint=name, fix=fix)


APPLICABLE = {
    "a safe fix": (Fix("safe", "t", "a.yaml", (SET_A,)), {"safe"}, True),
    "no fix": (None, BOTH, False),
    "an unsafe one": (Fix("unsafe", "t", "a.yaml", (SET_A,)), {"safe"}, False),
    "an unsafe one that was asked for": (Fix("unsafe", "t", "a.yaml", (SET_A,)), BOTH, True),
    "a suggestion": (Fix("suggestion", "t", "a.yaml", (SET_A,)), BOTH, False),
    "one that is withheld": (Fix("safe", "t", "a.yaml", (SET_A,), withheld="the file was not asked for"), BOTH, False),
    "one without changes": (Fix("safe", "t", "a.yaml", ()), BOTH, False),
}


@pytest.mark.parametrize(("fix", "allowed", "expected"), APPLICABLE.values(), ids=APPLICABLE)
def test_which_fixes_may_be_written(fix, allowed, expected):
    assert is_applicable(fix, allowed) is expected


def names(*findings, allowed=BOTH, dropped=()):
    return [one.place.key for one in choose(findings, allowed, dropped)]


def key(name):
    return Change("set", (0, name), 1)


def test_the_order_is_that_of_files_then_orders_then_places_then_rules():
    findings = [
        found("last", key("e"), path="b.yaml"),
        found("fourth", key("d"), rule="R2", at=5, order=2),
        found("third", key("c"), rule="R1", at=5, order=2),
        found("second", key("b"), rule="R9", at=1, order=2),
        found("first", key("a"), rule="R9", at=9, order=1),
    ]
    assert names(*findings) == names(*reversed(findings)) == ["first", "second", "third", "fourth", "last"]


def test_of_one_group_one_is_tried_the_lowest_order_first():
    assert names(found("later", key("b"), group="g", order=2), found("first", key("a"), group="g", order=1)) == ["first"]


def test_groups_of_other_names_files_and_commands_are_others():
    findings = [
        found("one", key("a"), group="g"),
        found("other name", key("b"), group="h"),
        found("other file", key("a"), group="g", path="b.yaml"),
        found("other command", Change("set", (1, "a"), 1), group="g"),
        found("no group", key("c")),
        found("no group either", key("d")),
    ]
    assert set(names(*findings)) == {one.place.key for one in findings}


def test_two_fixes_that_change_one_key_have_a_pass_each():
    assert names(found("one", key("a"), key("b")), found("two", key("b"), at=1)) == ["one"]
    assert names(found("one", key("a")), found("two", key("a"), path="b.yaml")) == ["one", "two"]


def test_what_may_not_be_written_takes_nobodys_place():
    unsafe = found("unsafe", key("a"), group="g", order=1, safety="unsafe")
    safe = found("safe", key("a"), group="g", order=2)
    assert names(unsafe, safe, allowed={"safe"}) == ["safe"]


def test_in_place_of_a_dropped_fix_comes_the_next_of_its_group():
    one, two = found("one", key("a"), group="g", order=1), found("two", key("b"), group="g", order=2)
    assert names(one, two, dropped={fix_key(one)}) == ["two"]
    assert names(one, two, dropped={("one", "another title")}) == ["one"]
    assert fix_key(one) == ("one", "a title")


def test_repairs_have_a_pass_to_themselves():
    repair = found("repair", Change("repair", (0,), "comment"), path="b.json")
    other = found("repair too", Change("repair", (0,), "comment"), path="c.json")
    assert names(found("one", key("a")), repair, other) == ["repair", "repair too"]
