"""``--statistics``: how often each rule found something."""

from __future__ import annotations

from vlmr1_lint.findings.finding import SEVERITIES
from vlmr1_lint.reporting.printable import clean, inert
from vlmr1_lint.reporting.summary import summary
from vlmr1_lint.reporting.words import say, severity_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]


def render(report: Report) -> str:
    """One line per rule with count, id, severity, how many can be fixed and the rule's title; most frequent first."""
    groups: dict[str, list[Finding]] = {}
    for finding in report.every:
        groups.setdefault(finding.rule, []).append(finding)
    order = sorted(groups.items(), key=lambda item: (-len(item[1]), SEVERITIES.index(item[1][0].severity), item[0]))
    digits = max((len(str(len(findings))) for findings in groups.values()), default=0)
    names = max((len(rule) for rule in groups), default=0)
    lines = [_line(report, rule, findings, digits, names) for rule, findings in order]
    last = summary(report)
    return inert("".join(clean(line) + "\n" for line in [*lines, *([last] if last else [])]))


def _line(report: Report, rule: str, findings: list[Finding], digits: int, names: int) -> str:
    text = report.rules.get(rule)
    title = text.title if text else findings[0].name
    fixable = sum(bool(f.fix and f.fix.withheld is None and f.fix.safety != "suggestion") for f in findings)
    offer = f" ({say(report.lang, 'statistics-fixable', count=fixable)})" if fixable else ""
    return f"{len(findings):>{digits}}  {rule:<{names}}  {severity_name(report.lang, findings[0].severity)}  {title}{offer}"
