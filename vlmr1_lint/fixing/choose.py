"""Choosing the fixes of one pass: one for each cause, in an order that does not depend on how the findings came."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vlmr1_lint.findings.finding import Finding, Fix

__all__ = ["choose", "fix_key", "is_applicable", "is_repair"]


def is_applicable(fix: Fix | None, allowed: Collection[str]) -> bool:
    """Whether *fix* may be written where the safeties *allowed* (``{"safe"}``, ``{"safe", "unsafe"}``) are asked for."""
    return fix is not None and fix.withheld is None and fix.safety in allowed and bool(fix.changes)


def choose(findings: Sequence[Finding], allowed: Collection[str], dropped: Collection[tuple[str, str]]) -> list[Finding]:
    """The findings whose fixes one pass tries: of each group (in one run) the one of lowest order, of equal changes one.

    *dropped* names fixes that a guard refused, as ``(fingerprint, title)``: the next of their group takes their place.
    Repairs have a pass to themselves, the first: what they bring to light is held against no other fix, and hides none.
    """
    chosen: list[Finding] = []
    groups: set[tuple[object, ...]] = set()
    changed: set[tuple[str, object]] = set()
    for finding in sorted(findings, key=_order):
        fix = finding.fix
        if fix is None or not is_applicable(fix, allowed) or fix_key(finding) in dropped:
            continue
        group = (fix.path, fix.group, frozenset(change.path[:1] for change in fix.changes))
        paths = {(fix.path, change.path) for change in fix.changes}
        if (fix.group and group in groups) or paths & changed:
            continue
        groups.add(group)
        changed |= paths
        chosen.append(finding)
    return [finding for finding in chosen if finding.fix and is_repair(finding.fix)] or chosen


def is_repair(fix: Fix) -> bool:
    """Whether *fix* mends syntax, so that what could not be read can be."""
    return any(change.action == "repair" for change in fix.changes)


def fix_key(finding: Finding) -> tuple[str, str]:
    """What identifies a fix from pass to pass."""
    return finding.fingerprint, finding.fix.title if finding.fix else ""


def _order(finding: Finding) -> tuple[object, ...]:
    """By file, then the order within a group, then place: the same for every run."""
    path, order = (finding.fix.path, finding.fix.order) if finding.fix is not None else ("", 0)
    return path, order, finding.place.entry.start, finding.rule, finding.place.key
