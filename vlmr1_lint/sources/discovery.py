"""Which files an invocation is about: the PATHs given, folders walked the way git sees them."""

from __future__ import annotations

import os

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Discovered", "discover"]

SUFFIXES = (".yaml", ".yml", ".json", ".sh", ".bash", ".slurm", ".sbatch")
"""Only files that end so are looked at when a folder is walked; a file named by hand is looked at whatever its name."""

JUNK = frozenset(
    ".git .hg .svn .tox .nox .venv venv node_modules __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis"
    " .ipynb_checkpoints .eggs build dist site-packages wandb".split()
)
"""Folders that are never walked into unless they are named by hand."""


@value
class Discovered:
    """Absolute paths to lint, sorted, and the PATHs that do not exist."""

    files: tuple[str, ...]
    missing: tuple[str, ...]


def discover(paths: Sequence[str], excluded: Callable[[str], bool], *, force_exclude: bool = False) -> Discovered:
    """The files that *paths* (relative to the working folder, or absolute) stand for.

    *excluded* tells whether settings leave an absolute path out: it is asked of files found in folders, and with
    *force_exclude* (which pre-commit wants, since it names every file) also of files named by hand.
    """
    files: dict[str, None] = {}
    missing = []
    for given in paths:
        path = os.path.abspath(given)
        if not given:
            missing.append("''")  # an unset variable in a script, and not the working folder
        elif os.path.isdir(path):
            files.update((found, None) for found in _walk(path) if not excluded(found))
        elif os.path.lexists(path):
            if not (force_exclude and excluded(path)):
                files[path] = None
        else:
            missing.append(given)
    return Discovered(tuple(sorted(files)), tuple(missing))


def _walk(folder: str) -> list[str]:
    """Every file below *folder* that may be ours: tracked and not ignored where git knows, else our own walk."""
    found = _ask_git(folder)
    if found is None:
        found = list(_own_walk(folder))
    return [path for path in found if path.endswith(SUFFIXES)]


def _ask_git(folder: str) -> list[str] | None:
    """The files git lists below *folder* (tracked, and untracked but not ignored), or None where git does not answer."""
    import subprocess

    command = ["git", "-C", folder, "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        return None
    names = [os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]
    kept = (name for name in names if not JUNK.intersection(name.split("/")[:-1]))
    return [path for path in (os.path.join(folder, name) for name in kept) if os.path.isfile(path)]


def _own_walk(folder: str) -> list[str]:
    """Our own walk, for folders outside git: junk is skipped, ``.gitignore`` files are honoured by pathspec where it is
    installed."""
    found: list[str] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in JUNK)
        paths = (os.path.join(here, name) for name in names if name.endswith(SUFFIXES))
        found += [path for path in paths if os.path.isfile(path)]
    ignore = os.path.join(folder, ".gitignore")
    if os.path.isfile(ignore):
        found = _without_ignored(folder, ignore, found)
    return found


def _without_ignored(folder: str, ignore: str, found: list[str]) -> list[str]:
    from pathspec import GitIgnoreSpec

    with open(ignore, encoding="utf-8", errors="replace") as handle:
        spec = GitIgnoreSpec.from_lines(handle)
    return [path for path in found if not spec.match_file(os.path.relpath(path, folder))]
