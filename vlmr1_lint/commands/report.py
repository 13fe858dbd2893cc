"""Telling the outcome of ``check``: findings on standard output or in files, words about the tool on standard error."""

from __future__ import annotations

import os
import sys

from vlmr1_lint.commands.options import Output
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TextIO

    from vlmr1_lint.commands.fixing import Fixes
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.reporting.report import Report, RuleText
    from vlmr1_lint.session import Result

__all__ = ["report", "wants_color"]


def report(result: Result, fixes: Fixes | None, options: Any, preferences: Preferences, root: str) -> bool:
    """Print *result* (and the *fixes* written) as *options* ask; True if a report could not be written."""
    telling = _Telling(result, fixes, options, preferences, root)
    if options.diff:
        _print(fixes.diff if fixes is not None else "", sys.stdout)
    trouble = False
    for output in options.format or [Output("text")]:
        if options.diff and output.file is None:
            continue  # standard output is the diff, whole and alone; findings are told by the status, and by reports in files
        trouble |= not telling.one(output)
    if not options.quiet:
        _hints(result, options, preferences)
    return trouble


@value
class _Telling:
    """What is to be told, in whatever formats."""

    result: Result
    fixes: Fixes | None
    options: Any
    preferences: Preferences
    root: str

    def one(self, output: Output) -> bool:
        """Write one report; False if its file could not be written."""
        if self._nothing() and output.format in {"text", "concise", "github"} and output.file is None:
            return True  # a clean run says nothing
        text = self._render(output)
        if output.file is None:
            _print(text, _stream(self.options))
            return True
        from vlmr1_lint.sources import Unwritable, write_report

        try:
            write_report(output.file, text)
        except Unwritable as error:
            from vlmr1_lint.checking.chinese import translated
            from vlmr1_lint.commands.words import say

            lang = self.preferences.lang
            print(say("not-written", lang, path=output.file, reason=translated(str(error), lang)), file=sys.stderr)
            return False
        return True

    def _nothing(self) -> bool:
        fixed = self.fixes is not None and self.fixes.applied
        return not (self.result.findings or fixed or self.options.show_skipped or self.options.statistics)

    def _render(self, output: Output) -> str:
        from vlmr1_lint.reporting import extras, render

        told = self._report(output)
        if self.options.statistics and output.format == "text":
            from vlmr1_lint.reporting.statistics import render as render_statistics

            return render_statistics(told)
        text = render(output.format, told)
        if output.format == "concise":  # the text format has them already
            text += extras.fixes(told)
        if self.options.show_skipped and output.format in {"text", "concise"}:
            text += extras.skipped(told)
        return text

    def _report(self, output: Output) -> Report:
        from vlmr1_lint import __version__
        from vlmr1_lint.reporting.report import Report

        result, applied, stream = self.result, self.fixes.applied if self.fixes else (), _stream(self.options)
        return Report(
            findings=() if self.options.fix_only else result.findings,
            skipped=tuple(result.skipped),
            files=tuple((target.document.path, target.kind) for target in result.targets),
            fixed=len(applied),
            fixes=tuple((one.path, one.rule, one.title) for one in applied) if self.options.show_fixes else (),
            rules=self._rules(),
            lang=self.preferences.lang,
            color=output.file is None and wants_color(self.options.color, stream),
            columns=_columns(stream) if output.file is None else None,
            version=__version__,
            root=self.root,
        )

    def _rules(self) -> dict[str, RuleText]:
        """The texts of the rules that found something."""
        from vlmr1_lint.checking.catalogue import builtin
        from vlmr1_lint.reporting.report import RuleText

        lang, texts = self.preferences.lang, {}
        for name in sorted({finding.rule for finding in self.result.findings}):
            rule = self.preferences.rule(name) or builtin().get(name)
            if rule is not None:
                sources = tuple(rule.details["sources"])
                texts[name] = RuleText(rule.id, rule.name, rule.severity, rule.title(lang), rule.why(lang), sources)
        return texts


def _stream(options: Any) -> TextIO:
    """Where findings go: standard output, unless the fixed text of standard input goes there."""
    return sys.stderr if options.stdin_filename is not None and (options.fix or options.fix_only) else sys.stdout


def wants_color(choice: str, stream: TextIO | None = None) -> bool:
    """Whether to colour *stream* (standard output): as asked, else on a terminal unless NO_COLOR is set (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    terminal = (stream or sys.stdout).isatty()
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _columns(stream: TextIO) -> int | None:
    """The width that COLUMNS says, as for other programs, or that of the terminal that *stream* is; None where neither does."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):  # no terminal; no file at all
        return None


def _print(text: str, stream: TextIO) -> None:
    """Write *text* as UTF-8 whatever the locale, for CI machines with LANG=C; file names that are no UTF-8 as they are."""
    stream.flush()
    binary = getattr(stream, "buffer", None)
    if binary is None:  # a stand-in for standard error in somebody's test
        stream.write(text)
        return
    binary.write(text.encode("utf-8", "surrogateescape"))
    binary.flush()


def _hints(result: Result, options: Any, preferences: Preferences) -> None:
    """One-line hints on standard error: nothing recognised, what was passed over, which facts are missing."""
    lang = preferences.lang
    if result.foreign:
        _tell_foreign(result.foreign, options, lang)
    waiting = result.skipped.rules_without("fleet")
    if waiting or not result.targets:
        from vlmr1_lint.commands.words import say

        if not result.targets:
            print(say("nothing-recognised", lang), file=sys.stderr)
        if waiting:
            print(say("needs-fleet", lang, count=len(waiting)), file=sys.stderr)


def _tell_foreign(foreign: Mapping[str, str], options: Any, lang: str) -> None:
    """Which files are not ours and why, if asked; in any case which could not be read."""
    from vlmr1_lint.checking.chinese import translated
    from vlmr1_lint.commands.words import say

    for name, why in sorted(foreign.items()):
        if options.verbose:
            print(say("foreign", lang, path=name, reason=translated(why, lang)), file=sys.stderr)
        elif why.startswith("cannot be read"):
            print(say("unreadable", lang, path=name, reason=translated(why, lang)), file=sys.stderr)
