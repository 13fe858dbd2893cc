"""A small fact schema and a rule file that fits it, for tests of loading."""

from __future__ import annotations

from vlmr1_lint.language.types import ANY, BOOL, FLOAT, INT, STR, Function, ListOf, Object, Optional, Schema

OPTIONS = {
    "learning_rate": FLOAT,
    "fp16": BOOL,
    "bf16": BOOL,
    "num_generations": INT,
    "max_steps": INT,
    "save_total_limit": Optional(INT),
    "optim": STR,
    "model_init_kwargs": ANY,
}
ENTRY = Object("entry", {"key": STR, "value": ANY, "known": BOOL})
SCHEMA = Schema(
    names={
        "run": Object("run", {**OPTIONS, "world_size": INT}),
        "deepspeed": Object(
            "deepspeed",
            {"present": BOOL, "zero_optimization": Object("deepspeed.zero_optimization", {"stage": Optional(INT)})},
        ),
        "fleet": Object("fleet", {"gpus": INT}),
        "document": Object("document", {"entries": ListOf(ENTRY)}),
    },
    functions={
        "is_set": Function("is_set", (ANY,), BOOL, "reference"),
        "solve": Function("solve", (), ANY, "scoped", reads=(("run", "num_generations"),)),
    },
    options=OPTIONS,
    scopes={"run": ("run", "deepspeed", "fleet"), "document": ("document", "deepspeed")},
)

RULE = """\
id: TOY001
name: both-half-precisions
severity: error
presets: [recommended]
let:
  limit: 4
  wide: run.world_size > limit
when: run.fp16 and run.bf16 and wide
at: fp16
related:
  - {at: bf16, message: {en: "bf16 is {run.bf16}", zh: "bf16 是 {run.bf16}"}}
title: {en: both precisions on, zh: 两种精度同时开启}
message:
  en: fp16 and bf16 are both on, on {run.world_size} processes
  zh: >-
    fp16 与 bf16 同时开启，
    共 {run.world_size} 个进程
why: {en: The trainer refuses it., zh: 训练器会拒绝。}
fix:
  title: {en: "turn fp16 off", zh: 关闭 fp16}
  safety: safe
  group: precision
  set: {fp16: false, num_generations: {expr: run.num_generations * 2}}
sources: [https://example.org/source]
since: "0.1"
examples:
  - fail: |
      fp16: «true»
      bf16: true
    fixed: |
      fp16: false
      bf16: true
  - pass: |
      bf16: true
"""


def changed(*replacements: tuple[str, str]) -> str:
    """`RULE` with each (old, new) replaced; old must be there."""
    text = RULE
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


class Run:
    """A run with attributes as given."""

    def __init__(self, **options: object) -> None:
        self.__dict__.update(options)
