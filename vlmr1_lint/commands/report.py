"""Telling the outcome of ``check``: findings on standard output or in files, words about the tool on standard error."""

from __future__ import annotations

import os
import sys

from vlmr1_lint.commands.options import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.commands.fixing import Fixes
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.session import Result

__all__ = ["report", "wants_color"]


def report(result: Result, fixes: Fixes | None, options: Any, preferences: Preferences, root: str) -> bool:
    """Print *result* (and the *fixes* written) as *options* ask; True if a report could not be written."""
    trouble = False
    if options.diff:
        _print(fixes.diff if fixes is not None else "")
    outputs = options.format or [Output("text")]
    for output in outputs:
        if options.diff and output.file is None and output.format == "text":
            continue  # the diff is the output; findings that remain are told by the status
        trouble |= not _one(output, result, fixes, options, preferences, root)
    if not options.quiet:
        _hints(result, options, preferences)
    return trouble


def _one(output: Output, result: Result, fixes: Fixes | None, options: Any, preferences: Preferences, root: str) -> bool:
    """Write one report; False if its file could not be written."""
    nothing = not result.findings and not (fixes and fixes.applied) and not options.show_skipped and not options.statistics
    if nothing and output.format in {"text", "concise", "github"} and output.file is None:
        return True  # a clean run says nothing
    text = _render(output, result, fixes, options, preferences, root)
    if output.file is None:
        _print(text)
        return True
    from vlmr1_lint.sources import Unwritable, write_report

    try:
        write_report(output.file, text)
    except Unwritable as error:
        print(f"vlmr1-lint: {output.file}: not written: {error}", file=sys.stderr)
        return False
    return True


def _render(output: Output, result: Result, fixes: Fixes | None, options: Any, preferences: Preferences, root: str) -> str:
    from vlmr1_lint import __version__
    from vlmr1_lint.checking.catalogue import builtin
    from vlmr1_lint.reporting import render
    from vlmr1_lint.reporting.report import Report, RuleText

    lang = preferences.lang
    texts = {}
    for name in sorted({finding.rule for finding in result.findings}):
        rule = preferences.rule(name) or builtin().get(name)
        if rule is not None:
            texts[name] = RuleText(
                rule.id, rule.name, rule.severity, rule.title(lang), rule.why(lang), tuple(rule.details["sources"])
            )
    told = Report(
        findings=() if options.fix_only else result.findings,
        skipped=result.skipped,
        files=tuple((target.document.path, target.kind) for target in result.targets),
        fixed=len(fixes.applied) if fixes else 0,
        fixes=tuple((one.path, one.rule, one.title) for one in fixes.applied) if fixes and options.show_fixes else (),
        rules=texts,
        lang=lang,
        color=output.file is None and wants_color(options.color),
        version=__version__,
        root=root,
    )
    if options.statistics and output.format == "text":
        from vlmr1_lint.reporting.statistics import render as render_statistics

        return render_statistics(told)
    text = render(output.format, told)
    if options.show_skipped and output.format in {"text", "concise"}:
        from vlmr1_lint.reporting.extras import skipped

        text += skipped(told)
    return text


def wants_color(choice: str) -> bool:
    """Whether to colour standard output: as asked, else on a terminal unless NO_COLOR is set (https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _print(text: str) -> None:
    """Write *text* to standard output as UTF-8 whatever the locale, for CI machines with LANG=C."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _hints(result: Result, options: Any, preferences: Preferences) -> None:
    """One-line hints on standard error: nothing recognised, what was passed over, which facts are missing."""
    from vlmr1_lint.commands.words import say

    lang = preferences.lang
    if options.verbose:
        for name, why in sorted(result.foreign.items()):
            print(f"{name}: {why}", file=sys.stderr)
    if not result.targets:
        print(say("nothing-recognised", lang), file=sys.stderr)
    for name, why in sorted(result.foreign.items()):
        if why.startswith("cannot be read") and not options.verbose:
            print(f"vlmr1-lint: {name}: {why}", file=sys.stderr)
    waiting = {one.rule for one in result.skipped if "fleet" in one.missing}
    if waiting:
        print(say("needs-fleet", lang, count=len(waiting)), file=sys.stderr)
