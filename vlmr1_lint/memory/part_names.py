"""Instants and terms of the forecast as people read them, for every room that tells of them."""

from __future__ import annotations

__all__ = ["CHINESE", "part_name"]

CHINESE = {
    "load": "加载",
    "reference": "参考模型",
    "generation": "生成",
    "forward": "前向",
    "backward": "反向",
    "optimizer_step": "优化器更新",
    "step": "优化器更新",
    "save": "保存",
    "parameters": "参数",
    "gradients": "梯度",
    "optimizer": "优化器",
    "gathered": "聚合的参数",
    "activations": "激活",
    "vision_activations": "视觉激活",
    "logits": "logits",
    "buffered_inputs": "缓存的输入",
    "kv_cache": "KV 缓存",
    "vllm_pool": "vLLM 显存池",
    "communication": "通信",
    "context": "CUDA 上下文",
}
"""Instants (``step`` is that of host RAM) and terms in Chinese."""

_ENGLISH = {
    "optimizer_step": "optimizer step",
    "step": "optimizer step",
    "vision_activations": "vision activations",
    "buffered_inputs": "buffered inputs",
    "kv_cache": "KV cache",
    "vllm_pool": "vLLM pool",
    "context": "CUDA context",
}
"""The names that are no English words as they stand."""


def part_name(name: str, lang: str) -> str:
    """The name of an instant or a term in a sentence; what is neither stays as it is."""
    return (CHINESE if lang == "zh" else _ENGLISH).get(name, name)
