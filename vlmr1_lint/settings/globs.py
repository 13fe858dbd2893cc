"""Path patterns of the settings, as .gitignore has them, relative to the settings file's folder."""

from __future__ import annotations

from vlmr1_lint.sources.patterns import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["exact", "join", "matcher"]

_SPECIAL = "*?["


def matcher(pattern: str, folder: str = "") -> Callable[[str], bool]:
    """Whether a path (``/``-separated, relative to the root) matches *pattern*, which is written in a settings file in *folder*.

    ``*`` and ``?`` stay within a name, ``**`` crosses folders, ``[ab]`` and ``[!ab]`` are sets. A pattern without a slash matches
    the name at any depth (``./name`` only here); one that matches a folder matches all that is in it.
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if "/" not in pattern.rstrip("/"):
        parts.insert(0, "**")
    inside = pattern.endswith("/")
    prefix = f"{folder}/" if folder else ""

    def covers(path: str) -> bool:
        if not path.startswith(prefix):
            return False
        names = path[len(prefix) :].split("/")
        return any(matches(parts, names[:length]) for length in range(1, len(names) + (not inside)))

    return covers


def exact(pattern: str, folder: str = "") -> str | None:
    """The one path that *pattern* can mean, or None: it has wildcards, or no slash and so any folder."""
    if "/" not in pattern or pattern.endswith("/") or any(char in pattern for char in _SPECIAL):
        return None
    return join(folder, pattern.lstrip("/"))


def join(folder: str, path: str) -> str:
    """*path* as written in a settings file in *folder*, relative to the root; ``..`` is resolved, absolute paths stay."""
    if path.startswith("/"):
        return path
    parts: list[str] = []
    for part in [*folder.split("/"), *path.split("/")]:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if folder.startswith("/") else "") + "/".join(parts)
