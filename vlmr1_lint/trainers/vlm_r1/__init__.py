"""VLM-R1: src/open-r1-multimodal/src/open_r1/, run_scripts/multinode_training_demo.sh:119."""

from __future__ import annotations

from vlmr1_lint.trainers.family import Family

__all__ = ["VLM_R1", "VLM_R1_2025_02", "VLM_R1_2025_04"]

VLM_R1_2025_04 = "vlm-r1@2025-04"
"""VLM-R1 between de6ad84 (2025-04-18) and 00755a2 (2025-06-26): the reference model is loaded with the policy's own class. Its
main branch, as that between 185ad65 and de6ad84, takes AutoModelForCausalLM."""
VLM_R1_2025_02 = "vlm-r1@2025-02"
"""VLM-R1 before 2025-02-28: a prompt's generations share one GPU."""

VLM_R1 = Family(
    "vlm-r1",
    "vlm_r1",
    claims=True,
    since=("vlm-r1", VLM_R1_2025_04),
    head="vlm-r1@head",
    variants=(VLM_R1_2025_04,),
    scripts=frozenset(("grpo_jsonl.py", "grpo_rec.py")),
    spoken_of=("grpo_jsonl.py", "src/train.py"),
    demo="src/train.py",
    files=("src/open_r1/trainer/grpo_trainer.py", "src/open-r1-multimodal/src/open_r1/trainer/grpo_trainer.py"),
    classes=frozenset(("VLMGRPOTrainer",)),
    flags=True,
)
"""Its variants since batches count sequences (2025-02-28) differ in how the reference model is loaded."""
