"""What the language server says about itself and about options, in both languages."""

from __future__ import annotations

from vlmr1_lint.phrases import Phrases

__all__ = ["say"]

_SENTENCES = {
    "fix-all": ("Apply all safe fixes (vlmr1-lint)", "应用所有安全的修复（vlmr1-lint）"),
    "hidden": ("it changes the byte order mark, which editors do not show", "它要修改编辑器不显示的字节顺序标记（BOM）"),
    "value": ("takes effect: {value}", "实际生效：{value}"),
    "no-option": ("no option of {releases}", "{releases} 没有此选项"),
    "default": ("default {value} ({releases})", "默认值 {value}（{releases}）"),
    "required": ("required, {value} ({releases})", "必填，{value}（{releases}）"),
    "unknown": ("unknown, needs {missing}", "未知，缺少 {missing}"),
    "forecast": (
        "memory forecast on {fleet}: {verdict}, {likely} GiB of {usable} a GPU ({low} to {high})",
        "{fleet} 的显存预测：{verdict}，每卡 {likely} GiB，可用 {usable}（{low} 至 {high}）",
    ),
    "no-forecast": ("memory forecast on {fleet}: unknown, needs {missing}", "{fleet} 的显存预测：未知，缺少 {missing}"),
    "fits": ("fits", "放得下"),
    "tight": ("tight", "紧张"),
    "likely-oom": ("likely out of memory", "很可能显存不足"),
    "oom": ("out of memory", "显存不足"),
    "no-pygls": (
        "vlmr1-lint: the language server needs pygls: pip install 'vlmr1-lint[lsp]'",
        "vlmr1-lint：语言服务器需要 pygls：pip install 'vlmr1-lint[lsp]'",
    ),
}

say = Phrases(_SENTENCES)
