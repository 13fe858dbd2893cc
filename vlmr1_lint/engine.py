"""Engine the rules: about each file, about each run, and about the runs of a repository together."""

from __future__ import annotations

import os

from vlmr1_lint.checking.evaluate import check_document, check_run, rules_of
from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.datafiles.machine import Machine
from vlmr1_lint.documents.recognise import FOREIGN_LAUNCH
from vlmr1_lint.findings.finding import Finding, RuleFailed, Skipped, Undecided
from vlmr1_lint.sources import repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vlmr1_lint.checking.context import Context
    from vlmr1_lint.checking.evaluate import Said
    from vlmr1_lint.checking.together import Together
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.copies import Copies
    from vlmr1_lint.findings.finding import Lacking, Place
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.rulefiles.catalogue import Catalogue
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run
    from vlmr1_lint.training.runs import Target

__all__ = ["Engine"]


class Engine:
    """What rules find in the files and runs of one invocation, one after the other. A fault of ours is the trouble of the file
    at hand and no other's, and of one rule where it is one rule's: *trouble* is told of it, with the file's name."""

    def __init__(
        self, preferences: Preferences, sources: Sources, about: Context, trouble: Callable[[str, Exception], None]
    ) -> None:
        self.preferences = preferences
        self.sources = sources
        self.about = about
        self.trouble = trouble
        self.findings: list[tuple[Finding, Place | None]] = []
        self._copies: Copies | None = None
        self.skipped = Undecided()
        self.together: Together | None = None
        self.first: tuple[Run, Catalogue] | None = None

    def file(self, target: Target) -> None:
        """Ask the rules about the file itself."""
        name, kind = target.document.path, target.kind
        rules = self.preferences.rules(name)
        try:
            read_as = "launch" if kind == FOREIGN_LAUNCH else kind
            scope = DocumentScope(target.document, read_as, self._machine(name) if kind in {"data", "accelerate"} else None)
            for found in check_document(scope, rules.for_document(kind), self.about):
                self._take(name, found, None)
        except Exception as error:
            self.trouble(name, error)

    def unread(self, script: Document) -> str:
        """Note what of *script* is not read, and say it."""
        ends = [(script.position(span.start).line, script.position(span.end).line) for span in script.unread]
        lines = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ends)
        self.skipped.add(script.path, (("SH020", (f"lines {lines}",)),))
        return f"lines {lines}: a launch that the shell grammar does not give"

    def runs(self, runs: Iterable[Run]) -> None:
        """Ask the rules about *runs*."""
        for run in runs:
            name = run.inputs.document.path
            rules = self.preferences.rules(name)
            try:
                scope = RunScope(run, self.preferences.entry(name).data, machine=self._machine(name))
                found, lacking = self._of_run(scope, rules_of(run, rules))
            except Exception as error:
                self.trouble(name, error)
                continue
            for one in found:
                self._take(name, one, run)
            self.skipped.add(name, lacking)
            scope.forget()
            if rules.project:
                self._note(run, rules)

    def _note(self, run: Run, rules: Catalogue) -> None:
        """Keep in mind what rules of scope project may ask of *run*. Most of them are about what two runs share, so the first run
        waits for a second, if not one of its rules is about any."""
        if self.together is None:
            if self.first is None and all(rule.shares is not None for rule in rules.project):
                self.first = run, rules
                return
            from vlmr1_lint.checking.together import Together

            self.together = Together()
            if self.first is not None:
                self.together.note(*self.first)
        self.together.note(run, rules)

    def project(self, runs: Iterable[Run]) -> None:
        """Ask the rules about *runs* together, those of one repository at a time."""
        from vlmr1_lint.checking.project import check_project

        for those in _by_repository(runs, self.sources):
            name = those[-1].inputs.document.path
            try:
                on = [(run, self.preferences.rules(run.inputs.document.path)) for run in those]
                for found in check_project(on, self.about):
                    self._take(name, found, None)
            except Exception as error:
                self.trouble(name, error)

    def _take(self, name: str, said: Said, run: Run | None) -> None:
        """Keep what a rule said about the file called *name*, or *run*."""
        if isinstance(said, Finding):
            self.findings.append(self._placed(said, run))
        elif isinstance(said, RuleFailed):
            self.trouble(name, said)
        else:
            self.skipped.add(said.path, ((said.rule, said.missing),))

    def _placed(self, found: Finding, run: Run | None) -> tuple[Finding, Place | None]:
        """*found* as it is kept, and where *run* begins. The run is not kept: there may be thousands."""
        from vlmr1_lint.findings.copies import Copies
        from vlmr1_lint.findings.places import entry_place

        self._copies = self._copies or Copies(self.sources)
        marked = self._copies.marked(found, run, self.preferences.rule(found.rule))
        return marked, None if run is None else entry_place(run)

    def is_ours(self, target: Target) -> bool:
        """Whether *target* is to be named among the files: another tool's launch script only where bash misreads it."""
        return target.kind != FOREIGN_LAUNCH or any(one.place.document is target.document for one, _ in self.findings)

    def found(self) -> list[Finding]:
        """All findings so far, those that several runs have in common once."""
        if not self.findings:
            return []
        from vlmr1_lint.findings.merging import across_runs

        return across_runs(self.findings)

    def _of_run(self, scope: RunScope, rules: tuple[Rule, ...]) -> tuple[list[Finding | RuleFailed], Lacking]:
        """What *rules* find in one run, or that they failed, and what they lack."""
        said = check_run(scope, rules, self.about)
        lacking = tuple((one.rule, one.missing) for one in said if isinstance(one, Skipped))
        return [one for one in said if not isinstance(one, Skipped)], lacking

    def _machine(self, name: str) -> Machine:
        """What rules about the file called *name*, or its run, may ask of the disk."""
        asked = self.preferences.entry(name)
        return Machine(self.sources, check_data=asked.check_data, here=asked.here)


def _by_repository(runs: Iterable[Run], sources: Sources) -> Iterable[list[Run]]:
    """*runs* by the repository that their entries lie in; those that lie in none are together."""
    folders: dict[str, str] = {}
    found: dict[str, list[Run]] = {}
    for run in runs:
        folder = os.path.dirname(sources.path(run.inputs.document.path))
        if folder not in folders:
            folders[folder] = repository_root(folder) or ""
        found.setdefault(folders[folder], []).append(run)
    return found.values()
