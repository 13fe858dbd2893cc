"""Writes the table of all rules into docs/rules.md and docs/rules.zh-CN.md, out of the rules themselves."""

from __future__ import annotations

import sys

from marked import REPOSITORY, main

sys.path.insert(0, str(REPOSITORY))  # this repository's rules, not those of an installed package

from vlmr1_lint.rulefiles.catalogue import Catalogue, builtin

HEADS = {
    "en": ("Rule", "What it finds", "Severity", "Fix", "Preset"),
    "zh": ("规则", "检查内容", "级别", "修复", "规则集"),
}
WORDS = {
    "en": {"solver": "safe or unsafe"},  # any other word stands for itself
    "zh": {
        "error": "错误",
        "warning": "警告",
        "info": "提示",
        "safe": "安全",
        "unsafe": "不安全",
        "suggestion": "仅建议",
        "solver": "安全或不安全",
    },
}


def table(catalogue: Catalogue, lang: str) -> str:
    """The Markdown table of *catalogue* in *lang*: one line a rule, with a link to the rule's file."""
    lines = [f"| {' | '.join(HEADS[lang])} |", "| --- | --- | --- | --- | --- |"]
    for rule in catalogue:
        cells = (
            f"[{rule.id}](../{rule.details['path']}) `{rule.name}`",
            rule.title(lang).replace("|", "\\|"),
            WORDS[lang].get(rule.severity, rule.severity),
            WORDS[lang].get(rule.safety, rule.safety) if rule.safety else "",
            "recommended" if "recommended" in rule.presets else "strict",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(
        main("rules", {"docs/rules.md": lambda: table(builtin(), "en"), "docs/rules.zh-CN.md": lambda: table(builtin(), "zh")})
    )
