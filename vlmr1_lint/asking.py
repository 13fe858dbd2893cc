"""Asking the rules: about each file, about each run, and about the runs of a repository together."""

from __future__ import annotations

import os

from vlmr1_lint.checking.circumstances import Circumstances
from vlmr1_lint.checking.evaluate import check_document, check_run
from vlmr1_lint.checking.finding import Finding, Skipped, Undecided
from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.sources import repository_root
from vlmr1_lint.training.machine import Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vlmr1_lint.checking.catalogue import Catalogue
    from vlmr1_lint.checking.finding import Lacking
    from vlmr1_lint.checking.recall import Recall
    from vlmr1_lint.checking.rule import Rule
    from vlmr1_lint.checking.together import Together
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run
    from vlmr1_lint.training.runs import Target

__all__ = ["Asking"]


class Asking:
    """What rules find in the files and runs of one invocation, one after the other. A fault of ours is the trouble of the file
    at hand and no other's: it goes to *troubles*, by name."""

    def __init__(self, preferences: Preferences, sources: Sources, asked: Sequence[str], troubles: dict[str, Exception]) -> None:
        self.preferences = preferences
        self.sources = sources
        self.about = Circumstances(preferences.lang, frozenset(asked))
        self.troubles = troubles
        self.findings: list[tuple[Finding, Run | None]] = []
        self.skipped = Undecided()
        self.together: Together | None = None
        self.first: tuple[Run, Catalogue] | None = None
        self.recall: Recall | None = None
        if len(asked) > 1:
            from vlmr1_lint.checking.recall import Recall

            self.recall = Recall()

    def file(self, target: Target) -> None:
        """Ask the rules about the file itself."""
        name, kind = target.document.path, target.kind
        rules = self.preferences.rules(name)
        try:
            scope = DocumentScope(target.document, kind, self._machine(name) if kind == "data" else None)
            self.findings += [(found, None) for found in check_document(scope, rules.for_document(kind), self.about)]
        except Exception as error:
            self.troubles[name] = error

    def runs(self, runs: Iterable[Run]) -> None:
        """Ask the rules about *runs*."""
        for run in runs:
            name = run.inputs.document.path
            rules = self.preferences.rules(name)
            try:
                scope = RunScope(run, self.preferences.entry(name).data, machine=self._machine(name))
                found, lacking = self._of_run(scope, rules.for_run(run.candidates))
            except Exception as error:
                self.troubles[name] = error
                continue
            self.findings += [(one, run) for one in found]
            self.skipped.add(name, lacking)
            scope.forget()
            if rules.project:
                self._note(run, rules)

    def _note(self, run: Run, rules: Catalogue) -> None:
        """Keep in mind what rules of scope project may ask of *run*. Most of them are about what two runs share, so the first run
        waits for a second, if not one of its rules is about any."""
        if self.together is None:
            if self.first is None and all(rule.depends is not None for rule in rules.project):
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
                    if isinstance(found, Skipped):
                        self.skipped.add(found.path, ((found.rule, found.missing),))
                    else:
                        self.findings.append((found, None))
            except Exception as error:
                self.troubles[name] = error

    def found(self) -> list[Finding]:
        """All findings so far, those that several runs have in common once."""
        if not self.findings:
            return []
        from vlmr1_lint.checking.merging import across_runs

        return across_runs(self.findings)

    def _of_run(self, scope: RunScope, rules: tuple[Rule, ...]) -> tuple[list[Finding], Lacking]:
        """What *rules* find in one run, and what they lack."""
        if self.recall is not None:
            return self.recall.check(scope, rules, self.about)
        said = list(check_run(scope, rules, self.about))
        lacking = tuple((one.rule, one.missing) for one in said if isinstance(one, Skipped))
        return [one for one in said if isinstance(one, Finding)], lacking

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
