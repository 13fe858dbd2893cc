"""Edits of an editor against the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from .campaign import Campaign
from .folders import Folder

pytestmark = pytest.mark.fuzz


def test_server_edits(campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygls")
    from .server_oracle import ServerOracle, session_case

    monkeypatch.chdir(tmp_path)  # and back: sessions of the server change the working folder
    campaign.run(session_case, ServerOracle(Folder(tmp_path)).check)
