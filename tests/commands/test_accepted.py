"""What a baseline accepts is left alone by every way to fix."""

from __future__ import annotations

import json

import pytest

FLEET = ("--gpus", "4xA100-40G")
ACCEPTED, FIXED = "gradient_checkpointing: false", "gradient_checkpointing: true"


@pytest.fixture
def accepted(multinode):
    """A baseline that holds MEM001 alone: GRP001 is new."""
    assert multinode("args.yaml", *FLEET, "--select", "MEM001", "--write-baseline", "base.json") == 0
    return multinode


def grp(lint) -> bool:
    return "num_generations: 8" in lint.read("args.yaml") and "per_device_train_batch_size: 1" in lint.read("args.yaml")


@pytest.mark.parametrize("words", [["--fix"], ["--fix", "--unsafe-fixes"], ["--fix-only"]])
def test_fix_leaves_what_is_accepted(accepted, words):
    accepted("args.yaml", *FLEET, "--baseline", "base.json", *words)
    assert ACCEPTED in accepted.read("args.yaml") and not grp(accepted)
    accepted("args.yaml", *FLEET, *words)
    assert FIXED in accepted.read("args.yaml")  # without it, it is fixed


def test_diff_shows_only_the_others(accepted):
    accepted("args.yaml", *FLEET, "--baseline", "base.json", "--diff")
    assert accepted.out and FIXED not in accepted.out
    accepted("args.yaml", *FLEET, "--diff")
    assert FIXED in accepted.out


def test_settings_name_it_too(accepted):
    accepted.write(".vlmr1-lint.yaml", "baseline: base.json\n")
    accepted("args.yaml", *FLEET, "--fix")
    assert ACCEPTED in accepted.read("args.yaml") and not grp(accepted)


def test_plan_leaves_it_too(accepted):
    accepted.write(".vlmr1-lint.yaml", "baseline: base.json\n")
    accepted("plan", "args.yaml", *FLEET, "--fix")
    assert ACCEPTED in accepted.read("args.yaml")
    accepted.write(".vlmr1-lint.yaml", "lang: en\n")
    accepted("plan", "args.yaml", *FLEET, "--fix")
    assert FIXED in accepted.read("args.yaml")


@pytest.mark.parametrize("text", [None, "not JSON", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}'])
@pytest.mark.parametrize("words", [["--fix"], ["--fix-only"], ["--diff"], ["plan"]])
def test_nothing_is_written_where_it_cannot_be_read(multinode, text, words):
    if text is not None:
        multinode.write("base.json", text)
    multinode.write(".vlmr1-lint.yaml", "baseline: base.json\n")
    before = multinode.read("args.yaml")
    given = ["plan", "args.yaml", "--fix"] if words == ["plan"] else ["args.yaml", *words]
    assert multinode(*given, *FLEET) == 2
    assert multinode.read("args.yaml") == before
    assert "base.json" in multinode.err and len(multinode.err.splitlines()) == 1
    assert "@@" not in multinode.out


def test_a_second_finding_at_an_accepted_place_is_left_too(lint):
    """Which of two was accepted cannot be told once one is gone."""
    text = "torchrun --nproc_per_node 4 grpo_rec.py --output_dir o --num_generations 8 --bf16 --bf16 --bf16\n"
    lint.write("run.sh", text)
    lint("run.sh", "--select", "SH018", "--format", "json")
    marks = [one["fingerprint"] for one in json.loads(lint.out)["findings"]]
    assert len(marks) == 2
    for mark in marks:
        lint.write("base.json", json.dumps({"version": 1, "findings": [{"fingerprint": mark}]}))
        lint("run.sh", "--baseline", "base.json", "--fix", "--select", "SH018")
        assert lint.read("run.sh") == text
    lint("run.sh", "--fix", "--select", "SH018")
    assert lint.read("run.sh") == text.replace("--bf16 --bf16 --bf16", "--bf16")
