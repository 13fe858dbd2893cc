"""What a path means before anything is opened: which folder it lies in, which repository, which machine."""

from __future__ import annotations

import os

__all__ = ["is_below", "on_network", "placed", "repository_root"]

_MARKERS = (".git", ".hg", ".svn")


def is_below(path: str, folder: str) -> bool:
    """Whether the absolute *path* is *folder* or lies in it, as both are written: no link is followed and no disk asked."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def placed(path: str, root: str) -> str:
    """The absolute *path* as it is called below *root* (links resolved), where links above *root* lead to it (``/home`` that is a
    link to ``/data/home``); as it is where it does not lie there."""
    if is_below(path, root):
        return path
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return real if is_below(real, root) else path


def on_network(path: str) -> bool:
    """Whether *path* names another machine: a URL, or a share such as ``//server/data`` or ``\\\\server\\data``."""
    return "://" in path or path.startswith(("//", "\\\\"))


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
