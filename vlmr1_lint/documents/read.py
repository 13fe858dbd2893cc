"""A file as its format says: the one place that picks the reader."""

from __future__ import annotations

from vlmr1_lint.documents.formats import SHELL_SUFFIXES, YAML_SUFFIXES
from vlmr1_lint.sources.reading import starts_a_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Reach

__all__ = ["read"]


def read(path: str, data: bytes, reach: Reach | None = None) -> Document:
    """The file *data*, called *path* in findings, read as its suffix (or ``#!``) says; a plain `Document` for other files.

    *reach* gives the files that a script takes its variables from.
    """
    name = path.lower()
    if name.endswith(YAML_SUFFIXES):
        from vlmr1_lint.documents.yaml.flat import read_flat

        flat = read_flat(path, data)
        if flat is not None:
            return flat
        from vlmr1_lint.documents.yaml.read import read_yaml

        return read_yaml(path, data)
    if name.endswith(".json"):
        from vlmr1_lint.documents.json.read import read_json

        return read_json(path, data)
    if name.endswith(SHELL_SUFFIXES) or starts_a_shell(data):
        from vlmr1_lint.documents.shell.read import read_shell

        return read_shell(path, data, reach)
    from vlmr1_lint.documents.model import Document

    return Document(path, data)
