"""Guards: is a file after a fix what the fix declared, and nothing else?"""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused, apply_edits, format_path
from vlmr1_lint.documents.verify import verify
from vlmr1_lint.fixing.choose import is_repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.findings.finding import Finding, Fix

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

    New errors on keys that the fixes touched are allowed: the next pass sees to them. So are all that repairs bring to light:
    what could not be read before is read now, and what is found there was there all along. The same holds where the processes are
    brought in line with the GPUs: what was open between two readings of the run is decided now.
    """
    still = {finding.fingerprint for finding in after}
    for finding in fixed:
        if finding.fingerprint in still:
            return f"{finding.rule} would still be there"
    fixes = [finding.fix for finding in fixed if finding.fix]
    if all(is_repair(fix) or _settles_processes(fix) for fix in fixes):
        return None
    known = {finding.fingerprint for finding in before}
    touched = {(fix.path, key) for fix in fixes for key in _keys(fix)}
    for finding in after:
        if finding.severity != "error" or finding.fingerprint in known:
            continue
        # A script's commands may share what a fix changed, and one finding speaks for all of them: which command is left out.
        key = finding.place.key.rpartition("/")[2]
        if not any(path == finding.place.document.path and _is_in(key, changed) for path, changed in touched):
            return f"{finding.rule} would be new: {finding.message}"
    return None


PROCESSES = frozenset(("nproc_per_node", "num_processes", "num_gpus"))
"""Options of launchers, and the key of accelerate's YAML, that say how many processes start."""


def _settles_processes(fix: Fix) -> bool:
    return any(change.action == "set" and change.path[-1] in PROCESSES for change in fix.changes)


def _keys(fix: Fix) -> Iterator[str]:
    """The keys that *fix* touches, as findings print them but for the number of the document; both names of a renamed one."""
    for change in fix.changes:
        yield format_path((0, *change.path[1:]))
        if change.action == "rename":
            yield format_path((0, *change.path[1:-1], str(change.value)))


def _is_in(key: str, changed: str) -> bool:
    """Whether *key* is *changed* or a part of it."""
    return key == changed or key.startswith((f"{changed}.", f"{changed}["))
