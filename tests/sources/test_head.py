"""The head of a data file: bounded, plain files only, never from the network."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.sources import MAX_BYTES, Sources, Unreadable, on_network


def test_the_head_says_whether_it_is_all(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"0123456789")
    sources = Sources(str(tmp_path))
    assert sources.head(str(path), 9) == (b"012345678", False)
    assert sources.head(str(path), 10) == (b"0123456789", True)


def test_the_head_may_be_larger_than_a_configuration_file(tmp_path):
    path = tmp_path / "rows.jsonl"
    with open(path, "wb") as handle:
        handle.truncate(MAX_BYTES + 4096)
    head, whole = Sources(str(tmp_path)).head(str(path), MAX_BYTES + 4096)
    assert whole and len(head) == MAX_BYTES + 4096


def test_an_overlay_stands_in_for_the_file(tmp_path):
    path = os.path.join(os.path.realpath(tmp_path), "rows.jsonl")
    sources = Sources(str(tmp_path), {path: b"abc"})
    assert sources.head(path, 2) == (b"ab", False)
    assert sources.head(path, 3) == (b"abc", True)
    assert sources.is_folder(os.path.realpath(tmp_path))


def test_overlays_make_folders(tmp_path):
    root = os.path.realpath(tmp_path)
    sources = Sources(root, {os.path.join(root, "images", "a.png"): b""})
    assert sources.is_folder(os.path.join(root, "images"))
    assert not sources.is_folder(os.path.join(root, "image"))
    assert sources.listing(root) == ("images",)
    assert sources.listing(os.path.join(root, "images")) == ("a.png",)
    assert sources.listing(os.path.join(root, "image")) == ()


@pytest.mark.parametrize("path", ["//server/share/rows.jsonl", "s3://bucket/rows.jsonl", "\\\\server\\rows.jsonl"])
def test_the_network_is_never_asked(path, tmp_path):
    assert on_network(path)
    with pytest.raises(Unreadable):
        Sources(str(tmp_path)).head(path, 10)


def test_what_is_no_plain_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "", "absent"):
        with pytest.raises(Unreadable):
            Sources(str(tmp_path)).head(str(tmp_path / name), 10)


@pytest.mark.parametrize("path", ["//server/share/rows.jsonl", "\\\\server\\rows.jsonl"])
def test_of_a_path_on_the_network_not_even_the_disk_is_asked(path, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", lambda *given: pytest.fail("it was opened"))
    with pytest.raises(Unreadable, match="no such file"):
        Sources(str(tmp_path)).head(path, 10)


def test_a_folder_of_the_disk_is_one(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    sources = Sources(str(tmp_path))
    assert sources.is_folder(str(tmp_path / "folder")) is True
    assert sources.is_folder(str(tmp_path / "file")) is False and sources.is_folder(str(tmp_path / "none")) is False
