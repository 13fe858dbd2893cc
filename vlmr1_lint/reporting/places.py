"""What the machine-readable formats share: documents by path, spans as positions, edits with places, JSON text."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import HIDDEN, well_formed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Edit, Span
    from vlmr1_lint.findings.finding import Finding
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
    """*value* as JSON with a final newline: readable Chinese, and valid for strict readers, who refuse lone surrogates.

    Those are written as `well_formed` does (``\\xff``). Characters that a terminal obeys or nobody sees, and ``##[``, which
    GitHub's runner obeys anywhere in a log, are escapes of JSON: the value is the same.
    """
    from json import dumps
    from re import sub

    text = dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = sub("[\ud800-\udfff]+", lambda match: dumps(well_formed(match[0]))[1:-1], text)
    text = sub(_HIDDEN, lambda match: dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f", text)
    return text.replace("##", "#\\u0023") + "\n"


_HIDDEN = "[" + "".join(sorted(char for char in HIDDEN if char >= "\x7f")) + "]"
"""The characters of `HIDDEN` that JSON does not escape by itself."""
