"""Every sentence of the reports, in English and Chinese.

Rules bring their own texts in both languages; what stands around them is here, so that ``--lang`` covers a whole report.
"""

from __future__ import annotations

__all__ = ["LANGUAGES", "counted", "fact_name", "joined", "say", "severity_name"]

LANGUAGES = ("en", "zh")

_SENTENCES: dict[str, tuple[str, str]] = {
    # labels below an excerpt
    "why": ("why", "原因"),
    "assumed": ("assumed", "假设"),
    "see": ("see", "另见"),
    "fix-safe": ("fix (safe)", "修复（安全）"),
    "fix-unsafe": ("fix (unsafe)", "修复（不安全）"),
    "fix-suggestion": ("suggestion", "建议"),
    "withheld": ("not written: {reason}", "未写入：{reason}"),
    # the last line
    "found": ("Found {counts}.", "发现 {counts}。"),
    "fixed-and-found": ("Fixed {fixed}; {counts} left.", "已修复 {fixed}；还剩 {counts}。"),
    "fixed-all": ("Fixed {fixed}; nothing left.", "已修复 {fixed}；没有剩余问题。"),
    "clean": ("No findings in {files}.", "检查了 {files}，没有发现问题。"),
    "fixable": ("{safe} fixable with --fix", "{safe} 个可用 --fix 修复"),
    "fixable-more": (" ({unsafe} more with --unsafe-fixes)", "（另有 {unsafe} 个需要 --unsafe-fixes）"),
    "fixable-unsafe": ("{unsafe} fixable with --unsafe-fixes", "{unsafe} 个可用 --unsafe-fixes 修复"),
    "stop": (".", "。"),
    "folded": (
        "{findings} in {files} unchanged from {upstream}; --upstream shows them",
        "{files}与 {upstream} 完全相同，其中的 {findings}未列出；用 --upstream 查看",
    ),
    "omitted": ("{path}: {rule}: … and {count} more", "{path}：{rule}：另有 {count} 个未列出"),
    # --show-fixes and --show-skipped
    "fixes-written": ("Fixed:", "已修复："),
    "skipped-rules": ("Not decided:", "未能判断："),
    "skipped-one": ("needs {missing}", "缺少 {missing}"),
    "skipped-model": (
        "vlmr1-lint plan {path} says why the model is not known",
        "vlmr1-lint plan {path} 会说明模型为何未知",
    ),
    "skipped-hint": (
        "{rules} not decided, needs {missing}: give --gpus 4xA100-40G, or gpus: in .vlmr1-lint.yaml.",
        "{rules}未能判断，缺少 {missing}：请给出 --gpus 4xA100-40G，或在 .vlmr1-lint.yaml 中写 gpus:。",
    ),
    "skipped-hint-other": ("{rules} not decided, needs {missing}.", "{rules}未能判断，缺少 {missing}。"),
    # --statistics
    "statistics-fixable": ("{count} fixable", "{count} 个可修复"),
    # github
    "github-more": (
        "{count} more: GitHub shows {limit} annotations of a kind per step",
        "另有 {count} 个：GitHub 每步每类只显示 {limit} 条注释",
    ),
    # markdown
    "markdown-place": ("Place", "位置"),
    "markdown-rule": ("Rule", "规则"),
    "markdown-message": ("Finding", "问题"),
    "markdown-details": ("Why, and what to write", "原因与改法"),
    "markdown-cut": ("{count} more are left out: the report would be too long.", "其余 {count} 个因篇幅省略。"),
    "markdown-sources": ("Sources", "来源"),
}

_NOUNS: dict[str, tuple[str, str, str]] = {
    # English singular, English plural, Chinese with its measure word
    "error": ("error", "errors", "个错误"),
    "warning": ("warning", "warnings", "个警告"),
    "info": ("info", "info", "个提示"),
    "finding": ("finding", "findings", "个问题"),
    "file": ("file", "files", "个文件"),
    "rule": ("rule", "rules", "条规则"),
}

_SEVERITIES = {"error": ("error", "错误"), "warning": ("warning", "警告"), "info": ("info", "提示")}

_FACTS: dict[str, tuple[str, str]] = {
    # names of missing facts as `Unknown` carries them, where the bare name would not be understood
    "fleet": ("the GPUs", "GPU"),
    "model": ("the model", "模型"),
    "host_ram": ("host RAM", "主机内存"),
    "world_size": ("the number of processes", "进程数"),
    "GRPO or SFT trainer": ("GRPO or SFT trainer", "是 GRPO 还是 SFT 训练器"),
    "accelerate configuration": ("accelerate configuration", "accelerate 配置"),
    "deepspeed file": ("deepspeed file", "DeepSpeed 文件"),
    "host RAM": ("host RAM", "主机内存"),
    "how FSDP shards quantised weights": ("how FSDP shards quantised weights", "FSDP 如何切分量化后的权重"),
    "how images are packed": ("how images are packed", "带图像的样本如何打包"),
    "what activation offload saves": ("what activation offload saves", "激活卸载能省下多少"),
    "what DeepSpeed needs in fp32": ("what DeepSpeed needs in fp32", "DeepSpeed 在 fp32 下需要多少"),
    "what DoRA needs": ("what DoRA needs", "DoRA 需要多少"),
    "images of the data file": ("images of the data file", "数据文件中的图像"),
    "node rank": ("node rank", "节点编号"),
    "options of the command": ("options of the command", "命令的其余选项"),
    "processes": ("processes", "进程数"),
    "trainer version": ("trainer version", "训练器版本"),
    "trainer profile": ("trainer profile", "训练器的行为"),
    "trainer code": ("trainer code that is understood", "能看懂的训练器代码"),
    "training script": ("the training script", "训练脚本"),
    "zero stage": ("zero stage", "ZeRO 阶段"),
}


def say(lang: str, name: str, /, **values: object) -> str:
    """The sentence *name* in *lang* (English for a language we do not speak), with *values* filled in."""
    return _SENTENCES[name][lang == "zh"].format(**values)


def counted(lang: str, noun: str, count: int) -> str:
    """*count* of *noun* with the right plural: ``1 error``, ``3 errors``, ``3 个错误``."""
    singular, plural, chinese = _NOUNS[noun]
    if lang == "zh":
        return f"{count} {chinese}"
    return f"{count} {singular if count == 1 else plural}"


def joined(lang: str, parts: list[str]) -> str:
    """*parts* as a list within a sentence."""
    return ("，" if lang == "zh" else ", ").join(parts)


def severity_name(lang: str, severity: str) -> str:
    """*severity* as people read it."""
    return _SEVERITIES[severity][lang == "zh"]


def fact_name(lang: str, name: str) -> str:
    """A missing fact as people read it; names without a translation (``run.learning_rate``) as they are."""
    texts = _FACTS.get(name)
    if texts is None and lang == "zh" and name.endswith(" GPUs"):  # a contradiction: "8 processes, 4 GPUs"
        return name.replace(" processes, ", " 个进程，").replace(" GPUs", " 张 GPU")
    if texts is None and name.startswith("lines "):  # of a script, which the grammar does not give
        return (
            f"第 {name[6:]} 行的启动命令（shell 语法解析未能识别）"
            if lang == "zh"
            else f"the launch on {name}, which the shell grammar does not give"
        )
    return texts[lang == "zh"] if texts else name
