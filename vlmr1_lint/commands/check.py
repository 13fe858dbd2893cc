"""``vlmr1-lint [check] PATH …``: lint, and with ``--fix`` put right."""

from __future__ import annotations

import os
import sys

from vlmr1_lint.candidates.trainer import from_selector
from vlmr1_lint.commandline.options import CHECK, quick
from vlmr1_lint.commandline.telling import put_bytes, tell
from vlmr1_lint.commands.accepted import Baseline
from vlmr1_lint.documents.formats import NO_GRAMMAR
from vlmr1_lint.findings.finding import fails
from vlmr1_lint.launches.fleet import parse_fleet
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources, repository_root
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from vlmr1_lint.commands.fixing import Fixes
    from vlmr1_lint.commands.showing import Plan
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.session import Result
    from vlmr1_lint.sources.changes import Changes

__all__ = ["check_parser", "given_of", "run"]

WRITTEN_BY_OTHERS = frozenset(("json", "rdjson", "sarif"))
"""Formats whose fixes other programs write, so that they must harm no run that shares a file; the scan for it takes time."""
EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE = 0, 1, 2


def check_parser() -> argparse.ArgumentParser:
    """The parser of the command, for help and for mistakes."""
    from vlmr1_lint.commandline.arguments import add_flags, parser

    it = parser("check", "Find what will fail, and what will not fit, in the files of a GRPO training run.")
    it.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: this folder)")
    add_flags(it, CHECK)
    it.add_argument("--version", action="version", version=_version())
    return it


def _options(words: Sequence[str]) -> Any:
    """The options of a command line; argparse is asked only where the quick reading cannot tell."""
    return quick(words, CHECK) or check_parser().parse_args(list(words))


def _version() -> str:
    from vlmr1_lint import __version__

    return f"vlmr1-lint {__version__}"


def given_of(options: Any) -> Given:
    """What the command line says about the run and the rules."""
    return Given(
        gpus=options.gpus,
        trainer=options.trainer,
        host_ram=options.host_ram,
        images=options.images,
        image=options.image,
        prompt_tokens=options.prompt_tokens,
        select=tuple(options.select or ()),
        ignore=tuple(options.ignore or ()),
        extend_select=tuple(options.extend_select or ()),
        preset=options.preset,
        lang=options.lang,
        rules=tuple(options.rules or ()),
        check_data=options.check_data,
        here=options.here,
        fail_on=getattr(options, "fail_on", None),
        baseline=getattr(options, "baseline", None),
        what_if=getattr(options, "what_if", False),
    )


def run(words: Sequence[str]) -> int:
    """Carry out the command; the exit status of DESIGN §6."""
    return _Check(_options(words)).run()


def _matchers(patterns: Sequence[str], folder: str) -> tuple[Callable[[str], bool], ...]:
    """What tells the names that *patterns* cover, which are relative to *folder*, a name as well."""
    if not patterns:
        return ()
    from vlmr1_lint.settings.globs import matcher

    return tuple(matcher(pattern, "" if folder == "." else folder) for pattern in patterns)


class _Check:
    """One invocation of the command, from options to status."""

    def __init__(self, options: Any) -> None:
        self.options = options
        self.trouble = False
        self.root = repository_root(os.getcwd()) or os.getcwd()
        self.sources = Sources(self.root)
        self.preferences = load_preferences(given_of(options), self.sources, options.config, without_settings=options.isolated)
        self.changes = self._read_changes()
        self._left_out = _matchers(self.options.exclude or (), self.sources.name(os.getcwd()))
        self.baseline = Baseline(self.sources, None if self.options.write_baseline else self.preferences.baseline)

    def run(self) -> int:
        self._understand()
        session = self._session()
        if self.options.list_files:
            return self._list(session)
        fixes: Fixes | None = None
        if self.options.fix or self.options.diff or self.options.fix_only:
            result, fixes = self._fixed(session)
            result = session.with_referring(result, fixes.texts)
        else:
            result = session.lint()
        if result.findings:
            result = self._against_baseline(result)
        if self.options.write_baseline:
            self._write_baseline(result)
        self._report(session, result, fixes)
        self._tell_skipped_scripts(result)
        self._tell_troubles(result.troubles)
        return self._status(result)

    def _list(self, session: Session) -> int:
        """Print the files that would be linted, one a line."""
        from vlmr1_lint.commandline.telling import put_report, report_stream
        from vlmr1_lint.reporting.printable import clean

        names = sorted(self.sources.name(path) for path in session.recognised())
        put_report("".join(clean(name) + "\n" for name in names), report_stream(text_goes_out=False))
        return EXIT_TROUBLE if self.trouble else EXIT_CLEAN

    def _tell_skipped_scripts(self, result: Result) -> None:
        """Say how many scripts were not read for want of a grammar."""
        from vlmr1_lint.commandline.words import say

        skipped = list(result.foreign.values()).count(NO_GRAMMAR)
        if skipped:
            tell(say("no-grammar", self.preferences.lang, count=skipped))

    def _tell_troubles(self, troubles: Iterable[tuple[str, Exception]]) -> None:
        """Say which files could not be dealt with; the status is that of trouble."""
        from vlmr1_lint.commands.trouble import sentences

        for name, error in troubles:
            tell(*sentences(error, self.preferences.lang, name))
            self.trouble = True

    def _understand(self) -> None:
        """Refuse a fleet or a trainer that means nothing even where no file asks for it. Raises FleetError and SelectorError."""
        if self.options.gpus is not None and self.options.gpus != "local":
            parse_fleet(self.options.gpus, "--gpus")
        if self.options.trainer is not None:
            from_selector(self.options.trainer, "--trainer")

    def _session(self) -> Session:
        """The session over the PATHs; what cannot be found is said and counts as trouble."""
        if self.options.stdin_filename is not None:
            return self._session_over_stdin()
        from vlmr1_lint.sources.discovery import discover

        found = discover(self.options.paths or ["."], self._excluded, force_exclude=self.options.force_exclude)
        for missing in found.missing:
            self._complain("stdin-needs-name" if missing == "-" else "missing", path=missing)
        for link in found.outside:
            self._complain("outside", path=link)
        return Session(self.sources, found.files, self.preferences, self._pair(), self._referring(), self._changed())

    def _referring(self) -> Callable[[Mapping[str, str | None]], Iterable[str]] | None:
        """What finds the files that name those asked for; None where the whole repository is asked for, or there is none. A hook
        asks for whatever was changed, args files too, which scripts elsewhere may start."""
        if repository_root(os.getcwd()) is None or self._is_whole() or self.options.changes is not None:
            return None
        from vlmr1_lint.training.touching import Referring

        found = Referring(self.sources, self._excluded)
        return replace(found, kinds=(*found.kinds, "args")) if self.options.force_exclude else found

    def _read_changes(self) -> Changes | None:
        """What ``--changes`` says has changed; None where it is not given, or cannot be read, which is said."""
        path = self.options.changes
        if path is None:
            return None
        from vlmr1_lint.sources import Unreadable
        from vlmr1_lint.sources.changes import changes
        from vlmr1_lint.sources.reading import read_plain

        try:
            data = sys.stdin.buffer.read() if path == "-" else read_plain(os.path.abspath(path))
        except Unreadable as error:
            from vlmr1_lint.chinese import translated

            self._complain("not-read", path=path, reason=translated(str(error), self.preferences.lang))
            return None
        return changes(data)

    def _changed(self) -> frozenset[str] | None:
        """The absolute paths of the files that ``--changes`` names; None where all is asked for."""
        return None if self.changes is None else frozenset(map(self.sources.path, self.changes.lines))

    def _pair(self) -> Callable[[Mapping[str, str]], str | None] | None:
        """What tells the accelerate YAML of an args file where both were named by hand: files that come from a hook
        (``--force-exclude``) or a folder need not belong together."""
        paths = self.options.paths
        if len(paths) < 2 or self.options.force_exclude or not all(map(os.path.isfile, paths)):
            return None
        from vlmr1_lint.training.joining import accelerate_of_pair

        return accelerate_of_pair

    def _session_over_stdin(self) -> Session:
        """The session over standard input, which stands in for the file of its name, also where a link leads to that file."""
        if any(path != "-" for path in self.options.paths):
            self._complain("stdin-alone", path=self.options.paths[0])
        path, text = os.path.abspath(self.options.stdin_filename), sys.stdin.buffer.read()
        files = [] if self.options.force_exclude and self._excluded(path) else [path]
        return Session(Sources(self.root, {path: text, os.path.realpath(path): text}), files, self.preferences)

    def _complain(self, sentence: str, **facts: object) -> None:
        """Say what is wrong on standard error; the status will be that of trouble, and the other files are still linted."""
        from vlmr1_lint.commandline.words import say

        tell(say(sentence, self.preferences.lang, **facts))
        self.trouble = True

    def _excluded(self, path: str) -> bool:
        name = self.sources.name(path)
        return self.preferences.excluded(name) or any(covers(name) for covers in self._left_out)

    def _against_baseline(self, result: Result) -> Result:
        """*result* without the findings that the baseline holds; all of it, which is said, where that cannot be read."""
        from vlmr1_lint.findings.baseline import BaselineError

        try:
            new = replace(result, findings=self.baseline.new(result.findings))
        except BaselineError as error:
            self._tell_troubles((("", error),))
            return result
        if self.baseline.gone and self._is_whole() and self.options.changes is None and not self.options.quiet:
            from vlmr1_lint.commandline.words import say

            path = os.path.relpath(self.baseline.path or "")
            tell(say("stale-baseline", self.preferences.lang, count=self.baseline.gone, path=path))
        return new

    def _is_whole(self) -> bool:
        """Whether the whole repository is asked for."""
        root = repository_root(os.getcwd())
        return any(os.path.realpath(path) == root for path in self.options.paths or ["."])

    def _fixed(self, session: Session) -> tuple[Result, Fixes]:
        """What remains, and what was fixed: nothing at all where it cannot be told what the baseline accepts."""
        from vlmr1_lint.commands.fixing import fix_new

        result, fixes = fix_new(session.alone(), self.options, self.baseline)
        self.trouble |= fixes.trouble
        self._tell_troubles(fixes.troubles)
        return result, fixes

    def _write_baseline(self, result: Result) -> None:
        from vlmr1_lint.chinese import translated
        from vlmr1_lint.commandline.words import say
        from vlmr1_lint.findings.baseline import write
        from vlmr1_lint.sources import Unwritable, write_report

        path, lang = self.options.write_baseline, self.preferences.lang
        try:
            write_report(path, write(result.findings))
            tell(say("baseline-written", lang, count=len(result.findings), path=path))
        except Unwritable as error:
            self._complain("not-written", path=path, reason=translated(str(error), lang))

    def _planning(self, session: Session, result: Result, fixes: Fixes | None) -> Plan:
        """What gives findings of *result* that are shown the edits of their fixes. Fixes that other programs write must harm no
        run that shares a file; those that we write were judged when they were written."""
        texts = fixes.texts if fixes is not None else {}
        formats = {output.format for output in self.options.format or ()}
        # Scripts are kept whole, and to read one takes as long as to plan its edits; of other files the nodes were thrown away.
        read = {} if texts else {one.document.path: one.document for one in result.targets if one.kind == "launch"}
        judged = fixes is None and (self.options.show_fixes or bool(formats & WRITTEN_BY_OTHERS))

        def plan(findings: Sequence[Finding]) -> Sequence[Finding]:
            from vlmr1_lint.fixing.planning import with_edits

            planned = with_edits(findings, lambda name: read.get(name) or session.document(name, texts))
            if not judged or not planned:
                return planned
            from vlmr1_lint.sharing import without_harm

            return without_harm(session, replace(result, findings=planned))

        return plan

    def _report(self, session: Session, result: Result, fixes: Fixes | None) -> None:
        from vlmr1_lint.commands.report import report

        plan = self._planning(session, result, fixes)
        self._tell_troubles(report(result, fixes, self.options, self.preferences, self.root, plan, self.changes))
        if fixes is not None and self.options.stdin_filename is not None and not self.options.diff:
            # The text as it is now, changed or not: an editor puts it in the place of its own.
            path = os.path.abspath(self.options.stdin_filename)
            put_bytes(fixes.texts.get(session.sources.name(path), session.sources.read(path)))

    def _status(self, result: Result) -> int:
        if self.options.write_baseline and not self.trouble:
            return EXIT_CLEAN  # what was found is accepted now
        if self.trouble or (self.options.fail_on_no_input and not result.targets):
            return EXIT_TROUBLE
        if self.options.exit_zero:
            return EXIT_CLEAN
        return EXIT_FINDINGS if any(fails(finding, self.preferences.fail_on) for finding in result.findings) else EXIT_CLEAN
