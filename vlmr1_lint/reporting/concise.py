"""One line per finding, for editors, ``grep`` and problem matchers: ``path:line:col: ID severity message``."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import clean, inert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.report import Report

__all__ = ["line", "render"]


def render(report: Report) -> str:
    """*report* with one line per finding, and one for each rule and file of which some are left out. Severities stay English
    words."""
    lines = [*map(line, report.findings), *(clean(one.told(report.lang)) for one in report.left_out)]
    return inert("".join(f"{text}\n" for text in lines))


def line(finding: Finding) -> str:
    """The line of one finding, without its newline."""
    place = finding.place
    position = place.document.position(place.entry.start)
    path, message = clean(place.document.path), clean(finding.message)
    return f"{path}:{position.line}:{position.column}: {finding.rule} {finding.severity} {message}"
