"""What the findings of a report come to: counts by severity, and what ``--fix`` could do about them."""

from __future__ import annotations

from vlmr1_lint.chinese import translated
from vlmr1_lint.findings.finding import SEVERITIES
from vlmr1_lint.reporting.words import counted, joined, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.findings.finding import Fix
    from vlmr1_lint.reporting.report import Report

__all__ = ["by_severity", "fix_label", "fix_title", "fixable", "summary"]


def by_severity(report: Report) -> dict[str, int]:
    """How many findings of each severity, the worst first; severities without findings are left out."""
    counts = {severity: sum(finding.severity == severity for finding in report.every) for severity in SEVERITIES}
    return {severity: count for severity, count in counts.items() if count}


def fixable(report: Report, safety: str) -> int:
    """How many findings have a fix of this *safety* that would be written."""
    return sum(bool(f.fix and f.fix.safety == safety and f.fix.withheld is None) for f in report.every)


def summary(report: Report) -> str:
    """The last line of a report, without a newline: ``Found 3 errors, 1 warning. 2 fixable with --fix.``

    Empty where nothing was linted and nothing fixed: then the session says on stderr why.
    """
    lang = report.lang
    counts = joined(lang, [counted(lang, severity, count) for severity, count in by_severity(report).items()])
    fixed = counted(lang, "finding", report.fixed)
    if not report.every:
        if report.fixed:
            return say(lang, "fixed-all", fixed=fixed)
        return say(lang, "clean", files=counted(lang, "file", len(report.files))) if report.files else ""
    found = say(lang, "fixed-and-found", fixed=fixed, counts=counts) if report.fixed else say(lang, "found", counts=counts)
    offer = _offer(lang, fixable(report, "safe"), fixable(report, "unsafe"))
    return found + (("" if lang == "zh" else " ") + offer + say(lang, "stop") if offer else "")


def _offer(lang: str, safe: int, unsafe: int) -> str:
    if not safe:
        return say(lang, "fixable-unsafe", unsafe=unsafe) if unsafe else ""
    return say(lang, "fixable", safe=safe) + (say(lang, "fixable-more", unsafe=unsafe) if unsafe else "")


def fix_label(lang: str, fix: Fix) -> str:
    """What kind of fix it is: ``fix (safe)``, ``suggestion``."""
    return say(lang, f"fix-{fix.safety}")


def fix_title(lang: str, fix: Fix) -> str:
    """The fix's title, and why it will not be written if that is so."""
    if fix.withheld is None:
        return fix.title
    reason = say(lang, "withheld", reason=translated(fix.withheld, lang))
    return f"{fix.title}（{reason}）" if lang == "zh" else f"{fix.title} ({reason})"
