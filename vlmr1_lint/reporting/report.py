"""What every report is made from."""

from __future__ import annotations

from vlmr1_lint.findings.finding import fails
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.findings.finding import Finding, Skipped
    from vlmr1_lint.reporting.limit import Folded, Omitted
    from vlmr1_lint.sources.changes import Changes

__all__ = ["Report", "RuleText"]


@value
class RuleText:
    """What a report may say about a rule: for SARIF's rule table and help, and links."""

    id: str
    name: str
    severity: str
    title: str
    why: str
    sources: tuple[str, ...]


@value
class Report:
    """The outcome of one invocation, ready to be told.

    findings  those to show, in order: path, line, column, rule
    omitted   how many more there are, by rule and file
    counted   all findings, shown or not: what is summed up; empty where none is left out
    skipped   rules that missing facts left undecided
    files     ``(path, kind)`` of every file that was linted
    fixed     how many findings were fixed by this invocation
    fixes     the fixes that were written (for ``--show-fixes``): (path, rule, title)
    rules     texts of the rules that any finding names
    fail_on   the mildest severity that makes the exit status 1, or ``"never"``
    lang      ``"en"`` or ``"zh"``
    color     whether to write terminal colours
    columns   width of the terminal in cells, None where the report goes elsewhere
    version   the tool's version
    root      absolute path of the folder that paths are relative to
    paths     the files and folders that were asked for, as findings name them; none for the whole repository
    hidden    files that links lead to outside of the repository: their lines are not shown
    folded    how many findings are about unchanged copies of an upstream repository, in reports for people
    changes   the change that is looked at, None where it is all of the files
    """

    findings: tuple[Finding, ...]
    omitted: tuple[Omitted, ...] = ()
    counted: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    fixed: int = 0
    fixes: tuple[tuple[str, str, str], ...] = ()
    rules: Mapping[str, RuleText] = {}
    fail_on: str = "error"
    lang: str = "en"
    color: bool = False
    columns: int | None = None
    version: str = ""
    root: str = ""
    paths: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    folded: tuple[Folded, ...] = ()
    changes: Changes | None = None

    @property
    def left_out(self) -> tuple[Omitted | Folded, ...]:
        """All that people do not see, each with a line that says so."""
        return (*self.omitted, *self.folded)

    @property
    def every(self) -> tuple[Finding, ...]:
        """All findings, those that are not shown included."""
        return self.counted or self.findings

    def fails(self, finding: Finding) -> bool:
        """Whether *finding* makes the exit status 1."""
        return fails(finding, self.fail_on)
