"""The one orchestration: PATHs to sources to runs to results. The command line, the language server and the tests all go
through here."""

from __future__ import annotations

from vlmr1_lint.checking.circumstances import Circumstances
from vlmr1_lint.checking.directives import directives, setting
from vlmr1_lint.checking.evaluate import check_document, check_run
from vlmr1_lint.checking.finding import SEVERITIES, Finding, Skipped
from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.documents.library import Library
from vlmr1_lint.documents.recognise import recognise
from vlmr1_lint.sources import Sources, Unreadable
from vlmr1_lint.training.fleet import parse_fleet
from vlmr1_lint.training.machine import Machine
from vlmr1_lint.training.runs import Hints, Target, find_runs
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.training.run import Run

__all__ = ["Result", "Session"]


@value
class Result:
    """What linting came to.

    findings  in order: path, line, column, rule
    skipped   rules that missing facts left undecided
    targets   the files that are ours
    runs      the runs they start
    foreign   name → why a file is not ours
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    targets: tuple[Target, ...]
    runs: tuple[Run, ...]
    foreign: Mapping[str, str]


class Session:
    """One invocation over *files* (absolute paths) as *preferences* (settings and command line together) ask for it."""

    def __init__(self, sources: Sources, files: Sequence[str], preferences: Preferences) -> None:
        self.sources = sources
        self.files = tuple(files)
        self.preferences = preferences

    def lint(self, texts: Mapping[str, bytes] | None = None) -> Result:
        """Lint the files; *texts* (name → bytes) stand in for what is on disk. Raises PreferenceError for settings without
        meaning."""
        sources = self._sources(texts or {})
        library = Library(sources)
        targets, foreign = self._recognise(library)
        runs = find_runs(targets, library, self._hints)
        about = Circumstances(self.preferences.lang, frozenset(sources.name(path) for path in self.files))
        findings: list[Finding] = []
        skipped: list[Skipped] = []
        for target in targets:
            catalogue = self.preferences.rules(target.document.path)
            machine = self._machine(sources, target.document.path) if target.kind == "data" else None
            scope = DocumentScope(target.document, target.kind, machine)
            findings += check_document(scope, catalogue.for_document(target.kind), about)
        for run in runs:
            for found in self._check(run, sources, about):
                (findings if isinstance(found, Finding) else skipped).append(found)  # type: ignore[arg-type]
        kept = self._selected(_merged(findings))
        kept = self._suppressed(kept, targets, skipped, about)
        return Result(tuple(_in_order(kept)), tuple(skipped), tuple(targets), tuple(runs), foreign)

    def runs(self) -> list[Run]:
        """The runs that the files start, without asking any rule."""
        library = Library(self.sources)
        targets, _ = self._recognise(library)
        return find_runs(targets, library, self._hints)

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
        said = directives(target.document)
        asked = self.preferences.entry(target.document.path)
        gpus = self.preferences.given.gpus or setting(said, "gpus") or asked.gpus
        origin = "--gpus" if self.preferences.given.gpus else "comment" if setting(said, "gpus") else "settings"
        trainer = self.preferences.given.trainer or setting(said, "trainer") or asked.trainer
        spoken = "--trainer" if self.preferences.given.trainer else "comment" if setting(said, "trainer") else "settings"
        if gpus == "local":
            from vlmr1_lint.sources.hardware import local_fleet

            gpus = local_fleet()
        fleet = parse_fleet(gpus, origin) if gpus else None
        return Hints(fleet, trainer, f"{spoken} says {trainer}", asked.host_ram)

    def _check(self, run: Run, sources: Sources, about: Circumstances) -> Iterable[Finding | Skipped]:
        name = run.inputs.document.path
        asked = self.preferences.entry(name)
        scope = RunScope(run, asked.data, machine=Machine(sources, check_data=asked.check_data, here=asked.here))
        return check_run(scope, self.preferences.rules(name).for_run(run.candidates), about)

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

        def judged(path: str, rule: str) -> bool:
            selected = self.preferences.rules(path).get(rule) is not None
            return selected and (path, rule) not in undecided

        documents = [target.document for target in targets]
        outcome = apply(findings, documents, declared, known, judged)
        kinds = {target.document.path: target.kind for target in targets}
        misused = misuse_findings(outcome.misuses, kinds.__getitem__, self.preferences.rules, about)
        return _fingerprinted([*outcome.kept, *misused])


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """One finding of each rule at each span: runs that share a file say the same of it only once."""
    seen: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        place = finding.place
        seen.setdefault((finding.rule, place.document.path, place.entry, place.key, place.value), finding)
    return list(seen.values())


def _fingerprinted(findings: Sequence[Finding]) -> list[Finding]:
    """*findings* in order and with their identities."""
    if not findings:
        return []
    from vlmr1_lint.checking.baseline import stamp

    return list(stamp(_in_order(findings)))


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(
        findings,
        key=lambda one: (one.place.document.path, one.place.entry.start, one.place.entry.end, SEVERITIES.index(one.severity), one.rule),
    )
