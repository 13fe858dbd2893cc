"""What goes beside a report on request: the fixes that were written, the rules that could not be decided."""

from __future__ import annotations

from vlmr1_lint.reporting.printable import clean, inert
from vlmr1_lint.reporting.words import counted, fact_name, joined, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.reporting.report import Report

__all__ = ["fixes", "hint", "skipped"]


def fixes(report: Report) -> str:
    """``--show-fixes``: every fix that was written, by file."""
    if not report.fixes:
        return ""
    lines, last = [say(report.lang, "fixes-written")], None
    for path, rule, title in report.fixes:
        if path != last:
            lines.append(f"  {clean(path)}")
            last = path
        lines.append(f"    {clean(rule)}: {clean(title)}")
    return inert("".join(line + "\n" for line in lines))


def skipped(report: Report) -> str:
    """``--show-skipped``: every rule that missing facts left undecided, by file, with those facts."""
    if not report.skipped:
        return ""
    without_model = {one.path for one in report.skipped if "model" in one.missing}
    lines, last = [say(report.lang, "skipped-rules")], None
    for one in report.skipped:
        if one.path != last:
            lines.append(f"  {clean(one.path)}")
            last = one.path
            if last in without_model:
                lines.append(f"    {say(report.lang, 'skipped-model', path=clean(last))}")
        missing = joined(report.lang, [fact_name(report.lang, name) for name in one.missing])
        lines.append(f"    {one.rule}: {say(report.lang, 'skipped-one', missing=missing)}")
    return inert("".join(line + "\n" for line in lines))


def hint(report: Report, fact: str) -> str:
    """One line: how many rules the missing *fact* left undecided, and how to give it. Empty if none."""
    rules = {one.rule for one in report.skipped if fact in one.missing}
    if not rules:
        return ""
    sentence = "skipped-hint" if fact == "fleet" else "skipped-hint-other"
    return say(report.lang, sentence, rules=counted(report.lang, "rule", len(rules)), missing=fact_name(report.lang, fact)) + "\n"
