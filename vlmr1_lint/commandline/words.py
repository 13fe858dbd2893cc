"""What the commands say about themselves, in both languages."""

from __future__ import annotations

from vlmr1_lint.phrases import Phrases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["asked_lang", "say"]

_SENTENCES = {
    "nothing-recognised": (
        "vlmr1-lint: nothing recognised: no training args, DeepSpeed, accelerate or data config and no launch script among the"
        " files",
        "vlmr1-lint：没有可识别的文件：其中没有训练参数、DeepSpeed、accelerate、数据配置或启动脚本",
    ),
    "needs-fleet": (
        "vlmr1-lint: {count} memory rule(s) skipped: give --gpus 4xA100-40G, or gpus: in .vlmr1-lint.yaml",
        "vlmr1-lint：跳过了 {count} 条显存规则：请给出 --gpus 4xA100-40G，或在 .vlmr1-lint.yaml 中写 gpus:",
    ),
    "no-run": ("vlmr1-lint: {path}: starts no training run that we know", "vlmr1-lint：{path}：不是我们认识的训练任务"),
    "no-forecast": (
        "vlmr1-lint: {path}: no forecast to compare with, for want of {missing}",
        "vlmr1-lint：{path}：没有可以对照的预测，缺少 {missing}",
    ),
    "example": ("example {number}", "示例 {number}"),
    "tested": ("{passed} example(s) passed, {failed} failed", "{passed} 个示例通过，{failed} 个失败"),
    "baseline-written": ("vlmr1-lint: {count} finding(s) written to {path}", "vlmr1-lint：已将 {count} 个问题写入 {path}"),
    "trouble": ("vlmr1-lint: {reason}", "vlmr1-lint：{reason}"),
    "missing": ("vlmr1-lint: {path}: no such file or folder", "vlmr1-lint：{path}：没有这个文件或文件夹"),
    "outside": (
        "vlmr1-lint: {path}: a link that leads out of the repository; name the folder that it leads to",
        "vlmr1-lint：{path}：指向仓库之外的链接；请直接给出它指向的文件夹",
    ),
    "no-file": ("vlmr1-lint: {path}: no such file", "vlmr1-lint：{path}：没有这个文件"),
    "is-folder": (
        "vlmr1-lint: {path}: a folder; this command takes files: name the args file or the launch script",
        "vlmr1-lint：{path}：这是文件夹；此命令只接受文件：请给出训练参数文件或启动脚本",
    ),
    "foreign": ("{path}: {reason}", "{path}：{reason}"),
    "unreadable": ("vlmr1-lint: {path}: {reason}", "vlmr1-lint：{path}：{reason}"),
    "beyond-card": (
        "measured {seen} GiB, more than a {gpu} has ({nominal} GB): is it the card that was measured?",
        "实测 {seen} GiB 超过了 {gpu} 的显存（{nominal} GB）：测量的是这张卡吗？",
    ),
    "stdin-alone": (
        "vlmr1-lint: {path}: not linted: --stdin-filename lints standard input alone",
        "vlmr1-lint：{path}：未检查：--stdin-filename 只检查标准输入",
    ),
    "stdin-needs-name": (
        "vlmr1-lint: -: give --stdin-filename NAME to lint standard input",
        "vlmr1-lint：-：检查标准输入时请给出 --stdin-filename NAME",
    ),
    "same-file": ("it is the same file as {other}, which was fixed; run again", "它与已修复的 {other} 是同一个文件，请重新运行"),
    "internal": (
        "vlmr1-lint: {where}internal error: {error}; no file was changed by it. Please report this; VLMR1_LINT_TRACEBACK=1 shows"
        " the details.",
        "vlmr1-lint：{where}内部错误：{error}；没有文件因此被修改。请报告此问题；VLMR1_LINT_TRACEBACK=1 会显示细节。",
    ),
    "rule": ("rule {rule}", "规则 {rule}"),
    "trouble-in": ("vlmr1-lint: {path}: {reason}", "vlmr1-lint：{path}：{reason}"),
    "shared": (
        "vlmr1-lint: {path}: not changed: {other} uses it too, and would be worse off",
        "vlmr1-lint：{path}：未修改：{other} 也使用它，修改会使其变差",
    ),
    "standard-output": ("standard output", "标准输出"),
    "interrupted": ("vlmr1-lint: interrupted", "vlmr1-lint：已中断"),
    "no-grammar": (
        "vlmr1-lint: {count} script(s) not read: tree-sitter cannot be imported (pip install tree-sitter tree-sitter-bash)",
        "vlmr1-lint：{count} 个启动脚本未读取：无法导入 tree-sitter（pip install tree-sitter tree-sitter-bash）",
    ),
    "stale-baseline": (
        "vlmr1-lint: {count} finding(s) of {path} are gone: --write-baseline {path} takes them out",
        "vlmr1-lint：{path} 中有 {count} 个问题已不存在：用 --write-baseline {path} 可将其移除",
    ),
    "not-read": ("vlmr1-lint: {path}: not read: {reason}", "vlmr1-lint：{path}：无法读取：{reason}"),
    "not-written": ("vlmr1-lint: {path}: not written: {reason}", "vlmr1-lint：{path}：未写入：{reason}"),
}

say = Phrases(_SENTENCES)


def asked_lang(words: Sequence[str]) -> str:
    """The language that the command line asks for: the settings' own may be what is wrong."""
    found = "en"
    for index, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--lang="):
            found = word.removeprefix("--lang=")
        elif word == "--lang":
            found = "".join(words[index + 1 : index + 2])
    return "zh" if found == "zh" else "en"
