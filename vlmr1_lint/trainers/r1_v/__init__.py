"""R1-V: src/r1-v/src/open_r1/.

Its script picks its trainer class by ``use_vllm`` (grpo.py:175), and the classes count batches differently: they are variants.
"""

from __future__ import annotations

from vlmr1_lint.trainers.family import Family

__all__ = ["R1_V", "R1_V_VLLM", "R1_V_VLLM_2025_02", "R1_V_WITHOUT_VLLM"]

R1_V_VLLM = "r1-v@vllm"
"""What R1-V's main branch starts where use_vllm is on, since 2025-02-26 (Qwen2VLGRPOVLLMTrainerModified)."""
R1_V_VLLM_2025_02 = "r1-v@vllm-2025-02"
"""The same between 2025-02-12 and 02-25 (Qwen2VLGRPOVLLMTrainer): a batch counts sequences, which the group must divide."""
R1_V_WITHOUT_VLLM = "r1-v@no-vllm"
"""A script of R1-V's that starts one trainer, whatever use_vllm says."""

R1_V = Family(
    "r1-v",
    "r1_v",
    claims=True,
    variants=(R1_V_VLLM, R1_V_VLLM_2025_02, R1_V_WITHOUT_VLLM),
    spoken_of=("grpo.py",),
    files=("src/r1-v/src/open_r1/trainer/grpo_trainer.py", "open_r1/trainer/grpo_trainer.py"),
    classes=frozenset(("Qwen2VLGRPOTrainer",)),
    flags=True,
)
"""The name of its script is open-r1's too."""
