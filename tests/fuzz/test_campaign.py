"""The machinery itself: a wrong answer is counted, made small, kept and told."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from vlmr1_lint.documents.json import read as json_read
from vlmr1_lint.documents.model import apply_edits
from vlmr1_lint.documents.yaml import comments, flat, values
from vlmr1_lint.fixing import fixpoint

from . import edit_oracle
from .campaign import Campaign, Hang, failure
from .fix_oracle import FixOracle
from .folders import Case, Folder
from .grammar import json_text, plain_yaml, yaml_text
from .json_oracle import check_json
from .rules_oracle import ARGS, nothing_runs
from .yaml_oracle import check_yaml

HERE = Path(__file__).parent


def refuse_x(case: bytes) -> None:
    assert b"x" not in case, "there is an x"


def test_a_difference_is_made_small_and_kept(tmp_path: Path) -> None:
    campaign = Campaign("some bytes", 60, 1, tmp_path)
    with pytest.raises(AssertionError, match="there is an x"):
        campaign.run(lambda source: b"ab" * source.randrange(9) + b"x" * source.randrange(2), refuse_x)
    assert str(campaign).startswith(f"some bytes: {campaign.runs} runs, 20 differences, ")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]


def test_a_seed_makes_the_same_cases() -> None:
    def first(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def stop(case: bytes) -> None:
            seen.append(case)
            raise ValueError

        with pytest.raises(AssertionError):
            Campaign("a", 60, seed).run(lambda source: source.randbytes(4), stop)
        return seen

    assert first(1) == first(1) != first(2)


def test_a_hang_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.campaign.HANG_SECONDS", 0.05)

    def spin(_: object) -> None:
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass

    assert isinstance(failure(spin, b""), Hang)


def test_code_that_runs_is_seen() -> None:
    with nothing_runs():
        pass
    with pytest.raises(AssertionError, match="code runs"), nothing_runs():
        exec("1")


CASES = 300
"""Random texts in which a fault that is put into a reader must show."""


def first_difference(make: object, check: object) -> BaseException | None:
    source = random.Random(1)
    return next((error for _ in range(CASES) if (error := failure(check, make(source))) is not None), None)  # type: ignore[operator, arg-type]


def test_no_difference_without_a_fault() -> None:
    assert first_difference(json_text, check_json) is None
    assert first_difference(yaml_text, check_yaml) is None


@pytest.mark.parametrize(
    ("make", "check", "module", "name", "fault"),
    [
        (json_text, check_json, json_read, "_duplicates", lambda _: iter(())),
        (json_text, check_json, json_read, "parse", lambda _: None),
        (yaml_text, check_yaml, comments, "line_end", lambda data, at: at + 1),
        (yaml_text, check_yaml, values, "_fraction", lambda _: True),
        (plain_yaml, check_yaml, flat, "placeholder", lambda _: None),
        (plain_yaml, check_yaml, flat, "_repeats", lambda _: False),
    ],
)
def test_a_fault_in_a_reader_shows(monkeypatch, make, check, module, name, fault) -> None:
    flat._lines.clear()  # lines that were read before the fault
    monkeypatch.setattr(module, name, fault)
    assert isinstance(first_difference(make, check), (AssertionError, TypeError, ValueError))
    flat._lines.clear()


def test_an_edit_of_something_else_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_oracle, "verify", lambda *_: None)
    make = edit_oracle.edit_case("a.yaml", plain_yaml)
    assert first_difference(make, edit_oracle.check_edit) is None
    monkeypatch.setattr(edit_oracle, "apply_edits", lambda data, edits: apply_edits(data, edits) + b"\nzz: 1\n")
    assert isinstance(first_difference(make, edit_oracle.check_edit), AssertionError)


def test_a_fix_of_something_else_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = Case({"args.yaml": ARGS + b"deepspeed_config: x\n"}, ())
    sound = FixOracle(Folder(tmp_path), monkeypatch)
    sound.check(case)
    assert sound.fixed == 1
    carried_out = fixpoint.carried_out
    monkeypatch.setattr(fixpoint, "carried_out", lambda document, fixes: carried_out(document, fixes) + b"zz: 1\n")
    with pytest.raises(AssertionError, match="zz"):
        FixOracle(sound.folder, monkeypatch).check(case)


def test_the_guided_fuzzer_says_when_it_cannot_run() -> None:
    code = "import runpy, sys; sys.modules['atheris'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    command = [sys.executable, "-c", code, str(HERE / "guided.py")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr.count("\n")) == (0, 1) and "not installed" in answer.stderr
