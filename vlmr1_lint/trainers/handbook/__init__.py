"""alignment-handbook (huggingface/alignment-handbook): SFT, DPO and ORPO by TRL's trainers."""

from __future__ import annotations

from vlmr1_lint.trainers.family import Family

__all__ = ["HANDBOOK_DPO", "HANDBOOK_ORPO", "HANDBOOK_SFT"]

ONCE = frozenset(
    "dataset_mixer dataset_splits dataset_configs preprocessing_num_workers truncation_side text_column"
    " auto_insert_empty_system_msg base_model_revision model_code_revision tokenizer_name_or_path use_flash_attention_2".split()
)
"""Options of its own classes before 2025, whose files are read by TRL's trainers all the same."""

HANDBOOK_SFT = Family("alignment-handbook-sft", "handbook", "sft", options="options_sft.json", once=ONCE)
HANDBOOK_DPO = Family("alignment-handbook-dpo", "handbook", "dpo", options="options_dpo.json", once=ONCE)
HANDBOOK_ORPO = Family("alignment-handbook-orpo", "handbook", "dpo", options="options_orpo.json", once=ONCE)
