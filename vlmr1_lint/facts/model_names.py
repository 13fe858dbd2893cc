"""Which model a name or a path means, by whole tokens."""

from __future__ import annotations

import re

__all__ = ["is_quantised", "last_component", "recognise"]

# Components that name a step of a run or a cache entry, not a model: the folder above tells more.
_STEP = re.compile(
    r"(checkpoint|global_step|step|epoch)[-_]?\d+|final|last|best|hf|hf_model|huggingface|snapshots|[0-9a-f]{40}", re.IGNORECASE
)

_QUANTISED = re.compile(
    r"(?<![a-z0-9])(awq|gptq|gguf|ggml|exl2|bnb|nf4|fp4|nvfp4|mxfp4|fp8|int[48]|[2345678]-?bits?|w4a16|w8a8|w8a16|q[2-8](_[k01].*)?|mlx|"
    r"quant(ized|ised)?)(?![a-z0-9])"
)
# Siblings that share name and size with a generator but are none, or have another tower.
_OTHER_KIND = re.compile(r"(?<![a-z0-9])(embedding|embed|reranker|reward|rm|prm|omni|audio|eagle3?|draft)(?![a-z0-9])")
_SEPARATOR = r"[-_. ]?"
# Family -> pattern on the lower-case name. The text family must not be a part of somebody else's name (checked in `recognise`).
_FAMILIES = (
    ("Qwen2.5-VL", re.compile(rf"(?<![a-z0-9])qwen{_SEPARATOR}2[-_.]?5{_SEPARATOR}vl(?![a-z])")),
    ("Qwen3-VL", re.compile(rf"(?<![a-z0-9])qwen{_SEPARATOR}3{_SEPARATOR}vl(?![a-z])")),
    ("Qwen2-VL", re.compile(rf"(?<![a-z0-9])qwen{_SEPARATOR}2{_SEPARATOR}vl(?![a-z])")),
    ("InternVL2.5", re.compile(rf"(?<![a-z0-9])intern{_SEPARATOR}vl{_SEPARATOR}2[-_.]5(?![0-9])")),
    ("InternVL3", re.compile(rf"(?<![a-z0-9])intern{_SEPARATOR}vl{_SEPARATOR}3(?![0-9]|[-_.]5(?![0-9b]))")),
    ("GLM-4.1V", re.compile(rf"(?<![a-z0-9])glm{_SEPARATOR}4[-_.]?1v(?![a-z])")),
    ("Qwen2.5", re.compile(rf"(?<![a-z0-9])qwen{_SEPARATOR}2[-_.]5(?![0-9])")),
)
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:[._]\d+)?)b(?:-?a(\d+)b)?(?![a-z0-9])")
# Words that make a name with ``qwen2.5`` in it one of another architecture than the plain text model.
_NOT_TEXT = re.compile(r"vl|vision|visual|llava|ovis|intern|minicpm|mm|multimodal|1m")


def recognise(name_or_path: str) -> str | None:
    """The table's name (``Qwen2.5-VL-3B``) for *name_or_path*, None if family or size are not clear."""
    name = last_component(name_or_path).lower()
    if is_quantised(name) or _OTHER_KIND.search(name):
        return None
    found = [(match.start(), -match.end(), family, match) for family, pattern in _FAMILIES if (match := pattern.search(name))]
    if not found:
        return None
    _, _, family, match = min(found, key=lambda item: item[:2])
    if family == "Qwen2.5" and (_NOT_TEXT.search(name[: match.start()]) or _NOT_TEXT.search(name[match.end() :])):
        return None
    size = _SIZE.search(name, match.end()) or (match.end() < len(name) and re.match(r"(\d+)b()(?![a-z0-9])", name[match.end() :]))
    if not size:
        sizes = {one.group(0) for one in _SIZE.finditer(name, 0, match.start())}
        size = _SIZE.search(name) if len(sizes) == 1 else None
    if not size:
        return None
    active = f"-A{size.group(2)}B" if size.group(2) else ""
    return f"{family}-{size.group(1).replace('_', '.')}B{active}"


def is_quantised(name: str) -> bool:
    """Whether *name* (no path) says that the weights are quantised."""
    return _QUANTISED.search(name.lower()) is not None


def last_component(path: str) -> str:
    """The last component of *path* that names a model: ``…/Qwen2.5-VL-3B/checkpoint-500`` gives ``Qwen2.5-VL-3B``."""
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    while len(parts) > 1 and _STEP.fullmatch(parts[-1]):
        parts.pop()
    last = parts[-1] if parts else ""
    return last.rpartition("--")[2] if last.startswith("models--") else last
