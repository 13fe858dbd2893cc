"""The one orchestration: PATHs to sources to runs to results. The command line, the language server and the tests all go
through here."""

from __future__ import annotations

from vlmr1_lint.checking.context import Context
from vlmr1_lint.documents.library import Library
from vlmr1_lint.documents.recognise import FOREIGN_LAUNCH, recognise
from vlmr1_lint.documents.references import resolve
from vlmr1_lint.engine import Engine
from vlmr1_lint.findings.finding import Finding, RuleFailed, in_order
from vlmr1_lint.sources import Sources, Unreadable
from vlmr1_lint.training.joining import beside
from vlmr1_lint.training.runs import Hints, Target, args_runs, find_runs, foreign_args, launched
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Undecided
    from vlmr1_lint.launches.fleet import Fleet
    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.training.run import Run

    Read = TypeVar("Read")

__all__ = ["Result", "Session"]

SCRIPTS = ("launch", FOREIGN_LAUNCH)
"""Kinds of files that bash reads."""


@value
class Result:
    """What linting came to.

    findings  in order: path, line, column, rule
    skipped   rules that missing facts left undecided
    targets   the files that are ours
    foreign   name → why a file is not ours, or why trainer code tells nothing
    find      what gives the runs they start
    troubles  name and error of a file that could not be dealt with (a fleet in its comments that is none, a fault of ours); the
              others were
    """

    findings: tuple[Finding, ...]
    skipped: Undecided
    targets: tuple[Target, ...]
    foreign: Mapping[str, str]
    find: Callable[[], list[Run]]
    troubles: tuple[tuple[str, Exception], ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that the files start; made again when asked for: a thousand of them are not kept."""
        return tuple(self.find())


class Session:
    """One invocation over *files* (absolute paths) as *preferences* (settings and command line together) ask for it.

    *accelerate* tells, of the files' kinds by path, the accelerate YAML that goes with args files which name none: for files that
    a user named together. None goes with them by default.
    *naming* tells, of all files' kinds by path (None: not ours), which other files may name one of them: the runs that these
    start and that rest on one of *files* are linted too. None are by default.
    *changed*, absolute paths, leaves out what rests on none of these files.
    """

    def __init__(
        self,
        sources: Sources,
        files: Sequence[str],
        preferences: Preferences,
        accelerate: Callable[[Mapping[str, str]], str | None] | None = None,
        naming: Callable[[Mapping[str, str | None]], Iterable[str]] | None = None,
        changed: frozenset[str] | None = None,
    ) -> None:
        self.sources = sources
        self.files = tuple(files)
        self.preferences = preferences
        self._accelerate = accelerate
        self._naming = naming
        self._changed = changed
        self._others: dict[str, str] | None = None
        self._troubles: dict[tuple[str, str], Exception] = {}

    def with_referring(self, result: Result, texts: Mapping[str, bytes]) -> Result:
        """*result* of `alone`, and what is found in runs that start elsewhere and rest on one of the files."""
        if self._naming is None:
            return result
        known = {finding.fingerprint for finding in result.findings}
        others = [one for one in self.lint(texts).findings if one.home is not None and one.fingerprint not in known]
        return replace(result, findings=tuple(in_order([*result.findings, *others]))) if others else result

    def alone(self) -> Session:
        """The same without runs that start elsewhere: what fixes may be about."""
        return Session(self.sources, self.files, self.preferences, self._accelerate, None, self._changed)

    def lint(self, texts: Mapping[str, bytes] | None = None) -> Result:
        """Lint the files; *texts* (name → bytes) stand in for what is on disk.

        Raises SettingsError for settings that cannot be used, SelectionError, FleetError, SelectorError and NoLocalGpus for words
        of the command line that mean nothing. A file's own trouble is in ``Result.troubles``.
        """
        sources = self._sources(texts or {})
        library = Library(sources, resolve)
        self._troubles = {}
        kinds, foreign = self._recognise(sources)
        about = Context(self.preferences.lang, frozenset(map(sources.name, self.files)), self._touching(kinds, library))
        checks = Engine(self.preferences, sources, about, self._note)
        entries = {**self._referring(kinds, sources), **kinds}
        self._leave_scripts(entries, foreign, library)
        targets: dict[str, Target] = {}
        named: set[str] = set()
        nothing: tuple[list[Run], set[str]] = [], set()
        for path, kind in entries.items():
            script = self._target(path, kind, library) if kind == "launch" else None
            if script is None:
                continue
            targets[path] = script
            if path in kinds and script.document.unread:
                foreign.setdefault(script.document.path, checks.unread(script.document))
            runs, names = self._runs_of(script, lambda one, hints: launched(one, library, hints), nothing)
            named |= names
            checks.runs(self._wanted(runs, path in kinds, library))
        for path, kind in list(entries.items()):
            target = targets.get(path) or self._target(path, kind, library)
            if target is None:
                continue
            why = self._foreign(target, library) if kind == "args" and path not in named else ""
            if why:
                foreign[target.document.path] = why
                kinds.pop(path, None)
                continue
            targets[path] = target
            if path in kinds and (self._changed is None or path in self._changed):
                checks.file(target)
            if kind == "args" and path not in named:
                runs = self._runs_of(target, lambda one, hints: args_runs(one, library, hints), [])
                runs = self._wanted(runs, path in kinds, library)
                checks.runs(self._tried(target.document.path, lambda: self._joined(runs, kinds, library), runs))  # noqa: B023
            target.document.forget()  # there may be thousands
        if checks.together is not None and checks.together.names:
            alike = [target for target in targets.values() if target.document.path in checks.together.names]
            checks.project(self._joined(find_runs(alike, library, self._hints), kinds, library))
        ours = [targets[path] for path in kinds if path in targets and checks.is_ours(targets[path])]
        kept = self._selected(checks.found())
        kept = self._suppressed(kept, ours, checks.skipped, checks.about)
        if any(len(target.document.roots) > 1 for target in targets.values() if target.kind == "launch"):
            from vlmr1_lint.findings.merging import across_commands

            kept = across_commands(kept, self.preferences.lang)
        kept = [_told(finding, self.preferences.lang) for finding in kept]
        troubles = tuple((name, error) for (name, _), error in sorted(self._troubles.items(), key=lambda item: item[0]))
        foreign.update((sources.name(path), why) for path, why in sources.not_understood.items())
        find = lambda: self._joined(find_runs(ours, library, self._hints), kinds, library)  # noqa: E731
        return Result(tuple(in_order(kept)), checks.skipped, tuple(ours), foreign, find, troubles)

    def _referring(self, kinds: Mapping[str, str], sources: Sources) -> Mapping[str, str]:
        """Path → kind of the entries that were not asked for and may name a file that was."""
        if self._naming is None:
            return {}
        if self._others is None:
            named = self._naming({path: kinds.get(path) for path in self.files})
            found, _ = self._recognised(named, sources)
            self._others = {path: kind for path, kind in found.items() if kind in {"launch", "args"} and path not in self.files}
        return self._others

    def _wanted(self, runs: list[Run], asked: bool, library: Library) -> list[Run]:
        """Those of *runs* that are to be linted; *asked*: whether the file that they start in was asked for."""
        if self._changed is None and asked:
            return runs
        from vlmr1_lint.training.touching import Touching

        touching = Touching(self._changed if self._changed is not None else self.files, library)
        return [run for run in runs if any(touching.of(run))]

    def _touching(self, kinds: Mapping[str, str], library: Library) -> Callable[[Run], Sequence[Document]]:
        """What gives the files asked for that a run rests on."""

        def of(run: Run) -> Sequence[Document]:
            from vlmr1_lint.training.touching import Touching

            return Touching(self.files, library).documents(run, kinds)

        return of

    def _leave_scripts(self, kinds: dict[str, str], foreign: dict[str, str], library: Library) -> None:
        """Move the launch scripts of *kinds* to *foreign* where what reads them is not installed: the rest of the run goes on."""
        scripts = [path for path, kind in kinds.items() if kind in SCRIPTS]
        if not scripts:
            return
        from vlmr1_lint.documents.shell.grammar import NoGrammar

        try:
            library.document(scripts[0])
        except NoGrammar as error:
            for path in scripts:
                del kinds[path]
                foreign[library.sources.name(path)] = str(error)
        except Exception:
            return  # the trouble of this script alone, which is told when it is its turn

    def recognised(self) -> Mapping[str, str]:
        """Path → kind of the files that are ours."""
        return self._recognise(self.sources)[0]

    def runs(self) -> list[Run]:
        """The runs that the files start, without asking any rule."""
        library = Library(self.sources, resolve)
        self._troubles = {}
        kinds, _ = self._recognise(self.sources)
        targets = [Target(path, library.document(path), kind) for path, kind in kinds.items()]
        runs = self._joined(find_runs(targets, library, self._hints), kinds, library)
        for error in self._troubles.values():
            raise error  # whoever asks for a file's runs wants to hear of it
        return runs

    def _joined(self, runs: list[Run], kinds: Mapping[str, str], library: Library) -> list[Run]:
        """*runs*, with the accelerate YAML that goes with those which name none."""
        path = self._accelerate(kinds) if self._accelerate is not None else None
        return runs if path is None else [beside(run, path, library) for run in runs]

    def _foreign(self, target: Target, library: Library) -> str:
        """Why the args file *target* is another program's after all; ``""`` for one of ours, or that users call so."""
        data = target.document.data
        if self.preferences.kind(target.document.path) or (b"vlmr1-lint:" in data and b"kind=" in data):
            return ""
        return self._runs_of(target, lambda one, hints: foreign_args(one, library, hints), "")

    def _runs_of(self, target: Target, find: Callable[[Target, Hints], Read], nothing: Read) -> Read:
        """What *find* gives for *target*; *nothing* for a file that makes us fail, which is this file's trouble."""
        hints = self._hints(target)
        return self._tried(target.document.path, lambda: find(target, hints), nothing)

    def _target(self, path: str, kind: str, library: Library) -> Target | None:
        """The recognised file at *path*; None for one that makes us fail, which is its own trouble."""

        def read() -> Target:
            document = library.document(path)
            if kind in SCRIPTS:
                document.roots  # noqa: B018 - its commands are asked for by all that follows
            return Target(path, document, kind)

        return self._tried(self.sources.name(path), read, None)

    def _tried(self, name: str, act: Callable[[], Read], nothing: Read) -> Read:
        """What *act* gives; *nothing* where it fails, which is the trouble of the file called *name* and hides no other."""
        try:
            return act()
        except Exception as error:
            if isinstance(error, _word_errors()):
                raise  # a word of the command line
            self._note(name, error)
            return nothing

    def _note(self, name: str, error: Exception) -> None:
        """Keep the trouble of the file called *name*: the first of each rule that fails, and the first that is no rule's."""
        self._troubles.setdefault((name, error.rule if isinstance(error, RuleFailed) else ""), error)

    def document(self, name: str, texts: Mapping[str, bytes]) -> Document:
        """The document called *name* where *texts* stand in for what is on disk."""
        sources = self._sources(texts)
        return Library(sources, resolve).document(sources.path(name))

    def _sources(self, texts: Mapping[str, bytes]) -> Sources:
        if not texts:
            return self.sources
        overlays = {**self.sources.overlays, **{self.sources.path(name): data for name, data in texts.items()}}
        return Sources(self.sources.root, overlays)

    def _recognise(self, sources: Sources) -> tuple[dict[str, str], dict[str, str]]:
        """Path → kind of the files that are ours, and name → why not of the others."""
        return self._recognised(self.files, sources)

    def _recognised(self, paths: Iterable[str], sources: Sources) -> tuple[dict[str, str], dict[str, str]]:
        kinds: dict[str, str] = {}
        foreign: dict[str, str] = {}
        for path in paths:
            name = sources.name(path)
            try:
                data = sources.read(path)
            except Unreadable as error:
                foreign[name] = f"cannot be read: {error}"
                continue
            asked = self.preferences.kind(name)
            found = self._tried(name, lambda: recognise(name, data, None, asked), None)  # noqa: B023 - called at once
            if found is None:
                continue
            if found.kind is None:
                foreign[name] = found.why
            else:
                kinds[path] = found.kind
                if found.kind == FOREIGN_LAUNCH:
                    foreign[name] = found.why
        return kinds, foreign

    def _hints(self, target: Target) -> Hints:
        """Fleet and trainer of the run that *target* starts. Of the hardware a comment in the file is closest to the truth, then
        come the command line, if it does not ask about other hardware (``plan``), and the settings; of the trainer, the command
        line comes first."""
        given, asked = self.preferences.given, self.preferences.entry(target.document.path)
        nothing: tuple[str | None, str | None] = None, None
        said_gpus, said_trainer = self._tried(target.document.path, lambda: _said(target.document), nothing)
        flag, comment = (given.gpus, "--gpus"), (said_gpus, "comment")
        gpus, origin = _first(*((flag, comment) if given.what_if else (comment, flag)), (asked.gpus, "settings"))
        trainer, spoken = _first((given.trainer, "--trainer"), (said_trainer, "comment"), (asked.trainer, "settings"))
        fleet = self._understood(target, lambda: _fleet(gpus, origin), on_the_command_line=origin == "--gpus")
        if trainer is not None:
            from vlmr1_lint.candidates.trainer import from_selector

            said_by = trainer
            known = self._understood(target, lambda: from_selector(said_by, spoken), on_the_command_line=spoken == "--trainer")
            trainer = trainer if known is not None else None
        what_if = given.what_if and origin == "--gpus"
        return Hints(fleet, trainer, f"{spoken} says {trainer}", asked.host_ram, asked.here, what_if)

    def _understood(self, target: Target, read: Callable[[], Read], *, on_the_command_line: bool) -> Read | None:
        """What *read* gives. A word that means nothing ends the invocation if it stands on the command line; one of a file's own
        is the trouble of that file."""
        try:
            return read()
        except _word_errors() as error:
            if on_the_command_line:
                raise
            self._note(target.document.path, error)
            return None

    def _selected(self, findings: Iterable[Finding]) -> list[Finding]:
        """Findings whose rule is selected where they stand, with the severity asked for there; with fingerprints."""
        rules = self.preferences.rules
        kept = [finding for finding in findings if rules(finding.place.document.path).get(finding.rule) is not None]
        return _stamped(kept)

    def _suppressed(
        self, findings: list[Finding], targets: Sequence[Target], skipped: Undecided, about: Context
    ) -> list[Finding]:
        """What comments and settings leave of *findings*, and findings about suppressions that do nothing."""
        kinds = {target.document.path: target.kind for target in targets}
        beside = {place.document.path: place.document for one in findings if (place := one.place).document.path not in kinds}
        declared = self.preferences.suppressions([*kinds, *beside])
        documents = [*(target.document for target in targets), *beside.values()]
        if not declared and not any(b"vlmr1-lint:" in document.data for document in documents):
            return findings
        from functools import partial

        from vlmr1_lint.checking.misuses import misuse_findings
        from vlmr1_lint.findings.suppression import apply

        undecided = {(one.path, one.rule) for one in skipped}
        known = {rule.id: rule.name for rule in self.preferences.catalogue}

        def judged(path: str, name: str) -> bool:
            rule = self.preferences.rules(path).get(name)
            # A file that runs share may be in order for those that were asked for, and not for others.
            if rule is None or rule.scope == "project" or path not in kinds:
                return False  # other runs may have been left out
            seen_whole = rule.scope == "document" or kinds.get(path) in {"args", "launch"}
            return seen_whole and (path, name) not in undecided

        try:
            outcome = apply(findings, documents, declared, known, judged)
        except Exception:  # a file whose comments make us fail: what they say about it is not known, and the others are as ever
            alone = {one.path: partial(apply, findings, [one], (), known, judged) for one in documents}
            documents = [one for one in documents if self._tried(one.path, alone[one.path], None)]
            outcome = apply(findings, documents, declared, known, judged)
        misused: list[Finding] = []
        misuses = [one for one in outcome.misuses if one.place.document.path in kinds]
        for path, found in misuse_findings(misuses, kinds.__getitem__, self.preferences.rules, about):
            if isinstance(found, RuleFailed):
                self._note(path, found)
            elif isinstance(found, Finding):
                misused.append(found)
        return _stamped([*outcome.kept, *misused])


def _said(document: Document) -> tuple[str | None, str | None]:
    """The fleet and the trainer that comments in *document* say."""
    if b"vlmr1-lint:" not in document.data:
        return None, None
    from vlmr1_lint.findings.directives import directives, setting

    said = directives(document)
    return setting(said, "gpus"), setting(said, "trainer")


def _word_errors() -> tuple[type[Exception], ...]:
    """Errors of words that say hardware or a trainer. Loaded when there is an error: most invocations say neither."""
    from vlmr1_lint.launches.fleet import FleetError
    from vlmr1_lint.sources.hardware import NoLocalGpus
    from vlmr1_lint.trainers.releases import SelectorError

    return FleetError, SelectorError, NoLocalGpus


def _told(finding: Finding, lang: str) -> Finding:
    """*finding* where it is to be told: at its own place, or at the one that is shown instead."""
    if finding.shown is None:
        return finding
    from vlmr1_lint.findings.finding import Related
    from vlmr1_lint.findings.texts import say

    return finding.told(Related(finding.place, say("belongs-here" if finding.place.value is None else "here", lang)))


def _fleet(gpus: str | None, origin: str) -> Fleet | None:
    if not gpus:
        return None
    from vlmr1_lint.launches.fleet import parse_fleet

    if gpus == "local":
        from vlmr1_lint.sources.hardware import local_fleet

        gpus = local_fleet()
    return parse_fleet(gpus, origin)


def _first(*choices: tuple[str | None, str]) -> tuple[str | None, str]:
    """The first of *choices* (what is said, where) that says something, else the last."""
    return next((choice for choice in choices if choice[0]), choices[-1])


def _stamped(findings: Sequence[Finding]) -> list[Finding]:
    """*findings* in order and with their identities."""
    if not findings:
        return []
    from vlmr1_lint.findings.baseline import stamp

    return list(stamp(findings))
