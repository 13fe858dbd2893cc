"""The data files that a run's options or a data config name: their pairs and, if the user lets us look, what is in them."""

from __future__ import annotations

import os
from functools import cached_property

from vlmr1_lint.datafiles.images import image_paths, smallest_image
from vlmr1_lint.datafiles.machine import Holder, holder_of
from vlmr1_lint.datafiles.rows import (
    MAX_BYTES,
    Columns,
    RowProblem,
    Rows,
    conversation_problems,
    merged,
    read_array,
    read_lines,
    record_problems,
)
from vlmr1_lint.documents.model import Span
from vlmr1_lint.sources import Unreadable
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from vlmr1_lint.datafiles.machine import Machine
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.training.run import Run

    Part: TypeAlias = tuple[str, Node, Span]
    """What stands between two colons of an option's value, the option's node, and where the part stands."""

__all__ = ["DataFile", "DataFolder", "DataProblem", "config_files", "problems_of", "rows_of", "run_files", "run_folders"]

MAX_PATHS = 1_000
"""Paths of one option that are looked at: each may be a question to the disk. With more, what depends on them is not decided."""
MAX_IMAGES = 400
"""Images of one data file whose existence is asked."""


class DataFile:
    """One data file, as rules see it. What needs the disk is Unknown unless ``--check-data`` or ``--here`` allow to ask.

    path, folder, method  as written: the file, its image folder and its reward method (None where there is none for it)
    number                which of the files it is, from 1
    document, node, span  where it is named; *span* is its part of the option's value
    """

    def __init__(self, holder: Holder, document: Document, part: Part, number: int) -> None:
        self.holder = holder
        self.document = document
        self.path, self.node, self.span = part
        self.number = number
        self.folder: str | None = None
        self.method: str | None = None
        self.columns: Columns | None = None

    @property
    def exists(self) -> bool | Unknown:
        """Whether there is such a file on this machine."""
        machine = self.holder.machine
        return _is_found(self.holder.file(self.path)) if machine.here or machine.check_data else Unknown("here")

    @cached_property
    def read(self) -> Rows | None:
        """The head of the file; None where nobody asked for it (``--check-data``) or it cannot be read."""
        if not self.holder.machine.check_data:
            return None
        path = self.holder.file(self.path)
        if not isinstance(path, str):
            return None
        try:
            data, whole = self.holder.machine.sources.head(path, MAX_BYTES)
        except Unreadable:
            return None
        by_config = self.columns is None
        return read_array(data, whole) if by_config and path.endswith(".json") else read_lines(data, whole)

    @property
    def is_array(self) -> bool | Unknown:
        """Whether it holds one JSON value instead of one on each line."""
        return self.read.is_array if self.read is not None else Unknown("check-data")

    @property
    def rows(self) -> int | Unknown:
        """Its rows; Unknown where it is larger than what is read of it."""
        total = self.read.total if self.read is not None else None
        return total if total is not None else Unknown("check-data" if self.read is None else "rows of the data file")

    @property
    def sampled(self) -> int | Unknown:
        """How many of its rows were looked at."""
        return len(self.read.rows) if self.read is not None else Unknown("check-data")

    @property
    def smallest_side(self) -> int | Unknown:
        """Width or height in pixels, whichever is less, of the image for which it is least; Unknown where no size was read."""
        return self._smallest if isinstance(self._smallest, Unknown) else self._smallest[0]

    @property
    def smallest_image(self) -> str | Unknown:
        """That image, as its row names it."""
        return self._smallest if isinstance(self._smallest, Unknown) else self._smallest[1]

    @cached_property
    def _smallest(self) -> tuple[int, str] | Unknown:
        return smallest_image(self)

    @cached_property
    def problems(self) -> list[DataProblem]:
        """What the loader stops at or misreads in the rows that were looked at, each kind once; empty where nothing was read."""
        if self.read is None:
            return []
        found = list(self.read.problems)
        if self.columns is None:
            found += record_problems(self.read)
        else:
            found += [*conversation_problems(self.read), *self._missing_images(self.read), *self.columns.problems(self.read)]
        return [DataProblem(self, problem) for problem in merged(found)]

    def _missing_images(self, rows: Rows) -> Iterator[RowProblem]:
        """Rows whose image is not below the image folder: only asked where that folder is here."""
        folder = self.holder.folder(self.folder) if self.folder else None
        if not isinstance(folder, str):
            return
        exists, asked = self.holder.machine.sources.exists, 0
        for row in rows.rows:
            for image in image_paths(row.content):
                if asked >= MAX_IMAGES:
                    return
                asked += 1
                if not exists(os.path.normpath(os.path.join(folder, image))):
                    yield RowProblem("image-missing", row.line, image)
                    break


class DataProblem:
    """A `RowProblem` with the file it is in, as rules see it."""

    def __init__(self, file: DataFile, problem: RowProblem) -> None:
        self.file = file.path
        self.folder = file.folder or ""
        self.code = problem.code
        self.line = problem.line
        self.detail = problem.detail
        self.count = problem.count
        self.sampled = file.sampled
        self.document = file.document
        self.node = file.node
        self.span = file.span


class DataFolder:
    """One folder of ``image_folders``, as rules see it; its place as for a `DataFile`."""

    def __init__(self, holder: Holder, document: Document, part: Part) -> None:
        self.holder = holder
        self.document = document
        self.path, self.node, self.span = part

    @property
    def exists(self) -> bool | Unknown:
        """Whether there is such a folder on this machine."""
        machine = self.holder.machine
        return _is_found(self.holder.folder(self.path)) if machine.here or machine.check_data else Unknown("here")


def _is_found(found: str | Unknown | None) -> bool | Unknown:
    return found if isinstance(found, Unknown) else found is not None


def run_files(run: Run, machine: Machine) -> list[DataFile] | Unknown:
    """The files of ``data_file_paths``, paired with ``image_folders`` and ``reward_method`` as grpo_jsonl.py pairs them.

    Empty where the option is not written as text; Unknown where its value is not known.
    """
    parts = _parts(run, "data_file_paths")
    if isinstance(parts, Unknown):
        return parts
    holder, columns, document = holder_of(run, machine), Columns(), run.home("data_file_paths")
    folders, methods = _texts(_parts(run, "image_folders")), _texts(_parts(run, "reward_method"))
    files = []
    for index, part in enumerate(parts):
        file = DataFile(holder, document, part, index + 1)
        file.columns = columns
        file.folder = folders[index] if index < len(folders) else None
        file.method = methods[index] if index < len(methods) else None
        files.append(file)
    return files


def run_folders(run: Run, machine: Machine) -> list[DataFolder] | Unknown:
    """The folders of ``image_folders``, each once; Unknown where its value is not known."""
    parts = _parts(run, "image_folders")
    if isinstance(parts, Unknown):
        return parts
    holder, document = holder_of(run, machine), run.home("image_folders")
    first = {part[0]: part for part in reversed(parts)}
    return [DataFolder(holder, document, part) for part in parts if first[part[0]] is part]


def _parts(run: Run, name: str) -> list[Part] | Unknown:
    """What stands between the colons of the option *name*, and where; nothing if the option is no text."""
    node, text = run.node(name), getattr(run, name)
    if isinstance(text, Unknown):
        return text
    if node is None or not isinstance(text, str) or not text:
        return []
    if text.count(":") >= MAX_PATHS:
        return Unknown(f"at most {MAX_PATHS} paths")
    return [(part, node, span) for part, span in _spans(run.home(name), node, text)]


def _texts(parts: list[Part] | Unknown) -> list[str]:
    return [] if isinstance(parts, Unknown) else [part[0] for part in parts]


def _spans(document: Document, node: Node, text: str) -> Iterator[tuple[str, Span]]:
    """The parts of *text* between colons, and where each stands: where the whole value does, if it is not there literally."""
    whole = node.span
    at = document.data.find(text.encode("utf-8", "surrogatepass"), whole.start, whole.end)
    for part in text.split(":"):
        size = len(part.encode("utf-8", "surrogatepass"))
        yield part, Span(at, at + size) if at >= 0 else whole
        at += size + 1 if at >= 0 else 0


def config_files(document: Document, machine: Machine) -> list[DataFile]:
    """The files that a data config names with ``json_path``."""
    holder = Holder(machine, machine.sources.path(document.path))
    nodes = [node for root in document.roots for node in root.walk() if node.path[-1] == "json_path" and len(node.path) == 4]
    return [
        DataFile(holder, document, (node.value, node, node.span), index)
        for index, node in enumerate(nodes, 1)
        if isinstance(node.value, str)
    ]


def rows_of(files: Sequence[DataFile] | Unknown) -> int | Unknown:
    """Rows of all *files* together; Unknown where those of one are."""
    if isinstance(files, Unknown):
        return files
    if not files:
        return Unknown("check-data")
    total = 0
    for file in files:
        rows = file.rows
        if isinstance(rows, Unknown):
            return rows
        total += rows
    return total


def problems_of(files: Sequence[DataFile] | Unknown) -> list[DataProblem]:
    """The problems of all *files*, in order; nothing where no file is known."""
    return [] if isinstance(files, Unknown) else [problem for file in files for problem in file.problems]
