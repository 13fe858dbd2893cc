"""Findings as an editor shows them."""

from __future__ import annotations

import os

from lsprotocol import types

from vlmr1_lint.chinese import translated
from vlmr1_lint.documents.model import Span
from vlmr1_lint.reporting.printable import well_formed
from vlmr1_lint.reporting.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Finding, Place, Related
    from vlmr1_lint.reporting.limit import Omitted
    from vlmr1_lint.serving.analysis import Analysis
    from vlmr1_lint.settings import SettingsError

__all__ = ["SOURCE", "diagnostic", "omission", "range_of", "settings_diagnostics", "shown_span"]

SOURCE = "vlmr1-lint"
"""How editors name where a diagnostic comes from."""

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def diagnostic(finding: Finding, analysis: Analysis) -> types.Diagnostic:
    """*finding* at its value, or at its entry where it has none."""
    assumed = [f"{say(analysis.lang, 'assumed')}: {translated(text, analysis.lang)}" for text in finding.assumptions]
    return types.Diagnostic(
        range=_shown(finding.place, analysis),
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source=SOURCE,
        message="\n".join(map(well_formed, [finding.message, *assumed])),
        related_information=[_related(other, analysis) for other in finding.related] or None,
    )


def omission(omitted: Omitted, lang: str) -> types.Diagnostic:
    """That more was found than is shown, at the top of the file."""
    return types.Diagnostic(
        range=types.Range(types.Position(0, 0), types.Position(1, 0)),
        severity=types.DiagnosticSeverity.Information,
        code=omitted.rule,
        source=SOURCE,
        message=well_formed(omitted.told(lang)),
    )


def range_of(document: Document, span: Span, analysis: Analysis) -> types.Range:
    """*span* of *document* as the client counts."""
    (line, character), (last, end) = analysis.text(document).span(span)
    return types.Range(types.Position(line, character), types.Position(last, end))


def shown_span(place: Place) -> Span:
    """What is underlined: the value, else the whole entry."""
    return place.value if place.value is not None else place.entry


def _shown(place: Place, analysis: Analysis) -> types.Range:
    """*place* as a range that editors draw: where nothing is written, what follows on the line."""
    span, data = shown_span(place), place.document.data
    if span.start == span.end:
        ends = [at for sign in (b"\r", b"\n") if (at := data.find(sign, span.start)) >= 0]
        span = Span(span.start, min(ends, default=len(data)))
    return range_of(place.document, span, analysis)


def _related(other: Related, analysis: Analysis) -> types.DiagnosticRelatedInformation:
    place = other.place
    location = types.Location(analysis.uri(place.document.path), _shown(place, analysis))
    return types.DiagnosticRelatedInformation(location, well_formed(other.message))


def settings_diagnostics(error: SettingsError, root: str, lang: str) -> dict[str, list[types.Diagnostic]]:
    """Settings file (absolute path) → what is wrong with it. Whole lines: what was read is known by code points, and not kept."""
    found: dict[str, list[types.Diagnostic]] = {}
    for problem in error.problems:
        line = problem.line - 1
        found.setdefault(os.path.normpath(os.path.join(root, problem.path)), []).append(
            types.Diagnostic(
                range=types.Range(types.Position(line, 0), types.Position(line + 1, 0)),
                severity=types.DiagnosticSeverity.Error,
                source=SOURCE,
                message=well_formed(problem.message(lang)),
            )
        )
    return found
