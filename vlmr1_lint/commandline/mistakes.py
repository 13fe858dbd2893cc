"""One line for a mistake on the command line: what argparse says of it, shorter, in both languages, with what was meant."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["sentence"]

_PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"unrecognized arguments: (?P<word>.*)", "unknown: {word}", "无法识别：{word}"),
    (r"argument (?P<name>\S+): expected (?:one|at least one) argument", "{name} needs a value", "{name} 缺少值"),
    (r"argument (?P<name>\S+): ignored explicit argument (?P<word>.*)", "{name} takes no value", "{name} 不接受值"),
    (
        r"argument (?P<name>\S+): invalid choice: (?P<word>.*?) \(choose from (?P<choices>.*)\)",
        "{name}: {word} is none of {choices}",
        "{name}：{word} 不在可选值之中：{choices}",
    ),
    (r"the following arguments are required: (?P<word>.*)", "missing: {word}", "缺少：{word}"),
    (r"argument (?P<name>\S+): (?P<word>.*)", "{name}: {word}", "{name}：{word}"),
)
"""argparse's sentences (CPython Lib/argparse.py) → ours."""

_HINT = {"en": "; see {prog} --help", "zh": "；参见 {prog} --help"}


def sentence(prog: str, message: str, known: Iterable[str], lang: str) -> str:
    """What to print for argparse's *message*, without line end; *known* are the options that there are."""
    zh = lang == "zh"
    head, meant = f"{prog}: ", _meant(message, known)
    for pattern, en, chinese in _PATTERNS:
        match = re.fullmatch(pattern, message, re.DOTALL)
        if match:
            facts = {name: " ".join(_bad_value(found, lang).split()) for name, found in match.groupdict().items()}
            message = (chinese if zh else en).format(**{**facts, "choices": facts.get("choices", "").replace("'", "")})
            break
    if meant:
        message += f"；是否想写 {meant}？" if zh else f"; did you mean {meant}?"
    return head + message + ("" if meant else _HINT[lang].format(prog=prog))


def _meant(message: str, known: Iterable[str]) -> str | None:
    """The option that the first unknown one is a misspelling of, or the start of."""
    if not message.startswith("unrecognized arguments: "):
        return None
    from vlmr1_lint.nearest import nearest

    words = [word[2:].partition("=")[0] for word in message.partition(": ")[2].split() if word.startswith("--")]
    names = {name[2:].replace("-", "_"): name for name in known if name.startswith("--")}
    for word in words:
        begun = [name for name in names if name.startswith(word.replace("-", "_"))]
        near = nearest(word, names) or (begun[0] if len(begun) == 1 and len(word) > 1 else None)
        if near:
            return names[near]
    return None


def _bad_value(text: str, lang: str) -> str:
    from vlmr1_lint.chinese import translated

    return translated(text, lang)
