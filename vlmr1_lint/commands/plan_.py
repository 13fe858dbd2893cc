"""``vlmr1-lint plan FILE …``: what each GPU will need, whether it fits, and the smallest change that makes it fit."""

from __future__ import annotations

import os

from vlmr1_lint.commandline.options import PLAN, quick
from vlmr1_lint.commandline.telling import put, put_report, tell
from vlmr1_lint.commandline.words import say
from vlmr1_lint.commands.check import EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE, given_of
from vlmr1_lint.commands.opening import existing, opened
from vlmr1_lint.commands.trouble import sentences
from vlmr1_lint.preferences import load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.joining import only_accelerate
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.commands.fixing import Fixes
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.planning.costs import Prices
    from vlmr1_lint.preferences import Given, Preferences
    from vlmr1_lint.session import Result
    from vlmr1_lint.training.run import Run

    Fixed = tuple[Result, Fixes]

__all__ = ["run"]

MEMORY = "MEM"
"""The family of rules whose errors are plan's own verdict."""
FIXED_RULES = ("MEM", "GRP", "VIS")
"""Families whose fixes ``plan --fix`` writes: those about memory, batches and images."""


def run(words: Sequence[str]) -> int:
    """Carry out the command: 0 if every run fits or is tight, 1 if one does not, 2 for trouble or if nothing was recognised."""
    options: Any = quick(words, PLAN)
    if options is None or not options.paths:
        options = _parsed(words)
    return _Plan(options).run()


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """What argparse makes of *words*: help and mistakes, which end the process, or an abbreviated way of writing."""
    from vlmr1_lint.commandline.arguments import add_flags, parser

    it = parser("plan", "Forecast the memory of a run, and find the smallest change that makes it fit.")
    it.add_argument("paths", metavar="FILE", nargs="+")
    add_flags(it, PLAN)
    return it.parse_args(list(words))


class _Plan:
    """One invocation of the command."""

    def __init__(self, options: Any) -> None:
        self.options = options
        options.what_if = True
        self.trouble = False
        self.sources, self.preferences = opened(os.path.abspath(options.paths[0]), options)

    def run(self) -> int:
        from vlmr1_lint.planning.plan import fits

        paths = [path for file in self.options.paths if (path := self._path(file)) is not None]
        fixes = self._fix(paths) if self.options.fix and paths else None
        shown = self._plans(paths)
        if fixes is not None:
            self._tell_fixes(fixes, shown, paths)
        self._print(shown)
        if self.trouble or not shown:
            return EXIT_TROUBLE
        return EXIT_CLEAN if all(map(fits, shown)) else EXIT_FINDINGS

    def _path(self, file: str) -> str | None:
        path = existing(file, self.preferences.lang)
        self.trouble |= path is None
        return path

    def _session(self, paths: list[str], preferences: Preferences | None = None) -> Session:
        """The session over *paths*: the one accelerate YAML among them goes with every args file that names none."""
        return Session(self.sources, paths, preferences or self.preferences, only_accelerate)

    def _plans(self, paths: list[str]) -> list[dict[str, Any]]:
        """The plan of each run, in the order in which their files were named."""
        from vlmr1_lint.planning.plan import plan_of
        from vlmr1_lint.training.phases import in_phases

        session = self._session(paths)
        runs = session.runs()
        names = {self.sources.name(path): place for place, path in reversed(list(enumerate(paths)))}
        runs.sort(key=lambda run: names[run.inputs.document.path])
        starting = {run.inputs.document.path for run in runs}
        for name, place in names.items():
            if name not in starting:
                self._judge(paths[place], runs)
        runs, margin = in_phases(runs), self.options.safe_margin
        data = [self._measured(run, self._data(run)) for run in runs]
        plans = [plan_of(*one, self.preferences.lang, margin=margin) for one in zip(runs, data, strict=True)]
        self._equip(runs, data, plans)
        if runs:
            self._beside(plans, session.lint().findings)
        return plans

    def _beside(self, shown: list[dict[str, Any]], findings: Sequence[Finding]) -> None:
        """Put the other errors of ``check`` beside the plans of the files that they stand in, or of the first."""
        from vlmr1_lint.findings.places import position

        paths = [one["run"]["path"] for one in shown]
        for one in shown:
            one["errors"] = []
        for finding in findings:
            path, rules = finding.place.document.path, {rule for one in shown for rule in one["rules"]}
            if finding.severity == "error" and finding.rule not in rules and not finding.rule.startswith(MEMORY):
                told = {"rule": finding.rule, "path": path, "line": position(finding.place).line, "message": finding.message}
                shown[paths.index(path) if path in paths else 0]["errors"].append(told)

    def _equip(self, runs: Sequence[Run], data: Sequence[Data], plans: Sequence[dict[str, Any]]) -> None:
        """Put into *plans* which hardware would do, and what hardware costs. The text of one run with hardware that does needs
        no table, which would take longer than all the rest."""
        from vlmr1_lint.memory.samples import of_videos
        from vlmr1_lint.planning.costs import PriceError, Prices, priced
        from vlmr1_lint.planning.plan import fits

        enough = self.options.format == "text" and not self.options.all and len(plans) == 1
        wanted = not enough or plans[0]["forecast"] is None or not (plans[0]["plan"] or fits(plans[0]))
        if wanted:
            from vlmr1_lint.planning.fleets import fleets_of, shapes_of

            shapes = sorted({shape for run in runs for shape in shapes_of(run)}, key=lambda shape: (shape[0] * shape[1], shape))
        given = self.options.hours or ()
        for number, (run, plan) in enumerate(zip(runs, plans, strict=True)):
            asked = self.preferences.entry(run.inputs.document.path)
            try:
                prices = Prices.read(asked.prices)
            except PriceError as error:
                tell(*sentences(error, self.preferences.lang, asked.origin))
                self.trouble, prices = True, Prices()
            plan["fleets"] = priced(fleets_of(run, of_videos(run, data[number]), shapes), prices) if wanted else []
            hours = given[min(number, len(given) - 1)] if given else asked.hours
            plan["hours"], plan["cost"] = hours, _cost(plan["fleet"], prices, hours)

    def _judge(self, path: str, runs: list[Run]) -> None:
        """Complain of the file at *path*, which starts no run, unless it belongs to one of *runs* or may."""
        from vlmr1_lint.documents.recognise import recognise
        from vlmr1_lint.training.belonging import belongs

        name, data = self.sources.name(path), self.sources.try_read(path)
        kind = None if data is None else recognise(name, data, None, self.preferences.kind(name)).kind
        if not runs or not (kind == "accelerate" or any(belongs(path, run, self.sources) for run in runs)):
            tell(say("no-run", self.preferences.lang, path=name))
            self.trouble = True

    def _data(self, run: Run) -> Data:
        return self.preferences.entry(run.inputs.document.path).data

    def _measured(self, run: Run, data: Data) -> Data:
        """*data*, or with ``--data`` what the run's own samples look like."""
        if not self.options.data:
            return data
        from vlmr1_lint.explaining.measured import Unmeasurable, measured_data

        try:
            return measured_data(run, data, self.sources)
        except Unmeasurable as error:
            from vlmr1_lint.chinese import translated

            lang = self.preferences.lang
            tell(say("trouble-in", lang, path=run.inputs.document.path, reason=translated(str(error), lang)))
            self.trouble = True
            return data

    def _fix(self, paths: list[str]) -> Fixed:
        """Write what ``check --fix`` would write for memory and batches: the same rules, so the same values."""
        from types import SimpleNamespace

        from vlmr1_lint.commands.accepted import Baseline
        from vlmr1_lint.commands.fixing import fix_new

        preferences = load_preferences(
            self._given(paths), self.sources, self.options.config, without_settings=self.options.isolated
        )
        wanted = SimpleNamespace(unsafe_fixes=self.options.unsafe_fixes, diff=False)
        session = self._session(paths, preferences)
        result, fixes = fix_new(session, wanted, Baseline(self.sources, preferences.baseline))
        self.trouble |= fixes.trouble or bool(fixes.troubles)
        for name, fault in fixes.troubles:
            tell(*sentences(fault, self.preferences.lang, name))
        self.sources = Sources(self.sources.root)  # files were written: read them again
        return result, fixes

    def _given(self, paths: list[str]) -> Given:
        """What the command line says of the run; with ``--data`` what was measured of the first file's."""
        given = replace(given_of(self.options), select=FIXED_RULES)
        for run in self._session(paths).runs()[:1] if self.options.data else ():
            data = self._measured(run, self._data(run))
            # A size that nobody read stays an assumption.
            size = data.image if data.given else given.image
            given = replace(given, images=data.images, image=size, prompt_tokens=data.prompt_tokens)
        return given

    def _tell_fixes(self, fixed: Fixed, shown: list[dict[str, Any]], paths: list[str]) -> None:
        """Say what was written, and of what still does not fit why nothing was: beside a document, on standard error."""
        from vlmr1_lint.explaining.plan_fixes import told

        names = [self.sources.name(path) for path in paths]
        beside = self.options.format != "text"
        result, fixes = fixed
        allowed = {"safe", "unsafe"} if self.options.unsafe_fixes else {"safe"}
        for line in told(fixes.applied, result.findings, shown, names, allowed, self.preferences.lang):
            (tell if beside else put)(line)
        if shown and not beside:
            put("")

    def _print(self, shown: list[dict[str, Any]]) -> None:
        """One run is printed as DESIGN §6 says; several as a list, with the fleets that would do for all of them."""
        from vlmr1_lint.planning.fleets import joint_fleets

        lang, several = self.preferences.lang, len(shown) > 1
        fleets = joint_fleets(shown) if several else [fleet for plan in shown for fleet in plan["fleets"]]
        if self.options.format == "json":
            from vlmr1_lint.reporting.places import json_text

            found: dict[str, Any] = {"plans": shown, "fleets": fleets} if several else shown[0] if shown else {"plans": []}
            put_report(json_text({"version": 1, **found}))
        elif self.options.format == "markdown":
            from vlmr1_lint.explaining.plan_markdown import as_markdown

            put(as_markdown(shown, fleets, lang))
        elif self.options.format == "svg":
            from vlmr1_lint.explaining.plan_svg import as_svg

            put(as_svg(shown, lang))
        elif self.options.format == "html":
            from vlmr1_lint.explaining.plan_html import as_html

            put(as_html(shown, fleets, lang))
        elif shown:
            self._print_text(shown, fleets)

    def _print_text(self, shown: list[dict[str, Any]], fleets: list[dict[str, Any]]) -> None:
        from vlmr1_lint.commands.report import wants_color
        from vlmr1_lint.explaining.picture import coloured, phases_picture, picture, plain
        from vlmr1_lint.reporting.printable import inert

        lang, paint = self.preferences.lang, coloured if wants_color(self.options.color) else plain
        texts = []
        if self.options.all:
            from vlmr1_lint.explaining.plan_text import details

            texts = [details(plan, lang, paint) for plan in shown]
        texts.append(picture(shown[0], lang, paint) if len(shown) == 1 else phases_picture(shown, fleets, lang, paint))
        put_report(inert("\n\n".join(texts)) + "\n")


def _cost(fleet: dict[str, Any] | None, prices: Prices, hours: float | None) -> dict[str, Any] | None:
    """What the *fleet* costs an hour, and for all *hours* that the user says; None where there is no price."""
    if fleet is None:
        return None
    from vlmr1_lint.facts.instances import all_instances

    each = fleet["gpus"] // fleet["nodes"]
    instances = [one.name for one in all_instances() if (one.gpu, one.count) == (fleet["gpu"], each)]
    price = prices.per_hour(fleet["gpu"], fleet["gpus"], fleet["nodes"], instances)
    if price is None:
        return None
    return {"per_hour": price, "hours": hours, "total": None if hours is None else round(price * hours, 2)}
