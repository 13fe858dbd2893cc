"""Guards: is a file after a fix what the fix declared, and nothing else?"""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused, apply_edits
from vlmr1_lint.documents.verify import verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.checking.finding import Finding, Fix
    from vlmr1_lint.documents.model import Document

__all__ = ["Dropped", "carried_out", "regressions"]


class Dropped(Exception):
    """A fix that a guard refused; the message says why in a few words."""


def carried_out(document: Document, fixes: Sequence[Fix]) -> bytes:
    """The bytes of *document* after *fixes*: edits do not overlap, the new text parses, and it differs in the declared paths
    only.

    Raises `Dropped`.
    """
    changes = [change for fix in fixes for change in fix.changes]
    try:
        data = apply_edits(document.data, document.edits(changes))
    except Refused as error:
        raise Dropped(str(error)) from error
    if data == document.data:
        raise Dropped("it changes nothing")
    reason = verify(document, changes, data)
    if reason is not None:
        raise Dropped(reason)
    return data


def regressions(before: Sequence[Finding], after: Sequence[Finding], fixed: Sequence[Finding]) -> str | None:
    """Why a new state is no better: a finding that should be gone is there, or there is an error that was not.

    New errors on keys that the fixes touched are allowed: the next pass sees to them.
    """
    still = {finding.fingerprint for finding in after}
    for finding in fixed:
        if finding.fingerprint in still:
            return f"{finding.rule} would still be there"
    if any(change.action == "repair" for finding in fixed if finding.fix for change in finding.fix.changes):
        return None  # what could not be read before is read now: what is found there was there all along
    known = {finding.fingerprint for finding in before}
    touched = {
        (finding.fix.path, str(change.path[-1]))
        for finding in fixed
        if finding.fix
        for change in finding.fix.changes
        if change.path
    }
    for finding in after:
        if finding.severity != "error" or finding.fingerprint in known:
            continue
        last_key = finding.place.key.rpartition(".")[2].rpartition("/")[2]
        if (finding.place.document.path, last_key) not in touched:
            return f"{finding.rule} would be new: {finding.message}"
    return None
