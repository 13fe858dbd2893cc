"""Which runs rest on a file: for a commit or a pull request that changes it without touching what names it (DESIGN §10)."""

from __future__ import annotations

import os
import re

from vlmr1_lint.candidates.installs import installs_something
from vlmr1_lint.documents.formats import SHELL_SUFFIXES
from vlmr1_lint.documents.model import Document
from vlmr1_lint.documents.references import resolve
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from vlmr1_lint.documents.library import Library
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["Referring", "Touching", "naming"]

SETTINGS_FILES = (".vlmr1-lint.yaml", "pyproject.toml")
"""Files that may say hardware, trainer and rules for all entries below their folder."""
ROUNDS_MAX = 3
"""A script names an accelerate YAML, which names a DeepSpeed JSON: more links than these nobody has."""


def naming(paths: Iterable[str], sources: Sources, files: Sequence[str]) -> list[str]:
    """Those of *files* (absolute paths) whose text mentions the name of one of *paths*, or of a file that mentions it, and so on.

    A superset of the files that mean them: a name can be anywhere. Each is read once.
    """
    found: dict[str, None] = {}
    left = dict.fromkeys(files)
    words = {os.path.basename(path) for path in paths}
    for path in paths:
        left.pop(path, None)
    for _ in range(ROUNDS_MAX):
        if not words:
            break
        wanted = b"|".join(re.escape(os.fsencode(word)) for word in sorted(words))
        mentioned = re.compile(rb"(?<![\w.-])(?:" + wanted + rb")(?![\w-])").search
        new = [path for path in left if (data := sources.try_read(path)) is not None and mentioned(data)]
        found.update(dict.fromkeys(new))
        for path in new:
            del left[path]
        words = {os.path.basename(path) for path in new}
    return list(found)


@value
class Referring:
    """Which files of the repository may name those of an invocation, so that runs which rest on them are linted too.

    excluded  whether settings leave a file (an absolute path) out
    kinds     kinds of files for whose sake the repository is searched; settings and scripts that start nothing are others
    """

    sources: Sources
    excluded: Callable[[str], bool]
    kinds: Collection[str] = ("deepspeed", "accelerate", "data")

    def __call__(self, kinds: Mapping[str, str | None]) -> list[str]:
        """The files that may name one of *kinds* (path → kind, None for a file that is no training configuration)."""
        sought = [path for path, kind in kinds.items() if self._is_sought(path, kind)]
        if not sought:
            return []
        from vlmr1_lint.sources.discovery import discover

        files = discover([self.sources.root], self.excluded).files
        governed = [os.path.dirname(path) + os.sep for path in sought if os.path.basename(path) in SETTINGS_FILES]
        below = [path for path in files if path.startswith(tuple(governed))] if governed else []
        return list(dict.fromkeys((*below, *naming(sought, self.sources, files))))

    def _is_sought(self, path: str, kind: str | None) -> bool:
        if kind is not None:
            return kind in self.kinds
        return path.endswith(SHELL_SUFFIXES) or os.path.basename(path) in SETTINGS_FILES


@value
class Touching:
    """Which runs rest on *files*, absolute paths; a file need not be there any more."""

    files: Collection[str]
    library: Library

    def of(self, run: Run) -> Iterator[str]:
        """The files that *run* rests on, each once."""
        sources = self.library.sources
        entry = sources.path(run.inputs.document.path)
        certain = set(self._certain(run, entry))
        named = [str(node.value) for node in run.inputs.written.values() if isinstance(node.value, str)]
        for path in self.files:
            if path in certain or _governs(path, entry) or any(self._means(name, path, entry) for name in named):
                yield path

    def documents(self, run: Run, ours: Collection[str]) -> list[Document]:
        """The same as documents: read where they are one of *ours*, else the text alone."""
        library = self.library
        found = []
        for path in self.of(run):
            read = library.try_document(path) if path in ours else None
            found.append(read or Document(library.sources.name(path), library.sources.try_read(path) or b""))
        return found

    def _certain(self, run: Run, entry: str) -> Iterator[str]:
        """The absolute paths of the files that *run* was made from."""
        inputs = run.inputs
        joined = [one.document for one in (inputs.deepspeed, inputs.accelerate) if isinstance(one, Joined)]
        code = inputs.trainer.code.files() if inputs.trainer.code is not None else ()
        documents = (inputs.document, *inputs.origins.values(), *joined)
        for name in (*(one.path for one in documents if one is not None), *code):
            yield self.library.sources.path(name)
        yield from self.library.sourced(entry)

    def _means(self, name: str, path: str, entry: str) -> bool:
        """Whether the value *name* of an option of the run at *entry* means the file *path*."""
        if os.path.basename(name) != os.path.basename(path):
            return False
        found = resolve(name, entry, self.library.sources)
        return found == path or (found is None and not self.library.sources.exists(path))


def _governs(path: str, entry: str) -> bool:
    """Whether the file at *path* says something for all runs below its folder, as *entry* is: settings, or what is installed."""
    folder, name = os.path.split(path)
    below = entry.startswith(folder.rstrip(os.sep) + os.sep)
    return below and (name in SETTINGS_FILES or installs_something(name, folder))
