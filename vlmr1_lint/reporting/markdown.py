"""Markdown for a pull request comment or a job summary: a table of the findings, then why and what to write."""

from __future__ import annotations

import re

from vlmr1_lint.reporting.diff import unified
from vlmr1_lint.reporting.places import documents, edits
from vlmr1_lint.reporting.printable import clean, inert
from vlmr1_lint.reporting.summary import fix_label, fix_title, summary
from vlmr1_lint.reporting.words import say, severity_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]

LIMIT_CHARACTERS = 60_000
"""A comment holds 65,536 characters (GitHub's API refuses more); the rest is for what a caller puts around the report."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;"})

_ICONS = {"error": "❌", "warning": "⚠️", "info": "ℹ️"}


def render(report: Report) -> str:
    """*report* in GitHub-flavoured Markdown. Findings beyond what a comment may hold are counted, not listed."""
    lang = report.lang
    known = documents(report)
    last = summary(report)
    head = "### vlmr1-lint\n" + (f"\n{_escape(last)}\n" if last else "")
    if not report.findings:
        return head + "".join(f"\n{_escape(one.told(lang))}\n" for one in report.left_out)
    place, rule, message = (say(lang, f"markdown-{name}") for name in ("place", "rule", "message"))
    head += f"\n| | {place} | {rule} | {message} |\n| --- | --- | --- | --- |\n"
    opening = f"\n<details><summary>{say(lang, 'markdown-details')}</summary>\n"
    closing = "\n</details>\n"

    rows, details, left = "", "", len(report.findings)
    room = LIMIT_CHARACTERS - len(head) - len(opening) - len(closing) - 200  # the line about what was left out
    explained: set[str] = set()
    for finding in report.findings:
        row, more = _row(finding, lang), _details(finding, lang, known, finding.rule not in explained)
        if len(rows) + len(details) + len(row) + len(more) > room:
            break
        rows, details, left = rows + row, details + more, left - 1
        explained.add(finding.rule)
    cut = f"\n{say(lang, 'markdown-cut', count=left)}\n" if left else ""
    for one in report.left_out:
        line = f"\n{_escape(one.told(lang))}\n"
        if len(rows) + len(details) + len(cut) + len(line) > room + 200:
            break
        cut += line
    return head + rows + cut + opening + details + closing


def _row(finding: Finding, lang: str) -> str:
    severity = f"{_ICONS[finding.severity]} {severity_name(lang, finding.severity)}"
    return f"| {severity} | {_where(finding)} | {finding.rule} | {_escape(finding.message)} |\n"


def _where(finding: Finding) -> str:
    position = finding.place.document.position(finding.place.entry.start)
    return _code(f"{finding.place.document.path}:{position.line}")


def _details(finding: Finding, lang: str, known: dict[str, Document], explain: bool) -> str:
    lines = [f"\n**{finding.rule}** {_escape(finding.name)}, {_where(finding)}\n"]
    if finding.why and explain:
        lines.append(f"{_escape(finding.why)}\n")
    notes = [f"- {say(lang, 'assumed')}: {_escape(text)}" for text in finding.assumptions]
    for other in finding.related:
        position = other.place.document.position(other.place.entry.start)
        where = _code(f"{other.place.document.path}:{position.line}")
        notes.append(f"- {say(lang, 'see')}: {where} {_escape(other.message)}")
    if finding.fix:
        notes.append(f"- {fix_label(lang, finding.fix)}: {_escape(fix_title(lang, finding.fix))}")
    if notes:
        lines.append("\n".join(notes) + "\n")
    return "\n".join(lines) + _diff(finding, known)


def _diff(finding: Finding, known: dict[str, Document]) -> str:
    """What the fix would change, as a fenced diff without headers."""
    from vlmr1_lint.documents.model import apply_edits

    found = edits(finding, known)
    if not found:
        return ""
    document = found[0][0]
    after = apply_edits(document.data, [edit for other, edit in found if other is document])
    hunks = unified(document.path, document.data, after, context=0).split("\n")[2:-1]
    shown = [clean(line.removesuffix("\r").replace("\ufeff", "")) for line in hunks if not line.startswith(("@@", "\\"))]
    shown = inert("\n".join(shown)).split("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", "\n".join(shown))), default=0))
    return "\n" + "\n".join([f"{fence}diff", *shown, fence]) + "\n"


def _escape(text: str) -> str:
    """*text* as words and nothing else: no markup, no mentions, no issue references, no table cells of its own."""
    text = clean(text).translate(_ENTITIES)
    text = re.sub(r"([\\`*\[\]|~])", r"\\\1", text)
    text = re.sub(r"^(\s*)(?=::)", r"\1\\", text)  # a line that begins with :: is a command to GitHub's runner
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)  # within a word an underscore is just that


def _code(text: str) -> str:
    """*text* as code that may stand in a table. A name that could end the code or the cell is written in entities."""
    text = clean(text)
    if re.fullmatch(r"[\w./:+=, -]+", text):
        return f"`{text}`"
    return "<code>" + "".join(char if char.isalnum() or char in "./: " else f"&#{ord(char)};" for char in text) + "</code>"
