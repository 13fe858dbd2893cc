"""``vlmr1-lint rule ID``: the page of one rule. What it finds, why it matters, an example before and after, sources, versions."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import width
from vlmr1_lint.reporting.words import severity_name
from vlmr1_lint.reporting.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vlmr1_lint.rulefiles.rule import Rule

__all__ = ["explain", "strip_marks"]

WORDS: Mapping[str, tuple[str, str]] = {
    "severity": ("severity", "严重程度"),
    "looks at": ("looks at", "检查对象"),
    "trainers": ("trainers", "训练器"),
    "presets": ("presets", "规则集"),
    "fix": ("fix", "修复"),
    "since": ("since", "始于版本"),
    "evidence": ("evidence", "依据"),
    "some": ("or {some} where only some candidate trainers are concerned", "若只涉及部分候选训练器则为 {some}"),
    "all trainers": ("all", "全部"),
    "document": ("each file of kind {kinds}", "每个文件（{kinds}）"),
    "run": ("each run", "每次训练"),
    "project": ("all runs together", "全部训练"),
    "any kind": ("any", "任意类型"),
    "executed": ("seen by running the trainer's code", "实际运行训练器代码得到"),
    "read": ("read from the trainer's code or documents", "来自训练器源码或文档"),
    "no fix": ("none", "无"),
    "safe": ("safe: written by --fix", "安全：--fix 会写入"),
    "unsafe": ("unsafe: written by --unsafe-fixes only", "不安全：仅 --unsafe-fixes 会写入"),
    "suggestion": ("suggestion: shown, never written", "建议：只显示，从不写入"),
    "solver": ("safe or unsafe, as the solver finds", "是否安全由求解器判断"),
    "why": ("Why it matters", "为什么重要"),
    "when": ("When it fires", "触发条件"),
    "example": ("Example", "示例"),
    "fixed": ("Fixed", "修复后"),
    "passes": ("Passes", "通过的写法"),
    "sources": ("Sources", "出处"),
}


def explain(rule: Rule, lang: str) -> str:
    """The page of *rule* in *lang*, as text for a terminal or a page."""
    lines = [f"{rule.id} {rule.name}", rule.title(lang), "", *_table(rule, lang)]
    if rule.why(lang):
        lines += ["", _say("why", lang), "", *_indented(wrapped(rule.why(lang), WRAP_CELLS))]
    lines += ["", _say("when", lang), "", *_indented(_condition(rule, lang))]
    lines += list(_examples(rule, lang))
    if rule.details["sources"]:
        lines += ["", _say("sources", lang), "", *_indented(rule.details["sources"])]
    return "\n".join(lines) + "\n"


def _say(word: str, lang: str, **facts: str) -> str:
    return WORDS[word][lang == "zh"].format(**facts)


def _table(rule: Rule, lang: str) -> list[str]:
    severity = severity_name(lang, rule.severity)
    if rule.some is not None:
        some = _say("some", lang, some=severity_name(lang, rule.some))
        severity += f" ({some})" if lang == "en" else f"（{some}）"
    kinds = ", ".join(rule.kinds) if rule.kinds else _say("any kind", lang)
    rows = [
        ("severity", severity),
        ("looks at", _say(rule.scope, lang, kinds=kinds)),
        ("trainers", ", ".join(rule.trainers) if rule.trainers else _say("all trainers", lang)),
        ("presets", ", ".join(rule.presets)),
        ("fix", _say(rule.safety_override or rule.safety or "no fix", lang)),
    ]
    if rule.details["sources"]:
        rows.append(("evidence", _say(rule.details["verified"], lang)))
    if rule.details["since"]:
        rows.append(("since", rule.details["since"]))
    widest = max(width(_say(word, lang)) for word, _ in rows)
    return [f"  {_say(word, lang)}{' ' * (widest - width(_say(word, lang)))}  {found}" for word, found in rows]


def _condition(rule: Rule, lang: str) -> list[str]:
    """The condition as the rule file writes it, names first; of those in several languages the one that is shown."""
    from vlmr1_lint.language.templates import format_value
    from vlmr1_lint.rulefiles.source import RuleSource

    rows = RuleSource(rule.details["path"], rule.details["text"]).rows()
    data = next(row.data for row in rows if row.data["id"] == rule.id)
    lines = [f"{name} in {text}" for name, text in (data.get("each") or {}).items()]
    for name, text in (data.get("let") or {}).items():
        of_lang = text.get(lang) or next(iter(text.values())) if isinstance(text, dict) else text
        lines.append(f"{name} = {_joined(of_lang)}")
    if "when" in data:
        return [*lines, _joined(data["when"])]
    return [*lines, f"{data['at']} {'in' if isinstance(data['value'], list) else '=='} {format_value(data['value'], 'code')}"]


def _joined(expression: object) -> str:
    return " ".join(str(expression).split())


def _examples(rule: Rule, lang: str) -> Iterator[str]:
    """The first failing example with its mark, its fixed text, and the first passing one."""
    examples = rule.details["examples"]
    for failing in [example for example in examples if "fail" in example][:1]:
        yield from ("", _heading("example", failing, lang), "")
        yield from _indented(_marked(failing["fail"]))
        for path, text in failing.get("files", {}).items():
            yield from ("", f"  {path}:", "", *_indented(_marked(text)))
        if "fixed" in failing:
            yield from ("", _say("fixed", lang), "", *_indented(failing["fixed"].splitlines()))
    for passing in [example for example in examples if "pass" in example][:1]:
        yield from ("", _heading("passes", passing, lang), "", *_indented(passing["pass"].splitlines()))


def _heading(word: str, example: Mapping[str, Any], lang: str) -> str:
    given = [f"--{name} {example[name]}" for name in ("gpus", "trainer") if name in example]
    return " ".join([_say(word, lang), *given, *example.get("args", ())])


def strip_marks(text: str) -> str:
    """The text of an example without the marks «» of its place."""
    return text.replace("«", "").replace("»", "")


def _marked(text: str) -> list[str]:
    """The lines of an example, with carets below what its marks surround."""
    lines = []
    for line in text.splitlines():
        lines.append(strip_marks(line))
        start, end = line.find("«"), line.find("»")
        if start >= 0:
            inside = line[start + 1 : end if end > start else len(line)]
            lines.append(" " * width(line[:start]) + "^" * max(1, width(inside)))
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}".rstrip() for line in lines]


WRAP_CELLS = 96
"""Width of running text, in terminal cells."""
