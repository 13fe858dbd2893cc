"""What a file says, and where: reading and editing YAML, JSON and shell without knowing trainers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Reach

__all__ = ["MAX_KEYS", "MAX_NODES", "NO_GRAMMAR", "SHELL_SUFFIXES", "UTF16", "YAML_SUFFIXES", "read", "starts_a_shell"]

YAML_SUFFIXES = (".yaml", ".yml")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-16, which PowerShell writes and no trainer reads."""
MAX_KEYS = 2_000
"""Keys that a YAML or JSON file may have in all its mappings together. The longest of the 323 files that are ours in 60 public
repositories has 171. A key may cause several findings, and to make one takes 0.2 ms."""
MAX_NODES = 20_000
"""Values that it may have, items of lists included: an item costs less than a key. The longest has 247."""
NO_GRAMMAR = "tree-sitter cannot be imported"
"""Why a script is not read where the grammar of bash is not installed."""
SHELL_SUFFIXES = (".sh", ".bash", ".slurm", ".sbatch")


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


def starts_a_shell(data: bytes) -> bool:
    """Whether the first line of *data* names a shell: ``#!/bin/bash``, ``#!/usr/bin/env sh``."""
    if not data.startswith(b"#!"):
        return False
    words = data[2:128].split(b"\n", 1)[0].split()
    return any(word.rsplit(b"/", 1)[-1] in (b"sh", b"bash", b"zsh", b"dash") for word in words[:2])
