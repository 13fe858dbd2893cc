"""Documents by path, each read once: what the targets and the files they name have in common."""

from __future__ import annotations

from vlmr1_lint.documents.read import read
from vlmr1_lint.sources import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence
    from typing import Any, TypeAlias, TypeVar

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.sources import Sources

    T = TypeVar("T")
    Resolve: TypeAlias = Callable[[str, str, Sources], "str | None"]
    """The absolute path of the file that a name in the file at an absolute path stands for, None out of reach."""

__all__ = ["Library"]


class Library:
    """The documents of one invocation, over its `Sources`. *resolve* finds the file that a script names; without it, none is."""

    def __init__(self, sources: Sources, resolve: Resolve | None = None) -> None:
        self.sources = sources
        self._resolve = resolve
        self._documents: dict[str, Document] = {}
        self._found: dict[Hashable, Any] = {}
        self._sourced: dict[str, set[str]] = {}

    def document(self, path: str) -> Document:
        """The document at absolute *path*, read once. Raises `Unreadable`."""
        found = self._documents.get(path)
        if found is None:
            reach = None if self._resolve is None else lambda name, folders: self._reached(path, name, folders)
            found = self._documents[path] = read(self.sources.name(path), self.sources.read(path), reach)
        return found

    def _reached(self, holder: str, name: str, folders: Sequence[str]) -> bytes | None:
        """The bytes of the file *name* as the script at *holder* means it after ``cd`` to *folders*, None out of reach."""
        assert self._resolve is not None
        for folder in (*reversed(folders), ""):
            path = self._resolve(f"{folder}/{name}" if folder else name, holder, self.sources)
            if path is not None and path != holder:
                self._sourced.setdefault(holder, set()).add(path)
                return self.sources.try_read(path)
        return None

    def sourced(self, path: str) -> Collection[str]:
        """The absolute paths of the files that the script at *path* sources, which was read."""
        return self._sourced.get(path, ())

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What *find* gives, asked once for each *key*: for what follows from a folder and is asked of every file in it."""
        if key not in self._found:
            self._found[key] = find()
        found: T = self._found[key]
        return found

    def try_document(self, path: str) -> Document | None:
        """The document at *path*, or None where it cannot be read."""
        try:
            return self.document(path)
        except Unreadable:
            return None
