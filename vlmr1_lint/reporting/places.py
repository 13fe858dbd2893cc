"""What the machine-readable formats share: documents by path, spans as positions, edits with places, JSON text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.documents.model import Document, Edit, Span
    from vlmr1_lint.reporting.report import Report

__all__ = ["documents", "edits", "json_text", "span_json"]


def documents(report: Report) -> dict[str, Document]:
    """Every document that a finding or a related place stands in, by path: fixes are written against these."""
    found: dict[str, Document] = {}
    for finding in report.findings:
        for place in (finding.place, *(related.place for related in finding.related)):
            found.setdefault(place.document.path, place.document)
    return found


def edits(finding: Finding, known: dict[str, Document]) -> list[tuple[Document, Edit]]:
    """The edits of a finding's fix, in file order, each with the document that its span refers to.

    Empty if there is no fix, or if any edit is in a document that the report does not hold: half a fix is none.
    """
    fix = finding.fix
    if fix is None or any(edit.path not in known for edit in fix.edits):
        return []
    ordered = sorted(fix.edits, key=lambda edit: (edit.path, edit.span.start, edit.span.end))
    return [(known[edit.path], edit) for edit in ordered]


def span_json(document: Document, span: Span) -> dict[str, dict[str, int]]:
    """``{"start": {"line", "column"}, "end": {…}}``: half-open, 1-based, columns in code points."""
    start, end = document.position(span.start), document.position(span.end)
    return {"start": {"line": start.line, "column": start.column}, "end": {"line": end.line, "column": end.column}}


def json_text(value: object) -> str:
    """*value* as JSON with a final newline: readable Chinese where the text can be encoded, escapes where it cannot.

    A file name that is not UTF-8 reaches us with lone surrogates, which no UTF-8 stream would take.
    """
    from json import dumps

    text = dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = dumps(value, indent=2)
    return text + "\n"
