"""Generating completions: KV cache, prefill logits, and vLLM's pool. Bytes per GPU."""

from __future__ import annotations

from vlmr1_lint.memory.allocator import cache_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.model import Text

__all__ = ["cache_bytes", "cache_remains", "prefill_logits", "sampling_bytes"]


def cache_bytes(text: Text, batch: int, tokens: int) -> int:
    """Keys and values of every layer in bf16: 2 x layers x key width x 2 bytes per token."""
    return 4 * text.layers * text.keys * batch * tokens


def cache_remains(text: Text, batch: int, prompt: int, tokens: int) -> int:
    """What the allocator keeps of caches that were outgrown: transformers' DynamicCache concatenates keys and values of every
    layer anew for each token (``cache_utils.py``)."""
    each = 2 * text.keys * batch
    return cache_left(2 * text.layers, each * prompt, each * tokens)


def prefill_logits(text: Text, batch: int, prompt: int, positions: str) -> int:
    """Logits of the prompt in bf16: of ``all`` positions (transformers 4.49's VL classes), or of the ``last`` only. InternLM2's
    are cast to fp32 while both live."""
    size = 2 if text.logit == 2 else 2 + text.logit
    return size * batch * (prompt if positions == "all" else 1) * text.vocab


def sampling_bytes(text: Text, batch: int) -> int:
    """One step of sampling: bf16 logits, their fp32 copy, sorted values and int64 indices, probabilities and cumulative sum
    (transformers ``TopPLogitsWarper``, ``_sample``)."""
    return (2 + 4 + 4 + 8 + 4 + 4) * batch * text.vocab
