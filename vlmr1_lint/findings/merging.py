"""One place can belong to several runs: a shared file; a variable of a script, a string of flags, the body of a loop. What is
found there for each of them is one finding, and its fix must be right for all."""

from __future__ import annotations

from vlmr1_lint.findings.finding import Related
from vlmr1_lint.findings.texts import say
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.findings.finding import Finding, Fix, Place

__all__ = ["across_commands", "across_runs"]


def across_runs(findings: Sequence[tuple[Finding, Place | None]]) -> list[Finding]:
    """One finding of each rule at each span: runs that share a file say the same of it only once. What another run adds, its
    places and its own words, is related. Where the file was not asked for, each of those that were and name it has its own.

    With each finding goes where its run begins, None where it is of no run."""
    seen: dict[tuple[object, ...], Finding] = {}
    for finding, start in findings:
        place = finding.place
        shown = finding.shown and (finding.shown.document.path, finding.shown.entry)
        key = (finding.rule, place.document.path, place.entry, place.key, place.value, shown)
        first = seen.setdefault(key, finding)
        if first is not finding and start is not None:
            added = [other for other in finding.related if other not in first.related]
            if finding.message != first.message:
                added.insert(0, Related(start, finding.message))
            upstream = first.upstream if finding.upstream == first.upstream else ""
            seen[key] = replace(first, related=(*first.related, *added), upstream=upstream)
    return list(seen.values())


def across_commands(findings: Sequence[Finding], lang: str) -> list[Finding]:
    """*findings* with those of one rule at one place of a script as one: the first, which speaks for the others too. So are those
    that say the same of the launchers of one run: a script starts it in one branch on the first node, in another on the rest."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        place = finding.place
        document = place.document
        key = place.key.rpartition("/")[2] if document.format == "shell" else place.key
        same: tuple[object, ...] = (place.entry, key, place.value)
        if key.startswith("launcher.") and finding.fix is None:
            same = (key, finding.message)
        groups.setdefault((finding.rule, document.path, *same), []).append(finding)
    return [_one(group, lang) if len(group) > 1 else group[0] for group in groups.values()]


def _one(group: Sequence[Finding], lang: str) -> Finding:
    group = sorted(group, key=lambda one: _command(one.place.key))
    first = group[0]
    said = {first.message}
    related = list(first.related)
    for other in group[1:]:
        if other.message not in said:
            said.add(other.message)
            related.append(Related(other.place, other.message))
        elif other.place.entry != first.place.entry:
            related.append(Related(other.place, say("same-value", lang)))
    upstream = first.upstream if all(one.upstream == first.upstream for one in group) else ""
    return replace(first, related=tuple(related), fix=_fix_of_all([one.fix for one in group], lang), upstream=upstream)


def _command(key: str) -> int:
    """The number of the command in ``#2/num_generations``, 1 without one."""
    number = key[1:].partition("/")[0] if key.startswith("#") else ""
    return int(number) if number.isdigit() else 1


def _fix_of_all(fixes: Sequence[Fix | None], lang: str) -> Fix | None:
    """The first fix with the changes of all, if they are the same in every command; else withheld."""
    first = fixes[0]
    if first is None:
        return None
    wanted = _anywhere(first)
    if any(fix is None or _anywhere(fix) != wanted for fix in fixes):
        return replace(first, withheld=first.withheld or say("several-runs", lang))
    changes = dict.fromkeys(change for fix in fixes if fix is not None for change in fix.changes)
    return replace(first, changes=tuple(changes))


def _anywhere(fix: Fix) -> tuple[object, ...]:
    """What *fix* changes, whichever command it is in."""
    return (fix.path, *((change.action, change.path[1:], repr(change.value)) for change in fix.changes))
