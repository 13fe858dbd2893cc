"""Reviewdog diagnostics (reviewdog/reviewdog ``proto/rdf/reviewdog.proto``): columns count UTF-8 *bytes*, from 1."""

from __future__ import annotations

from vlmr1_lint.reporting.places import documents, edits, json_text
from vlmr1_lint.reporting.summary import fix_label, fix_title
from vlmr1_lint.reporting.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(report: Report) -> str:
    """*report* as one ``DiagnosticResult``."""
    known = documents(report)
    diagnostics = [_diagnostic(finding, report.lang, known) for finding in report.findings]
    # The format has no place for a number: a diagnostic of the whole file says it.
    diagnostics += [
        {
            "message": one.told(report.lang),
            "location": {"path": one.path},
            "severity": "INFO",
            "code": {"value": one.rule},
        }
        for one in report.omitted
    ]
    return json_text({"source": {"name": "vlmr1-lint"}, "diagnostics": diagnostics})


def _diagnostic(finding: Finding, lang: str, known: dict[str, Document]) -> dict[str, object]:
    place = finding.place
    lines = [finding.message, *(f"{say(lang, 'assumed')}: {text}" for text in finding.assumptions)]
    if finding.fix:
        lines.append(f"{fix_label(lang, finding.fix)}: {fix_title(lang, finding.fix)}")
    diagnostic: dict[str, object] = {
        "message": "\n".join(lines),
        "location": _location(place.document, place.entry.start, place.entry.end),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    suggestion = _suggestion(finding, known)
    if suggestion:
        diagnostic["suggestions"] = [suggestion]
    if finding.related:
        diagnostic["relatedLocations"] = [
            {
                "message": other.message,
                "location": _location(other.place.document, other.place.entry.start, other.place.entry.end),
            }
            for other in finding.related
        ]
    return diagnostic


def _suggestion(finding: Finding, known: dict[str, Document]) -> dict[str, object] | None:
    """The fix as one replacement: a reader could take one of several suggestions, and a fix is whole or not at all.

    None if it is withheld or changes another file (suggestions have no path of their own).
    """
    found = edits(finding, known)
    document = finding.place.document
    if not found or finding.fix is None or finding.fix.withheld is not None or any(other is not document for other, _ in found):
        return None
    start, at = found[0][1].span.start, found[0][1].span.start
    text = ""
    for _, edit in found:
        text += document.data[at : edit.span.start].decode("utf-8", "replace") + edit.text
        at = edit.span.end
    return {"range": _range(document, start, at), "text": text}


def _location(document: Document, start: int, end: int) -> dict[str, object]:
    return {"path": document.path, "range": _range(document, start, end)}


def _range(document: Document, start: int, end: int) -> dict[str, object]:
    return {"start": _position(document, start), "end": _position(document, end)}


def _position(document: Document, offset: int) -> dict[str, int]:
    """Line and byte column. A byte order mark counts: reviewdog slices the line as it is in the file."""
    return {"line": document.position(offset).line, "column": offset - document.data.rfind(b"\n", 0, offset)}
