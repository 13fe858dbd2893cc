"""What a rule's expressions see: names to facts, each computed when it is first read."""

from __future__ import annotations

from vlmr1_lint.training.views import ACCELERATE_SECTIONS, DEEPSPEED_SECTIONS, ConfigView
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from vlmr1_lint.checking.entries import Entry
    from vlmr1_lint.datafiles.files import DataFile, DataFolder, DataProblem
    from vlmr1_lint.datafiles.machine import Machine
    from vlmr1_lint.documents.model import Document, Problem
    from vlmr1_lint.findings.suppression import Misuse
    from vlmr1_lint.launches.servers import VllmServer
    from vlmr1_lint.launches.starters import Starters
    from vlmr1_lint.memory.interval import Interval
    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.training.absent import AbsentFile
    from vlmr1_lint.training.inputs import Joined
    from vlmr1_lint.training.run import Run

__all__ = ["DocumentFacts", "DocumentScope", "ProblemFacts", "RunScope", "SuppressionFacts"]

_NO_DEEPSPEED = ConfigView(None, None, DEEPSPEED_SECTIONS)
_NO_ACCELERATE = ConfigView(None, None, ACCELERATE_SECTIONS)
_NOTHING = ConfigView(None)


class _Lazy(dict[str, object]):
    """A scope whose names are computed on first use by the method ``_<name>``."""

    def __missing__(self, name: str) -> object:
        compute: Callable[[], object] | None = getattr(self, f"_{name}", None)
        if compute is None:
            raise KeyError(name)
        found = self[name] = compute()
        return found


class RunScope(_Lazy):
    """Names of a rule of scope ``run``: run, deepspeed, accelerate, launch, fleet, model, forecast, candidates, entries
    and the lists of entries that deserve a look; data files and what *machine* lets rules ask of the disk (None: nothing)."""

    def __init__(self, run: Run, data: Data, whole: RunScope | None = None, machine: Machine | None = None) -> None:
        super().__init__(run=run)
        self.run = run
        self.data = data
        self._whole = whole  # None instead of itself: in a cycle it would never be freed, for there is no collector in a run
        self.machine: Machine | None = machine if whole is None else whole.machine
        self.suspected: dict[str, list[str]] = {}
        self._narrowed: dict[tuple[str, ...], RunScope] = {}
        self._readings: tuple[RunScope, RunScope] | None = None

    @property
    def whole(self) -> RunScope:
        """The scope of all candidates: lists of entries and data files are the same for each of them."""
        return self._whole or self

    def narrowed(self, release: str) -> RunScope:
        """The scope of the same run as one candidate sees it."""
        return self.of((release,))

    def of(self, releases: tuple[str, ...]) -> RunScope:
        """The scope of the same run as *releases* see it; it is kept, so what was computed for it is not computed again."""
        found = self._narrowed.get(releases)
        if found is None:
            found = self._narrowed[releases] = RunScope(self.run.of(releases), self.data, self.whole)
        return found

    def readings(self) -> tuple[RunScope, RunScope]:
        """Of a run whose processes and GPUs contradict each other, the scopes of its two readings: the processes that its GPUs
        hold, and the GPUs that its processes need."""
        if self._readings is None:
            both = self.run.as_equipped(), self.run.as_written()
            self._readings = tuple(RunScope(run, self.data, machine=self.machine) for run in both)  # type: ignore[assignment]
        return self._readings  # type: ignore[return-value]

    def forget(self) -> None:
        """Let go of what was computed, and of the scopes of single candidates, which hold this one: nobody collects cycles."""
        self._narrowed.clear()
        self._readings = None
        self.clear()

    def _deepspeed(self) -> object:
        return _joined(self.run.inputs.deepspeed, _NO_DEEPSPEED)

    def _accelerate(self) -> object:
        return _joined(self.run.inputs.accelerate, _NO_ACCELERATE)

    def _launch(self) -> object:
        return self.run.inputs.launch

    def _fleet(self) -> object:
        return self.run.fleet

    def _model(self) -> object:
        return self.run.model

    def _candidates(self) -> list[str]:
        from vlmr1_lint.trainers.releases import spans

        return spans(self.run.candidates)

    def _entries(self) -> list[Entry]:
        from vlmr1_lint.checking.entries import option_entries

        return list(option_entries(self.run, self.machine.sources if self.machine is not None else None))

    def _starters(self) -> Starters:
        if self.whole is not self:
            return self.whole["starters"]  # type: ignore[return-value]
        return _starters_of(self.run.inputs.document, self.machine)

    def _server(self) -> VllmServer | Unknown | None:
        if self.whole is not self and self.run.vllm_server_port == self.whole.run.vllm_server_port:
            return self.whole["server"]  # type: ignore[return-value]
        if self.run.inputs.launch is None:
            return Unknown("vLLM server")
        from vlmr1_lint.launches.servers import server_of

        return server_of(self.run, self.machine.sources if self.machine is not None else None)

    def _server_spoken_of(self) -> bool | Unknown:
        if self.machine is None:
            return Unknown("vLLM server")
        from vlmr1_lint.launches.servers import is_spoken_of

        return is_spoken_of(self.run, self.machine.sources)

    def entries_with(self, keys: Collection[str]) -> list[Entry]:
        """Those of ``entries`` that have one of *keys*."""
        from vlmr1_lint.checking.entries import OptionEntry

        sources = self.machine.sources if self.machine is not None else None
        return [OptionEntry(self.run, name, node, sources) for name, node in self.run.inputs.written.items() if name in keys]

    def _unknown_entries(self) -> list[Entry]:
        return self._entries_of("unknown_entries")

    def _unread_entries(self) -> list[Entry]:
        return self._entries_of("unread_entries")

    def _odd_entries(self) -> list[Entry]:
        return self._entries_of("odd_entries")

    def suspects(self, listed: str) -> list[str]:
        """The options in the list of entries called *listed* (see `suspicions`), the same ones for every candidate."""
        from vlmr1_lint.checking.suspicions import suspects

        whole = self.whole
        names = whole.suspected.get(listed)
        if names is None:
            names = whole.suspected[listed] = suspects(whole.run, listed.removesuffix("_entries"))
        return names

    def _entries_of(self, listed: str) -> list[Entry]:
        names = self.suspects(listed)
        if not names:
            return []
        from vlmr1_lint.checking.entries import OptionEntry

        sources = self.machine.sources if self.machine is not None else None
        return [OptionEntry(self.run, name, self.run.inputs.written[name], sources) for name in names]

    def _samples(self) -> Data:
        return self.data

    def _here(self) -> bool:
        return self.machine is not None and self.machine.here

    def _absent_files(self) -> list[AbsentFile]:
        if self.whole is not self:
            return self.whole["absent_files"]  # type: ignore[return-value]
        if self.machine is None or not _may_lack_files(self.run):
            return []
        from vlmr1_lint.training.absent import absent_files

        return absent_files(self.run, self.machine.sources)

    def _data_files(self) -> list[DataFile] | Unknown:
        if self.whole is not self or self.machine is None:
            return self.whole["data_files"] if self.machine else Unknown("check-data")  # type: ignore[return-value]
        from vlmr1_lint.datafiles.files import run_files

        return run_files(self.run, self.machine)

    def _data_folders(self) -> list[DataFolder] | Unknown:
        if self.machine is None:
            return Unknown("here")
        from vlmr1_lint.datafiles.files import run_folders

        return run_folders(self.run, self.machine)

    def _data_problems(self) -> list[DataProblem]:
        return _data_problems(self, self.machine)

    def _data_rows(self) -> int | Unknown:
        if self.machine is None or not self.machine.check_data:
            return Unknown("check-data")
        from vlmr1_lint.datafiles.files import rows_of

        return rows_of(self["data_files"])  # type: ignore[arg-type]

    def _data_images(self) -> str | Unknown:
        if self.machine is None or not self.machine.check_data:
            return Unknown("check-data")
        from vlmr1_lint.datafiles.images import images_of

        return images_of(self["data_files"])  # type: ignore[arg-type]

    def _forecast(self) -> Interval | Unknown:
        if self.run.inputs.fleet is None:
            return Unknown("fleet")  # and nothing of the memory room is loaded
        from vlmr1_lint.memory.interval import interval

        return interval(self.run, self.data)


def _may_lack_files(run: Run) -> bool:
    """Whether a file that the launcher starts or names was not found; most runs are done with here, and no more is loaded."""
    launch, deepspeed = run.inputs.launch, run.inputs.deepspeed
    if launch is None:
        return False
    return not launch.script_found or ("deepspeed" in run.inputs.written and getattr(deepspeed, "document", None) is None)


def _data_problems(scope: _Lazy, machine: Machine | None) -> list[DataProblem]:
    """Problems in data files; none where nobody asked for them (``--check-data``), and then no file is looked for."""
    if machine is None or not machine.check_data:
        return []
    from vlmr1_lint.datafiles.files import problems_of

    return problems_of(scope["data_files"])  # type: ignore[arg-type]


def _starters_of(document: Document, machine: Machine | None) -> Starters:
    """What commands of the repository that name *document* say of it."""
    from vlmr1_lint.launches.starters import Starters

    return Starters.of(machine.sources.path(document.path), machine.sources) if machine is not None else Starters()


def _joined(file: Joined | Unknown | None, absent: ConfigView) -> object:
    return absent if file is None else file if isinstance(file, Unknown) else file.view


class DocumentScope(_Lazy):
    """Names of a rule of scope ``document``: document, and deepspeed, accelerate or data for a file of that kind; data files."""

    def __init__(self, document: Document, kind: str, machine: Machine | None = None) -> None:
        super().__init__()
        self.document = document
        self.kind = kind
        self.machine = machine

    def _document(self) -> DocumentFacts:
        return DocumentFacts(self.document, self.kind)

    def _starters(self) -> Starters:
        return _starters_of(self.document, self.machine)

    def _deepspeed(self) -> ConfigView:
        return self._view("deepspeed", DEEPSPEED_SECTIONS)

    def _accelerate(self) -> ConfigView:
        return self._view("accelerate", ACCELERATE_SECTIONS)

    def _data(self) -> ConfigView:
        return self._view("data", {})

    def _data_files(self) -> list[DataFile]:
        if self.machine is None or self.kind != "data":
            return []
        from vlmr1_lint.datafiles.files import config_files

        return config_files(self.document, self.machine)

    def _data_problems(self) -> list[DataProblem]:
        return _data_problems(self, self.machine)

    def _view(self, kind: str, sections: object) -> ConfigView:
        roots = self.document.roots
        if self.kind != kind or not roots:
            return ConfigView(None, None, sections)  # type: ignore[arg-type]
        return ConfigView(roots[0], self.document, sections)  # type: ignore[arg-type]


class DocumentFacts:
    """A document as rules see it: ``kind``, ``format``, ``entries``, ``problems``."""

    def __init__(self, document: Document, kind: str) -> None:
        self.document = document
        self.kind = kind
        self.format = document.format
        self.path = document.path
        self.suppressions: list[SuppressionFacts] = []  # filled in last, when it is known which of them found something

    @property
    def entries(self) -> list[Entry]:
        """Every entry, nested ones and list items included, in file order."""
        from vlmr1_lint.checking.entries import document_entries

        return list(document_entries(self.document, self.kind))

    @property
    def problems(self) -> list[ProblemFacts]:
        """What is wrong with the text itself."""
        return [ProblemFacts(self.document, problem) for problem in self.document.problems]


class SuppressionFacts:
    """A suppression that does nothing, as rules see it (see `Misuse`)."""

    def __init__(self, misuse: Misuse) -> None:
        self.document = misuse.place.document
        self.place = misuse.place
        self.unknown = misuse.rule == "SUP001"
        self.what = misuse.what
        self.suggestion = misuse.suggestion
        self.origin = misuse.origin

    @property
    def what_zh(self) -> str:
        """``what`` in Chinese, where it is a sentence of ours."""
        return _chinese(self.what)


class ProblemFacts:
    """A `Problem` as rules see it: ``code``, ``detail``, ``fatal``, ``text``, ``key`` and ``path`` of the node concerned."""

    def __init__(self, document: Document, problem: Problem) -> None:
        self.document = document
        self.problem = problem
        self.code = problem.code
        self.detail = problem.detail
        self.fatal = problem.fatal

    @property
    def detail_zh(self) -> str:
        """``detail`` in Chinese; a parser's own words as they are."""
        return _chinese(self.detail)

    @property
    def text(self) -> str:
        """What stands in the file there, at most 200 bytes of it."""
        span = self.problem.span
        return self.document.data[span.start : min(span.end, span.start + 200)].decode("utf-8", "replace")

    @property
    def path(self) -> str:
        """Path of the entry concerned, ``""`` where there is none."""
        from vlmr1_lint.documents.model import format_path

        return format_path(self.problem.path)

    @property
    def key(self) -> str:
        """Last key of the entry concerned."""
        return str(self.problem.path[-1]) if len(self.problem.path) > 1 else ""


def _chinese(text: str) -> str:
    from vlmr1_lint.chinese import translated  # read for findings only

    return translated(text, "zh")
