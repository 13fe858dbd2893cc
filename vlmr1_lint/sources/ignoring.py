"""What a ``.gitignore`` leaves out, as git reads it, for folders that git does not list.

Not read: classes such as ``[[:space:]]``, and letter case that a disk does not tell apart. ``?`` is a character and not a byte.
"""

from __future__ import annotations

from vlmr1_lint.sources.patterns import matches
from vlmr1_lint.values import value

__all__ = ["Ignoring"]


@value
class _Pattern:
    """One line: *parts* between slashes, ``**`` before one that may match at any depth."""

    parts: list[str]
    negated: bool
    only_folders: bool


class Ignoring:
    """The patterns in the text of a ``.gitignore``."""

    def __init__(self, text: bytes) -> None:
        lines = text.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")
        found = (_pattern(line.removesuffix("\r")) for line in lines)
        self._patterns = [pattern for pattern in found if pattern is not None]

    def ignores(self, path: str) -> bool:
        """Whether the file *path* (``/``-separated, relative to the folder of the ``.gitignore``) is left out, or a folder that
        it is in; what is in a folder that is left out cannot be taken back."""
        names = path.split("/")
        return any(self._decides(names[:count], count < len(names)) for count in range(1, len(names) + 1))

    def _decides(self, names: list[str], is_folder: bool) -> bool:
        """Whether the last pattern that matches leaves out."""
        for pattern in reversed(self._patterns):
            if (is_folder or not pattern.only_folders) and matches(pattern.parts, names):
                return not pattern.negated
        return False


def _pattern(line: str) -> _Pattern | None:
    if line.startswith("#"):
        return None
    text = line
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    negated = text.startswith("!")
    text = text.removeprefix("!")
    only_folders = text.endswith("/")
    text = text.removesuffix("/")
    if not text or (text.endswith("\\") and not text.endswith("\\\\")):
        return None
    anywhere = "/" not in text
    parts = text.removeprefix("/").split("/")
    if anywhere:
        parts.insert(0, "**")
    elif parts[-1] == "**":
        parts.append("*")  # what is in the folder, and not the folder
    return _Pattern(parts, negated, only_folders)
