"""One line per finding, for editors, ``grep`` and problem matchers: ``path:line:col: ID severity message``."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["line", "render"]


def render(report: Report) -> str:
    """*report* with one line per finding and nothing else, so that lines can be counted. Severities stay English words."""
    return "".join(line(finding) + "\n" for finding in report.findings)


def line(finding: Finding) -> str:
    """The line of one finding, without its newline."""
    place = finding.place
    position = place.document.position(place.entry.start)
    path, message = clean(place.document.path), clean(finding.message)
    return f"{path}:{position.line}:{position.column}: {finding.rule} {finding.severity} {message}"
