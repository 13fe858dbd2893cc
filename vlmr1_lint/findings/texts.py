"""The few sentences that checking itself says, in both languages; all others stand in the rules."""

from __future__ import annotations

from vlmr1_lint.phrases import Phrases

__all__ = ["say"]

_TEXTS = {
    "here": ("the value stands here", "该值位于此处"),
    "belongs-here": ("it belongs here", "应写在此处"),
    "same-value": ("the same value", "值相同"),
    "samples-assumed": (
        "samples of {images} image(s) of {width}x{height} and {tokens} text tokens (--image, --images, --prompt-tokens)",
        "每个样本 {images} 张 {width}x{height} 图像、{tokens} 个文本 token（可用 --image、--images、--prompt-tokens 设置）",
    ),
    "world-assumed": ("one process for each GPU: world size {world}", "每张 GPU 一个进程：world size 为 {world}"),
    "world-of-gpus": (
        "world size {world}, one process for each GPU; it holds for the {said} that are written as well",
        "world size 为 {world}，每张 GPU 一个进程；按文件中写的 {said} 个进程也成立",
    ),
    "beyond-tables": (
        "trl {pinned} is newer than the tables and is read as {newest}",
        "trl {pinned} 比内置的版本表更新，按 {newest} 处理",
    ),
    "contested-pins": (
        "it depends on the TRL release, and {evidence} (--trainer says which one is installed)",
        "该修改取决于 TRL 的版本，而{evidence}（可用 --trainer 指明实际安装的版本）",
    ),
    "not-asked": ("{path} was not among the files to lint", "{path} 不在本次检查的文件之中"),
    "several-runs": (
        "several runs of this script share this place, and they need different changes",
        "此处由脚本中的多个任务共用，而它们需要的修改各不相同",
    ),
    "shared": ("{path} is also used by {other}, which this would break", "{path} 也被 {other} 使用，此修改会破坏它"),
}

say = Phrases(_TEXTS)
