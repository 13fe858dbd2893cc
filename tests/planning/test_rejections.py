"""``plan`` says rejected where a rule marked ``rejects`` fires, and nowhere else."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.checking.rejections import stopping
from vlmr1_lint.preferences import Preferences
from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.ruletest import examples_of
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

STOPPING = [rule for rule in builtin() if rule.rejects and rule.severity == "error"]


def sessions_of(rule, folder):
    """A session over the files of each of the rule's examples, and whether the example is one that fails."""
    for example in examples_of(rule):
        if example.given.check_data or example.given.here:
            continue  # plan does not ask the disk
        overlays = {os.path.realpath(folder / name): text.encode() for name, text in example.files.items()}
        kinds = {example.path: example.kind} if example.kind else None
        sources = Sources(str(folder), overlays)
        session = Session(sources, [sources.path(example.path)], Preferences(example.given, kinds=kinds))
        yield example, session


@pytest.mark.parametrize("rule", STOPPING, ids=lambda rule: rule.id)
def test_what_check_finds_stops_a_plan(rule, tmp_path):
    seen = 0
    for example, session in sessions_of(rule, tmp_path):
        fired = any(one.rule == rule.id and one.severity == "error" for one in session.lint().findings)
        assert fired == (example.expected is not None) or any(one.rule == rule.id for one in session.lint().findings)
        stops = [
            rule.id in {one.id for one in stopping(run, session.preferences.entry(run.inputs.document.path).data)}
            for run in session.runs()
        ]
        # the hardware that a plan is asked about wins over the processes that a script writes; check leaves that open
        asked = any(run.world_is_contradicted for run in session.runs())
        assert any(stops) == fired or (asked and any(stops)), example.number
        seen += bool(stops)
    assert seen


def test_only_errors_and_warnings_of_runs_reject():
    assert {rule.scope for rule in builtin() if rule.rejects} == {"run"}
    assert {rule.severity for rule in builtin() if rule.rejects} <= {"error", "warning"}
