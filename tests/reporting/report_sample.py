"""One hand-built report with everything that a format must cope with. Placeholders only: no rule or reader is involved."""

from __future__ import annotations

from vlmr1_lint.documents.model import Change, Document, Edit, Span
from vlmr1_lint.findings.finding import Finding, Fix, Place, Related, Skipped
from vlmr1_lint.reporting.report import Report, RuleText

ARGS = Document(
    "configs/args.yaml",
    b"# GRPO\nmodel_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\nbf16: true\ngradient_checkpointing: false\n"
    b"per_device_train_batch_size: 1\ngradient_accumulation_steps: 2\nnum_generations: 8\ndeepspeed: zero3.json\n",
)
ZERO3 = Document(
    "configs/zero3.json", b'{\n\t"zero_optimization": {\n\t\t"stage": 3,\n\t\t"offload_param": {"device": "cpu"}\n\t}\n}'
)
CRLF = Document("windows/args.yaml", b"\xef\xbb\xbffp16: yes\r\nbf16: true\r\nsave_total_limit: 1\r\n")
WIDE = Document(
    "数据/多机.yaml",
    'run_name: "实验🚀 A"\nnote: {名称: "中文 e\u0301", learning_rate: 1e-6, safe: \x1b[31mred}\nseed: 1'.encode(),
)


def span(document: Document, text: str, after: str = "") -> Span:
    """The span of *text*, first found behind *after*."""
    start = document.data.index(text.encode(), document.data.index(after.encode()))
    return Span(start, start + len(text.encode()))


def edit(document: Document, old: str, new: str, after: str = "") -> Edit:
    return Edit(document.path, span(document, old, after), new)


def at(document: Document, key: str, entry: str, value: str | None = None) -> Place:
    where = span(document, entry)
    return Place(document, key, where, span(document, value, entry) if value is not None else None)


def absent(document: Document, key: str, before: str) -> Place:
    start = span(document, before).start
    return Place(document, key, Span(start, start))


ZH = {
    "checkpointing": "gradient_checkpointing 已关闭：4 × A100-40G 低于文档给出的最低要求",
    "batch": "每步 4 条序列不是 num_generations 8 的倍数",
    "absent": "没有写 max_pixels：一张大图可能产生 16384 个 token",
    "offload": "offload_param 在这些 GPU 上没有必要",
    "fp16": "fp16 和 bf16 都已打开",
    "limit": "save_total_limit 1 只保留一个检查点",
    "rate": "PyYAML 把 1e-6 读成字符串",
}
EN = {
    "checkpointing": "gradient_checkpointing is off: 4 x A100-40G is below the documented minimum",
    "batch": "4 sequences per step are not a multiple of num_generations 8",
    "absent": "max_pixels is not written: one large image may become 16384 tokens",
    "offload": "offload_param is not needed on these GPUs",
    "fp16": "fp16 and bf16 are both on",
    "limit": "save_total_limit 1 keeps a single checkpoint",
    "rate": "1e-6 is a string to PyYAML (see [the guide](1), 50% of @users, <b>#1</b>)",
}
WHY = {
    "en": "Activations of every layer are kept until the backward pass.",
    "zh": "每一层的激活值都要保留到反向传播。",
}
TITLES = {
    "en": ("Turn gradient checkpointing on", "Batch 2, accumulation 1", "Limit max_pixels to 501760", "Remove offload_param"),
    "zh": ("打开梯度检查点", "批大小 2，累积 1", "把 max_pixels 限制为 501760", "删除 offload_param"),
}


def findings(lang: str) -> tuple[Finding, ...]:
    said, titles = (ZH if lang == "zh" else EN), TITLES[lang]
    assumed = "ZeRO-3：按文件名 zero3.json 判断" if lang == "zh" else "deepspeed stage 3 from the file name zero3.json"
    return (
        Finding(
            "MEM001",
            "checkpointing-off",
            "error",
            said["checkpointing"],
            at(ARGS, "gradient_checkpointing", "gradient_checkpointing: false", "false"),
            why=WHY[lang],
            assumptions=(assumed,),
            fingerprint="f1",
            related=(Related(at(ZERO3, "zero_optimization.stage", '"stage": 3', "3"), "stage 3"),),
            fix=Fix(
                safety="safe",
                title=titles[0],
                path=ARGS.path,
                changes=(Change("set", (0, "gradient_checkpointing"), True),),
                group="memory",
                order=10,
                edits=(edit(ARGS, "false", "true", "gradient_checkpointing"),),
            ),
        ),
        Finding(
            "MEM011",
            "image-without-limit",
            "info",
            said["absent"],
            absent(ARGS, "max_pixels", "model_name_or_path"),
            fingerprint="f2",
            fix=Fix(
                "unsafe",
                titles[2],
                ARGS.path,
                (Change("set", (0, "max_pixels"), 501760),),
                edits=(Edit(ARGS.path, Span(len(ARGS.data), len(ARGS.data)), "max_pixels: 501760\n"),),
            ),
        ),
        Finding(
            "GRP001",
            "group-does-not-fill-micro-batch",
            "error",
            said["batch"],
            at(ARGS, "num_generations", "num_generations: 8", "8"),
            fingerprint="f3",
            fix=Fix(
                "safe",
                titles[1],
                ARGS.path,
                (Change("set", (0, "per_device_train_batch_size"), 2), Change("set", (0, "gradient_accumulation_steps"), 1)),
                edits=(
                    edit(ARGS, "2", "1", "gradient_accumulation_steps"),
                    edit(ARGS, "1", "2", "per_device_train_batch_size"),
                ),
            ),
        ),
        Finding(
            "DSP004",
            "needless-offload",
            "warning",
            said["offload"],
            at(ZERO3, "zero_optimization.offload_param", '"offload_param": {"device": "cpu"}', '{"device": "cpu"}'),
            fingerprint="f4",
            fix=Fix(
                "safe",
                titles[3],
                ZERO3.path,
                (Change("remove", (0, "zero_optimization", "offload_param")),),
                edits=(edit(ZERO3, ',\n\t\t"offload_param": {"device": "cpu"}', ""),),
                withheld="run_b.sh 也用这个文件" if lang == "zh" else "run_b.sh uses this file too",
            ),
        ),
        Finding(
            "PRC001",
            "fp16-and-bf16",
            "error",
            said["fp16"],
            at(CRLF, "fp16", "fp16: yes", "yes"),
            fingerprint="f5",
            related=(Related(at(CRLF, "bf16", "bf16: true", "true"), "bf16"),),
            fix=Fix(
                "safe",
                "fp16: false",
                CRLF.path,
                (Change("set", (0, "fp16"), False),),
                edits=(edit(CRLF, "yes", "no"),),
            ),
        ),
        Finding(
            "SAV002",
            "single-checkpoint",
            "warning",
            said["limit"],
            at(CRLF, "save_total_limit", "save_total_limit: 1", "1"),
            fingerprint="f6",
            fix=Fix(
                "suggestion",
                "save_total_limit: 3",
                CRLF.path,
                (Change("set", (0, "save_total_limit"), 3),),
                edits=(edit(CRLF, "1", "3", "save_total_limit"),),
            ),
        ),
        Finding(
            "YML002",
            "exponent-is-a-string",
            "error",
            said["rate"],
            at(WIDE, "note.learning_rate", "learning_rate: 1e-6", "1e-6"),
            fingerprint="f7",
            fix=Fix(
                "safe",
                "1.0e-6",
                WIDE.path,
                (Change("set", (0, "note", "learning_rate"), 1e-6),),
                edits=(edit(WIDE, "1e-6", "1.0e-6"),),
            ),
        ),
    )


RULES = {
    "MEM001": RuleText(
        "MEM001",
        "checkpointing-off",
        "error",
        "Gradient checkpointing is off",
        WHY["en"],
        ("VLM-R1 README, 0.1", "https://github.com/om-ai-lab/VLM-R1"),
    ),
    "YML002": RuleText("YML002", "exponent-is-a-string", "error", "A number that YAML reads as text", "", ()),
}


FILES = ((ZERO3.path, "deepspeed"), ("configs/clean.yaml", "args"), (CRLF.path, "args"), (WIDE.path, "args"))


def sample(lang: str = "en", color: bool = False) -> Report:
    """The report: seven findings in four files, of every severity, with a fix of every kind."""
    return Report(
        findings(lang),
        skipped=(Skipped(ARGS.path, "MEM010", ("fleet",)), Skipped(WIDE.path, "MEM010", ("fleet", "run.max_prompt_length"))),
        files=(
            (ARGS.path, "args"),
            (ZERO3.path, "deepspeed"),
            ("configs/clean.yaml", "args"),
            (CRLF.path, "args"),
            (WIDE.path, "args"),
        ),
        fixed=0,
        fixes=((ARGS.path, "MEM002", TITLES[lang][0]), (ARGS.path, "GRP002", TITLES[lang][1]), (WIDE.path, "YML001", "seed: 1")),
        rules=RULES,
        lang=lang,
        color=color,
        version="0.1.0",
        root="/repository",
    )
