"""Which files are open, and in which repositories."""

from __future__ import annotations

import os

from pygls.uris import to_fs_path

from vlmr1_lint.serving.analysis import Opened
from vlmr1_lint.sources import repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Iterable, Iterator

    from vlmr1_lint.serving.analysis import Analysis
    from vlmr1_lint.settings import SettingsError

__all__ = ["Repositories", "Repository"]


class Repository:
    """One repository that files are open of.

    root       absolute path, links resolved
    opened     absolute path → the file as the editor shows it
    analysis   what linting them came to, None until they are linted again
    mistake    what is wrong with its settings, which are left out then
    published  URIs that diagnostics were last sent for
    timer      the next linting, if one is due
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.opened: dict[str, Opened] = {}
        self.analysis: Analysis | None = None
        self.mistake: SettingsError | None = None
        self.published: set[str] = set()
        self.timer: TimerHandle | None = None

    def holds(self, path: str) -> bool:
        """Whether *path* is below the root."""
        return path.startswith(self.root.rstrip(os.sep) + os.sep)


class Repositories:
    """All open files."""

    def __init__(self) -> None:
        self._by_root: dict[str, Repository] = {}
        self._homes: dict[str, tuple[Repository, str]] = {}

    def take(self, uri: str, version: int | None, text: str) -> Repository | None:
        """Take in the text of a file that was opened or changed; None for text that belongs to no file of this machine."""
        home = self._homes.get(uri) or self._find_home(uri)
        if home is None:
            return None
        repository, path = self._homes[uri] = home
        repository.opened[path] = Opened(uri, version, path, text)
        return repository

    def drop(self, uri: str) -> Repository | None:
        """Forget a file that was closed."""
        home = self._homes.pop(uri, None)
        if home is None:
            return None
        repository, path = home
        repository.opened.pop(path, None)
        return repository

    def of(self, uri: str) -> tuple[Repository, str] | None:
        """The repository of an open file, and the file's path."""
        return self._homes.get(uri)

    def touched(self, uris: Iterable[str]) -> Iterator[Repository]:
        """The repositories in which files changed on the disk; those that are open count by their text alone."""
        paths = [os.path.realpath(to_fs_path(uri) or "") for uri in uris if uri not in self._homes]
        for repository in self._by_root.values():
            if repository.opened and any(repository.holds(path) for path in paths):
                yield repository

    def _find_home(self, uri: str) -> tuple[Repository, str] | None:
        path = to_fs_path(uri)
        if path is None:
            return None
        folder, name = os.path.split(path)
        root = repository_root(folder) or os.path.realpath(folder)
        repository = self._by_root.setdefault(root, Repository(root))
        # Names are relative to the root: a file that the editor reaches through a link outside of it is called by its own place.
        return repository, path if repository.holds(path) else os.path.join(os.path.realpath(folder), name)
