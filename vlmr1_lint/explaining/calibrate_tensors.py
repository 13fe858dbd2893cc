"""Which tensor an allocation that failed was for: the large ones of a run, told apart by their sizes."""

from __future__ import annotations

from vlmr1_lint.memory.forecast import image_of, work_of
from vlmr1_lint.memory.states import adapters, trained_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.memory.setup import Setup

__all__ = ["allocation_of", "tensor_name"]

_CHINESE = {
    "bf16 logits of the completion for all sequences": "全部序列回答部分的 bf16 logits",
    "bf16 logits of the completion for one sequence": "单条序列回答部分的 bf16 logits",
    "bf16 logits of the whole sequence for all sequences": "全部序列整段的 bf16 logits",
    "bf16 logits of the whole sequence for one sequence": "单条序列整段的 bf16 logits",
    "fp32 logits of the completion for all sequences": "全部序列回答部分的 fp32 logits",
    "fp32 logits of the completion for one sequence": "单条序列回答部分的 fp32 logits",
    "fp32 logits of the whole sequence for all sequences": "全部序列整段的 fp32 logits",
    "fp32 logits of the whole sequence for one sequence": "单条序列整段的 fp32 logits",
    "one MLP tensor of a layer": "某一层 MLP 的一个张量",
    "attention scores of a layer": "某一层的注意力分数",
    "one MLP tensor of a block of the tower": "视觉塔某一层 MLP 的一个张量",
    "pixels of all images": "全部图像的像素",
    "attention scores of a block of the tower": "视觉塔某一层的注意力分数（sdpa）",
    "gradient of the embedding": "词嵌入的梯度",
    "gradient of the embedding in fp32": "词嵌入的 fp32 梯度",
    "fp32 master weights of this GPU": "本卡的 fp32 主权重",
    "fp32 values of one sub-group": "一个 sub-group 的 fp32 数值",
    "gradients of this GPU": "本卡的梯度",
    "weights of this GPU": "本卡的权重",
    "the gathered embedding": "聚合后的词嵌入",
    "a bucket of gradients": "一个梯度桶",
    "keys or values of one layer": "某一层的 K 或 V 缓存",
}
"""The tensors by name: in English as the JSON form has them."""

SAME_SIZE = 0.03
"""Relative difference up to which an allocation is taken for a term: torch rounds large ones up to 2 MiB."""


def allocation_of(setup: Setup, size: int) -> tuple[str, str] | None:
    """The term and the tensor that *size* bytes belong to: the closest of those that one allocation makes; None if none is
    close."""
    best = min(_tensors(setup), key=lambda one: abs(one[2] / size - 1), default=None)
    return None if best is None or abs(best[2] / size - 1) > SAME_SIZE else best[:2]


def _tensors(setup: Setup) -> Iterator[tuple[str, str, int]]:
    """(term, tensor, bytes) of single allocations that are large: where a run fails, one of them could not be made."""
    image, text = image_of(setup), setup.model.text
    work = work_of(setup, image, setup.completion)
    tokens = work.batch * work.length
    completion_only = work.path.startswith("completion") and work.keeps_logits
    positions, which = (work.completion + 1, "the completion") if completion_only else (work.length, "the whole sequence")
    for z in {2, 4 if "cross_entropy" in work.path else work.logit}:
        kind = {2: "bf16", 4: "fp32"}[z]
        yield "logits", f"{kind} logits of {which} for all sequences", z * work.batch * positions * text.vocab
        yield "logits", f"{kind} logits of {which} for one sequence", z * positions * text.vocab
    yield "activations", "one MLP tensor of a layer", 2 * tokens * (text.intermediate or text.expert_intermediate)
    if setup.attention.startswith("eager"):
        yield "activations", "attention scores of a layer", 4 * work.batch * text.heads * work.length**2
    tower = setup.model.tower
    if tower is not None and work.patches:
        yield "vision_activations", "one MLP tensor of a block of the tower", 2 * work.patches * tower.intermediate
        yield "vision_activations", "pixels of all images", work.pixel * work.patches * tower.channels
        if setup.attention in {"sdpa_unbatched", "eager", "eager_unbatched"}:
            together = work.patches if setup.attention.endswith("unbatched") else work.image_patches
            for z in (2, 4):
                yield "vision_activations", "attention scores of a block of the tower", z * tower.heads * together**2
    trained, ranks = trained_parameters(setup), setup.world_size
    part = trained // ranks if setup.stage else trained
    total = setup.model.params_total + adapters(setup)
    yield "gradients", "gradient of the embedding", 2 * setup.model.embedding
    yield "gradients", "gradient of the embedding in fp32", 4 * setup.model.embedding
    yield "optimizer", "fp32 master weights of this GPU", 4 * part
    yield "optimizer", "fp32 values of one sub-group", 4 * min(setup.sub_group_size, part)
    yield "gradients", "gradients of this GPU", 2 * part
    if setup.stage == 3:
        yield "gathered", "weights of this GPU", 2 * (total // ranks)
        yield "gathered", "the gathered embedding", 2 * setup.model.embedding
    yield "communication", "a bucket of gradients", 2 * (setup.reduce_bucket or text.hidden**2)
    kv = 2 * work.batch * text.keys * work.length
    yield "kv_cache", "keys or values of one layer", kv


def tensor_name(what: str, lang: str) -> str:
    """The name of a tensor that `allocation_of` found."""
    return _CHINESE[what] if lang == "zh" else what
