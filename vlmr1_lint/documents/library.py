"""Documents by path, each read once: what the targets and the files they name have in common."""

from __future__ import annotations

from vlmr1_lint.documents import read
from vlmr1_lint.sources import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, TypeVar

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.sources import Sources

    T = TypeVar("T")

__all__ = ["Library"]


class Library:
    """The documents of one invocation, over its `Sources`."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._documents: dict[str, Document] = {}
        self._found: dict[Hashable, Any] = {}

    def document(self, path: str) -> Document:
        """The document at absolute *path*, read once. Raises `Unreadable`."""
        found = self._documents.get(path)
        if found is None:
            found = self._documents[path] = read(self.sources.name(path), self.sources.read(path))
        return found

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
