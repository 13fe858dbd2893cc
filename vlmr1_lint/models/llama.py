"""Llama 3 and what was distilled into it. Source: transformers 4.49 to 5.23, ``modeling_llama.py``."""

from __future__ import annotations

from vlmr1_lint.models.family import Family, TextCode
from vlmr1_lint.models.reading import text_model

__all__ = ["FAMILIES", "LLAMA"]

LLAMA = TextCode("llama")

FAMILIES = (
    Family(
        "llama",
        labels=(),
        architectures=("LlamaForCausalLM",),
        model_types=("llama",),
        read=text_model,
        text=LLAMA,
        logits_to_keep_since="4.49.0",
        is_usual_name=True,
    ),
)
