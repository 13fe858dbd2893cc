"""What every report is made from."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.checking.finding import Finding, Skipped

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

    findings  in order: path, line, column, rule
    skipped   rules that missing facts left undecided
    files     ``(path, kind)`` of every file that was linted
    fixed     how many findings were fixed by this invocation
    fixes     the fixes that were written (for ``--show-fixes``): (path, rule, title)
    rules     texts of the rules that any finding names
    lang      ``"en"`` or ``"zh"``
    color     whether to write terminal colours
    columns   width of the terminal in cells, None where the report goes elsewhere
    version   the tool's version
    root      absolute path of the folder that paths are relative to
    """

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    fixed: int = 0
    fixes: tuple[tuple[str, str, str], ...] = ()
    rules: Mapping[str, RuleText] = {}
    lang: str = "en"
    color: bool = False
    columns: int | None = None
    version: str = ""
    root: str = ""
