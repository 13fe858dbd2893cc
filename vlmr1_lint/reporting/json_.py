"""The JSON report, version 1: a contract with scripts. Keys are only ever added under a new version."""

from __future__ import annotations

from vlmr1_lint.reporting.places import documents, edits, json_text, span_json
from vlmr1_lint.reporting.summary import fix_title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]

VERSION = 1


def render(report: Report) -> str:
    """*report* as the JSON of version 1."""
    known = documents(report)
    return json_text(
        {
            "version": VERSION,
            "findings": [_finding(finding, report.lang, known) for finding in report.findings],
            "omitted": [{"rule": one.rule, "path": one.path, "count": one.count} for one in report.omitted],
            "skipped": [{"path": one.path, "rule": one.rule, "missing": list(one.missing)} for one in report.skipped],
            "files": [{"path": path, "kind": kind} for path, kind in report.files],
            "fixed": report.fixed,
        }
    )


def _finding(finding: Finding, lang: str, known: dict[str, Document]) -> dict[str, object]:
    place = finding.place
    document = place.document
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "path": document.path,
        "key": place.key,
        **span_json(document, place.entry),
        "value": span_json(document, place.value) if place.value else None,
        "assumptions": list(finding.assumptions),
        "fingerprint": finding.fingerprint,
        "upstream": finding.upstream or None,
        "related": [
            {
                "path": other.place.document.path,
                **span_json(other.place.document, other.place.entry),
                "message": other.message,
            }
            for other in finding.related
        ],
        "fix": _fix(finding, lang, known),
    }


def _fix(finding: Finding, lang: str, known: dict[str, Document]) -> dict[str, object] | None:
    """The fix in the contract's three keys; why one is withheld stands in its title, there is no key for it."""
    fix = finding.fix
    if fix is None:
        return None
    return {
        "safety": fix.safety,
        "title": fix_title(lang, fix),
        "edits": [
            {"path": edit.path, **span_json(document, edit.span), "text": edit.text} for document, edit in edits(finding, known)
        ],
    }
