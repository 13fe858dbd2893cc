"""The texts that mutation starts from: the examples of all rules, and small texts of each reader's odd corners."""

from __future__ import annotations

from functools import cache

from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.ruletest import Example, examples_of

__all__ = ["JSON", "YAML", "config_texts", "examples"]

YAML = (
    b"a: 1\nb: x # c\n",
    b"# c\n\nlearning_rate: 1e-6\nbf16: yes\nreport_to: [wandb, 'x']\nname: \"q\"\n",
    b"a:\n- x\n- y\nb:\n  - 1\n  - c: d\n    e: [f, {g: h}]\n",
    b"a: &x {k: 1, m: [2]}\nb: *x\nc:\n  <<: *x\n  k: 3\n",
    b"a: |\n  t\n\n  u # no\nb: >-\n  f\n  g\n\nc: |+\n  h\n\n# tail\n",
    b"'q': 'it''s'\n\"d\\n\": \"x\\u00e9\\\n  y\"\n? k\n: v\n? [c, d]\n: {}\n",
    b"a: multi\n  line # c\n  # d\nb: !!str 5\nc: !foo x\nd: {x: , y}\n",
    b"---\na: 010\n...\n---\n- 12:30\n- 2024-01-02\n- 1_000\n- .inf\n- ~\n- <<\n",
    b"\xef\xbb\xbfa: ${X}\r\nb: {{ x }}\r\nc: '{{ x }}'\r\nd: <here>\r\n",
    b"a:\t1\nb: \t x\n\n  \nc:   # only\n  d:\n",
    "路径: 模型/名 # 注释\n\U0001f642: [\u00e9, '\u2028']\n".encode(),
)
JSON = (
    b'{"a": [1, 2.5, -3e2, true, null], "b": {"c": "d"}}\n',
    b'{\n  "zero_optimization": {"stage": 3, "offload_param": {"device": "cpu"}},\n  "bf16": {"enabled": "auto"}\n}\n',
    b'{"a": 1, // x\n "b": [1, 2,], # y\n /* z */ "a": "\\ud83d\\ude42 \\n // no",}',
    b'\xef\xbb\xbf{"k\\u00e9": NaN, "i": -Infinity, "big": 123456789012345678901234567890, "e": 1E400}',
    b'[[], {}, [{}], "${X}", "<here>", "", -0, 0.0, 1e-7]',
    '{"中": "🙂", "\u2028": "\u00e9"}\r\n'.encode(),
)


@cache
def examples() -> tuple[Example, ...]:
    """The examples of all built-in rules."""
    return tuple(example for rule in builtin() for example in examples_of(rule))


@cache
def config_texts(*endings: str) -> tuple[bytes, ...]:
    """The files of all examples whose names end with one of *endings*, each once."""
    found = {text.encode(): None for one in examples() for name, text in one.files.items() if name.endswith(endings)}
    return tuple(found)
