"""The report for people at a terminal: each finding with its source line and a caret under the value."""

from __future__ import annotations

from vlmr1_lint.reporting.excerpt import LINE_CELLS, excerpt
from vlmr1_lint.reporting.printable import clean, inert, width
from vlmr1_lint.reporting.summary import fix_label, fix_title, summary
from vlmr1_lint.reporting.words import say, severity_name
from vlmr1_lint.reporting.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vlmr1_lint.findings.finding import Finding, Place
    from vlmr1_lint.reporting.report import Report

    Paint = Callable[[str, str], str]

__all__ = ["render"]

NOTE_CELLS = 92
"""Width of the notes below an excerpt, in terminal cells, label and indent apart: easy to read, and whole in a CI log."""

LEAST_CELLS = 36
"""Width below which lines are not made shorter: a terminal narrower than this wraps them."""

_CODES = {"error": "1;31", "warning": "1;33", "info": "1;36", "path": "1", "dim": "2", "fix": "32"}
"""Terminal colours (SGR parameters, ECMA-48): the sixteen that every theme defines."""


def render(report: Report) -> str:
    """*report* as text: findings, what is left out of them, then fixes that were written, then a line that sums up.

    A rule's reason is given with its first finding only.
    """
    paint = _coloured if report.color else _plain
    explained: set[str] = set()
    blocks = []
    for finding in report.findings:
        blocks.append(_block(finding, report, paint, finding.why and finding.rule not in explained))
        explained.add(finding.rule)
    if report.left_out:
        blocks.append("".join(f"{clean(one.told(report.lang))}\n" for one in report.left_out))
    if report.fixes:
        from vlmr1_lint.reporting.extras import fixes

        blocks.append(fixes(report))
    last = summary(report)
    if last:
        blocks.append(last + "\n")
    return inert("\n".join(blocks))


def where(place: Place) -> str:
    """``path:line:column`` of the entry."""
    position = place.document.position(place.entry.start)
    return f"{clean(place.document.path)}:{position.line}:{position.column}"


def _block(finding: Finding, report: Report, paint: Paint, explain: object) -> str:
    place, lang = finding.place, report.lang
    severity = paint(finding.severity, f"{severity_name(lang, finding.severity)} {finding.rule}")
    lines = [f"{paint('path', where(place))}: {severity}: {clean(finding.message)}", *_source(finding, report, paint)]
    notes = []
    if explain:
        notes.append(("dim", say(lang, "why"), finding.why))
    notes += [("dim", say(lang, "assumed"), text) for text in finding.assumptions]
    notes += [("dim", say(lang, "see"), f"{where(other.place)}: {other.message}") for other in finding.related]
    if finding.fix:
        notes.append(("fix", fix_label(lang, finding.fix), fix_title(lang, finding.fix)))
    for style, label, text in notes:
        first, *rest = _note(label, clean(text), report.columns)
        lines += [f"  {paint(style, label)}: {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def _note(label: str, text: str, columns: int | None) -> list[str]:
    """*text* in lines that stay within *columns* with the *label* before the first of them and an indent before the others."""
    cells, before = _cells(columns, NOTE_CELLS, 4), width(label) + 4
    return wrapped(text, cells, 0 if columns is None else max(0, cells + before - columns)) or [""]


def _cells(columns: int | None, wanted: int, beside: int) -> int:
    """*wanted*, or less on a terminal too narrow for it with the *beside* cells of an indent or of line numbers."""
    return wanted if columns is None else max(LEAST_CELLS, min(wanted, columns - beside))


def _source(finding: Finding, report: Report, paint: Paint) -> list[str]:
    place = finding.place
    if not place.document.data or place.document.path in report.hidden:
        return []
    shown = excerpt(place.document, place.value or place.entry, most=_cells(report.columns, LINE_CELLS, 12))
    gutter = len(str(shown.first + len(shown.lines) - 1))
    lines = []
    for number, line in enumerate(shown.lines, shown.first):
        lines.append(f"{paint('dim', f'  {number:>{gutter}} |')} {line}".rstrip())
        if number == shown.marked:
            mark = paint(finding.severity, "^" * shown.cells)
            lines.append(f"{paint('dim', '  ' + ' ' * gutter + ' |')} {' ' * shown.indent}{mark}")
    return lines


def _plain(_: str, text: str) -> str:
    return text


def _coloured(style: str, text: str) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"
