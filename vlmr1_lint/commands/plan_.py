"""``vlmr1-lint plan FILE …``: what each GPU will need, whether it fits, and the smallest change that makes it fit."""

from __future__ import annotations

import os
import sys

from vlmr1_lint.commands.check import EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE
from vlmr1_lint.commands.opening import existing, opened
from vlmr1_lint.commands.options import PLAN, quick
from vlmr1_lint.commands.words import say
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.run import Run

__all__ = ["run"]

FIXED_RULES = "MEM,GRP,VIS"
"""Families whose fixes ``plan --fix`` writes: those about memory, batches and images."""


def run(words: Sequence[str]) -> int:
    """Carry out the command: 0 if every run fits or is tight, 1 if one does not, 2 for trouble or if nothing was recognised."""
    options: Any = quick(words, PLAN)
    if options is None or not options.paths:
        options = _parsed(words)
    return _Plan(options).run()


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """What argparse makes of *words*: help and mistakes, which end the process, or an abbreviated way of writing."""
    from vlmr1_lint.commands.arguments import add_flags, parser

    it = parser("plan", "Forecast the memory of a run, and find the smallest change that makes it fit.")
    it.add_argument("paths", metavar="FILE", nargs="+")
    add_flags(it, PLAN)
    return it.parse_args(list(words))


class _Plan:
    """One invocation of the command."""

    def __init__(self, options: Any) -> None:
        self.options = options
        self.trouble = False
        self.accelerate: list[str] = []
        self.sources, self.preferences = opened(os.path.abspath(options.paths[0]), options)

    def run(self) -> int:
        named = [path for file in self.options.paths if (path := self._path(file)) is not None]
        self.accelerate = [path for path in named if self._is_accelerate(path)]
        paths = [path for path in named if path not in self.accelerate]
        if self.options.fix and paths:
            self._fix(paths)
        shown = [plan for path in paths for plan in self._plans(path)]
        self._print(shown)
        if self.trouble or not shown:
            return EXIT_TROUBLE
        return EXIT_FINDINGS if any(plan["verdict"] in {"oom", "likely-oom"} for plan in shown) else EXIT_CLEAN

    def _path(self, file: str) -> str | None:
        path = existing(file, self.preferences.lang)
        self.trouble |= path is None
        return path

    def _is_accelerate(self, path: str) -> bool:
        from vlmr1_lint.documents.recognise import recognise
        from vlmr1_lint.sources import Unreadable

        try:
            data = self.sources.read(path)
        except Unreadable:
            return False
        name = self.sources.name(path)
        return recognise(name, data, None, self.preferences.kind(name)).kind == "accelerate"

    def _plans(self, path: str) -> list[dict[str, Any]]:
        from vlmr1_lint.explaining.plan import plan_of

        runs = Session(self.sources, [path], self.preferences).runs()
        if not runs:
            print(say("no-run", self.preferences.lang, path=self.sources.name(path)), file=sys.stderr)
            self.trouble = True
        plans = []
        for one in runs:
            data = self._measured(one, self.preferences.entry(self.sources.name(path)).data)
            plans.append(plan_of(self._sharded(one), data, margin=self.options.safe_margin))
        return plans

    def _measured(self, run: Run, data: Data) -> Data:
        """*data*, or with ``--data`` what the run's own samples look like."""
        if not self.options.data:
            return data
        from vlmr1_lint.explaining.measured import Unmeasurable, measured_data

        try:
            return measured_data(run, data, self.sources)
        except Unmeasurable as error:
            from vlmr1_lint.checking.chinese import translated

            lang = self.preferences.lang
            print(say("trouble-in", lang, path=run.inputs.document.path, reason=translated(str(error), lang)), file=sys.stderr)
            self.trouble = True
            return data

    def _sharded(self, run: Run) -> Run:
        """*run* with the accelerate configuration that was named beside it, where nothing else says what shards it."""
        if len(self.accelerate) != 1:
            return run
        from vlmr1_lint.training.joining import beside

        return beside(run, self.accelerate[0], self.sources)

    def _fix(self, paths: list[str]) -> None:
        """Write what ``check --fix`` would write for memory and batches: the same rules, so the same values."""
        from vlmr1_lint.commands.check import run as check

        unsafe = ["--unsafe-fixes"] if self.options.unsafe_fixes else []
        status = check([*paths, "--fix-only", "--quiet", *unsafe, "--select", FIXED_RULES, *self._given(paths)])
        self.trouble |= status == EXIT_TROUBLE
        self.sources = Sources(self.sources.root)  # files were written: read them again

    def _given(self, paths: list[str]) -> list[str]:
        """What the command line says of the run, as words for ``check``; with ``--data`` what was measured of the first
        file's."""
        options = self.options
        told = {"gpus": options.gpus, "trainer": options.trainer, "config": options.config, "images": options.images}
        told |= {"prompt-tokens": options.prompt_tokens}
        told["image"] = "x".join(map(str, options.image)) if options.image else None
        told["host-ram"] = f"{options.host_ram / 2**30:.3f}GiB" if options.host_ram else None
        if options.data:
            for run in Session(self.sources, paths, self.preferences).runs()[:1]:
                data = self._measured(run, self.preferences.entry(run.inputs.document.path).data)
                told |= {"images": data.images, "prompt-tokens": data.prompt_tokens}
                # A size that nobody read stays an assumption.
                told["image"] = "x".join(map(str, data.image)) if data.given else None
        words = [word for name, said in told.items() if said is not None for word in (f"--{name}", str(said))]
        return [*words, "--isolated"] if options.isolated else words

    def _print(self, shown: list[dict[str, Any]]) -> None:
        """One run is printed as DESIGN §6 says; several as a list, with the fleets that would do for all of them."""
        from vlmr1_lint.explaining.plan import joint_fleets

        lang, several = self.preferences.lang, len(shown) > 1
        fleets = joint_fleets(shown) if several else [fleet for plan in shown for fleet in plan["fleets"]]
        if self.options.format == "json":
            import json

            found: dict[str, Any] = {"plans": shown, "fleets": fleets} if several else shown[0] if shown else {"plans": []}
            print(json.dumps({"version": 1, **found}, ensure_ascii=False, indent=2))
        elif self.options.format == "markdown":
            from vlmr1_lint.explaining.plan_text import as_markdown

            print(as_markdown(shown, fleets, lang))
        elif shown:
            from vlmr1_lint.explaining.plan_text import as_text, joint_as_text

            texts = [as_text(plan, lang, alone=not several) for plan in shown]
            print("\n\n".join([*texts, joint_as_text(fleets, lang)] if several else texts))
