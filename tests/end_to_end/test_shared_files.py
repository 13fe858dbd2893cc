"""A fix of a file that runs share is withheld where it would break a run that was not asked for, written or only shown."""

from __future__ import annotations

import json

import pytest

RULE = """\
id: TEAM00{number}
name: {name}-clipping
severity: warning
presets: [recommended]
when: run.learning_rate == {rate} and deepspeed.gradient_clipping == {wrong}
at: deepspeed/gradient_clipping
title: {{en: t, zh: t}}
message: {{en: "no {wrong} at {rate}", zh: z}}
why: {{en: w, zh: w}}
fix:
  title: {{en: f, zh: f}}
  safety: safe
  set: {{deepspeed/gradient_clipping: {right}}}
sources: [https://example.org]
since: "0.1"
examples:
  - {{fail: "«a»: 1", fixed: "a: 1"}}
  - pass: "a: 1"
"""
ARGS = "num_generations: 8\nlearning_rate: {}\noutput_dir: out/{}\ndeepspeed: ds.json\n"
DEEPSPEED = '{\n  "zero_optimization": {"stage": 2},\n  "gradient_clipping": 1.0\n}\n'
ASKED = ("one.yaml", "ds.json", "--rules", "rules", "--select", "TEAM")


@pytest.fixture
def shared(lint):
    lint.write("rules/one.yaml", RULE.format(number=1, name="first", rate="1e-6", wrong="1.0", right="0.5"))
    lint.write("rules/two.yaml", RULE.format(number=2, name="second", rate="2e-6", wrong="0.5", right="1.0"))
    lint.write("one.yaml", ARGS.format("1.0e-6", 1))
    lint.write("ds.json", DEEPSPEED)
    return lint


def fix_of(lint):
    (finding,) = json.loads(lint.out)["findings"]
    return finding["fix"]


def test_without_another_run_it_is_shown_and_written(shared):
    shared(*ASKED, "--format", "json")
    assert fix_of(shared)["title"] == "f"
    shared(*ASKED, "--fix")
    assert '"gradient_clipping": 0.5' in shared.read("ds.json")


def test_a_run_that_it_would_break_withholds_it(shared):
    shared.write("two.yaml", ARGS.format("2.0e-6", 2))
    shared(*ASKED, "--fix")
    assert shared.read("ds.json") == DEEPSPEED
    assert "ds.json is also used by two.yaml, which this would break" in shared.out


@pytest.mark.parametrize("more", [("--format", "json"), ("--format", "text", "--show-fixes")])
def test_it_is_withheld_where_it_is_only_shown(shared, more):
    shared.write("two.yaml", ARGS.format("2.0e-6", 2))
    shared(*ASKED, *more)
    assert "ds.json is also used by two.yaml, which this would break" in shared.out
    assert shared.read("ds.json") == DEEPSPEED


def test_other_programs_are_not_offered_it(shared):
    shared.write("two.yaml", ARGS.format("2.0e-6", 2))
    shared(*ASKED, "--format", "sarif")
    assert "fixes" not in json.loads(shared.out)["runs"][0]["results"][0]
    shared.write("two.yaml", ARGS.format("3.0e-6", 2))  # a run that does not mind
    shared(*ASKED, "--format", "sarif")
    assert "fixes" in json.loads(shared.out)["runs"][0]["results"][0]


def test_with_all_runs_asked_for_nobody_is_scanned_for(shared, monkeypatch):
    from vlmr1_lint import sharing as module

    shared.write("two.yaml", ARGS.format("3.0e-6", 2))
    monkeypatch.setattr(module._Others, "worse_off", None)  # would be called for a file that names ds.json and was not asked for
    shared(*ASKED, "two.yaml", "--format", "json")
    assert fix_of(shared)["title"] == "f"


OTHER_RULE = """\
id: TEAM00{number}
name: {name}
severity: warning
presets: [recommended]
when: {when}
at: temperature
title: {{en: t, zh: t}}
message: {{en: "m", zh: z}}
why: {{en: w, zh: w}}
fix:
  title: {{en: f, zh: f}}
  safety: safe
  set: {{temperature: {right}}}
sources: [https://example.org]
since: "0.1"
examples:
  - {{fail: "«a»: 1", fixed: "a: 1"}}
  - pass: "a: 1"
"""
BEFORE_CLIPPING = "run.temperature == 0.9 and deepspeed.gradient_clipping == 1.0 and run.learning_rate == 1e-6"


def test_what_is_fixed_in_place_of_the_withheld_is_held_to_the_same(shared):
    """Once the clipping may not be changed, another rule asks for a temperature that the script cannot have."""
    shared.write("rules/three.yaml", OTHER_RULE.format(number=3, name="rule-three", when="run.temperature == 1.0", right=0.9))
    shared.write("rules/four.yaml", OTHER_RULE.format(number=4, name="rule-four", when=BEFORE_CLIPPING, right=0.5))
    shared.write(
        "rules/five.yaml",
        OTHER_RULE.format(number=5, name="rule-five", when="run.temperature == 0.5 and run.beta == 0.1", right=1.0),
    )
    shared.write("one.yaml", ARGS.format("1.0e-6", 1) + "temperature: 1.0\n")
    shared.write("two.yaml", ARGS.format("2.0e-6", 2) + "temperature: 0.7\n")
    shared.write("three.sh", "accelerate launch grpo.py --config one.yaml --beta 0.1 --learning_rate 3.0e-6\n")
    shared(*ASKED, "--fix")
    assert "temperature: 1.0\n" in shared.read("one.yaml")
    assert "one.yaml is also used by three.sh, which this would break" in shared.out
