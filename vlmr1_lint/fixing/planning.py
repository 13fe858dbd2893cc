"""Fixes as text edits, for reports: what each would change if it alone were applied."""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from vlmr1_lint.documents.model import Document, Edit
    from vlmr1_lint.findings.finding import Finding, Fix

__all__ = ["with_edits"]

MANY = 8
"""Fixes of one file from which on they are planned together where that can be: below, it saves nothing."""


def with_edits(findings: Sequence[Finding], document_of: Callable[[str], Document]) -> tuple[Finding, ...]:
    """*findings* whose fixes have their edits; a fix that the document's shape does not support is withheld and says why."""
    plans = _Plans(document_of)
    plans.make_many([finding.fix for finding in findings if finding.fix is not None and not finding.fix.edits])
    return tuple(finding if finding.fix is None else _planned(finding, finding.fix, plans) for finding in findings)


def _planned(finding: Finding, fix: Fix, plans: _Plans) -> Finding:
    if fix.edits:
        return finding
    found = plans.of(fix)
    if isinstance(found, Refused):
        return replace(finding, fix=replace(fix, withheld=fix.withheld or str(found)))
    return replace(finding, fix=replace(fix, edits=found))


class _Plans:
    """Edits by file and changes: a hundred comments in a JSON file are a hundred findings with one and the same repair of the
    whole text, which is planned, and kept, once."""

    def __init__(self, document_of: Callable[[str], Document]) -> None:
        self._document_of = document_of
        self._made: dict[Hashable, tuple[Edit, ...] | Refused] = {}
        self._last: Document | None = None

    def of(self, fix: Fix) -> tuple[Edit, ...] | Refused:
        """The edits that carry out *fix*, or why its document does not support it."""
        # The representation tells 1 from True and 1.0, and values that are lists have no hash.
        key = fix.path, repr(fix.changes)
        if key not in self._made:
            try:
                self._made[key] = tuple(self._document(fix.path).edits(fix.changes))
            except Refused as error:
                self._made[key] = error
        return self._made[key]

    def make_many(self, fixes: Sequence[Fix]) -> None:
        """Plan those of *fixes* together that their document can: a script with many (`ShellDocument.edits_apart`)."""
        by_path: dict[str, dict[str, Fix]] = {}
        for fix in fixes:
            by_path.setdefault(fix.path, {}).setdefault(repr(fix.changes), fix)
        for path, different in by_path.items():
            many = getattr(self._document(path), "edits_apart", None) if len(different) >= MANY else None
            if many is not None:
                made = many([fix.changes for fix in different.values()])
                found = zip(different, made, strict=True)
                self._made.update(((path, changes), tuple(edits)) for changes, edits in found if edits is not None)

    def _document(self, path: str) -> Document:
        """The document at *path*, read once for the findings of one file, which stand together; only one is kept."""
        if self._last is None or self._last.path != path:
            if self._last is not None:
                self._last.forget()
            self._last = self._document_of(path)
        return self._last
