"""What the release workflow asks of the repository: the tag, the version, the notes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from checkout import REPOSITORY

from vlmr1_lint import __version__

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [{version}] - 2026-11-25\n\n- notes\n\n## [0.0.9]\n\n- old\n"


def release(repository: Path, *words: str) -> subprocess.CompletedProcess[str]:
    script = repository / "tools" / "release.py"
    return subprocess.run([sys.executable, "-I", script, *words], capture_output=True, encoding="utf-8", check=False)


@pytest.fixture
def repository(tmp_path) -> Path:
    for name in ("tools/release.py", "vlmr1_lint/__init__.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes((REPOSITORY / name).read_bytes())
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG.format(version=__version__))
    return tmp_path


def test_a_tag_that_is_the_version_has_its_notes(repository):
    assert release(repository, "check", f"v{__version__}").returncode == 0
    told = release(repository, "notes", f"v{__version__}")
    assert (told.returncode, told.stdout) == (0, "- notes\n")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["check", "v0.0.9"], 1, f"the tag is v0.0.9 and vlmr1_lint/__init__.py says {__version__}"),
        (["check", __version__], 1, f"the tag is {__version__} and"),
        (["notes", "v9.9.9"], 1, "CHANGELOG.md has no section '## 9.9.9'"),
        (["publish", "v1"], 2, "usage"),
    ],
)
def test_anything_else_is_refused(repository, words, status, said):
    told = release(repository, *words)
    assert told.returncode == status and said in told.stderr and told.stdout == ""


def test_what_is_published_is_what_was_tried():
    jobs = yaml.safe_load((REPOSITORY / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert jobs["try"]["needs"] == "build" and jobs["publish"]["needs"] == "try" and jobs["notes"]["needs"] == "publish"
    builds = [name for name, job in jobs.items() if any("-m build" in step.get("run", "") for step in job["steps"])]
    assert builds == ["build"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}


def test_metadata_names_the_pythons_that_are_tried():
    project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    jobs = yaml.safe_load((REPOSITORY / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    for python in jobs["run"]["strategy"]["matrix"]["python"]:
        assert f'"Programming Language :: Python :: {python}"' in project
