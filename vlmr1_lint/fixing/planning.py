"""Fixes as text edits, for reports: what each would change if it alone were applied."""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.documents.model import Document

__all__ = ["with_edits"]


def with_edits(findings: Sequence[Finding], document_of: Callable[[str], Document]) -> tuple[Finding, ...]:
    """*findings* whose fixes have their edits; a fix that the document's shape does not support is withheld and says why."""
    return tuple(_planned(finding, document_of) for finding in findings)


def _planned(finding: Finding, document_of: Callable[[str], Document]) -> Finding:
    fix = finding.fix
    if fix is None or fix.edits:
        return finding
    try:
        edits = tuple(document_of(fix.path).edits(fix.changes))
    except Refused as error:
        return replace(finding, fix=replace(fix, withheld=fix.withheld or str(error)))
    return replace(finding, fix=replace(fix, edits=edits))
