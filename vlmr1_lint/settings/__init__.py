"""Settings: ``[tool.vlmr1-lint]`` in pyproject.toml or ``.vlmr1-lint.yaml``. Nothing here opens a file; bytes are given.

`resolve` is light: what reads and merges settings is imported when a settings file is found.
"""

from __future__ import annotations

from vlmr1_lint.settings.errors import SettingsError
from vlmr1_lint.settings.resolve import SettingsTree, discover, isolated, one_file

__all__ = ["SettingsError", "SettingsTree", "discover", "isolated", "one_file"]
