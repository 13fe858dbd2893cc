"""Path patterns of the settings."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmr1_lint.settings.globs import exact, join, matcher


@pytest.mark.parametrize(
    ("pattern", "folder", "path", "expected"),
    [
        ("zero3.json", "", "a/b/zero3.json", True),
        ("./zero3.json", "", "zero3.json", True),
        ("./zero3.json", "", "a/zero3.json", False),
        ("/zero3.json", "", "a/zero3.json", False),
        ("*.json", "", "a/zero3.json", True),
        ("*.json", "", "a/zero3.yaml", False),
        ("configs/*.json", "", "configs/zero3.json", True),
        ("configs/*.json", "", "configs/sub/zero3.json", False),
        ("configs/**/*.json", "", "configs/sub/deep/zero3.json", True),
        ("configs/**/*.json", "", "configs/zero3.json", True),
        ("**/zero3.json", "", "zero3.json", True),
        ("configs/**", "", "configs/a/b.yaml", True),
        ("configs", "", "x/configs/a.yaml", True),
        ("configs/", "", "configs/a.yaml", True),
        ("configs/", "", "x/configs", False),
        ("a/b", "", "a/b/c/d", True),
        ("a/b", "", "x/a/b", False),
        ("run_[0-9].sh", "", "run_3.sh", True),
        ("run_[!0-9].sh", "", "run_3.sh", False),
        ("run_[].sh", "", "run_[].sh", True),
        ("run_?.sh", "", "run_数.sh", True),
        ("*.json", "a", "a/x/zero3.json", True),
        ("*.json", "a", "b/zero3.json", False),
        ("x.json", "a", "ax.json", False),
    ],
)
def test_matching(pattern: str, folder: str, path: str, expected: bool) -> None:
    assert matcher(pattern, folder)(path) is expected


@given(st.text("ab*?", max_size=8), st.text("ab", min_size=1, max_size=8))
def test_a_name_matches_as_fnmatch_says(pattern: str, name: str) -> None:
    if "**" not in pattern and pattern:
        assert matcher(f"./{pattern}")(name) is fnmatch.fnmatchcase(name, pattern)


@given(st.text("ab/*.[]!?-", max_size=12), st.text("ab/.", max_size=12))
def test_any_pattern_on_any_path(pattern: str, path: str) -> None:
    assert matcher(pattern)(path) in (True, False)


def test_many_stars_take_no_time() -> None:
    start = time.process_time()
    assert not matcher("*a" * 200 + "b")("a" * 4000)
    assert not matcher("**/a/" * 50 + "b")("a/" * 200 + "c")
    assert time.process_time() - start < 5


def test_exact() -> None:
    assert exact("configs/zero3.json") == "configs/zero3.json"
    assert exact("./zero3.json", "sub") == "sub/zero3.json"
    assert exact("zero3.json") is None
    assert exact("configs/*.json") is None
    assert exact("configs/") is None


def test_join() -> None:
    assert join("a/b", "../c") == "a/c"
    assert join("", "../c") == "../c"
    assert join("a", "./b//c") == "a/b/c"
    assert join("a", "/abs/x") == "/abs/x"
