"""docs/editors.md: what it tells people to write is what the server understands."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from vlmr1_lint.cli import COMMANDS
from vlmr1_lint.serving.actions import FIX_ALL

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def test_vs_code():
    settings = json.loads(block("json"))
    assert settings["glspc.server.commandArguments"] == ["server"] and "server" in COMMANDS
    assert list(settings["editor.codeActionsOnSave"]) == [FIX_ALL]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads TOML")
def test_helix():
    import tomllib

    languages = tomllib.loads(block("toml"))
    assert languages["language-server"]["vlmr1-lint"] == {"command": "vlmr1-lint", "args": ["server"]}
    assert all("vlmr1-lint" in one["language-servers"] for one in languages["language"])


def test_neovim():
    assert "cmd = { 'vlmr1-lint', 'server' }" in block("lua") and f"'{FIX_ALL}'" in PAGE
