"""``calibrate`` in words: measured against forecast, what explains the difference, and what was written down."""

from __future__ import annotations

from vlmr1_lint.explaining.calibrate_tensors import tensor_name
from vlmr1_lint.explaining.plan_text import wrap
from vlmr1_lint.memory.part_names import part_name
from vlmr1_lint.phrases import Phrases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["as_text"]

_WORDS = {
    "card": ("what nvidia-smi shows", "nvidia-smi 显示的用量"),
    "reserved": ("what the allocator reserved", "分配器保留的用量"),
    "allocated": ("what tensors held", "张量占用"),
    "out-of-memory": ("what the run needed when it failed", "失败时至少需要的用量"),
    "agrees": (
        "{path}: agrees: measured {seen} GiB ({kind}), estimate {expected}",
        "{path}：一致：实测 {seen} GiB（{kind}），预测 {expected}",
    ),
    "differs": (
        "{path}: differs: measured {seen} GiB ({kind}), estimate {expected} ({difference:+.0%})",
        "{path}：不一致：实测 {seen} GiB（{kind}），预测 {expected}（{difference:+.0%}）",
    ),
    "planned": (
        "plan: {likely_gib} GiB likely ({low_gib} to {high_gib}); nvidia-smi: about {nvidia_smi_gib} GiB, what the allocator"
        " keeps included",
        "plan：预计 {likely_gib} GiB（{low_gib} 至 {high_gib}）；nvidia-smi 约 {nvidia_smi_gib} GiB，含分配器保留的部分",
    ),
    "growth": (
        "growth: {gib} GiB ({share:.0%}) that the allocator keeps of earlier lengths; it rises over hundreds of steps"
        " (PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True stops that)",
        "增长：{gib} GiB（{share:.0%}）是分配器为先前的长度保留的显存，会在数百步中逐渐增加"
        "（PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True 可避免）",
    ),
    "so-far": (
        "answers of {tokens} tokens so far are counted; at max_completion_length the estimate is {full} GiB",
        "按目前 {tokens} token 的回答计算；达到 max_completion_length 时预测为 {full} GiB",
    ),
    "allocation": ("the {gib} GiB that could not be had: {what} ({term})", "申请失败的 {gib} GiB 是：{what}（{term}）"),
    "allocation-unknown": (
        "the {gib} GiB that could not be had match no large tensor of this run as assumed",
        "申请失败的 {gib} GiB 与按当前假设的任何大张量都不相符",
    ),
    "explained": ("What would explain the difference, one at a time:", "以下任一假设都可解释差异："),
    "unexplained": ("No image size, answer length or fragmentation explains it.", "图像大小、回答长度和碎片都不能解释。"),
    "completion": (
        "answers of about {tokens} of at most {of} tokens while it was measured: they grow while training,"
        " so the estimate stands",
        "测量时回答约 {tokens} token（上限 {of}）：训练中会变长，因此预测仍然有效",
    ),
    "longer": (
        "answers of about {tokens} tokens, longer than completion-tokens in the settings says, of at most {of}",
        "回答约 {tokens} token，比设置中的 completion-tokens 更长（上限 {of}）",
    ),
    "image": ("images of about {image}", "图像约为 {image}"),
    "together": ("No assumption explains it alone; together these would:", "任何单个假设都不能解释；以下假设合在一起可以："),
    "both": (
        "short answers of {tokens} tokens and smaller images of about {image}",
        "{tokens} token 的短回答，加上约 {image} 的较小图像",
    ),
    "fragmentation": (
        "fragmentation: {gib} GiB ({share:.0%}) held and not usable; samples of many sizes cause it"
        " (PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True)",
        "碎片：{gib} GiB（{share:.0%}）被占用而无法使用，由样本尺寸多样引起（PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True）",
    ),
    "written": ("Written to {path}:", "已写入 {path}："),
    "by-hand": ("Not written; put this into {path}:", "未写入；请写到 {path}："),
    "offered": ("--write puts this into the settings:", "--write 会把以下内容写入设置："),
    "failed": ("{path} was not written: {reason}. Put this into it:", "{path} 未写入：{reason}。请手工写入："),
    "nothing": (
        "Nothing to write: the measurement does not tell what the data looks like.",
        "没有写入设置：测量结果不能说明数据的样子。",
    ),
}

_say = Phrases(_WORDS)


def as_text(found: dict[str, Any], lang: str) -> str:
    """The calibration of one run for a terminal of 80 columns."""
    return "\n".join(_lines(found, lang))


def _lines(found: dict[str, Any], lang: str) -> Iterator[str]:
    seen, expected = found["measured"], found["forecast"]
    key = "agrees" if found["agrees"] else "differs"
    facts = {"path": found["path"], "seen": seen["gib"], "kind": _say(seen["kind"], lang), "expected": expected["gib"]}
    yield from wrap(_say(key, lang, **facts, difference=expected["difference"]), "")
    yield from wrap(_say("planned", lang, **expected))
    if seen["completion_tokens"]:
        yield from wrap(_say("so-far", lang, tokens=seen["completion_tokens"], full=expected["at_max_completion_gib"]))
    allocation = seen["allocation"]
    if allocation:
        yield from wrap(_allocation(allocation, lang))
    if not found["agrees"]:
        yield from ("", *_explanations(found, lang))
    yield from _settings(found, lang)


def _allocation(allocation: dict[str, Any], lang: str) -> str:
    if not allocation["what"]:
        return _say("allocation-unknown", lang, gib=allocation["gib"])
    term, what = part_name(allocation["term"], lang), tensor_name(allocation["what"], lang)
    return _say("allocation", lang, gib=allocation["gib"], what=what, term=term)


def _explanations(found: dict[str, Any], lang: str) -> Iterator[str]:
    explanations = found["explanations"]
    if not explanations:
        yield from wrap(_say("unexplained", lang), "")
        return
    kinds = [one["assumption"] for one in explanations]
    yield from wrap(_say("together" if kinds == ["both"] else "explained", lang), "")
    for one, kind in zip(explanations, kinds, strict=True):
        longer = kind == "completion" and found["forecast"]["difference"] > 0
        yield from wrap(f"- {_say('longer' if longer else kind, lang, **one)}")


def _settings(found: dict[str, Any], lang: str) -> Iterator[str]:
    kept = found["settings"]
    if found["write"] is None:
        if not found["agrees"]:
            yield from ("", *wrap(_say("nothing", lang), ""))
        return
    if kept is None:
        if not found["agrees"]:
            lines = [f"    {key}: {value}" for key, value in found["write"].items()]
            yield from ("", *wrap(_say("offered", lang), ""), "  data:", *lines)
        return
    key = "written" if kept["written"] else "failed" if kept.get("reason") else "by-hand"
    yield from ("", *wrap(_say(key, lang, **{"reason": "", **kept}), ""))
    yield from (f"  {line}" for line in kept["text"].splitlines())
