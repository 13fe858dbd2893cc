"""Fingerprints, and the baseline: findings that a team has seen and accepted, so that only new ones are told."""

from __future__ import annotations

from vlmr1_lint.findings.finding import in_order
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vlmr1_lint.findings.finding import Finding

__all__ = ["BaselineError", "Split", "fingerprint", "place_of", "places_of_old", "read", "split", "stamp", "write"]

VERSION = 1


class BaselineError(Exception):
    """A baseline file that cannot be used; the message says why and what to do."""


@value
class Split:
    """new: findings that the baseline does not hold; old: those it does; gone: how many of its entries nothing matches now."""

    new: tuple[Finding, ...]
    old: tuple[Finding, ...]
    gone: int


def fingerprint(rule: str, path: str, key: str, occurrence: int) -> str:
    """The identity of a finding over edits elsewhere in its file and over languages: 32 hexadecimal digits.

    occurrence  0 for the first finding of this rule at this key of this file, 1 for the next
    """
    from vlmr1_lint.hashes import sha256

    return sha256(_bytes("\0".join((rule, path, key, str(occurrence))))).hexdigest()[:32]


def _bytes(text: str) -> bytes:
    """*text* as bytes, whatever it holds: file names that are not UTF-8 come with lone surrogates, and so do keys of a JSON that
    writes half of a pair (``"\\ud83d"``)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def stamp(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """*findings* in report order and with their fingerprints: occurrences are counted in that order. What is told at several
    places because its own file was not asked for is one occurrence."""
    seen: dict[tuple[str, str, str], int] = {}
    again: dict[tuple[object, ...], int] = {}
    stamped = []
    for finding in in_order(findings):
        identity = place_of(finding)
        occurrence = seen.get(identity, 0)
        if finding.shown is not None:
            occurrence = again.setdefault((identity, finding.place.entry, finding.place.value), occurrence)
        seen[identity] = max(seen.get(identity, 0), occurrence + 1)
        stamped.append(replace(finding, fingerprint=fingerprint(*identity, occurrence)))
    return tuple(stamped)


def write(findings: Iterable[Finding]) -> str:
    """The text of a baseline that holds *findings*: sorted, one entry per line, so that its history can be read and merged."""
    from json import dumps

    entries = sorted(
        {(f.belongs_at.document.path, f.rule, f.belongs_at.key, f.fingerprint) for f in findings},
        key=lambda entry: tuple(map(_bytes, entry)),
    )
    lines = [dumps({"path": path, "rule": rule, "key": key, "fingerprint": mark}) for path, rule, key, mark in entries]
    body = ",\n  ".join(lines)
    return f'{{"version": {VERSION}, "findings": [\n  {body}\n]}}\n' if lines else f'{{"version": {VERSION}, "findings": []}}\n'


def read(data: bytes, name: str) -> frozenset[str]:
    """The fingerprints in the baseline file *name*. Raises BaselineError."""
    from json import loads

    try:
        found = loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{name} is not JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("findings"), list):
        raise BaselineError(f"{name} is no baseline: write one with --write-baseline {name}")
    if found.get("version") != VERSION:
        raise BaselineError(f"{name} is a baseline of version {found.get('version')!r}, this tool reads version {VERSION}")
    entries = [entry for entry in found["findings"] if isinstance(entry, dict)]
    marks = frozenset(entry["fingerprint"] for entry in entries if isinstance(entry.get("fingerprint"), str))
    if len(marks) != len(found["findings"]):
        raise BaselineError(f"{name}: an entry has no fingerprint of its own: write the file anew with --write-baseline {name}")
    return marks


def places_of_old(findings: Sequence[Finding], new: Sequence[Finding]) -> frozenset[tuple[str, str, str]]:
    """Rule, file and key of those of *findings* that are not *new*. Fixing a second finding at such a place is left too: which
    of them was accepted cannot be told once one is gone."""
    fresh = {finding.fingerprint for finding in new}
    return frozenset(place_of(finding) for finding in findings if finding.fingerprint not in fresh)


def place_of(finding: Finding) -> tuple[str, str, str]:
    """Rule, file and key of *finding*."""
    return finding.rule, finding.belongs_at.document.path, finding.belongs_at.key


def split(findings: Sequence[Finding], accepted: frozenset[str]) -> Split:
    """*findings* apart by whether their fingerprint is *accepted*."""
    old = tuple(finding for finding in findings if finding.fingerprint in accepted)
    new = tuple(finding for finding in findings if finding.fingerprint not in accepted)
    used = {finding.fingerprint for finding in old}
    return Split(new, old, len(accepted) - len(used))
