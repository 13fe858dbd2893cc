"""Rules about several runs: what their expressions see, and asking them. Loaded only where a rule of scope ``project`` is on.

A rule sees the runs of one repository, of those files for which it is on, that are its ``trainers``' for certain.
"""

from __future__ import annotations

from os.path import basename

from vlmr1_lint.checking.conclude import conclude
from vlmr1_lint.checking.evaluate import attempted, items
from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.checking.together import is_about, written
from vlmr1_lint.findings.finding import Skipped
from vlmr1_lint.findings.places import Located, entry_place, option_place
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.checking.context import Context
    from vlmr1_lint.checking.evaluate import Said
    from vlmr1_lint.documents.model import Node
    from vlmr1_lint.findings.finding import Place
    from vlmr1_lint.rulefiles.catalogue import Catalogue
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.training.run import Run

__all__ = ["ProjectScope", "RunFacts", "check_project"]

WRITTEN_TO = frozenset(("output_dir", "logging_dir"))
"""Options that name a folder which a run writes to."""
SHOWN = 8
"""Most related places of a finding about runs that share a value."""


class RunFacts:
    """A run among others, as rules see it: all that ``run`` has, and ``path``, ``script``, ``nodes``, ``cd``."""

    located, elsewhere = None, ()  # a run has one place only

    def __init__(self, run: Run) -> None:
        self.run = run
        self.path = run.inputs.document.path

    @property
    def nodes(self) -> int | Unknown:
        """Machines that the launcher starts it on; 1 without a launcher."""
        launch = self.run.inputs.launch
        return 1 if launch is None else launch.nodes

    @property
    def script(self) -> str:
        """Name of the training script that is launched; empty where no launcher says it."""
        launch = self.run.inputs.launch
        return basename(launch.script) if launch is not None and launch.script else ""

    @property
    def cd(self) -> str:
        """Where the script goes before it starts the run, as written; empty where it stays."""
        launch = self.run.inputs.launch
        return launch.folders[-1] if launch is not None and launch.folders else ""

    @property
    def place(self) -> Place:
        """Where it begins."""
        return entry_place(self.run)

    def __getattr__(self, name: str) -> object:
        return getattr(self.run, name)


class Group:
    """Runs in which one option is written with one value: an item of ``shared.<option>``."""

    def __init__(self, option: str, runs: list[RunFacts]) -> None:
        self.option = option
        self.runs = runs
        self.run = runs[-1].run
        self.value: object = written(option, self.run)
        self.count = len(runs)
        self.values = _Values(runs)

    @property
    def paths(self) -> list[str]:
        """The files in which it is written, each once: two scripts that give one file to a trainer are one place."""
        return list(dict.fromkeys(one.run.home(self.option).path for one in self.runs))

    @property
    def others(self) -> list[str]:
        """The same without the file that the finding stands in."""
        own = self.run.home(self.option).path
        return [path for path in self.paths if path != own]

    @property
    def differing(self) -> list[str]:
        """Names of what the runs do not all write alike, options of no trainer included."""
        all_written = [one.run.inputs.written for one in self.runs]
        names = dict.fromkeys(name for nodes in all_written for name in nodes)
        return [name for name in names if len({_said(nodes.get(name)) for nodes in all_written}) > 1]

    @property
    def located(self) -> Located:
        """Where the last of the runs has it."""
        return option_place(self.run, [self.option])

    @property
    def elsewhere(self) -> list[Place]:
        """Where the other runs have it, the first of many."""
        places = [option_place(one.run, [self.option]).place() for one in reversed(self.runs)]
        once = {(place.document.path, place.entry): place for place in reversed(places)}
        return [place for place in once.values() if place != places[0]][:SHOWN]


class _Values:
    """Facts of several runs: each attribute is the list of what the runs have there."""

    def __init__(self, runs: list[RunFacts]) -> None:
        self._runs = runs

    def __getattr__(self, name: str) -> object:
        return [getattr(one, name) for one in self._runs]


class _Shared:
    """The groups of runs by option."""

    def __init__(self, runs: list[RunFacts]) -> None:
        self._runs = runs
        self._found: dict[str, list[Group]] = {}

    def __getattr__(self, option: str) -> list[Group]:
        found = self._found.get(option)
        if found is None:
            found = self._found[option] = list(_groups(option, self._runs))
        return found


def _groups(option: str, runs: list[RunFacts]) -> Iterator[Group]:
    same: dict[tuple[str, ...], list[RunFacts]] = {}
    for one in runs:
        found = written(option, one.run)
        if found is not None:
            start = _start(one) if option in WRITTEN_TO and not is_unknown(getattr(one.run, option)) else ()
            start = () if str(found)[:1] in ("/", "~") else start
            same.setdefault((type(found).__name__, repr(found), *start), []).append(one)
    for those in same.values():
        if len(those) > 1:
            yield Group(option, those)


def _said(node: Node | None) -> str:
    """What *node* says, as something to compare; unresolved parts as they are written."""
    return "" if node is None else f"{type(node.value).__name__} {getattr(node, 'partial', '') or node.text}"


def _start(one: RunFacts) -> tuple[str, ...]:
    """What a relative path of a run starts from: nobody knows where people stand, but for files of one folder it is one place.
    Repositories hold copies of projects, which are started from their own folders."""
    return one.path.rpartition("/")[0], one.cd


class ProjectScope(dict[str, object]):
    """Names of a rule of scope ``project``: runs and shared. ``run`` is the one that a finding would be about."""

    def __init__(self, runs: list[RunFacts]) -> None:
        super().__init__(runs=runs, shared=_Shared(runs))
        self.run = runs[-1].run

    def at(self, item: object) -> ProjectScope:
        """The same for a finding about *item*, a run or a group of runs; about the last run where it is neither."""
        run = item.run if isinstance(item, RunFacts | Group) else self.run
        if run is self.run:
            return self
        found = ProjectScope.__new__(ProjectScope)
        found.update(self)
        found.run = run
        return found


def check_project(runs: Sequence[tuple[Run, Catalogue]], about: Context) -> Iterator[Said]:
    """What the rules of scope ``project`` find in the *runs* of one repository, each with the rules that are on for its file."""
    facts = [(RunFacts(run), catalogue) for run, catalogue in runs]
    scopes: dict[tuple[int, ...], ProjectScope] = {}
    for rule in {rule.id: rule for _, catalogue in runs for rule in catalogue.project}.values():
        seen = tuple(index for index, (one, on) in enumerate(facts) if on.get(rule.id) and is_about(rule, one.run))
        if not seen:
            continue
        scope = scopes.get(seen)
        if scope is None:
            scope = scopes[seen] = ProjectScope([facts[index][0] for index in seen])
        on_for = {id(facts[index][0].run): facts[index][1] for index in seen}
        yield from attempted(rule, _ask(rule, scope, on_for, about))


def _ask(rule: Rule, scope: ProjectScope, on: dict[int, Catalogue], about: Context) -> Iterator[Said]:
    """What one *rule* finds; the settings of the file at hand, *on*, say its severity and the safety of its fix."""
    program = rule.program(FUNCTIONS)
    missing: set[str] = set()
    for item in items(rule, scope, missing):
        inner = program.scope(scope, item)
        verdict = program.when(inner)
        if verdict is True:
            base = scope.at(item)
            meant = on[id(base.run)].get(rule.id) or rule
            yield conclude(meant, meant.severity, inner, base, item, about)
        elif isinstance(verdict, Unknown):
            missing |= verdict.missing
    missing.discard("trainer version")
    if missing:
        yield Skipped(scope.run.inputs.document.path, rule.id, tuple(sorted(missing)))
