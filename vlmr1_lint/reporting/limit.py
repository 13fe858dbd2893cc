"""Which findings a report shows. Of each rule in each file it shows the first: a file can hold a hundred thousand mistakes of one
kind, and nobody reads the eleventh; programs get more. People do not see what is said of files that nobody here wrote. What is
left out is counted, never forgotten."""

from __future__ import annotations

from vlmr1_lint.reporting.words import counted, say
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from vlmr1_lint.findings.finding import Finding

__all__ = ["FOR_PEOPLE", "FOR_PROGRAMS", "Folded", "Omitted", "folded", "is_for_people", "limited", "most_shown"]

FOR_PEOPLE = 10
"""Findings of one rule in one file that a report for people shows: as many as GitHub shows of a kind in a step."""

FOR_PROGRAMS = 1_000
"""The same for programs."""

_PEOPLE = frozenset(("text", "concise", "github", "markdown"))


@value
class Omitted:
    """Findings that a report leaves out: *count* of the rule with the id *rule* in the file *path*."""

    rule: str
    path: str
    count: int

    def told(self, lang: str) -> str:
        """The same in words, path and all."""
        return say(lang, "omitted", path=self.path, rule=self.rule, count=self.count)


@value
class Folded:
    """Findings about unchanged copies of a repository's files, as one line: *count* of them in *files* files of *upstream*'s."""

    upstream: str
    count: int
    files: int

    def told(self, lang: str) -> str:
        """The same in words."""
        findings, files = counted(lang, "finding", self.count), counted(lang, "file", self.files)
        return say(lang, "folded", upstream=self.upstream, findings=findings, files=files)


def is_for_people(format: str) -> bool:
    """Whether a report in *format* is read by people, who see ten findings of a kind and none about unchanged copies."""
    return format in _PEOPLE


def folded(findings: Sequence[Finding], named: Container[str]) -> tuple[tuple[Finding, ...], tuple[Folded, ...]]:
    """*findings* without those about unchanged copies of an upstream repository's files, and what that leaves out, a line for
    each repository. Files in *named*, which the user named by hand, keep theirs."""
    kept: list[Finding] = []
    left: dict[str, list[str]] = {}
    for finding in findings:
        path = finding.place.document.path
        if finding.upstream and path not in named:
            left.setdefault(finding.upstream, []).append(path)
        else:
            kept.append(finding)
    return tuple(kept), tuple(Folded(name, len(paths), len(set(paths))) for name, paths in sorted(left.items()))


def most_shown(format: str) -> int:
    """How many findings of one rule in one file a report in *format* shows."""
    return FOR_PEOPLE if is_for_people(format) else FOR_PROGRAMS


def limited(findings: Sequence[Finding], most: int) -> tuple[tuple[Finding, ...], tuple[Omitted, ...]]:
    """The first *most* of *findings* of each rule in each file, in their order, and what that leaves out."""
    counts: dict[tuple[str, str], int] = {}
    shown = []
    for finding in findings:
        of = finding.rule, finding.place.document.path
        counts[of] = count = counts.get(of, 0) + 1
        if count <= most:
            shown.append(finding)
    omitted = tuple(Omitted(rule, path, count - most) for (rule, path), count in counts.items() if count > most)
    return tuple(shown), omitted
