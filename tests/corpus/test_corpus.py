"""Over a folder of real public configuration files (``VLMR1_LINT_CORPUS``): no crash, silence on foreign files, sound fixes.

The folder holds ``index.jsonl`` with one object per file: ``file`` (path below the folder) and ``kind``. Nothing of it is in
this repository.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vlmr1_lint.documents.model import apply_edits
from vlmr1_lint.fixing.fixpoint import fix_all
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

CORPUS = os.environ.get("VLMR1_LINT_CORPUS", "")
OURS = {
    "trl-args-yaml": "args",
    "sft-args-yaml": "args",
    "deepspeed-json": "deepspeed",
    "accelerate-yaml": "accelerate",
    "data-config-yaml": "data",
}
FLEETS = (None, "4xA100-40G", "8xA100-80G", "8xV100-32G")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CORPUS, reason="VLMR1_LINT_CORPUS is not set")]


def index():
    if not CORPUS:
        return []
    lines = (Path(CORPUS) / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def session(entry, gpus=None, preset="strict"):
    path = Path(CORPUS) / entry["file"]
    root = Path(CORPUS).joinpath(*Path(entry["file"]).parts[:2])  # files/<repository>: what the file's neighbours are
    return Session(Sources(str(root)), [str(path)], Preferences(Given(gpus=gpus, preset=preset)))


def test_foreign_files_yield_nothing():
    foreign = [entry for entry in index() if entry["kind"] not in OURS]
    assert foreign
    for entry in foreign:
        result = session(entry, "4xA100-40G").lint()
        assert (result.targets, result.findings) == ((), ()), entry["file"]


def test_our_files_are_recognised_as_what_they_are():
    for entry in index():
        if entry["kind"] in OURS:
            kinds = [target.kind for target in session(entry).lint().targets]
            assert kinds == [OURS[entry["kind"]]], entry["file"]


@pytest.mark.parametrize("gpus", FLEETS)
def test_fixes_are_sound_and_a_second_pass_changes_nothing(gpus):
    fixed = 0
    for entry in index():
        if entry["kind"] not in OURS:
            continue
        work = session(entry, gpus)
        outcome = fix_all(lambda texts, work=work: work.lint(texts).findings, work.document, {"safe"})
        again = fix_all(
            lambda texts, work=work, before=outcome.texts: work.lint({**before, **texts}).findings,
            lambda name, texts, work=work, before=outcome.texts: work.document(name, {**before, **texts}),
            {"safe"},
        )
        assert not again.texts, (entry["file"], again.applied)
        fixed += bool(outcome.texts)
    assert fixed > 5


def test_every_offered_fix_edits_the_declared_lines_only():
    for entry in index():
        if entry["kind"] not in OURS:
            continue
        work = session(entry, "4xA100-40G")
        for finding in work.lint().findings:
            fix = finding.fix
            if fix is None or fix.withheld or fix.safety == "suggestion":
                continue
            document = work.document(fix.path, {})
            try:
                edits = document.edits(fix.changes)
            except Exception as error:
                assert type(error).__name__ == "Refused", (entry["file"], finding.rule, error)
                continue
            after = apply_edits(document.data, edits)
            touched = sum(1 + document.data[edit.span.start : edit.span.end].count(b"\n") for edit in edits)
            after_lines = after.split(b"\n")
            gone = [line for line in document.data.split(b"\n") if line not in after_lines]
            assert len(gone) <= touched, (entry["file"], finding.rule)
