"""This machine's disk, as far as the user lets rules ask it: data files with ``--check-data``, paths with ``--here``."""

from __future__ import annotations

import os

from vlmr1_lint.documents.placeholders import placeholder
from vlmr1_lint.documents.references import expand_home
from vlmr1_lint.sources import on_network
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["Holder", "Machine", "holder_of"]


class Machine:
    """What may be asked of the disk. *check_data*: data files are opened; *here*: the run's paths are paths on this machine."""

    def __init__(self, sources: Sources, *, check_data: bool = False, here: bool = False) -> None:
        self.sources = sources
        self.check_data = check_data
        self.here = here


class Holder:
    """A file that names paths, with the folders they may be relative to: ``cd`` targets, its own folders, the working folder."""

    def __init__(self, machine: Machine, path: str, folders: Sequence[str] = ()) -> None:
        self.machine = machine
        self.path = path
        self.folders = tuple(folders)

    def file(self, text: str) -> str | Unknown | None:
        """The absolute path of the file that *text* names; None if there is none here; Unknown if the text leaves it open."""
        return self._find(text, self.machine.sources.exists)

    def folder(self, text: str) -> str | Unknown | None:
        """The same for a folder; ``""`` is the working folder, which nobody knows."""
        return self._find(text, self.machine.sources.is_folder)

    def anything(self, text: str) -> str | Unknown | None:
        """The same for a file or a folder."""
        found = self.file(text)
        return self.folder(text) if found is None else found

    def checkpoints(self, text: str) -> list[str] | Unknown:
        """Names of the ``checkpoint-<step>`` folders in the folder *text*, the lowest step first; empty without one."""
        folder = self.folder(text)
        if folder is None or isinstance(folder, Unknown):
            return [] if folder is None else folder
        sources = self.machine.sources
        names = (name for name in sources.listing(folder) if name.startswith("checkpoint-") and name[11:].isdecimal())
        return sorted((name for name in names if sources.is_folder(os.path.join(folder, name))), key=_step)

    def _find(self, text: str, is_there: Callable[[str], bool]) -> str | Unknown | None:
        sources = self.machine.sources
        name = expand_home(text, self.path, sources)
        if not name or "\0" in name or name.startswith("~") or on_network(name) or placeholder(name) is not None:
            return Unknown("path")
        if os.path.isabs(name):
            path = os.path.normpath(name)
            return path if is_there(path) else None
        for folder in (*self.folders, *sources.ancestors(self.path), os.getcwd()):
            path = os.path.normpath(os.path.join(folder, name))
            if is_there(path):
                return path
        return None


def _step(name: str) -> int:
    return int(name.rpartition("-")[2])


def holder_of(run: Run, machine: Machine) -> Holder:
    """The holder of the paths that *run* names."""
    sources = machine.sources
    path = sources.path(run.inputs.document.path)
    launch = run.inputs.launch
    folders: list[str] = []
    for text in reversed(launch.folders if launch is not None else ()):
        target = expand_home(text, path, sources)
        if "$" not in target:
            folders += [os.path.join(base, target) for base in (os.path.dirname(path), sources.root)]
    return Holder(machine, path, [os.path.normpath(folder) for folder in folders])
