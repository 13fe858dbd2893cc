"""What must be true of every rule file of a user: it is one, or each mistake is told in one line; it never runs code, and
asking it about a run ends."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.rulefiles.catalogue import Catalogue, builtin
from vlmr1_lint.rulefiles.load import load_rules
from vlmr1_lint.session import Session
from vlmr1_lint.settings.model import Settings
from vlmr1_lint.settings.read import read_settings
from vlmr1_lint.sources import Sources

from .mutation import mutated

__all__ = ["check_rule", "rule_text"]

FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect", "ctypes.dlopen", "exec")
"""Audit events of running something. ``exec`` of a file's own code is an import; ``compile`` is how Python only parses, too."""
HOSTILE = (
    "__import__('os').system('id')", "().__class__.__bases__[0].__subclasses__()", "run.__class__", "run.__init__.__globals__",
    "eval('1')", "exec('1')", "open('/etc/passwd')", "getattr(run, '__class__')", "lambda: 0", "[x for x in run]", "9**9**9**9",
    "10**10**10", "'a' * 10000000000", "[1] * 10000000000", "1 << 10000000000", "'{0.__class__}'", "f'{run}'", "run.a.b.c.d",
    "(((((1)))))",
    "not " * 400 + "True", "(" * 400 + "1" + ")" * 400, " and ".join(["run.bf16"] * 3000), "-" * 3000 + "1",
    "1 if 1 else " * 300 + "1",
    "run.bf16 == True == True", "count(run)", "len('x')", "1 / 0", "1 // 0", "1 % 0", "0.1 + 'x'", "None < 1", "'x' in run",
    "*run", "a := 1",
    "run.num_generations % 0 == 1", "yield", "await x", "print(1)", "run['__class__']", "run[0][0]", "\\u0000", "1e999",
    "1_000j", "...",
    "{**run}", "{run: 1}", "{'a': 1, 'a': 2}", "{1: 2, 'a': 3}", "{'__class__': 1}['__class__']", "{'a': run}['a'].inputs",
    "[run, 1][0].inputs", "(run if true else 1).inputs", "run['in' + 'puts']", "deepspeed['__cl' + 'ass__']",
    "deepspeed['no' + 'de'].document.text", "deepspeed.zero_optimization['docu' + 'ment'].path", "{'a': 1}[['a']]",
    "{'a': {'b': {'c': [run.bf16] }}}", "{'a': 1}[{'a': 1}]", "len({'a': 1})", "str({'a': run.fp16})", "{'a': 1} + {'b': 2}",
    "{" + ", ".join(f"'k{n}': {n}" for n in range(300)) + "}['k1']",
)  # fmt: skip
ATOMS = (
    "run.bf16", "run.fp16", "run.num_generations", "run.world_size", "run.per_device_train_batch_size", "run.deepspeed",
    "run.learning_rate",
    "deepspeed.zero_optimization.stage", "run.trainer", "'stage3_' + run.trainer",
    "true", "false", "none", "True", "None", "0", "1", "8", "2.5", "'x'", "''",
    "[1, 2]", "is_known",
)  # fmt: skip
OPERATORS = (
    " and ",
    " or ",
    " == ",
    " != ",
    " < ",
    " <= ",
    " + ",
    " - ",
    " * ",
    " / ",
    " // ",
    " % ",
    " in ",
    " not in ",
    " is ",
    " ** ",
    " if ",
)
ARGS = b"""model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
num_generations: 8
per_device_train_batch_size: 2
bf16: true
fp16: ${X}
learning_rate: 1e-6
deepspeed: zero3.json
max_completion_length: 256
"""
JSON = b'{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": "auto"}'
FIELD = re.compile(r"^(\s*)(when|on|message|let|for|fix|value|where|related|scope|kinds|title): .*$", re.MULTILINE)


class Watch:
    """What was run while ``on``."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []

    def __call__(self, event: str, arguments: Any) -> None:
        if self.on and event.startswith(FORBIDDEN) and not is_import(event, arguments):
            self.seen.append(f"{event} {str(arguments)[:200]}")


def is_import(event: str, arguments: Any) -> bool:
    return event == "exec" and str(arguments[0].co_filename).endswith(".py")


@cache
def watch() -> Watch:
    it = Watch()
    # pydantic and named tuples of the standard library run code of their own when they are made.
    load_rules([("a.yaml", "id: 1\nunknown: 2\n")])
    Settings.model_validate({})
    read_settings("pyproject.toml", b"[tool.vlmr1-lint]\n")
    sys.addaudithook(it)  # for good: Python takes none away
    return it


@contextmanager
def nothing_runs() -> Iterator[None]:
    it = watch()
    it.seen.clear()
    it.on = True
    try:
        yield
    finally:
        it.on = False
    assert not it.seen, f"code runs: {it.seen}"


@cache
def rule_texts() -> tuple[str, ...]:
    return tuple(rule.details["text"] for rule in builtin())


def rule_text(source: random.Random) -> bytes:
    """A rule of ours with faults, or with hostile words where an expression or a template stands."""
    text = source.choice(rule_texts())
    for _ in range(source.randint(0, 2)):
        fields = list(FIELD.finditer(text))
        if fields:
            field = source.choice(fields)
            words = expression(source, 0) if source.randrange(2) else source.choice(HOSTILE)
            quoted = words.replace("'", "''")
            text = (
                f"{text[: field.start()]}{field[1]}{field[2]}: '{{{quoted}}}'" + text[field.end() :]
                if source.randrange(3) == 0
                else (f"{text[: field.start()]}{field[1]}{field[2]}: '{quoted}'" + text[field.end() :])
            )
    data = text.encode("utf-8", "surrogatepass")
    return data if source.randrange(3) == 0 else mutated(source, (data,), 3)


def expression(source: random.Random, depth: int) -> str:
    if depth > 3 or source.randrange(3) == 0:
        return source.choice(HOSTILE if source.randrange(8) == 0 else ATOMS)
    one, two = expression(source, depth + 1), expression(source, depth + 1)
    kind = source.randrange(9)
    if kind == 6:
        return f"{{'a': {one}, 'b': {two}}}[{source.choice(ATOMS)}]"
    if kind == 7:
        return f"{{'a': {one}, 8: {two}}}"
    if kind == 8:
        return f"deepspeed.zero_optimization[{one}]{source.choice(('', '.document', '.stage', '[0]'))}"
    if kind == 0:
        return f"({one}{source.choice(OPERATORS)}{two})"
    if kind == 1:
        return f"not {one}"
    if kind == 2:
        return f"{source.choice(('count', 'len', 'min', 'any', 'lower', 'known', 'is_known', 'has', 'int'))}({one}, {two})"
    return f"{one}{source.choice(OPERATORS)}{two}"


def check_rule(data: bytes) -> None:
    """Raises AssertionError where the rule file *data* does what none may."""
    text = data.decode("utf-8", "surrogateescape")
    with nothing_runs():
        rules, problems = load_rules([("own/a.yaml", text)])
        for problem in problems:
            told = str(problem)
            assert told.startswith("own/a.yaml:") and "\n" not in told and "\r" not in told, told
            assert problem.line >= 1 and problem.column >= 1 and problem.message
        assert bool(rules) != bool(problems), "neither a rule nor a mistake"
        if not rules:
            return
        sources = Sources("/nowhere", {"/nowhere/args.yaml": ARGS, "/nowhere/zero3.json": JSON})
        given = Given(gpus="4xA100-40G", preset="strict")
        result = Session(
            sources, ["/nowhere/args.yaml", "/nowhere/zero3.json"], Preferences(given, catalogue=Catalogue(rules))
        ).lint()
        for finding in result.findings:
            assert isinstance(finding.message, str) and finding.rule in {rule.id for rule in rules}
        assert not result.troubles, result.troubles
