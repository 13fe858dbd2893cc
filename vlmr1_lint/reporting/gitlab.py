"""GitLab code quality report (docs.gitlab.com, "Code Quality", report format)."""

from __future__ import annotations

from vlmr1_lint.reporting.places import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.reporting.limit import Omitted
    from vlmr1_lint.reporting.report import Report

__all__ = ["render"]

_SEVERITIES = {"error": "critical", "warning": "minor", "info": "info"}
"""Of GitLab's info, minor, major, critical, blocker: an error fails the run, a warning is a likely trap."""


def render(report: Report) -> str:
    """*report* as a code quality artifact. Paths must be relative to the repository root, without ``./``."""
    issues: list[dict[str, object]] = []
    seen: set[str] = set()
    for finding in report.findings:
        document, entry = finding.place.document, finding.place.entry
        start, end = document.position(entry.start), document.position(entry.end)
        issues.append(
            {
                "description": finding.message,
                "check_name": finding.rule,
                "fingerprint": _unique(finding.fingerprint or f"{finding.rule}:{document.path}:{finding.place.key}", seen),
                "severity": _SEVERITIES[finding.severity],
                "location": {"path": document.path, "lines": {"begin": start.line, "end": end.line}},
            }
        )
    issues += [_omitted(one, report.lang) for one in report.omitted]
    return json_text(issues)


def _omitted(one: Omitted, lang: str) -> dict[str, object]:
    """The format has no place for a number: an issue says it."""
    return {
        "description": one.told(lang),
        "check_name": one.rule,
        "fingerprint": f"{one.rule}:{one.path}:omitted",
        "severity": "info",
        "location": {"path": one.path, "lines": {"begin": 1, "end": 1}},
    }


def _unique(fingerprint: str, seen: set[str]) -> str:
    """*fingerprint*, told apart from those already *seen*: GitLab drops issues with equal ones."""
    number, unique = 1, fingerprint
    while unique in seen:
        number += 1
        unique = f"{fingerprint}-{number}"
    seen.add(unique)
    return unique
