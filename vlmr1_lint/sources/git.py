"""The only module that runs git: which files of a folder are tracked, or untracked and not ignored.

A repository's configuration can name programs (``core.fsmonitor``, hooks, what fetches a missing object), and git obeys the one
that it finds: ``.git/config`` of an unpacked archive, or a bare repository that was committed as plain files. So git never sees
it. It is given a repository of our own, empty and temporary, with the index and ``info/exclude`` of the real one, which we find
ourselves. It can reach no object and no other machine, and its answer is only a list of names. This works with every git since
2.20, where switching off single settings would have to keep up with each release.
"""

from __future__ import annotations

import os
import re
from stat import S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["listed"]

TIMEOUT_S = 60
"""Seconds after which git is given up and the folder is walked by ourselves."""

_SMALL_BYTES = 1024 * 1024
"""``.git`` files, ``config`` and ``info/exclude`` are read up to here; none that is in use comes near it."""

_CONFIG = """\
[core]
\trepositoryformatversion = {version}
\tbare = false
\tfsmonitor =
\thooksPath = /dev/null
\tuntrackedCache = false
\tignoreCase = {ignore_case}
\tprecomposeUnicode = {precompose}
"""
"""An empty ``fsmonitor`` is off for every git; before 2.36, ``false`` was the name of a program."""

_SHA256 = "[extensions]\n\tobjectFormat = sha256\n"


def listed(folder: str) -> list[str] | None:
    """Names below the absolute *folder*, relative to it and ``/``-separated, that git tracks or does not ignore.

    None where the folder lies in no repository, or git is not there or cannot tell. A name may lead anywhere (a link), or to
    nothing (a file that was deleted).
    """
    folder = os.path.realpath(folder)
    root = _work_tree(folder)
    found = None if root is None else _git_folder(root)
    if root is None or found is None:
        return None
    from vlmr1_lint.sources.programs import find_program

    program = find_program("git", root)
    return None if program is None else _asked(program, folder, root, *found)


def _asked(program: str, folder: str, root: str, own: str, common: str) -> list[str] | None:
    """What git at *program* says of *folder* in the work tree *root*, whose git folder is *own*; *common*: see `_git_folder`."""
    import subprocess
    from tempfile import TemporaryDirectory

    command = [program, "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        with TemporaryDirectory(prefix="vlmr1-lint-") as stand_in:
            _make(stand_in, own, common)
            environment = _environment(stand_in, root, os.path.join(own, "index"))
            answer = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        return None
    names = (os.fsdecode(name) for name in answer.stdout.split(b"\0") if name)
    return [name for name in names if _is_below(name)]


def _is_below(name: str) -> bool:
    """Whether *name* leads downwards: an index made by hand may hold ``../x`` and ``/etc/x``."""
    return not os.path.isabs(name) and ".." not in name.split("/")


def _environment(stand_in: str, root: str, index: str) -> Mapping[str, str]:
    """Our environment without git's variables (in a hook they mean the commit under way), with those that mean *stand_in*."""
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith("GIT_")}
    return {
        **kept,
        "GIT_DIR": stand_in,
        "GIT_WORK_TREE": root,
        "GIT_INDEX_FILE": index,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _make(stand_in: str, own: str, common: str) -> None:
    """Make the empty folder *stand_in* a repository whose index will be that of *own*. Raises OSError."""
    for name in ("objects", "refs", "info"):
        os.mkdir(os.path.join(stand_in, name))
    sha256 = re.search(rb"(?im)^\s*objectformat\s*=\s*\"?sha256\"?\s*$", _small(os.path.join(common, "config"))) is not None
    config = _CONFIG.format(version=int(sha256), ignore_case=str(_IGNORES_CASE).lower(), precompose=str(_DECOMPOSES).lower())
    _put(stand_in, "config", (config + _SHA256 if sha256 else config).encode())
    _put(stand_in, "HEAD", b"ref: refs/heads/none\n")
    _put(stand_in, "info/exclude", _small(os.path.join(common, "info", "exclude")))
    for name in os.listdir(own):  # parts of a split index, which git looks for in its own folder
        path = os.path.join(own, name)
        if re.fullmatch(r"sharedindex\.[0-9a-f]{40,64}", name) and S_ISREG(os.lstat(path).st_mode):
            os.symlink(path, os.path.join(stand_in, name))


_DECOMPOSES = os.uname().sysname == "Darwin" if hasattr(os, "uname") else False
_IGNORES_CASE = os.name == "nt" or _DECOMPOSES
"""What ``git init`` finds out about the disks that these systems come with."""


def _put(folder: str, name: str, data: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as handle:
        handle.write(data)


def _work_tree(folder: str) -> str | None:
    """The closest folder at or above *folder* that holds ``.git``, or None."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _git_folder(root: str) -> tuple[str, str] | None:
    """The git folder of the work tree *root*, and the one with what it shares with other work trees; None if it is none.

    ``.git`` is a folder, or in linked work trees and submodules a file that names one.
    """
    own = os.path.join(root, ".git")
    if not os.path.isdir(own):
        own = _named(own, b"gitdir: ", root) or ""
    if not own or not os.path.isfile(os.path.join(own, "HEAD")):
        return None
    common = _named(os.path.join(own, "commondir"), b"", own) or own
    if not all(os.path.isdir(os.path.join(common, name)) for name in ("objects", "refs")):
        return None
    return (own, common) if _is_plain_or_absent(os.path.join(own, "index")) else None


def _named(path: str, before: bytes, folder: str) -> str | None:
    """The folder that the file *path* names after the word *before*, relative to *folder*; None where there is none on this
    machine."""
    said = _small(path)
    name = os.fsdecode(said[len(before) :].rstrip(b"\r\n")) if said.startswith(before) else ""
    if not name or "\0" in name or name.startswith(("//", "\\\\")):
        return None
    found = os.path.normpath(os.path.join(folder, name))
    return found if os.path.isdir(found) else None


def _small(path: str) -> bytes:
    """The bytes of the small plain file at *path*, links not followed; nothing where there is none."""
    try:
        status = os.lstat(path)
        if not S_ISREG(status.st_mode) or status.st_size > _SMALL_BYTES:
            return b""
        with open(path, "rb") as handle:
            return handle.read(_SMALL_BYTES)
    except OSError:
        return b""


def _is_plain_or_absent(path: str) -> bool:
    """Whether git can open *path* without waiting for anybody, or will find nothing there."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return True
    return S_ISREG(mode) and not S_ISDIR(mode)
