"""Which rows of the data have an image, and how small the images are: what ``--check-data`` says, and when it says nothing."""

from __future__ import annotations

import json
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.datafiles.images import images_of
from vlmr1_lint.datafiles.machine import Machine
from vlmr1_lint.datafiles.rows import read_lines
from vlmr1_lint.documents.library import Library
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.runs import Hints, Target, find_runs
from vlmr1_lint.unknown import Unknown, is_unknown

TURNS = [{"value": "<image>How many?"}, {"value": "3"}]
TEXT = {"conversations": TURNS}
IMAGE = {"image": "a.png", "conversations": TURNS}
EMPTY = {"image": [], "conversations": TURNS}
BROKEN = {"image": None, "conversations": TURNS}


class File:
    """A data file with these rows; None for one that could not be read."""

    def __init__(self, rows):
        self.read = None if rows is None else read_lines("".join(f"{json.dumps(row)}\n" for row in rows).encode(), whole=True)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([[IMAGE, IMAGE]], "all"),
        ([[IMAGE, TEXT]], "some"),
        ([[IMAGE], [TEXT]], "some"),
        ([[EMPTY, IMAGE]], "some"),  # the column is there, so images are kept
        ([[TEXT, IMAGE]], "none"),  # the first row has no such column: all images are dropped
        ([[TEXT], [IMAGE]], "none"),
        ([[TEXT]], "none"),
        ([[EMPTY]], "none"),
        ([[IMAGE, BROKEN]], "all"),  # the loader stops at the broken row, which says nothing of the others
        ([[IMAGE, TEXT], None], "some"),
        ([[IMAGE], None], None),
        ([None, [IMAGE, TEXT]], None),  # the first row of all is not known
        ([[], [IMAGE]], None),
        ([], None),
    ],
)
def test_which_rows_have_an_image(files, expected):
    found = images_of([File(rows) for rows in files])
    assert is_unknown(found) if expected is None else found == expected


@given(st.lists(st.lists(st.sampled_from([IMAGE, EMPTY]), min_size=1, max_size=4), min_size=1, max_size=3))
def test_the_order_of_rows_and_files_does_not_matter_where_all_have_the_key(files):
    found = images_of([File(rows) for rows in files])
    assert images_of([File(rows[::-1]) for rows in files[::-1]]) == found
    assert images_of([File([row for rows in files for row in rows])]) == found
    assert (found == "all") == all(row is IMAGE for rows in files for row in rows)


def test_unknown_files_are_unknown():
    assert images_of(Unknown("path")).missing == {"path"}


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"


@pytest.fixture
def names(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "images").mkdir()

    def names(images, rows=(), check_data=True):
        for name, data in images.items():
            (tmp_path / "images" / name).write_bytes(data)
        rows = rows or [{"image": name, "conversations": TURNS} for name in images]
        (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        path = tmp_path / "args.yaml"
        path.write_text("data_file_paths: rows.jsonl\nimage_folders: images\nnum_generations: 8\nmax_pixels: 9\n")
        sources = Sources(str(tmp_path))
        library = Library(sources)
        (run,) = find_runs([Target(str(path), library.document(str(path)), "args")], library, lambda _: Hints())
        return RunScope(run, Data(), machine=Machine(sources, check_data=check_data))

    return names


def test_the_smallest_side_of_all_images(names):
    (file,) = names({"a.png": png(640, 480), "b.png": png(20, 400), "c.png": png(400, 21)})["data_files"]
    assert (file.smallest_side, file.smallest_image) == (20, "b.png")


def test_images_in_lists_count_and_what_is_no_image_does_not(names):
    rows = [{"image": ["a.png", "", "b.png", "none.png"], "conversations": TURNS}, TEXT]
    (file,) = names({"a.png": png(30, 40), "b.png": png(25, 99), "c.png": b"no image"}, rows)["data_files"]
    assert (file.smallest_side, file.smallest_image) == (25, "b.png")


def test_sizes_are_unknown_where_none_is_read(names, monkeypatch):
    def missing(*given, **more):
        (file,) = names(*given, **more)["data_files"]
        assert is_unknown(file.smallest_image)
        return file.smallest_side.missing

    assert missing({"a.png": png(9, 9)}, check_data=False) == {"check-data"}
    assert missing({"a.png": b"no image"}) == {"images of the data file"}
    monkeypatch.setitem(sys.modules, "imagesize", None)
    assert missing({"a.png": png(9, 9)}) == {"imagesize"}


def test_no_image_is_asked_for_without_the_users_leave(names):
    assert names({"a.png": png(9, 9)}, check_data=False)["data_images"].missing == {"check-data"}
    assert names({"a.png": png(9, 9)})["data_images"] == "all"
