"""Fingerprints and the baseline file."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.documents.model import Document, Span
from vlmr1_lint.findings import baseline
from vlmr1_lint.findings.finding import Finding, Place

DOCUMENT = Document("configs/中 文.yaml", b"a: 1\nb: 2\n")


def found(rule: str, key: str, at: int = 0, message: str = "m") -> Finding:
    return Finding(rule, "n", "error", message, Place(DOCUMENT, key, Span(at, at + 1)))


def test_a_fingerprint_is_rule_path_key_and_occurrence_and_nothing_else() -> None:
    here = baseline.stamp([found("A001", "a"), found("A001", "a"), found("A001", "b"), found("B001", "a")])
    assert len({one.fingerprint for one in here}) == 4
    moved = baseline.stamp([found("A001", "a", 3, "另一句"), found("A001", "a", 5)])
    assert [one.fingerprint for one in moved] == [one.fingerprint for one in here[:2]]
    assert here[0].fingerprint == baseline.fingerprint("A001", DOCUMENT.path, "a", 0)


def test_fingerprints_stay_over_releases() -> None:
    """Baselines in people's repositories hold these: a change here would make every accepted finding new."""
    assert baseline.fingerprint("MEM001", "configs/args.yaml", "gradient_checkpointing", 0) == "9c03a52a24450b9d0bcd251f56fea26f"


def test_written_and_read() -> None:
    accepted = baseline.stamp([found("B001", "b"), found("A001", "a")])
    text = baseline.write(accepted)
    assert text == baseline.write(reversed(accepted))
    assert [entry["rule"] for entry in json.loads(text)["findings"]] == ["A001", "B001"]
    assert text.count("\n") == 4
    now = baseline.stamp([found("A001", "a"), found("C001", "a")])
    parts = baseline.split(now, baseline.read(text.encode(), "b.json"))
    assert ([one.rule for one in parts.new], [one.rule for one in parts.old], parts.gone) == (["C001"], ["A001"], 1)


def test_an_empty_baseline() -> None:
    assert baseline.read(baseline.write([]).encode(), "b.json") == frozenset()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "b.json is not JSON"),
        (b"\xff", "b.json is not JSON"),
        (b"[]", "b.json is no baseline: write one with --write-baseline b.json"),
        (b'{"version": 2, "findings": []}', "version 2, this tool reads version 1"),
        (b'{"version": 1, "findings": [{"rule": "A001"}]}', "an entry has no fingerprint"),
    ],
)
def test_a_file_that_is_none(data: bytes, message: str) -> None:
    with pytest.raises(baseline.BaselineError, match=message):
        baseline.read(data, "b.json")
