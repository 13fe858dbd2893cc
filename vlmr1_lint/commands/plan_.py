"""``vlmr1-lint plan FILE …``: what each GPU will need, whether it fits, and the smallest change that makes it fit."""

from __future__ import annotations

import json
import os
import sys

from vlmr1_lint.commands.arguments import add_run_options, add_selection_options, parser
from vlmr1_lint.commands.check import EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE, given_of
from vlmr1_lint.commands.words import say
from vlmr1_lint.preferences import load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources, repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.preferences import Preferences

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command: 0 if every run fits or is tight, 1 if one does not, 2 for trouble or if nothing was recognised."""
    it = parser("plan", "Forecast the memory of a run, and find the smallest change that makes it fit.")
    it.add_argument("files", metavar="FILE", nargs="+")
    it.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    it.add_argument("--safe-margin", action="store_true", help="aim at the high end of the forecast, not at the likely one")
    it.add_argument("--data", action="store_true", help="measure the samples: read the heads of local data files and images")
    it.add_argument("--fix", action="store_true", help="write the safe changes, as check --fix does")
    it.add_argument("--unsafe-fixes", action="store_true", help="with --fix: also changes of the experiment")
    add_run_options(it)
    add_selection_options(it)
    return _Plan(it.parse_args(list(words))).run()


class _Plan:
    """One invocation of the command."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.trouble = False
        root = repository_root(os.path.dirname(os.path.abspath(options.files[0]))) or os.getcwd()
        self.sources = Sources(root)
        self.preferences: Preferences = load_preferences(
            given_of(options), self.sources, options.config, without_settings=options.isolated
        )

    def run(self) -> int:
        paths = [path for file in self.options.files if (path := self._path(file)) is not None]
        if self.options.fix and paths:
            self._fix(paths)
        shown = [plan for path in paths for plan in self._plans(path)]
        self._print(shown)
        if self.trouble or not shown:
            return EXIT_TROUBLE
        return EXIT_FINDINGS if any(plan["verdict"] in {"oom", "likely-oom"} for plan in shown) else EXIT_CLEAN

    def _path(self, file: str) -> str | None:
        if os.path.isfile(file):
            return os.path.abspath(file)
        print(f"vlmr1-lint: {file}: no such file", file=sys.stderr)
        self.trouble = True
        return None

    def _plans(self, path: str) -> list[dict[str, Any]]:
        from vlmr1_lint.explaining.plan import plan_of

        runs = Session(self.sources, [path], self.preferences).runs()
        if not runs:
            print(say("no-run", self.preferences.lang, path=self.sources.name(path)), file=sys.stderr)
            self.trouble = True
        plans = []
        for one in runs:
            data = self.preferences.entry(self.sources.name(path)).data
            if self.options.data:
                from vlmr1_lint.explaining.measured import measured_data

                data = measured_data(one, data, self.sources)
            plans.append(plan_of(one, data, margin=self.options.safe_margin))
        return plans

    def _fix(self, paths: list[str]) -> None:
        """Write what ``check --fix`` would write for memory and batches: the same rules, so the same values."""
        from vlmr1_lint.commands.check import run as check

        given = [part for name in ("gpus", "trainer") if getattr(self.options, name) for part in (f"--{name}", getattr(self.options, name))]
        unsafe = ["--unsafe-fixes"] if self.options.unsafe_fixes else []
        status = check([*paths, "--fix-only", "--quiet", *unsafe, "--select", "MEM,GRP", *given])
        self.trouble |= status == EXIT_TROUBLE
        self.sources = Sources(self.sources.root)  # files were written: read them again

    def _print(self, shown: list[dict[str, Any]]) -> None:
        lang = self.preferences.lang
        if self.options.format == "json":
            for plan in shown:
                print(json.dumps({"version": 1, **plan}, ensure_ascii=False, indent=2))
        elif self.options.format == "markdown":
            from vlmr1_lint.explaining.plan_text import as_markdown

            print(as_markdown(shown, lang))
        else:
            from vlmr1_lint.explaining.plan_text import as_text

            print("\n\n".join(as_text(plan, lang) for plan in shown))
