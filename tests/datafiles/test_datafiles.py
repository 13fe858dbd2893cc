"""Data files of a run and of a data config: their pairs, and what ``--check-data`` lets us see of them."""

from __future__ import annotations

import json
import os

import pytest

from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.datafiles.machine import Machine
from vlmr1_lint.documents.library import Library
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.runs import Hints, Target, find_runs
from vlmr1_lint.unknown import is_unknown

TURNS = [{"from": "human", "value": "<image>How many?"}, {"from": "gpt", "value": "3"}]
ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: {files}
image_folders: {folders}
num_generations: 8
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    rows = [{"image": name, "conversations": TURNS} for name in ("a.png", "b.png", "c.png")]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def scope(folder, files="rows.jsonl", folders="images", name="configs/args.yaml", text=ARGS, **asked):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.format(files=files, folders=folders))
    sources = Sources(str(folder))
    library = Library(sources)
    kind = "launch" if name.endswith(".sh") else "args"
    (run,) = find_runs([Target(str(path), library.document(str(path)), kind)], library, lambda _: Hints())
    return RunScope(run, Data(), machine=Machine(sources, **asked))


def test_files_are_paired_with_folders(folder):
    files = scope(folder, "rows.jsonl:b.jsonl:c.jsonl", "images:more")["data_files"]
    assert [(file.path, file.number, file.folder) for file in files] == [
        ("rows.jsonl", 1, "images"),
        ("b.jsonl", 2, "more"),
        ("c.jsonl", 3, None),
    ]


def test_a_part_of_the_value_has_its_own_place(folder):
    _, second = scope(folder, '"rows.jsonl:b.jsonl"')["data_files"]
    assert second.document.data[second.span.start : second.span.end] == b"b.jsonl"


def test_nothing_is_asked_of_the_disk_by_default(folder):
    names = scope(folder)
    (file,) = names["data_files"]
    assert all(is_unknown(found) for found in (file.exists, file.rows, file.is_array, file.sampled, names["data_rows"]))
    assert file.problems == [] and names["data_problems"] == []


def test_here_asks_whether_files_exist_and_opens_none(folder):
    names = scope(folder, "rows.jsonl:none.jsonl", "images:nowhere:images", here=True)
    assert [file.exists for file in names["data_files"]] == [True, False]
    assert [one.exists for one in names["data_folders"]] == [True, False]
    assert is_unknown(names["data_files"][0].rows)


def test_check_data_reads_rows(folder):
    names = scope(folder, check_data=True)
    (file,) = names["data_files"]
    assert (file.rows, file.sampled, file.is_array, names["data_rows"]) == (3, 3, False, 3)
    (problem,) = names["data_problems"]
    assert (problem.code, problem.line, problem.count, problem.detail) == ("image-missing", 2, 2, "b.png")


def test_images_are_not_missed_where_their_folder_is_not_here(folder):
    assert scope(folder, folders="/no/such/folder", check_data=True)["data_problems"] == []


def test_files_outside_the_repository_are_read(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("data") / "rows.jsonl"
    other.write_text("[]")
    (file,) = scope(folder, str(other), check_data=True)["data_files"]
    assert file.is_array is True


def test_rows_of_a_large_file_are_unknown(folder):
    (folder / "rows.jsonl").write_bytes((folder / "rows.jsonl").read_bytes() * 20_000)
    names = scope(folder, check_data=True)
    assert is_unknown(names["data_rows"]) and names["data_files"][0].sampled == 200


def test_placeholders_and_the_network_are_left_alone(folder):
    for text in ("//server/rows.jsonl", "~/rows.jsonl"):
        (file,) = scope(folder, text, here=True)["data_files"]
        assert is_unknown(file.exists)
    assert is_unknown(scope(folder, "${DATA}/rows.jsonl", here=True)["data_files"])


def test_scripts_name_files_from_where_they_go(folder):
    text = """\
cd src/trainer
torchrun --nproc_per_node=8 grpo_jsonl.py --data_file_paths {files} --image_folders {folders} --num_generations 8
"""
    (folder / "src" / "trainer").mkdir(parents=True)
    (folder / "src" / "trainer" / "here.jsonl").touch()
    names = scope(folder, "here.jsonl:there.jsonl", "images:images", name="run.sh", text=text, here=True)
    assert [file.exists for file in names["data_files"]] == [True, False]


def test_a_data_config_names_files(folder):
    path = folder / "rec.yaml"
    (folder / "rec.json").write_text(json.dumps([{"problem": "q", "solution": "a"}, {"problem": "q"}]))
    path.write_text("datasets:\n  - json_path: rec.json\n    sampling_strategy: first:10\n  - json_path: rows.jsonl\n")
    sources = Sources(str(folder))
    document = Library(sources).document(os.path.realpath(path))
    names = DocumentScope(document, "data", Machine(sources, check_data=True))
    assert [(file.path, file.rows) for file in names["data_files"]] == [("rec.json", 2), ("rows.jsonl", 3)]
    assert [(p.file, p.code, p.line) for p in names["data_problems"]] == [
        ("rec.json", "no-image", 1),
        ("rec.json", "no-solution", 2),
        ("rows.jsonl", "no-problem", 1),
        ("rows.jsonl", "no-solution", 1),
    ]
