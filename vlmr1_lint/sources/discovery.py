"""Which files an invocation is about: the PATHs given, folders walked the way git sees them."""

from __future__ import annotations

import os
from stat import S_ISLNK, S_ISREG

from vlmr1_lint.sources.paths import is_below, placed, repository_root
from vlmr1_lint.sources.reading import Unreadable, read_plain, starts_a_shell
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Discovered", "discover"]

SUFFIXES = (".yaml", ".yml", ".json", ".sh", ".bash", ".slurm", ".sbatch")
"""Only files that end so, and scripts without an ending, are looked at when a folder is walked; a file named by hand is looked at
whatever its name."""

_FIRST_BYTES = 128
"""How much of a file without an ending is read to see whether it is a script."""

JUNK = frozenset(
    ".git .hg .svn .tox .nox .venv venv node_modules __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis"
    " .ipynb_checkpoints .eggs build dist site-packages wandb".split()
)
"""Folders that are never walked into unless they are named by hand."""


@value
class Discovered:
    """What the PATHs stand for.

    files    absolute paths to lint, sorted
    missing  PATHs that do not exist
    outside  PATHs that are links to folders outside of the repository that they stand in: these are not walked
    """

    files: tuple[str, ...]
    missing: tuple[str, ...]
    outside: tuple[str, ...] = ()


def discover(paths: Sequence[str], excluded: Callable[[str], bool], *, force_exclude: bool = False) -> Discovered:
    """The files that *paths* (relative to the working folder, or absolute) stand for.

    *excluded* tells whether settings leave an absolute path out: it is asked of files found in folders, and with
    *force_exclude* (which pre-commit wants, since it names every file) also of files named by hand.

    A link found in a folder counts if it stays in the repository (in the folder, where there is no repository). A file named by
    hand counts wherever it leads.
    """
    files: dict[str, None] = {}
    missing = []
    outside = []
    root = repository_root(os.getcwd())
    for given in paths:
        path = os.path.abspath(given)
        path = path if root is None else placed(path, root)
        if not given:
            missing.append("''")  # an unset variable in a script, and not the working folder
        elif os.path.isdir(path):
            if root is not None and is_below(path, root) and not is_below(os.path.realpath(path), root):
                outside.append(given)
            else:
                files.update((found, None) for found in _walk(path, root) if not excluded(found))
        elif os.path.lexists(path):
            if not (force_exclude and excluded(path)):
                files[path] = None
        else:
            missing.append(given)
    return Discovered(tuple(sorted(files)), tuple(missing), tuple(outside))


def _walk(folder: str, root: str | None) -> list[str]:
    """Every file below *folder* that may be ours: tracked and not ignored where git knows, else our own walk. *root*: the
    repository of the working folder."""
    from vlmr1_lint.sources.git import listed

    names = listed(folder)
    if names is None:
        found = _own_walk(folder)
    else:
        kept = (name for name in names if _may_be_ours(name) and not JUNK.intersection(name.split("/")[:-1]))
        found = [os.path.join(folder, name) for name in kept]
    real = os.path.realpath(folder)
    border = root if root is not None and is_below(real, root) else repository_root(real) or real
    return list(_within(border, found))


def _within(border: str, paths: Iterable[str]) -> Iterable[str]:
    """Those of *paths* that are plain files inside the folder *border*, all links resolved."""
    folders: dict[str, bool] = {}
    for path in paths:
        folder = os.path.dirname(path)
        inside = folders.get(folder)
        if inside is None:
            inside = folders[folder] = is_below(os.path.realpath(folder), border)
        if not inside:
            continue
        try:
            mode = os.lstat(path).st_mode
        except (OSError, ValueError):
            continue  # deleted, and still in the index
        if not S_ISREG(mode) and not (
            S_ISLNK(mode) and is_below(target := os.path.realpath(path), border) and os.path.isfile(target)
        ):
            continue
        if "." in os.path.basename(path) or _is_a_shells(path):
            yield path


def _may_be_ours(name: str) -> bool:
    """Whether a file of this name, ``/``-separated, is ours as far as names tell: one without an ending may be a script."""
    return name.endswith(SUFFIXES) or "." not in name.rsplit("/", 1)[-1]


def _is_a_shells(path: str) -> bool:
    """Whether the plain file at *path* starts with ``#!`` and a shell."""
    try:
        return starts_a_shell(read_plain(path, _FIRST_BYTES))
    except Unreadable:
        return False


def _own_walk(folder: str) -> list[str]:
    """Our own walk, for folders outside git: junk is skipped, ``.gitignore`` of *folder* is honoured."""
    found: list[str] = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in JUNK)
        found += [os.path.join(here, name) for name in names if _may_be_ours(name)]
    try:
        ignore = read_plain(os.path.join(folder, ".gitignore"))
    except Unreadable:
        return found
    from vlmr1_lint.sources.ignoring import Ignoring

    ignoring = Ignoring(ignore)
    return [path for path in found if not ignoring.ignores(os.path.relpath(path, folder).replace(os.sep, "/"))]
