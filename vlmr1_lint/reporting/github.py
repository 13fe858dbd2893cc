"""GitHub workflow commands: annotations on the lines of a pull request.

Escaping and properties as in actions/toolkit ``packages/core/src/command.ts``. GitHub shows ten annotations of each kind per step
(docs.github.com, "Workflow commands", limits); what is beyond goes into the log as plain lines, so that nothing is lost. No text
of a file that is linted can end its command or begin another.
"""

from __future__ import annotations

from vlmr1_lint.reporting.concise import line
from vlmr1_lint.reporting.printable import clean, inert
from vlmr1_lint.reporting.summary import fix_label, fix_title
from vlmr1_lint.reporting.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]

ANNOTATIONS_PER_KIND = 10
"""Annotations of one kind that GitHub keeps per step."""

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report) -> str:
    """*report* as workflow commands, then plain lines for what GitHub would drop. What stands on changed lines comes first."""
    lines, beyond = [], []
    given = dict.fromkeys(_COMMANDS, 0)
    for finding in sorted(report.findings, key=lambda one: _distance(one, report)):
        if given[finding.severity] < ANNOTATIONS_PER_KIND:
            given[finding.severity] += 1
            lines.append(_annotation(finding, report.lang))
        else:
            beyond.append(inert(line(finding)))
    if beyond:
        lines.append(say(report.lang, "github-more", count=len(beyond), limit=ANNOTATIONS_PER_KIND))
    beyond += [inert(clean(one.told(report.lang))) for one in report.left_out]
    return "".join(text + "\n" for text in lines + beyond)


def _distance(finding: Finding, report: Report) -> int:
    """How far *finding* is from the change that is looked at; 0 where there is none."""
    if report.changes is None:
        return 0
    document, entry = finding.place.document, finding.place.entry
    return report.changes.rank(document.path, document.position(entry.start).line, document.position(entry.end).line)


def _annotation(finding: Finding, lang: str) -> str:
    document, entry = finding.place.document, finding.place.entry
    start, end = document.position(entry.start), document.position(entry.end)
    properties: dict[str, object] = {"title": f"{finding.rule} {finding.name}", "file": document.path, "line": start.line}
    if start.line == end.line:  # columns of a range over several lines are refused
        properties |= {"col": start.column, "endLine": end.line, "endColumn": end.column}
    else:
        properties["endLine"] = end.line
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {told}::{_data(_message(finding, lang))}"


def _message(finding: Finding, lang: str) -> str:
    lines = [finding.message]
    lines += [f"{say(lang, 'assumed')}: {text}" for text in finding.assumptions]
    if finding.fix:
        lines.append(f"{fix_label(lang, finding.fix)}: {fix_title(lang, finding.fix)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    """*text* encoded as the runner decodes it, and `clean` where the log is read; a tab may be part of a file's name."""
    encoded = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return inert("\t".join(map(clean, encoded.split("\t"))))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
