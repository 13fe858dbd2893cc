"""open-r1 (huggingface/open-r1): TRL's trainers with options of its own."""

from __future__ import annotations

from vlmr1_lint.trainers.family import Family

__all__ = ["OPEN_R1", "OPEN_R1_SFT"]

OPEN_R1 = Family("open-r1", "open_r1")
OPEN_R1_SFT = Family("open-r1-sft", "open_r1", "sft", options="options_sft.json")
