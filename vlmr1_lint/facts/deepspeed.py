"""Keys of a DeepSpeed JSON, for DeepSpeed 0.15.4 (which VLM-R1 pins) and 0.19.8.

Sections are the top level ``""`` (unknown keys ignored), ``zero_optimization`` and its blocks (rejected), ``bf16`` and so on.
"""

from __future__ import annotations

from vlmr1_lint.facts.sections import Key, Sections

__all__ = ["Key", "key", "keys", "known", "sections", "unknown_keys", "versions"]

_SECTIONS = Sections("deepspeed.json")

versions = _SECTIONS.versions
sections = _SECTIONS.sections
keys = _SECTIONS.keys
known = _SECTIONS.known
key = _SECTIONS.key
unknown_keys = _SECTIONS.unknown_keys
