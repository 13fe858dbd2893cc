"""A finding: which rule, where, what to say, and the fix. The one value that checking, fixing and reporting share."""

from __future__ import annotations

from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from vlmr1_lint.documents.model import Change, Document, Edit, Span

    Lacking: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
    """Ids of rules with the facts that each lacks."""

__all__ = [
    "INTERNAL",
    "SEVERITIES",
    "Finding",
    "Fix",
    "Place",
    "Related",
    "RuleFailed",
    "Skipped",
    "Undecided",
    "fails",
    "in_order",
]

SEVERITIES = ("error", "warning", "info")
"""From worst to mildest: an index in this tuple orders findings."""


@value
class Place:
    """Where a finding stands: spans are byte offsets into ``document.data``.

    ``entry`` covers the whole entry (key and value, flag and value), ``value`` the value alone (None where there is none); an
    absent option has a zero-width ``entry`` before the run's first option. ``key`` is the document path as printed (``a.b[0]``).
    """

    document: Document
    key: str
    entry: Span
    value: Span | None = None


@value
class Related:
    """Another place that a finding speaks of, with one line about it."""

    place: Place
    message: str


@value
class Fix:
    """What would put a finding right.

    safety   ``"safe"``, ``"unsafe"`` or ``"suggestion"`` (shown, never written)
    path     the file it changes
    changes  what it declares to change in that file; the whole set or nothing
    group    fixes of one group are about one cause: one of them per pass, lowest ``order`` first
    edits    the text edits that carry it out, empty until the fix was planned against the document
    withheld why it will not be written ("the file was not asked for", "would break run_b.sh"), or None
    """

    safety: str
    title: str
    path: str
    changes: tuple[Change, ...]
    group: str = ""
    order: int = 0
    edits: tuple[Edit, ...] = ()
    withheld: str | None = None


@value
class Finding:
    """One thing that a rule found.

    rule, name   the rule's id and name
    severity     one of `SEVERITIES`
    message      one line in the user's language
    place        where it stands
    shown        where to tell it instead, if the file of its place was not asked for
    home         its own place, where it is told at another
    why          why it matters, in the user's language (text and markdown reports show it)
    assumptions  what was assumed and not written ("deepspeed stage 3 from the file name")
    fingerprint  stable identity over edits elsewhere: rule, path, key, occurrence; no line, no language
    upstream     the repository whose unchanged copies the finding is about (``"VLM-R1"``), or ``""``
    """

    rule: str
    name: str
    severity: str
    message: str
    place: Place
    why: str = ""
    assumptions: tuple[str, ...] = ()
    fingerprint: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    upstream: str = ""
    shown: Place | None = None
    home: Place | None = None

    @property
    def belongs_at(self) -> Place:
        """What it is known by, wherever it is told: for fingerprints and baselines."""
        return self.home or self.place

    def told(self, about_home: Related) -> Finding:
        """The same where it is `shown`, with its own place as related."""
        assert self.shown is not None
        return replace(self, place=self.shown, home=self.place, shown=None, related=(about_home, *self.related))


@value
class Skipped:
    """A rule that could not be decided for a file, and the facts that would decide it."""

    path: str
    rule: str
    missing: tuple[str, ...]


INTERNAL = "internal error"
"""Why a fix is not written that made us fail; standard error says more."""


class RuleFailed(Exception):
    """A fault of ours in the rule with the id *rule*, or in what it found: the error *cause*. The other rules were asked."""

    def __init__(self, rule: str, cause: Exception) -> None:
        super().__init__(rule)
        self.rule = rule
        self.cause = cause


class Undecided:
    """The rules that could not be decided, for many files: an iterable of `Skipped`. Files that lack the same share it."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Lacking]] = []
        self._same: dict[Lacking, Lacking] = {}

    def add(self, path: str, lacking: Lacking) -> None:
        """Note what the rules of the run that starts in *path* lack."""
        if self._rows and self._rows[-1][0] == path:  # another run of one file: what both lack is said once
            lacking = tuple(dict.fromkeys((*self._rows.pop()[1], *lacking)))
        if lacking:
            self._rows.append((path, self._same.setdefault(lacking, lacking)))

    def __iter__(self) -> Iterator[Skipped]:
        for path, lacking in self._rows:
            for rule, missing in lacking:
                yield Skipped(path, rule, missing)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def rules_without(self, fact: str) -> set[str]:
        """The ids of all rules that lack *fact* somewhere."""
        different = {id(lacking): lacking for _, lacking in self._rows}
        return {rule for lacking in different.values() for rule, missing in lacking if fact in missing}


def fails(finding: Finding, fail_on: str) -> bool:
    """Whether *finding* is at or above the severity *fail_on* (``"never"``: none is)."""
    return fail_on != "never" and SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By path, line, column, rule (DESIGN §6); what then is still equal, by where it ends and its key."""
    return sorted(findings, key=_rank)


def _rank(finding: Finding) -> tuple[object, ...]:
    place = finding.place
    return (place.document.path, place.entry.start, finding.rule, place.entry.end, place.key)
