"""What rules may ask of this machine: nothing unless the user says ``--here``; and joining texts."""

from __future__ import annotations

import pytest

from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.datafiles.machine import Machine
from vlmr1_lint.documents.library import Library
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.runs import Hints, Target, find_runs
from vlmr1_lint.unknown import Unknown, is_unknown

ARGS = "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\noutput_dir: out\nnum_generations: 8\ndata_file_paths: a.jsonl\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "args.yaml").write_text(ARGS)
    for step in ("checkpoint-900", "checkpoint-1000", "checkpoint-final"):
        (tmp_path / "out" / step).mkdir(parents=True)
    (tmp_path / "out" / "checkpoint-5").touch()  # a file is no checkpoint
    return tmp_path


def scope(folder, **asked):
    sources = Sources(str(folder))
    library = Library(sources)
    path = str(folder / "configs" / "args.yaml")
    (run,) = find_runs([Target(path, library.document(path), "args")], library, lambda _: Hints())
    return RunScope(run, Data(), machine=Machine(sources, **asked))


def test_nothing_is_known_elsewhere(folder):
    for names in (scope(folder), scope(folder, check_data=True), RunScope(scope(folder).run, Data())):
        assert names["here"] is False
        assert is_unknown(FUNCTIONS["path_exists"](names, "out"))
        assert is_unknown(FUNCTIONS["checkpoints"](names, "out"))


def test_paths_here(folder):
    names = scope(folder, here=True)
    exists = FUNCTIONS["path_exists"]
    assert names["here"] is True
    assert exists(names, "args.yaml") is True  # beside the file
    assert exists(names, "out") is True  # from the repository's root
    assert exists(names, "out/none") is False
    assert exists(names, str(folder / "out")) is True
    assert exists(names, "/no/such/folder") is False
    assert is_unknown(exists(names, "${HOME}/x")) and is_unknown(exists(names, "//server/x"))


def test_checkpoints_are_in_order(folder):
    names = scope(folder, here=True)
    assert FUNCTIONS["checkpoints"](names, "out") == ["checkpoint-900", "checkpoint-1000"]
    assert FUNCTIONS["checkpoints"](names, "out/checkpoint-900") == []
    assert FUNCTIONS["checkpoints"](names, "none") == []


def test_candidates_share_the_machine(folder):
    names = scope(folder, here=True, check_data=True)
    narrow = names.narrowed(names.run.candidates[0])
    assert narrow["here"] is True
    assert narrow["data_files"] is names["data_files"]


def test_join():
    assert FUNCTIONS["join"](["a", "b"], ":") == "a:b"
    assert FUNCTIONS["join"]([], ":") == ""
    for wrong in ([1], "ab", None, ["x" * 20_000]):
        assert isinstance(FUNCTIONS["join"](wrong, ":"), Unknown)
