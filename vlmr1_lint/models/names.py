"""Which model a name or a path means, by whole tokens."""

from __future__ import annotations

import re

from vlmr1_lint.models.families import FAMILIES

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
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:[._]\d+)?)b(?:-?a(\d+)b)?(?![a-z0-9])")
# Words that make a name one of another architecture than the plain text model whose label is in it.
_NOT_TEXT = re.compile(r"vl|vision|visual|llava|ovis|intern|minicpm|mm|multimodal|1m|(?<![a-z0-9])v(?![a-z0-9])")


def recognise(name_or_path: str) -> str | None:
    """The table's name (``Qwen2.5-VL-3B``) for *name_or_path*, None if family or size are not clear."""
    name = last_component(name_or_path).lower()
    if is_quantised(name) or _OTHER_KIND.search(name):
        return None
    found = [
        (match.start(), -match.end(), label, match, family.is_usual_name)
        for family in FAMILIES.values()
        for label, pattern in family.labels
        if (match := re.search(pattern, name))
    ]
    if not found:
        return None
    _, _, label, match, usual = min(found, key=lambda item: item[:2])
    if usual and (_NOT_TEXT.search(name[: match.start()]) or _NOT_TEXT.search(name[match.end() :])):
        return None
    size = _SIZE.search(name, match.end()) or (match.end() < len(name) and re.match(r"(\d+)b()(?![a-z0-9])", name[match.end() :]))
    if not size:
        sizes = {one.group(0) for one in _SIZE.finditer(name, 0, match.start())}
        size = _SIZE.search(name) if len(sizes) == 1 else None
    if not size:
        return None
    active = f"-A{size.group(2)}B" if size.group(2) else ""
    return f"{label}-{size.group(1).replace('_', '.')}B{active}"


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
