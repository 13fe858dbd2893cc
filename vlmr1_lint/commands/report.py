"""Telling the outcome of ``check``: findings on standard output or in files, words about the tool on standard error."""

from __future__ import annotations

import os

from vlmr1_lint.commandline.options import Output
from vlmr1_lint.commandline.telling import put_patch, put_report, report_stream, tell
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TextIO

    from vlmr1_lint.commands.fixing import Fixes
    from vlmr1_lint.commands.showing import Plan, Troubles
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.reporting.report import Report, RuleText
    from vlmr1_lint.session import Result
    from vlmr1_lint.sources.changes import Changes

__all__ = ["report", "wants_color"]


def report(
    result: Result,
    fixes: Fixes | None,
    options: Any,
    preferences: Preferences,
    root: str,
    plan: Plan,
    changes: Changes | None = None,
) -> Troubles:
    """Print *result* (and the *fixes* written) as *options* ask; *plan* gives findings that are shown the edits of their fixes.
    What stands on a line of *changes* comes first where only some can be shown.

    What could not be told comes back, with the name of its file: a report that could not be written, a finding that makes us
    fail.
    """
    telling = _Telling(
        result=result, fixes=fixes, options=options, preferences=preferences, root=root, plan=plan, changes=changes
    )
    if options.diff:
        put_patch(fixes.diff if fixes is not None else "")
    troubles: Troubles = []
    for output in options.format or [Output("text")]:
        if options.diff and output.file is None:
            continue  # standard output is the diff, whole and alone; findings are told by the status, and by reports in files
        try:
            telling.one(output, troubles)
        except OSError:
            raise  # standard output is closed, or full
        except Exception as error:
            troubles.append((output.file or "", error))
    if not options.quiet:
        _hints(result, options, preferences)
    return troubles


@value
class _Telling:
    """What is to be told, in whatever formats."""

    result: Result
    fixes: Fixes | None
    options: Any
    preferences: Preferences
    root: str
    plan: Plan
    changes: Changes | None

    def one(self, output: Output, troubles: Troubles) -> None:
        """Write one report."""
        if self._nothing() and output.format in {"text", "concise", "github"} and output.file is None:
            return  # a clean run says nothing
        text = self._render(output, troubles)
        if output.file is None:
            put_report(text, self._stream())
            return
        from vlmr1_lint.sources import Unwritable, write_report

        try:
            write_report(output.file, text)
        except Unwritable as error:
            troubles.append((output.file, error))

    def _nothing(self) -> bool:
        fixed = self.fixes is not None and self.fixes.applied
        return not (self.result.findings or fixed or self.options.show_skipped or self.options.statistics)

    def _stream(self) -> TextIO:
        options = self.options
        return report_stream(text_goes_out=options.stdin_filename is not None and (options.fix or options.fix_only))

    def _render(self, output: Output, troubles: Troubles) -> str:
        from vlmr1_lint.commands.showing import rendered
        from vlmr1_lint.reporting import extras, render

        told = self._report(output, troubles)
        if self.options.statistics and output.format == "text":
            from vlmr1_lint.reporting.statistics import render as render_statistics

            return render_statistics(told)
        text = rendered(lambda report: render(output.format, report), told, troubles)
        if output.format == "concise":  # the text format has them already
            text += extras.fixes(told)
        if self.options.show_skipped and output.format in {"text", "concise"}:
            text += extras.skipped(told)
        return text

    def _report(self, output: Output, troubles: Troubles) -> Report:
        from vlmr1_lint import __version__
        from vlmr1_lint.commands.showing import shown
        from vlmr1_lint.reporting.limit import FOR_PROGRAMS, folded, is_for_people, most_shown
        from vlmr1_lint.reporting.report import Report

        result, applied, stream = self.result, self.fixes.applied if self.fixes else (), self._stream()
        most = FOR_PROGRAMS if self.options.statistics else most_shown(output.format)
        found = () if self.options.fix_only else result.findings
        folds = is_for_people(output.format) and not (self.options.upstream or self.options.statistics)
        listed, copies = folded(found, self._named()) if folds else (found, ())
        seen = shown(listed, most, self.plan, troubles)
        return Report(
            findings=seen.findings,
            omitted=seen.omitted,
            folded=copies,
            counted=result.findings if copies else seen.every,
            skipped=tuple(result.skipped),
            files=tuple((target.document.path, target.kind) for target in result.targets),
            fixed=len(applied),
            fixes=tuple((one.path, one.rule, one.title) for one in applied) if self.options.show_fixes else (),
            rules=self._rules(),
            fail_on=self.preferences.fail_on,
            lang=self.preferences.lang,
            color=output.file is None and wants_color(self.options.color, stream),
            columns=_columns(stream) if output.file is None else None,
            version=__version__,
            root=self.root,
            paths=tuple(sorted(self._named() - {"."})),
            hidden=self._hidden(),
            changes=self.changes,
        )

    def _named(self) -> frozenset[str]:
        """The files that the user named by hand, as findings name them; a hook names whatever was changed."""
        from vlmr1_lint.sources import Sources

        sources = Sources(self.root)
        given = [self.options.stdin_filename] if self.options.stdin_filename is not None else self.options.paths or ()
        return frozenset(sources.name(os.path.abspath(path)) for path in given)

    def _hidden(self) -> frozenset[str]:
        """The files with findings that links lead to outside of the repository."""
        from vlmr1_lint.sources import Sources

        sources = Sources(self.root)
        names = {finding.place.document.path for finding in self.result.findings}
        return frozenset(name for name in names if sources.leads_out(sources.path(name)))

    def _rules(self) -> dict[str, RuleText]:
        """The texts of the rules that found something."""
        from vlmr1_lint.reporting.report import RuleText
        from vlmr1_lint.rulefiles.catalogue import builtin

        lang, texts = self.preferences.lang, {}
        for name in sorted({finding.rule for finding in self.result.findings}):
            rule = self.preferences.rule(name) or builtin().get(name)
            if rule is not None:
                sources = tuple(rule.details["sources"])
                texts[name] = RuleText(rule.id, rule.name, rule.severity, rule.title(lang), rule.why(lang), sources)
        return texts


def wants_color(choice: str, stream: TextIO | None = None) -> bool:
    """Whether to colour *stream* (standard output): as asked, else on a terminal unless NO_COLOR is set (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    terminal = (stream or report_stream(text_goes_out=False)).isatty()
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


def _hints(result: Result, options: Any, preferences: Preferences) -> None:
    """One-line hints on standard error: nothing recognised, what was passed over, which facts are missing."""
    lang = preferences.lang
    if result.foreign:
        _tell_foreign(result.foreign, options, lang)
    waiting = result.skipped.rules_without("fleet")
    if waiting or not result.targets:
        from vlmr1_lint.commandline.words import say

        if not result.targets and not result.findings:
            tell(say("nothing-recognised", lang))
        if waiting:
            tell(say("needs-fleet", lang, count=len(waiting)))


def _tell_foreign(foreign: Mapping[str, str], options: Any, lang: str) -> None:
    """Which files are not ours and why, if asked; in any case which could not be read."""
    from vlmr1_lint.chinese import translated
    from vlmr1_lint.commandline.words import say

    for name, why in sorted(foreign.items()):
        if options.verbose:
            tell(say("foreign", lang, path=name, reason=translated(why, lang)))
        elif why.startswith("cannot be read"):
            tell(say("unreadable", lang, path=name, reason=translated(why, lang)))
