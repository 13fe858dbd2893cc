"""Keys of an accelerate YAML, for accelerate 1.2.1 (the lowest VLM-R1 allows), 1.6.0 and 1.15.0.

Sections are the top level ``""`` (unknown keys rejected), ``deepspeed_config``, ``fsdp_config`` and so on (accepted and
ignored).
"""

from __future__ import annotations

from vlmr1_lint.facts.sections import Key, Sections

__all__ = ["TABLES", "Key", "key", "keys", "known", "sections", "unknown_keys", "versions"]

TABLES = Sections("accelerate.json")

versions = TABLES.versions
sections = TABLES.sections
keys = TABLES.keys
known = TABLES.known
key = TABLES.key
unknown_keys = TABLES.unknown_keys
