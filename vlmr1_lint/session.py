"""The one orchestration: PATHs to sources to runs to results. The command line, the language server and the tests all go
through here."""

from __future__ import annotations

from vlmr1_lint.checking.circumstances import Circumstances
from vlmr1_lint.checking.directives import directives, setting
from vlmr1_lint.checking.evaluate import check_document, check_run
from vlmr1_lint.checking.finding import Finding, Related, Skipped
from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.documents.library import Library
from vlmr1_lint.documents.recognise import recognise
from vlmr1_lint.sources import Sources, Unreadable
from vlmr1_lint.sources.hardware import NoLocalGpus
from vlmr1_lint.training.fleet import FleetError, parse_fleet
from vlmr1_lint.training.machine import Machine
from vlmr1_lint.training.releases import SelectorError
from vlmr1_lint.training.runs import Hints, Target, find_runs
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.training.fleet import Fleet
    from vlmr1_lint.training.run import Run

    Read = TypeVar("Read")

__all__ = ["Result", "Session"]

UNDERSTOOD = (FleetError, SelectorError, NoLocalGpus)
"""Errors of words that say hardware or a trainer."""


@value
class Result:
    """What linting came to.

    findings  in order: path, line, column, rule
    skipped   rules that missing facts left undecided
    targets   the files that are ours
    runs      the runs they start
    foreign   name → why a file is not ours
    troubles  name and error of a file that could not be dealt with (a fleet in its comments that is none, a fault of ours); the
              others were
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    targets: tuple[Target, ...]
    runs: tuple[Run, ...]
    foreign: Mapping[str, str]
    troubles: tuple[tuple[str, Exception], ...] = ()


class Session:
    """One invocation over *files* (absolute paths) as *preferences* (settings and command line together) ask for it."""

    def __init__(self, sources: Sources, files: Sequence[str], preferences: Preferences) -> None:
        self.sources = sources
        self.files = tuple(files)
        self.preferences = preferences
        self._troubles: dict[str, Exception] = {}

    def lint(self, texts: Mapping[str, bytes] | None = None) -> Result:
        """Lint the files; *texts* (name → bytes) stand in for what is on disk. Raises PreferenceError for settings without
        meaning."""
        sources = self._sources(texts or {})
        library = Library(sources)
        self._troubles = {}
        targets, foreign = self._recognise(library)
        runs = self._find_runs(targets, library)
        about = Circumstances(self.preferences.lang, frozenset(sources.name(path) for path in self.files))
        findings: list[tuple[Finding, Run | None]] = []
        skipped: list[Skipped] = []
        for target in targets:
            findings += [(found, None) for found in self._of_file(target, sources, about)]
        for run in runs:
            for found in self._of_run(run, sources, about):
                if isinstance(found, Finding):
                    findings.append((found, run))
                else:
                    skipped.append(found)
        kept = self._selected(_merged(findings))
        kept = self._suppressed(kept, targets, skipped, about)
        if any(len(target.document.roots) > 1 for target in targets if target.kind == "launch"):
            from vlmr1_lint.checking.merging import across_commands

            kept = across_commands(kept, about.lang)
        troubles = tuple(sorted(self._troubles.items()))
        return Result(tuple(_in_order(kept)), tuple(dict.fromkeys(skipped)), tuple(targets), tuple(runs), foreign, troubles)

    def runs(self) -> list[Run]:
        """The runs that the files start, without asking any rule."""
        library = Library(self.sources)
        self._troubles = {}
        targets, _ = self._recognise(library)
        runs = find_runs(targets, library, self._hints)
        for error in self._troubles.values():
            raise error  # whoever asks for a file's runs wants to hear of it
        return runs

    def _find_runs(self, targets: Sequence[Target], library: Library) -> list[Run]:
        """The runs of *targets*; of a file that makes us fail none, and the others' all the same."""
        try:
            return find_runs(targets, library, self._hints)
        except UNDERSTOOD:
            raise  # a word of the command line
        except Exception as error:
            if len(targets) == 1:
                self._troubles[targets[0].document.path] = error
                return []
            return [run for target in targets for run in self._find_runs([target], library)]

    def _of_file(self, target: Target, sources: Sources, about: Circumstances) -> list[Finding]:
        """What the rules about single files find in *target*. A fault of ours is this file's trouble and no other's."""
        catalogue = self.preferences.rules(target.document.path)
        try:
            machine = self._machine(sources, target.document.path) if target.kind == "data" else None
            scope = DocumentScope(target.document, target.kind, machine)
            return list(check_document(scope, catalogue.for_document(target.kind), about))
        except Exception as error:
            self._troubles[target.document.path] = error
            return []

    def _of_run(self, run: Run, sources: Sources, about: Circumstances) -> list[Finding | Skipped]:
        """What the rules about runs find in *run*, and what they leave open."""
        name = run.inputs.document.path
        rules = self.preferences.rules(name)
        try:
            asked = self.preferences.entry(name)
            scope = RunScope(run, asked.data, machine=Machine(sources, check_data=asked.check_data, here=asked.here))
            return list(check_run(scope, rules.for_run(run.candidates), about))
        except Exception as error:
            self._troubles[name] = error
            return []

    def document(self, name: str, texts: Mapping[str, bytes]) -> Document:
        """The document called *name* where *texts* stand in for what is on disk."""
        sources = self._sources(texts)
        return Library(sources).document(sources.path(name))

    def _sources(self, texts: Mapping[str, bytes]) -> Sources:
        if not texts:
            return self.sources
        overlays = {**self.sources.overlays, **{self.sources.path(name): data for name, data in texts.items()}}
        return Sources(self.sources.root, overlays)

    def _recognise(self, library: Library) -> tuple[list[Target], dict[str, str]]:
        targets: list[Target] = []
        foreign: dict[str, str] = {}
        for path in self.files:
            name = library.sources.name(path)
            try:
                data = library.sources.read(path)
            except Unreadable as error:
                foreign[name] = f"cannot be read: {error}"
                continue
            found = recognise(name, data, None, self.preferences.kind(name))
            if found.kind is None:
                foreign[name] = found.why
                continue
            targets.append(Target(path, library.document(path), found.kind))
        return targets, foreign

    def _hints(self, target: Target) -> Hints:
        """Fleet and trainer of the run that *target* starts: command line, then a comment in the file, then settings."""
        given, asked = self.preferences.given, self.preferences.entry(target.document.path)
        said = directives(target.document)
        gpus, origin = _first((given.gpus, "--gpus"), (setting(said, "gpus"), "comment"), (asked.gpus, "settings"))
        trainer, spoken = _first((given.trainer, "--trainer"), (setting(said, "trainer"), "comment"), (asked.trainer, "settings"))
        fleet = self._understood(target, lambda: _fleet(gpus, origin), on_the_command_line=origin == "--gpus")
        if trainer is not None:
            from vlmr1_lint.training.trainer import from_selector

            said_by = trainer
            known = self._understood(target, lambda: from_selector(said_by, spoken), on_the_command_line=spoken == "--trainer")
            trainer = trainer if known is not None else None
        return Hints(fleet, trainer, f"{spoken} says {trainer}", asked.host_ram)

    def _understood(self, target: Target, read: Callable[[], Read], *, on_the_command_line: bool) -> Read | None:
        """What *read* gives. A word that means nothing ends the invocation if it stands on the command line; one of a file's own
        is the trouble of that file."""
        try:
            return read()
        except UNDERSTOOD as error:
            if on_the_command_line:
                raise
            self._troubles[target.document.path] = error
            return None

    def _machine(self, sources: Sources, name: str) -> Machine:
        """What rules about the data config called *name* may ask of the disk."""
        asked = self.preferences.entry(name)
        return Machine(sources, check_data=asked.check_data, here=asked.here)

    def _selected(self, findings: Iterable[Finding]) -> list[Finding]:
        """Findings whose rule is selected where they stand, with the severity asked for there; with fingerprints."""
        kept = []
        for finding in findings:
            if self.preferences.rules(finding.place.document.path).get(finding.rule) is not None:
                kept.append(finding)
        return _fingerprinted(kept)

    def _suppressed(
        self, findings: list[Finding], targets: Sequence[Target], skipped: Sequence[Skipped], about: Circumstances
    ) -> list[Finding]:
        """What comments and settings leave of *findings*, and findings about suppressions that do nothing."""
        declared = self.preferences.suppressions(target.document.path for target in targets)
        if not declared and not any(b"vlmr1-lint:" in target.document.data for target in targets):
            return findings
        from vlmr1_lint.checking.misuses import misuse_findings
        from vlmr1_lint.checking.suppression import apply

        undecided = {(one.path, one.rule) for one in skipped}
        known = {rule.id: rule.name for rule in self.preferences.catalogue}

        kinds = {target.document.path: target.kind for target in targets}

        def judged(path: str, name: str) -> bool:
            rule = self.preferences.rules(path).get(name)
            # A file that runs share may be in order for those that were asked for, and not for others.
            seen_whole = rule is not None and (rule.scope == "document" or kinds.get(path) in {"args", "launch"})
            return seen_whole and (path, name) not in undecided

        documents = [target.document for target in targets]
        outcome = apply(findings, documents, declared, known, judged)
        misused = misuse_findings(outcome.misuses, kinds.__getitem__, self.preferences.rules, about)
        return _fingerprinted([*outcome.kept, *misused])


def _fleet(gpus: str | None, origin: str) -> Fleet | None:
    if gpus == "local":
        from vlmr1_lint.sources.hardware import local_fleet

        gpus = local_fleet()
    return parse_fleet(gpus, origin) if gpus else None


def _first(*choices: tuple[str | None, str]) -> tuple[str | None, str]:
    """The first of *choices* (what is said, where) that says something, else the last."""
    return next((choice for choice in choices if choice[0]), choices[-1])


def _merged(findings: Sequence[tuple[Finding, Run | None]]) -> list[Finding]:
    """One finding of each rule at each span: runs that share a file say the same of it only once. What another run adds, its
    places and its own words, is related."""
    seen: dict[tuple[object, ...], Finding] = {}
    for finding, run in findings:
        place = finding.place
        key = (finding.rule, place.document.path, place.entry, place.key, place.value)
        first = seen.setdefault(key, finding)
        if first is not finding and run is not None:
            added = [other for other in finding.related if other not in first.related]
            if finding.message != first.message:
                from vlmr1_lint.checking.places import entry_place

                added.insert(0, Related(entry_place(run), finding.message))
            seen[key] = replace(first, related=(*first.related, *added))
    return list(seen.values())


def _fingerprinted(findings: Sequence[Finding]) -> list[Finding]:
    """*findings* in order and with their identities."""
    if not findings:
        return []
    from vlmr1_lint.checking.baseline import stamp

    return list(stamp(_in_order(findings)))


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By path, line, column, rule (DESIGN §6); what then is still equal, by where it ends and its key."""
    return sorted(findings, key=_rank)


def _rank(finding: Finding) -> tuple[object, ...]:
    place = finding.place
    return (place.document.path, place.entry.start, finding.rule, place.entry.end, place.key)
