"""Settings: ``[tool.vlmr1-lint]`` in pyproject.toml or ``.vlmr1-lint.yaml``. Nothing here opens a file; bytes are given."""

from __future__ import annotations

from vlmr1_lint.settings.layers import EntrySettings, FileSettings, RootSettings
from vlmr1_lint.settings.problems import SettingsError, SettingsProblem
from vlmr1_lint.settings.resolve import SettingsTree, discover, isolated, one_file

__all__ = [
    "EntrySettings",
    "FileSettings",
    "RootSettings",
    "SettingsError",
    "SettingsProblem",
    "SettingsTree",
    "discover",
    "isolated",
    "one_file",
]
