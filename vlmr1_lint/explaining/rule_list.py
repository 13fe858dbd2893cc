"""``vlmr1-lint rules``: the table of all rules, for people (text, markdown) and for programs (json)."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import width
from vlmr1_lint.reporting.words import severity_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from vlmr1_lint.rulefiles.rule import Rule

__all__ = ["FORMATS", "table"]

HEADS: Mapping[str, tuple[str, ...]] = {
    "en": ("ID", "name", "severity", "fix", "preset", "what it finds"),
    "zh": ("编号", "名称", "严重程度", "修复", "规则集", "说明"),
}


def table(rules: Iterable[Rule], lang: str, format_: str) -> str:
    """The table of *rules* (a catalogue) in *lang*. *format_* is one of `FORMATS`; raises KeyError for another."""
    return FORMATS[format_](list(rules), lang)


def _cells(rule: Rule, lang: str) -> tuple[str, ...]:
    return (rule.id, rule.name, rule.severity, _fix(rule), rule.presets[0], rule.title(lang))


def _fix(rule: Rule) -> str:
    return rule.safety_override or rule.safety or "-"


FIXES = {"safe": "安全", "unsafe": "不安全", "suggestion": "建议"}


def _in_words(cells: tuple[str, ...], lang: str) -> tuple[str, ...]:
    """*cells* with severity and fix as the reports in *lang* call them."""
    if lang != "zh":
        return cells
    return (*cells[:2], severity_name(lang, cells[2]), FIXES.get(cells[3], cells[3]), *cells[4:])


def _text(rules: list[Rule], lang: str) -> str:
    rows = [HEADS[lang], *(_in_words(_cells(rule, lang), lang) for rule in rules)]
    widths = [max(width(row[column]) for row in rows) for column in range(len(HEADS[lang]))]
    lines = [
        "  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines) + "\n"


def _markdown(rules: list[Rule], lang: str) -> str:
    rows = [HEADS[lang], ("---",) * len(HEADS[lang])]
    rows += [(rule.id, f"`{rule.name}`", *_cells(rule, lang)[2:]) for rule in rules]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)


def _json(rules: list[Rule], lang: str) -> str:
    from vlmr1_lint.reporting.places import json_text

    return json_text({"version": 1, "rules": [_record(rule, lang) for rule in rules]})


def _record(rule: Rule, lang: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity,
        "some": rule.some,
        "scope": rule.scope,
        "kinds": rule.kinds,
        "trainers": rule.trainers,
        "presets": rule.presets,
        "fix": rule.safety_override or rule.safety,
        "title": rule.title(lang),
        "why": rule.why(lang),
        "reads": [".".join(chain) for chain in rule.reads],
        **{name: rule.details[name] for name in ("sources", "since", "verified")},
    }


FORMATS = {"text": _text, "markdown": _markdown, "json": _json}
"""Formats of the table."""
