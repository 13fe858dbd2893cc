"""Reading and writing files.

Everything that the linter knows of a disk comes through one `Sources`: bytes, existence, folder listings, overlays of unsaved
text, which files were asked for, where the repository ends, and the atomic write. Rooms further right get one and never call
``open``.
"""

from __future__ import annotations

import os
from stat import S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MAX_BYTES", "Sources", "Unreadable", "Unwritable", "on_network", "repository_root", "write_report"]

MAX_BYTES = 5 * 1024 * 1024
"""Files above this many bytes are never read whole (DESIGN §2); no configuration file comes near it."""

_MARKERS = (".git", ".hg", ".svn")


class Unreadable(Exception):
    """A file that cannot be read; the message says why in a few words."""


class Unwritable(Exception):
    """A file that was not written; the message says why, and the file is as it was."""


class Sources:
    """Files below one root, as the rest of the linter sees them.

    root      absolute path of the repository (or of the working folder where there is none): names are relative to it,
              references are never followed out of it
    overlays  absolute path → bytes that stand in for what is on disk (an editor's unsaved text, standard input, a fix under test)
    """

    def __init__(self, root: str, overlays: Mapping[str, bytes] | None = None) -> None:
        self.root = os.path.realpath(root)
        self._inside = self.root.rstrip(os.sep) + os.sep
        self.overlays: dict[str, bytes] = dict(overlays or {})
        self._read: dict[str, bytes | Unreadable] = {}
        self._exists: dict[str, bool] = {}
        self._listings: dict[str, tuple[str, ...]] = {}

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
        """Whether *path*, all links resolved, lies inside the root."""
        real = os.path.realpath(path)
        return real == self.root or real.startswith(self._inside)

    def _is_below_root(self, path: str) -> bool:
        """Whether *path* as it is written, links not followed, lies below the root."""
        return os.path.abspath(path).startswith(self._inside)

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes:
        """The bytes of the file at absolute *path* (overlay first), read once. Raises `Unreadable`."""
        overlay = self.overlays.get(path)
        if overlay is not None:
            return overlay
        found = self._read.get(path)
        if found is None:
            found = self._read[path] = _read(path)
        if isinstance(found, Unreadable):
            raise found
        return found

    def try_read(self, path: str) -> bytes | None:
        """The bytes of *path*, or None where there is no file that can be read inside the root."""
        if not self.exists(path) or not self.inside(path):
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
        found = _read(path, limit) if overlay is None else overlay
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
        while True:
            yield folder
            if folder == self.root or not self.inside(folder) or folder == os.path.dirname(folder):
                return
            folder = os.path.dirname(folder)

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, path: str, data: bytes, expected: bytes) -> None:
        """Replace the file at *path*, which must still hold *expected*, by *data*: atomically, keeping its mode.

        A link is written through if its target lies in the repository: inside the root, or for a *path* that was given outside
        of it, in the repository (or the folder) that it is in. Raises `Unwritable`, and then the file is as it was.
        """
        target = os.path.realpath(path)
        if not self.inside(target):
            own = os.path.dirname(path)
            repository = os.path.realpath(repository_root(own) or own)
            if self._is_below_root(path) or not target.startswith(repository.rstrip(os.sep) + os.sep):
                raise Unwritable("it is a link that leads out of the repository")
        try:
            found = _read(target)
        except Unreadable as error:
            raise Unwritable(str(error)) from error
        if found != expected:
            raise Unwritable("it changed while it was being linted; run again")
        if not os.access(target, os.W_OK):
            raise Unwritable("it is read-only")
        _replace(target, data)
        self._read.pop(path, None)
        self._read.pop(target, None)

    def create(self, path: str, data: bytes) -> None:
        """Make the file at *path*, which must not be there yet, inside the root. Raises `Unwritable`."""
        if not self.inside(os.path.dirname(path)):
            raise Unwritable("it is outside of the repository")
        if os.path.lexists(path):
            raise Unwritable("it is there already")
        _replace(path, data)
        self._exists.pop(path, None)


def write_report(path: str, text: str) -> None:
    """Write a report (``--format sarif=FILE``) or baseline as UTF-8, atomically. Raises `Unwritable`."""
    target = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(target)):
        raise Unwritable("its folder does not exist")
    if os.path.exists(target) and not os.path.isfile(target):
        # A device or a pipe (/dev/stdout) cannot be replaced by a rename; writing to it is what was asked for.
        try:
            with open(target, "w", encoding="utf-8", errors="surrogateescape") as handle:
                handle.write(text)
        except OSError as error:
            raise Unwritable(_reason(error)) from error
        return
    _replace(target, text.encode("utf-8", "surrogateescape"))


def on_network(path: str) -> bool:
    """Whether *path* names another machine: a URL, or a share such as ``//server/data`` or ``\\\\server\\data``."""
    return "://" in path or path.startswith(("//", "\\\\"))


_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How files are opened: without waiting for the other end of a pipe, and byte for byte on Windows."""


def _read(path: str, limit: int = MAX_BYTES) -> bytes:
    """At most *limit* + 1 bytes of the file: the last one tells that there is more.

    A pipe or a device is refused: reading one may wait for ever, or change what it is connected to.
    """
    try:
        handle = os.open(path, _READING)
        try:
            status = os.fstat(handle)
            if not S_ISREG(status.st_mode):
                raise Unreadable("it is no plain file")
            return _bytes(handle, status.st_size + 1, limit + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(_reason(error)) from error


def _bytes(handle: int, expected: int, most: int) -> bytes:
    """At most *most* bytes from the open file *handle*; *expected* of them are asked for at a time."""
    found = b""
    while most > len(found):
        piece = os.read(handle, min(max(expected, 4096), most - len(found)))
        if not piece:
            break
        found += piece
    return found


def _replace(target: str, data: bytes) -> None:
    """Write *data* beside *target*, flush it to the disk, and rename it over *target*. Raises `Unwritable`."""
    temporary = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}.vlmr1-lint")
    try:
        mode = os.stat(target).st_mode & 0o7777 if os.path.exists(target) else None
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise Unwritable(_reason(error)) from error
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(handle, view) :]
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, target)
    except OSError as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass  # the folder vanished, and the temporary file with it
        raise Unwritable(_reason(error)) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def repository_root(path: str) -> str | None:
    """The closest folder at or above *path* that holds a version control marker, or None."""
    folder = os.path.realpath(path)
    while True:
        if any(os.path.exists(os.path.join(folder, marker)) for marker in _MARKERS):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
