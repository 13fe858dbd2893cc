"""How files are told apart by their names, and how much of one is read."""

from __future__ import annotations

__all__ = [
    "LAUNCHERS",
    "MAX_KEYS",
    "MAX_NODES",
    "NO_GRAMMAR",
    "PLAIN_LAUNCHERS",
    "SHELL_SUFFIXES",
    "UTF16",
    "YAML_SUFFIXES",
]

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
PLAIN_LAUNCHERS = ("torchrun", "deepspeed")
"""Commands whose own options follow their name, and then the script that they start."""
LAUNCHERS = (*PLAIN_LAUNCHERS, "accelerate", "torch.distributed")
"""What starts a training in several processes."""
