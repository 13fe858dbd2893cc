"""``#SBATCH`` headers: what a script asks of Slurm."""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import Span
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.text import Place, Source

__all__ = ["SbatchHeader", "sbatch_headers"]


@value
class SbatchHeader:
    """An option of an ``#SBATCH`` line: its value, its ``name`` without dashes, with ``_``, long where Slurm has a short one."""

    name: str
    value: str
    span: Span


_SHORT = {
    "N": "nodes",
    "n": "ntasks",
    "p": "partition",
    "J": "job_name",
    "t": "time",
    "C": "constraint",
    "G": "gpus",
    "c": "cpus_per_task",
    "A": "account",
    "q": "qos",
    "o": "output",
    "e": "error",
    "w": "nodelist",
    "x": "exclude",
}
"""Slurm's short options (sbatch(1))."""


def sbatch_headers(programs: Sequence[tuple[Source, Syntax]]) -> list[SbatchHeader]:
    """``#SBATCH`` options of the file and of scripts that it hands to sbatch; Slurm reads them up to the first command."""
    headers: list[SbatchHeader] = []
    seen: set[Place] = set()
    for source, tree in programs:
        if b"#SBATCH" not in source.data:
            continue
        for node in tree.children:
            if node.type != "comment":
                if node.is_named:
                    break
                continue
            line = source.data[node.start_byte : node.end_byte]
            if not line.startswith(b"#SBATCH"):
                continue
            place = source.place(node.start_byte, node.end_byte)
            if place in seen:  # a here-document that a loop hands to sbatch several times
                continue
            seen.add(place)
            pattern = rb"(?<!\S)(--[A-Za-z][\w-]*|-[A-Za-z])(?:=|[ \t]+)?(?:\"([^\"]*)\"|(?![-#])([^\s\"#]+))?"
            for match in re.finditer(pattern, line):
                group = 2 if match[2] is not None else 3
                at = node.start_byte + (match.start(group) if match[group] is not None else match.end())
                end = node.start_byte + match.end(group) if match[group] is not None else at
                name = match[1].decode().lstrip("-")
                name = _SHORT.get(name, name) if len(name) == 1 else name.replace("-", "_")
                headers.append(SbatchHeader(name, (match[group] or b"").decode(), Span(*source.place(at, end)[:2])))
    return headers
