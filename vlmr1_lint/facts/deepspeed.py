"""Keys of a DeepSpeed JSON, for DeepSpeed 0.15.4 (which VLM-R1 pins) and 0.19.8.

Sections are the top level ``""`` (unknown keys ignored), ``zero_optimization`` and its blocks (rejected), ``bf16`` and
so on. Types are DeepSpeed's own: ``"auto"`` is a word of transformers and accelerate, which replace it before DeepSpeed
reads the file.
"""

from __future__ import annotations

from vlmr1_lint.facts.sections import Key, Sections

__all__ = ["TABLES", "Key", "key", "keys", "known", "sections", "unknown_keys", "versions"]

TABLES = Sections("deepspeed.json")

versions = TABLES.versions
sections = TABLES.sections
keys = TABLES.keys
known = TABLES.known
key = TABLES.key
unknown_keys = TABLES.unknown_keys
