"""Fixing against a linter made for the test: groups, guards, cycles, and what a refused fix leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vlmr1_lint.documents.model import Change, Document, Span
from vlmr1_lint.documents.yaml.read import read_yaml
from vlmr1_lint.findings.finding import Finding, Fix, Place
from vlmr1_lint.fixing.fixpoint import MAX_PASSES, fix_all

Rule = Callable[[Document], list[Finding]]


class World:
    """Files in memory and a linter over them: each rule looks at each document."""

    def __init__(self, files: dict[str, str], *rules: Rule) -> None:
        self.files = {name: text.encode() for name, text in files.items()}
        self.rules = rules

    def document(self, name, texts):
        return read_yaml(name, texts.get(name, self.files[name]))

    def lint(self, texts):
        return [one for name in self.files for rule in self.rules for one in rule(self.document(name, texts))]

    def fixed(self, *allowed):
        return fix_all(self.lint, self.document, allowed or ("safe",))

    def text(self, outcome, name="a.yaml"):
        return outcome.texts.get(name, self.files[name]).decode()


def finding(document, key, *, rule="R1", new=None, severity="warning", changes=None, **fix):
    node = document.node((0, key))
    place = Place(document, key, node.entry_span, node.span)
    wanted = tuple(changes) if changes is not None else (Change("set", (0, key), new),)
    settings = {"safety": "safe", "title": f"{key} {new}", "path": document.path, "changes": wanted, **fix}
    return Finding(rule, rule.lower(), severity, "", place, fingerprint=f"{rule}:{document.path}:{key}", fix=Fix(**settings))


def wants(key, value, **given) -> Rule:
    """A rule that is content only when *key* has *value*."""

    def rule(document):
        node = document.node((0, key))
        return [] if node is None or node.value == value else [finding(document, key, new=value, **given)]

    return rule


def test_fixes_of_several_findings_come_in_one_state():
    world = World({"a.yaml": "a: 1  # one\nb: 2\n"}, wants("a", 10), wants("b", 20, rule="R2"))
    outcome = world.fixed()
    assert world.text(outcome) == "a: 10  # one\nb: 20\n"
    assert outcome.findings == ()
    assert [one.rule for one in outcome.applied] == ["R1", "R2"]


def test_only_allowed_safeties_are_applied():
    world = World({"a.yaml": "a: 1\nb: 2\nc: 3\n"}, wants("a", 10), wants("b", 20, rule="R2", safety="unsafe"))
    world.rules = (*world.rules, wants("c", 30, rule="R3", safety="suggestion"))
    assert world.text(world.fixed("safe")) == "a: 10\nb: 2\nc: 3\n"
    assert world.text(world.fixed("safe", "unsafe")) == "a: 10\nb: 20\nc: 3\n"


def test_withheld_fixes_are_not_applied():
    world = World({"a.yaml": "a: 1\n"}, wants("a", 10, withheld="not asked for"))
    assert world.fixed().texts == {}


def test_of_a_group_the_lowest_order_goes_first_and_may_settle_the_rest():
    def second(document):
        if document.node((0, "a")).value == 10:  # the first fix helped
            return []
        return [finding(document, "b", rule="R2", new=20, group="memory", order=20)]

    world = World({"a.yaml": "a: 1\nb: 2\n"}, second, wants("a", 10, group="memory", order=10))
    assert world.text(world.fixed()) == "a: 10\nb: 2\n"


def test_groups_of_different_files_do_not_wait_for_each_other():
    world = World({"a.yaml": "a: 1\n", "b.yaml": "a: 1\n"}, wants("a", 10, group="memory"))
    outcome = world.fixed()
    assert (world.text(outcome, "a.yaml"), world.text(outcome, "b.yaml")) == ("a: 10\n", "a: 10\n")


def test_a_fix_that_leaves_its_finding_is_dropped_and_says_why():
    def stubborn(document):
        return [finding(document, "a", new=document.node((0, "a")).value + 1)]

    world = World({"a.yaml": "a: 1\nb: 2\n"}, stubborn, wants("b", 20, rule="R2"))
    outcome = world.fixed()
    assert world.text(outcome) == "a: 1\nb: 20\n"
    assert ["R1" in reason for reason in outcome.dropped.values()] == [True]


def test_a_fix_that_brings_a_new_error_elsewhere_is_dropped():
    def strict(document):
        bad = document.node((0, "a")).value == 10
        return [finding(document, "b", rule="E1", severity="error", changes=())] if bad else []

    world = World({"a.yaml": "a: 1\nb: 2\n"}, wants("a", 10), strict)
    outcome = world.fixed()
    assert outcome.texts == {}
    assert any("E1" in reason for reason in outcome.dropped.values())


def test_a_new_error_on_the_key_that_was_touched_is_for_the_next_pass():
    def strict(document):
        if document.node((0, "a")).value != 10:
            return []
        return [finding(document, "a", rule="E1", severity="error", new=11)]

    def loose(document):
        return [] if document.node((0, "a")).value >= 10 else [finding(document, "a", new=10)]

    assert World({"a.yaml": "a: 1\n"}, loose, strict).fixed().texts == {"a.yaml": b"a: 11\n"}


def test_circles_end():
    def flip(document):
        now = document.node((0, "a")).value
        return [finding(document, "a", rule=f"R{now}", new=1 - now)]

    outcome = World({"a.yaml": "a: 0\n"}, flip).fixed()
    assert len(outcome.applied) < MAX_PASSES


def test_two_fixes_of_one_key_do_not_overlap():
    world = World({"a.yaml": "a: 1\n"}, wants("a", 10), wants("a", 20, rule="R2"))
    outcome = world.fixed()
    assert world.text(outcome) in {"a: 10\n", "a: 20\n", "a: 1\n"}


def test_a_fix_dropped_in_one_state_gets_its_turn_in_the_next():
    def needs_b(document):
        if document.node((0, "a")).value == 10:
            bad = document.node((0, "b")).value != 20
            return [finding(document, "c", rule="E1", severity="error", changes=())] if bad else []
        return [finding(document, "a", new=10)]

    world = World({"a.yaml": "a: 1\nb: 2\nc: 3\n"}, needs_b, wants("b", 20, rule="R2"))
    assert world.text(world.fixed()) == "a: 10\nb: 20\nc: 3\n"


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: {b: 1,\n  c: 2}\n"])
def test_a_shape_that_cannot_be_edited_leaves_the_file_as_it_was(text):
    def rule(document):
        path = (0, "b") if "*x" in text else (0, "a", "d")
        return [finding(document, "a", changes=[Change("set", path, 5)])]

    outcome = World({"a.yaml": text}, rule).fixed()
    assert outcome.texts == {}
    assert len(outcome.dropped) == 1


def test_a_few_bad_fixes_among_many_files_stop_no_other():
    files = {f"{number}.yaml": "a: 1\nb: &x 1\nc: *x\n" for number in range(40)}

    def rule(document):
        wanted = [finding(document, "a", new=2)] if document.node((0, "a")).value == 1 else []
        bad = document.path in {"3.yaml", "17.yaml", "29.yaml"}
        return [*wanted, finding(document, "c", new=2, rule="R2")] if bad else wanted  # through an alias: refused

    outcome = World(files, rule).fixed()
    assert set(outcome.texts) == set(files)
    assert len(outcome.applied) == 40
    assert len(outcome.dropped) == 3


def switch(document):
    """A rule that is never content: 0 must be 1, and 1 must be 0."""
    now = document.node((0, "a")).value
    return [finding(document, "a", rule=f"R{now}", new=1 - now)]


@pytest.mark.parametrize("text", ["a: 0\n", "a: 1\n"])
def test_fixes_that_undo_each_other_leave_the_file_as_it_was(text):
    outcome = World({"a.yaml": text}, switch).fixed()
    assert outcome.texts == {}
    assert outcome.applied == ()
    assert set(outcome.dropped.values()) == {"fixes would undo each other"}


def test_what_was_fixed_before_a_circle_stays():
    outcome = World({"a.yaml": "a: 5\nb: 1\n"}, wants("b", 2, rule="B"), lambda document: [
        finding(document, "a", rule=f"R{(now := document.node((0, 'a')).value)}", new={5: 0, 0: 1, 1: 0}[now])
    ]).fixed()  # fmt: skip
    assert outcome.texts == {"a.yaml": b"a: 0\nb: 2\n"}
    assert sorted(one.rule for one in outcome.applied) == ["B", "R5"]


def test_a_repair_hides_no_other_fix_from_the_guards():
    def unreadable(document):
        wanted = [Change("repair", (0,), "tab-indentation")]
        place = Place(document, "", Span(0, 0))
        fix = Fix("safe", "spaces", document.path, tuple(wanted))
        return [Finding("R0", "r0", "error", "", place, fingerprint="R0", fix=fix)] if b"\t" in document.data else []

    def harmful(document):
        if document.path != "b.yaml":
            return []
        bad = document.node((0, "b")).value == 20
        return [finding(document, "c", rule="E1", severity="error", changes=())] if bad else [finding(document, "b", new=20)]

    outcome = World({"a.yaml": "a:\n\tx: 1\n", "b.yaml": "b: 1\nc: 2\n"}, unreadable, harmful).fixed()
    assert outcome.texts == {"a.yaml": b"a:\n  x: 1\n"}
    assert [reason[:2] for reason in outcome.dropped.values()] == ["E1"]
