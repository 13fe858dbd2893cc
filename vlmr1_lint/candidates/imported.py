"""What a repository's own code imports from TRL, and so which release it was written for: a pin may be older than the code."""

from __future__ import annotations

import re

from vlmr1_lint.candidates.evidence import python_files
from vlmr1_lint.facts.data import load
from vlmr1_lint.trainers.releases import version_key
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.sources import Sources

__all__ = ["Newest", "newest_import"]

_IMPORT = re.compile(rb"(?m)^from (trl(?:\.\w+)*) import +(\([^)]*\)|[^\n(#]+)")
"""At the left margin only: an import in ``try`` or in a condition may fail."""


@value
class Newest:
    """An import that the oldest releases cannot satisfy: the file, the name, and the release in which it came first."""

    file: str
    name: str
    since: str


def newest_import(path: str, sources: Sources) -> Newest | None:
    """Of the names that the scripts and packages of the repository of *path* import from TRL the one that came last; None where
    every release of the tables has them all."""
    first = load("trl_names.json")
    found = [
        Newest(file, name, first[module][name])
        for file, data in python_files(path, sources)
        if TRL.name.encode() in data
        for module, name in _imported(data)
        if name in first.get(module, ())
    ]
    return max(found, key=lambda one: version_key(one.since), default=None)


def _imported(data: bytes) -> list[tuple[str, str]]:
    """Module and name of each ``from trl… import …`` of the source *data*."""
    found = []
    for one in _IMPORT.finditer(data):
        listed = re.sub(rb"#[^\n]*", b"", one[2]).strip(b"()\r\n ")
        found += [(one[1].decode(), words[0].decode()) for part in listed.split(b",") if (words := part.split())]
    return found
