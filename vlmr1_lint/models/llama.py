"""Llama 3 and what was distilled into it. Source: transformers 4.49 to 5.23, ``modeling_llama.py``."""

from __future__ import annotations

from vlmr1_lint.models.family import Family, TextCode
from vlmr1_lint.models.reading import text_model

__all__ = ["FAMILIES", "LLAMA"]

LLAMA = TextCode("llama")

FAMILIES = (
    Family(
        "llama",
        labels=(
            ("Llama-3", r"(?<![a-z0-9])llama[-_. ]?3(?![0-9]|[._][0-9](?![0-9]*b))"),
            *((f"Llama-3.{minor}", rf"(?<![a-z0-9])llama[-_. ]?3[._]{minor}(?![0-9])") for minor in (1, 2, 3)),
            ("DeepSeek-R1-Distill-Llama", r"(?<![a-z0-9])deepseek[-_. ]?r1[-_. ]?distill[-_. ]?llama(?![0-9])"),
        ),
        architectures=("LlamaForCausalLM",),
        model_types=("llama",),
        read=text_model,
        text=LLAMA,
        logits_to_keep_since="4.49.0",
        is_usual_name=True,
    ),
)
