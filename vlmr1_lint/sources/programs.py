"""Where a program that we start comes from: never from the files that are linted."""

from __future__ import annotations

import os

__all__ = ["find_program"]

_ENDING = ".exe" if os.name == "nt" else ""
"""A script (``git.bat``, ``nvidia-smi.cmd``) is never taken for the program."""


def find_program(name: str, repository: str | None) -> str | None:
    """The absolute path of the program *name* on PATH, or None.

    Folders of PATH that are not absolute are passed over, and so are those inside *repository* (absolute, links resolved): there
    a pull request decides what lies. On Windows the working folder, which the system would search first, is not searched.
    """
    inside = None if repository is None else repository.rstrip(os.sep) + os.sep
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if not os.path.isabs(folder):
            continue
        path = os.path.join(folder, name + _ENDING)
        if inside is not None and (os.path.realpath(folder) + os.sep).startswith(inside):
            continue
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
