"""What the tests of the language server share; without the extra `lsp` they are skipped."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("pygls") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from desks import Desk

    @pytest.fixture
    def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
        (tmp_path / ".git").mkdir()
        monkeypatch.chdir(tmp_path)  # and back: sessions of the server change the working folder
        return Desk(tmp_path)
