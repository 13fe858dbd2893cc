"""Which findings a report shows, and how: planned and rendered such that a finding which makes us fail hides no other."""

from __future__ import annotations

from vlmr1_lint.reporting.limit import limited
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.reporting.limit import Omitted
    from vlmr1_lint.reporting.report import Report

    Plan = Callable[[Sequence[Finding]], Sequence[Finding]]
    Troubles = list[tuple[str, Exception]]

__all__ = ["Shown", "rendered", "shown"]


@value
class Shown:
    """The findings that a report shows, the edits of their fixes planned; what is left out; and all findings, those as they are
    shown, to be summed up."""

    findings: tuple[Finding, ...]
    omitted: tuple[Omitted, ...]
    every: tuple[Finding, ...]


def shown(findings: Sequence[Finding], most: int, plan: Plan, troubles: Troubles) -> Shown:
    """At most so many of *findings* of each rule in each file. *plan* gives them the edits of their fixes: those that nobody sees
    are not worth that work. What fails goes to *troubles* with the name of its file."""
    kept, omitted = limited(findings, most)
    planned = _planned(kept, plan, troubles)
    if not omitted:
        return Shown(planned, (), planned)
    by_identity = dict(zip(map(id, kept), planned, strict=True))
    return Shown(planned, omitted, tuple(by_identity.get(id(finding), finding) for finding in findings))


def _planned(findings: Sequence[Finding], plan: Plan, troubles: Troubles) -> tuple[Finding, ...]:
    try:
        return tuple(plan(findings))
    except Exception:
        return tuple(_planned_alone(finding, plan, troubles) for finding in findings)


def _planned_alone(finding: Finding, plan: Plan, troubles: Troubles) -> Finding:
    """*finding* as *plan* gives it; where that fails, its fix will not be written and says so."""
    from vlmr1_lint.findings.finding import INTERNAL

    try:
        return next(iter(plan([finding])))
    except Exception as error:
        _note(finding, error, troubles)
        return replace(finding, fix=finding.fix and replace(finding.fix, withheld=finding.fix.withheld or INTERNAL))


def rendered(render: Callable[[Report], str], report: Report, troubles: Troubles) -> str:
    """*report* as *render* tells it; without those findings, which go to *troubles*, that make it fail."""
    try:
        return render(report)
    except Exception as error:
        kept = [finding for finding in report.findings if _renders(finding, render, report, troubles)]
        if len(kept) == len(report.findings):
            raise error  # it is not about any of them
    return render(replace(report, findings=tuple(kept), counted=report.every))


def _renders(finding: Finding, render: Callable[[Report], str], report: Report, troubles: Troubles) -> bool:
    try:
        render(replace(report, findings=(finding,)))
    except Exception as error:
        _note(finding, error, troubles)
        return False
    return True


def _note(finding: Finding, error: Exception, troubles: Troubles) -> None:
    from vlmr1_lint.findings.finding import RuleFailed

    troubles.append((finding.place.document.path, RuleFailed(finding.rule, error)))
