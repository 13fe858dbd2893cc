"""Hatchling's build hook: compile rules/ into the package, for wheels and for editable installs alike."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]
    """Writes vlmr1_lint/_compiled, which git ignores, and has it packed. A rule that is none stops the build.

    The rule files go into wheels as vlmr1_lint/rules. An editable install reads the repository's: there a copy would be left
    behind by the first edit.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        try:
            from vlmr1_lint.rulefiles.build import build

            count = build(self.root)
        finally:
            sys.path.remove(self.root)
        self.app.display_info(f"{count} rules compiled")
        build_data["artifacts"].append("vlmr1_lint/_compiled/*.jsonl")
        if version != "editable":
            build_data["force_include"][f"{self.root}/rules"] = "vlmr1_lint/rules"
