"""Fixtures that several rooms share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from samples import MULTINODE

from vlmr1_lint.cli import main

# A busy machine is no failure, so nothing is timed. In CI the same examples are tried each time: a red run is the change's fault.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
os.environ.pop("COLUMNS", None)  # reports are as wide as it says
settings.load_profile("ci" if os.environ.get("CI") else "local")


class Lint:
    """The real command line in a folder of its own: ``lint("a.yaml", "--fix")`` gives the exit status."""

    def __init__(self, folder: Path, capfd: Any) -> None:
        self.folder = folder
        self.capfd = capfd
        self.out = ""
        self.err = ""

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def __call__(self, *words: str) -> int:
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            status = main(list(words))
        except SystemExit as stop:
            status = int(stop.code or 0)
        finally:
            os.chdir(before)
        self.out, self.err = self.capfd.readouterr()
        return status


@pytest.fixture
def lint(tmp_path: Path, capfd: Any) -> Lint:
    (tmp_path / ".git").mkdir()  # a repository root, so that nothing above is read
    return Lint(tmp_path, capfd)


@pytest.fixture
def multinode(lint: Lint) -> Lint:
    lint.write("args.yaml", MULTINODE)
    return lint
