"""Keys of an accelerate YAML, for accelerate 1.2.1 (the lowest VLM-R1 allows), 1.6.0 and 1.15.0.

Sections are the top level ``""`` (unknown keys rejected), ``deepspeed_config``, ``fsdp_config`` and so on (accepted and ignored).
"""

from __future__ import annotations

from vlmr1_lint.facts.sections import Key, Sections

__all__ = ["Key", "key", "keys", "known", "sections", "unknown_keys", "versions"]

_SECTIONS = Sections("accelerate.json")

versions = _SECTIONS.versions
sections = _SECTIONS.sections
keys = _SECTIONS.keys
known = _SECTIONS.known
key = _SECTIONS.key
unknown_keys = _SECTIONS.unknown_keys
