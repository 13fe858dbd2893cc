"""The files below one root: everything that the linter knows of a disk comes through one `Sources`.

Bytes, existence, folder listings, overlays of unsaved text, where the repository ends, and the way to `writing`. Rooms further
right get one and never call ``open``.
"""

from __future__ import annotations

import os

from vlmr1_lint.sources.paths import is_below, on_network, repository_root
from vlmr1_lint.sources.reading import Unreadable, read_plain, read_with_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Sources"]


class Sources:
    """Files below one root, as the rest of the linter sees them.

    root      absolute path of the repository (or of the working folder where there is none): names are relative to it,
              references are never followed out of it
    overlays  absolute path → bytes that stand in for what is on disk (an editor's unsaved text, standard input, a fix under test)
    not_understood  absolute path → why a file that was read as evidence tells nothing; whoever reads it says so, for --verbose
    """

    def __init__(self, root: str, overlays: Mapping[str, bytes] | None = None) -> None:
        self.root = os.path.realpath(root)
        self._inside = self.root.rstrip(os.sep) + os.sep
        self.overlays: dict[str, bytes] = dict(overlays or {})
        self._read: dict[str, bytes] = {}
        self._exists: dict[str, bool] = {}
        self._is_inside: dict[str, bool] = {}
        self._listings: dict[str, tuple[str, ...]] = {}
        self.not_understood: dict[str, str] = {}
        self._also: str | None = None

    # -- names ---------------------------------------------------------------------------------------------------

    def name(self, path: str) -> str:
        """*path* as findings print it: ``/``-separated and relative to the root; as it stands if it lies outside."""
        below = path[len(self._inside) :] if path.startswith(self._inside) else ""
        if below and os.sep + os.sep not in below and os.sep + "." not in os.sep + below:
            return below.replace(os.sep, "/")  # what relpath would come to for nearly every path, at a twentieth of its cost
        relative = os.path.relpath(path, self.root)
        outside = relative == os.pardir or relative.startswith(os.pardir + os.sep)  # and not a folder called "..data"
        return (path if outside else relative).replace(os.sep, "/")

    def path(self, name: str) -> str:
        """The absolute path of a *name* relative to the root."""
        return os.path.normpath(os.path.join(self.root, name))

    def real(self, path: str) -> str:
        """The file that *path* means, all links resolved: the same for all its names."""
        return os.path.realpath(path)

    def inside(self, path: str) -> bool:
        """Whether *path* lies inside the root, as it is written and with all links resolved. Of a path that is written as one
        outside, the disk is not asked."""
        known = self._is_inside.get(path)
        if known is None:
            known = self._is_inside[path] = self.below(path) and self.below(os.path.realpath(path))
        return known

    def holds(self, path: str) -> bool:
        """Whether *path* is a file (or an overlay) inside the root: for paths that the files themselves name."""
        return self.below(path) and self.exists(path) and self.inside(path)

    def leads_out(self, path: str) -> bool:
        """Whether *path* is written as one inside the root, and links lead it out: nothing of such a file is shown or written."""
        return self.below(path) and not self.below(os.path.realpath(path))

    def own(self, path: str) -> str:
        """The absolute *path* as it is called below the root, where it is written with the working folder's other name
        (``PWD``: ``/home/me`` that is a link to ``/data/home/me``). Of *path* the disk is not asked."""
        if self._also is None:
            self._also = _other_name(self.root)
        also = self._also
        return self.root + path[len(also) :] if also and is_below(path, also) else path

    def below(self, path: str) -> bool:
        """Whether *path* as it is written, links not followed, is the root or lies below it."""
        return is_below(os.path.normpath(path), self.root)

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        """The bytes of the file at absolute *path* (overlay first), read once. Raises `Unreadable`."""
        overlay = self.overlays.get(path)
        if overlay is not None:
            return overlay
        found = self._read.get(path)
        if found is None:
            found = self._read[path] = read_plain(path)
        return found

    def try_read(self, path: str) -> bytes | None:
        """The bytes of *path*, or None where there is no file that can be read inside the root."""
        if not self.holds(path):
            return None
        try:
            return self.read(path)
        except Unreadable:
            return None

    def try_read_anywhere(self, path: str) -> bytes | None:
        """The same for a file that the user names by hand, which may lie outside the root."""
        try:
            return self.read(path) if self.exists(path) else None
        except Unreadable:
            return None

    def head(self, path: str, limit: int) -> tuple[bytes, bool]:
        """The first *limit* bytes of the plain file at absolute *path* (overlay first), and whether that is all of it.

        For data files that the user asked to be looked into, which may lie outside the root. Raises `Unreadable`, also for a path
        on the network, which is never asked for.
        """
        overlay = self.overlays.get(path)
        if overlay is None and (on_network(path) or not self.exists(path)):
            raise Unreadable("no such file")
        found = read_plain(path, limit) if overlay is None else overlay
        return found[:limit], len(found) <= limit

    def exists(self, path: str) -> bool:
        """Whether *path* is a file (or an overlay)."""
        if path in self.overlays:
            return True
        known = self._exists.get(path)
        if known is None:
            known = self._exists[path] = os.path.isfile(path)
        return known

    def is_folder(self, path: str) -> bool:
        """Whether *path* is a folder (or holds an overlay)."""
        inside = path.rstrip(os.sep) + os.sep
        if any(overlay.startswith(inside) for overlay in self.overlays):
            return True
        return os.path.isdir(path)

    def listing(self, folder: str) -> tuple[str, ...]:
        """Names in *folder*, those that overlays give it included, sorted; empty where it cannot be listed."""
        known = self._listings.get(folder)
        if known is None:
            inside = folder.rstrip(os.sep) + os.sep
            names = {path[len(inside) :].split(os.sep)[0] for path in self.overlays if path.startswith(inside)}
            try:
                names.update(os.listdir(folder))
            except OSError:
                pass  # it may hold overlays only
            known = self._listings[folder] = tuple(sorted(names))
        return known

    def ancestors(self, path: str) -> Iterable[str]:
        """Folders from the one that holds *path* up to the root, the closest first; only the folder itself if outside the
        root."""
        folder = os.path.dirname(path)
        yield folder
        while folder != self.root and self.inside(folder):
            folder = os.path.dirname(folder)
            yield folder

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, path: str, data: bytes, expected: bytes) -> None:
        """Replace the file at *path*, which must still hold *expected*, by *data*, as `writing.put_over` does.

        A link is written through if its target lies in the repository: inside the root, or for a *path* that was given outside
        of it, in the repository (or the folder) that it is in. Raises `Unwritable`, and then the file is as it was.
        """
        from vlmr1_lint.sources.writing import CHANGED, Unwritable, put_over

        target = os.path.realpath(path)
        if not is_below(target, self._border(path)):
            raise Unwritable("it is a link that leads out of the repository")
        try:
            found, status = read_with_status(target)
        except Unreadable as error:
            raise Unwritable(str(error)) from error
        if found != expected:
            raise Unwritable(CHANGED)
        put_over(target, data, status)
        self._read.pop(path, None)
        self._read.pop(target, None)

    def _border(self, path: str) -> str:
        """The folder that a write to *path* must stay in."""
        if self.below(path):
            return self.root
        own = os.path.dirname(path)
        return repository_root(own) or os.path.realpath(own)

    def create(self, path: str, data: bytes) -> None:
        """Make the file at *path*, which must not be there yet, inside the root. Raises `Unwritable`."""
        from vlmr1_lint.sources.writing import Unwritable, put_new

        if not self.inside(os.path.dirname(path)):
            raise Unwritable("it is outside of the repository")
        put_new(path, data)
        self._exists.pop(path, None)


def _other_name(root: str) -> str:
    """The absolute path by which the shell knows *root*, where the working folder lies below it; ``""`` if it is the same."""
    shown, real = os.environ.get("PWD", ""), os.getcwd()
    below = os.path.relpath(real, root) if is_below(real, root) else os.pardir
    if not os.path.isabs(shown) or below.startswith(os.pardir) or os.path.realpath(shown) != real:
        return ""
    found = shown if below == os.curdir else shown.removesuffix(os.sep + below)
    return found if found != root and os.path.realpath(found) == root else ""
