"""TRL: trl/trainer/, and the scripts of its command line, trl/scripts/."""

from __future__ import annotations

from vlmr1_lint.trainers.family import Family

__all__ = ["TRL", "TRL_DPO", "TRL_SFT"]

TRL = Family("trl", "trl", claims=True, of_trl=True)
TRL_SFT = Family("trl-sft", "trl", "sft", options="options_sft.json", of_trl=True)
TRL_DPO = Family("trl-dpo", "trl", "dpo", options="options_dpo.json", of_trl=True)
