"""Replacing a file so that nothing of it is lost: neither its text, nor what hangs on it, nor somebody else's change.

The new text is written beside the file, flushed to the disk, and renamed over it. Whatever happens before the rename leaves the
file as it was; after it, the file is the new one, whole. Ctrl-C and the signals that end a process wait for that moment.
"""

from __future__ import annotations

import os

from vlmr1_lint.sources.reading import reason

__all__ = ["Unwritable", "put_new", "put_over", "write_new", "write_report"]

CHANGED = "it changed while it was being linted; run again"


class Unwritable(Exception):
    """A file that was not written; the message says why, and the file is as it was."""


def put_over(target: str, data: bytes, seen: os.stat_result) -> None:
    """Replace the plain file *target* (no link), whose status was *seen* when its text was read, by *data*.

    Mode, owner, group, access lists and other extended attributes are kept as far as the system lets us: it refuses the owner
    to all but root. A file that has other names (hard links) is refused: a rename would part them, and writing into it would
    change a file that nobody named, or leave half a text where the disk is full. So is a file that somebody else replaced or
    wrote to since *seen*. Raises `Unwritable`, and then the file is as it was.
    """
    try:
        writable = os.access(target, os.W_OK)
    except OSError as error:
        raise Unwritable(reason(error)) from error
    if not writable:
        raise Unwritable("it is read-only")
    if seen.st_nlink > 1:
        raise Unwritable("it has other names (hard links), which would keep the old text")
    with _Beside(target, 0o600) as new:
        new.write(data)
        new.take_after(target, seen)
        new.flush()
        if _identity(os.lstat(target)) != _identity(seen):
            raise Unwritable(CHANGED)
        new.rename()


def put_new(target: str, data: bytes) -> None:
    """Make the file *target*, which must not be there. Raises `Unwritable`."""
    with _Beside(target, 0o666) as new:
        new.write(data)
        new.flush()
        if os.path.lexists(target):
            raise Unwritable("it is there already")
        new.rename()


def write_report(path: str, text: str) -> None:
    """Write a report (``--format sarif=FILE``) or baseline as UTF-8, atomically. Raises `Unwritable`.

    What is there is replaced whatever it was, and keeps its mode and owner; of several hard links only this name is changed.
    """
    target = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(target)):
        raise Unwritable("its folder does not exist")
    if os.path.exists(target) and not os.path.isfile(target):
        # A device or a pipe (/dev/stdout) cannot be replaced by a rename; writing to it is what was asked for.
        try:
            with open(target, "w", encoding="utf-8", errors="surrogateescape") as handle:
                handle.write(text)
        except OSError as error:
            raise Unwritable(reason(error)) from error
        return
    old = _status(target)
    with _Beside(target, 0o666 if old is None else 0o600) as new:
        new.write(text.encode("utf-8", "surrogateescape"))
        if old is not None:
            new.take_after(target, old)
        new.flush()
        new.rename()


def write_new(path: str, text: str) -> None:
    """Write a file that is not there yet, and the folders above it. Raises `Unwritable`."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except FileExistsError:
        raise Unwritable("it is there already") from None
    except OSError as error:
        raise Unwritable(reason(error)) from error


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _identity(status: os.stat_result) -> tuple[int, ...]:
    """What differs when a file was replaced or written to."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class _Beside:
    """The new file beside *target* while it is made; it is gone when the block ends without `rename`.

    *mode* is what it is created with. An OSError in the block becomes `Unwritable`.
    """

    def __init__(self, target: str, mode: int) -> None:
        self.target = target
        self.mode = mode
        # Short and random: it fits beside a name of 255 bytes, and one that a killed process left blocks nobody.
        self.path = os.path.join(os.path.dirname(target), f".vlmr1-lint-{os.urandom(8).hex()}.tmp")
        self._handle = -1
        self._signals: set[int] = set()

    def __enter__(self) -> _Beside:
        self._signals = _hold_signals()
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self.path, flags, self.mode)
        except OSError as error:
            _release_signals(self._signals)
            raise Unwritable(reason(error)) from error
        return self

    def write(self, data: bytes) -> None:
        """Write all of *data*."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]

    def take_after(self, target: str, status: os.stat_result) -> None:
        """Take on owner, mode and extended attributes of *target*, whose status is *status*, as far as the system lets us."""
        if hasattr(os, "fchown"):
            _give(self._handle, status.st_uid, status.st_gid)
        if hasattr(os, "fchmod"):
            os.fchmod(self._handle, status.st_mode & 0o7777)  # after the owner, whose change takes set-id bits away
        if hasattr(os, "listxattr"):
            _copy_attributes(target, self._handle)

    def flush(self) -> None:
        """Have the text on the disk and not only on its way there."""
        os.fsync(self._handle)

    def rename(self) -> None:
        """Put the new file in the place of the old one."""
        self._close()
        os.replace(self.path, self.target)
        self.path = ""

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for undo in (self._close, self._remove):
            try:
                undo()
            except OSError:
                continue  # the disk or the folder vanished, and the new file with it
        _release_signals(self._signals)
        if isinstance(error, OSError):
            raise Unwritable(reason(error)) from error

    def _remove(self) -> None:
        if self.path:
            os.unlink(self.path)


def _give(handle: int, owner: int, group: int) -> None:
    """Give the open file *handle* to *owner* and *group*; to the group alone where only that is allowed."""
    status = os.fstat(handle)
    for wanted in (owner, -1):
        if (status.st_uid, status.st_gid) == (owner, group):
            return
        try:
            os.fchown(handle, wanted, group)
            return
        except OSError:
            continue


def _copy_attributes(target: str, handle: int) -> None:
    """Give the open file *handle* the extended attributes of *target*: access lists are among them."""
    try:
        names = os.listxattr(target)
    except OSError:
        return  # this disk has none
    for name in names:
        try:
            os.setxattr(handle, name, os.getxattr(target, name))
        except OSError:
            continue  # the system's own, such as security.selinux, which the new file has already


def _hold_signals() -> set[int]:
    """Hold back what ends a process, so that the file beside is not left; the signals that were held back before."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        return set()  # Windows: Ctrl-C comes as an exception, and nothing else comes
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    except BaseException:  # Ctrl-C came just before
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    return set(before)


def _release_signals(before: set[int]) -> None:
    """Hold back only *before* again. What came meanwhile takes effect now."""
    import signal

    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
