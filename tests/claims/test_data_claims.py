"""Claims about the data files that a script takes, each with the line changed that decides it."""

from __future__ import annotations

import pytest
from claim_sources import NOT_UNDERSTOOD, changed, of_our_script

DATA = """
def main(script_args):
    files = script_args.data_file_paths.split(":")
    folders = script_args.image_folders.split(":")
    if len(files) != len(folders):
        raise ValueError("folders")
    methods = script_args.reward_method.split(":")
    assert len(methods) == len(files)
    rows = []
    for file, folder, method in zip(files, folders, methods):
        for line in open(file):
            row = json.loads(line)
            if "image" in row:
                if isinstance(row["image"], str):
                    row["image_path"] = [os.path.join(folder, row["image"])]
                elif isinstance(row["image"], list):
                    row["image_path"] = [os.path.join(folder, image) for image in row["image"]]
                else:
                    raise ValueError(row["image"])
            row["problem"] = row["conversations"][0]["value"]
            row["solution"] = row["conversations"][1]["value"]
            rows.append(row)
    dataset = Dataset.from_list(rows)

    def checked(row):
        assert all(os.path.exists(path) for path in row["image_path"])
        return row
"""
PLAIN = {"data_paths": "checked", "method_count": "checked", "row_format": "conversations", "row_images": "asserted"}


@pytest.mark.parametrize("name", PLAIN)
def test_as_it_is(name: str) -> None:
    assert of_our_script(name, DATA) == PLAIN[name]


FILES = 'files = script_args.data_file_paths.split(":")'
FOLDERS = 'folders = script_args.image_folders.split(":")'
METHODS = 'methods = script_args.reward_method.split(":")'
COUNT = '    if len(files) != len(folders):\n        raise ValueError("folders")\n'
ELSE = '                else:\n                    raise ValueError(row["image"])\n'
ASSERTED = 'assert all(os.path.exists(path) for path in row["image_path"])'
MADE = "Dataset.from_list(rows)"
CHANGES = [
    ("data_paths", COUNT, "", "split"),
    ("data_paths", COUNT, "    assert len(files) == len(folders)\n", "checked"),
    ("data_paths", COUNT, '    if len(files) != len(folders):\n        print("folders")\n', "split"),
    ("data_paths", COUNT, '    if len(files) > len(folders):\n        raise ValueError("folders")\n', "split"),
    ("data_paths", FILES, 'files = script_args.data_file_paths.split(",")', NOT_UNDERSTOOD),
    ("data_paths", FILES, "files = [script_args.data_file_paths]", NOT_UNDERSTOOD),
    ("data_paths", FILES, f"if script_args.data_file_paths:\n        {FILES}", NOT_UNDERSTOOD),
    ("data_paths", FILES, 'files = getattr(script_args, "data_file_paths")', NOT_UNDERSTOOD),
    ("data_paths", FILES, "files = [script_args.dataset_name]", "unread"),
    ("data_paths", FOLDERS, "folders = [script_args.image_folders]", NOT_UNDERSTOOD),
    ("method_count", "    assert len(methods) == len(files)\n", "", "cut"),
    ("method_count", METHODS, "methods = [None]", "unread"),
    ("method_count", METHODS, 'methods = script_args.reward_method.split(",")', NOT_UNDERSTOOD),
    ("row_format", 'row["conversations"][1]["value"]', 'row["answer"]', NOT_UNDERSTOOD),
    ("row_format", MADE, "Dataset.from_list(rows, features=columns)", NOT_UNDERSTOOD),
    ("row_format", MADE, "Dataset.from_generator(rows)", NOT_UNDERSTOOD),
    (
        "row_format",
        'row["problem"] = row["conversations"][0]["value"]',
        'row["problem"] = row["conversations"][0]["value"] if "conversations" in row else row["query"]',
        NOT_UNDERSTOOD,
    ),
    ("row_images", ASSERTED, "pass", "joined"),
    (
        "row_images",
        ASSERTED,
        'if not os.path.exists(row["image_path"][0]):\n            raise ValueError("image")',
        "asserted",
    ),
    ("row_images", ASSERTED, 'found = os.path.exists(row["image_path"][0])', NOT_UNDERSTOOD),
    ("row_images", ASSERTED, "assert os.path.exists(script_args.folder)", "joined"),
    ("row_images", ELSE, "", NOT_UNDERSTOOD),
    ("row_images", '"image" in row', 'row["image"]', NOT_UNDERSTOOD),
    ("row_images", FOLDERS, "folders = files", "unread"),
    ("row_images", "for file, folder, method in zip(files, folders, methods)", "for file in files", NOT_UNDERSTOOD),
]
"""Claim, a text in the script, what it is changed to, and what the script says then."""


@pytest.mark.parametrize(("name", "old", "new", "value"), CHANGES)
def test_with_another_line(name: str, old: str, new: str, value: object) -> None:
    assert of_our_script(name, changed(DATA, old, new)) == value


def test_a_script_without_data_files() -> None:
    script = "rows = load_dataset(script_args.dataset_name)"
    assert of_our_script("row_format", script) == "other"
