"""What ``plan --fix`` wrote, and of a run that still does not fit why nothing more was written."""

from __future__ import annotations

from vlmr1_lint.explaining.plan_words import say
from vlmr1_lint.planning.moves import NEEDS_MORE
from vlmr1_lint.planning.plan import fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.fixing.fixpoint import Applied

__all__ = ["told"]


def told(
    applied: Iterable[Applied],
    left: Iterable[Finding],
    plans: Sequence[Mapping[str, Any]],
    named: Sequence[str],
    allowed: Collection[str],
    lang: str,
) -> Iterator[str]:
    """One line for each fix that was *applied*; then why steps of the *plans* were not written to the files called *named* by
    fixes of the safeties *allowed*, and which fixes of the findings *left* a guard refused."""
    written = list(applied)
    for one in written:
        yield say("written", lang, path=one.path, title=one.title, rule=one.rule)
    reasons = [reason for plan in plans for reason in _unwritten(plan, named, allowed, lang)]
    for finding in left:
        fix = finding.fix
        if fix is not None and fix.withheld and fix.path in named:
            reasons.append(say("withheld", lang, path=fix.path, title=fix.title, reason=fix.withheld))
    yield from dict.fromkeys(reasons)
    if not written and not reasons:
        yield say("nothing-to-write", lang)


def _unwritten(plan: Mapping[str, Any], named: Sequence[str], allowed: Collection[str], lang: str) -> Iterator[str]:
    path = plan["run"]["path"]
    if plan["missing"]:
        yield say("unwritten-unknown", lang, path=path)
    if not plan["plan"]:
        return
    if fits(plan):  # it does not with --safe-margin only
        yield say("unwritten-margin", lang, path=path)
        return
    homes = {place.partition(":")[0] for step in plan["plan"] for place in step["places"].values()}
    others = sorted(homes.difference(named))
    if others:
        yield say("unwritten-file", lang, path=path, others=" ".join(others))
    for step in plan["plan"]:
        change = ", ".join(name.rpartition("/")[2] for name in step["set"])
        if step["cost"] == "experiment" and "unsafe" not in allowed:
            yield say("unwritten-unsafe", lang, path=path, change=change)
        elif NEEDS_MORE & step["set"].keys():
            yield say("unwritten-more", lang, path=path, change=change)
    if not others and len(homes) > 1:
        yield say("unwritten-files", lang, path=path)
