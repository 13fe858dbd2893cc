"""Fixes as code actions: edits of the open text, guarded as ``--fix`` guards what it writes."""

from __future__ import annotations

from lsprotocol import types

from vlmr1_lint.documents.model import Edit, Span
from vlmr1_lint.findings.baseline import place_of, places_of_old
from vlmr1_lint.fixing.choose import fix_key, is_applicable
from vlmr1_lint.fixing.fixpoint import fix_all
from vlmr1_lint.reporting.printable import well_formed
from vlmr1_lint.reporting.summary import fix_label, fix_title
from vlmr1_lint.serving.diagnostics import diagnostic, range_of, shown_span
from vlmr1_lint.serving.words import say
from vlmr1_lint.sharing import SHARED_KINDS, broken_by, withhold
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from vlmr1_lint.findings.finding import Finding, Fix
    from vlmr1_lint.fixing.fixpoint import Outcome
    from vlmr1_lint.serving.analysis import Analysis

__all__ = ["FIX_ALL", "TELL", "fix_all_action", "line_edits", "quick_fixes", "wants"]

FIX_ALL = "source.fixAll.vlmr1-lint"
"""The kind of the action that applies all safe fixes of a file; editors run it on save if they are told to."""
TELL = "vlmr1-lint.tell"
"""The command of actions that change nothing: the server says its argument, a sentence."""


def wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether a client that asks for the kinds *only* (None: all) asks for *kind*: a kind covers those below it."""
    return only is None or any(not one or kind == one or kind.startswith(f"{one}.") for one in only)


def quick_fixes(analysis: Analysis, name: str, asked: Span) -> Iterator[types.CodeAction]:
    """The fixes of what is found in the file called *name* in a span, its ends included."""
    for finding in analysis.in_file(name):
        span = shown_span(finding.place)
        if finding.fix is not None and span.start <= asked.end and asked.start <= span.end:
            yield _action(finding, finding.fix, analysis)


def fix_all_action(analysis: Analysis, name: str) -> types.CodeAction | None:
    """All safe fixes of the file called *name*, one after the other until none is left; None if they come to nothing."""
    edits: Sequence[Edit] = analysis.once(("fix all", name), lambda: _all_edits(analysis, name))
    if not edits:
        return None
    return types.CodeAction(say("fix-all", analysis.lang), FIX_ALL, edit=_workspace_edit(analysis, name, edits))


# -- one fix -----------------------------------------------------------------------------------------------------


@value
class _Plan:
    """What is to be done for a fix: its edits; none if it is not to be written, and why."""

    edits: tuple[Edit, ...] = ()
    withheld: str | None = None


def _action(finding: Finding, fix: Fix, analysis: Analysis) -> types.CodeAction:
    """The action of one fix; one that is not to be written says what it would do, and why it is not written."""
    plan: _Plan = analysis.once(("fix", *fix_key(finding)), lambda: _plan(finding, fix, analysis))
    what = f"{fix_label(analysis.lang, fix)}: {fix_title(analysis.lang, replace(fix, withheld=plan.withheld))}"
    title = well_formed(f"{finding.rule} {what}")
    about = [diagnostic(finding, analysis)]
    if not plan.edits:
        tell = types.Command(title, TELL, arguments=[title])
        return types.CodeAction(title, types.CodeActionKind.QuickFix, diagnostics=about, command=tell)
    edit = _workspace_edit(analysis, fix.path, plan.edits)
    preferred = True if fix.safety == "safe" else None
    return types.CodeAction(title, types.CodeActionKind.QuickFix, diagnostics=about, is_preferred=preferred, edit=edit)


def _plan(finding: Finding, fix: Fix, analysis: Analysis) -> _Plan:
    """The edits of *fix* if it passes every guard by itself."""
    if not is_applicable(fix, {"safe", "unsafe"}):
        return _Plan(withheld=fix.withheld)
    key = fix_key(finding)
    outcome = _fixed(analysis, {"safe", "unsafe"}, lambda one: fix_key(one) == key)
    if not outcome.applied:
        (reason,) = [one.fix.withheld for one in outcome.findings if one.fix and fix_key(one) == key] or [None]
        return _Plan(withheld=outcome.dropped.get(key, reason))
    document = analysis.document(fix.path)
    edits = tuple(document.edits(fix.changes))
    if any(edit.span.start < analysis.text(document).hidden for edit in edits):
        return _Plan(withheld=say("hidden", analysis.lang))
    return _Plan(edits)


# -- all fixes ---------------------------------------------------------------------------------------------------


def _all_edits(analysis: Analysis, name: str) -> list[Edit]:
    """The edits from the open text to the one that has all safe fixes of the file called *name*."""
    if not any(is_applicable(one.fix, {"safe"}) for one in analysis.result.findings):
        return []
    left = places_of_old(analysis.result.findings, analysis.findings)  # the baseline accepts them
    outcome = _fixed(analysis, {"safe"}, lambda one: one.fix is not None and one.fix.path == name and place_of(one) not in left)
    document = analysis.document(name)
    hidden = analysis.text(document).hidden
    mark, old = document.data[:hidden], document.data[hidden:]
    new = outcome.texts.get(name, document.data)
    new = new[hidden:] if new.startswith(mark) else new  # a byte order mark that only the file has is out of an editor's reach
    return [
        Edit(name, Span(hidden + start, hidden + end), text.decode("utf-8", "surrogatepass"))
        for start, end, text in line_edits(old, new)
    ]


def line_edits(old: bytes, new: bytes) -> list[tuple[int, int, bytes]]:
    """Which pieces of *old* (start and end, bytes) to replace by what for *new*, in whole lines, so that cursors stay."""
    from difflib import SequenceMatcher
    from itertools import accumulate

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = list(accumulate(map(len, before), initial=0))
    return [
        (starts[first], starts[last], b"".join(after[start:end]))
        for tag, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


# -- both --------------------------------------------------------------------------------------------------------


def _fixed(analysis: Analysis, allowed: Collection[str], meant: Callable[[Finding], bool]) -> Outcome:
    """What the fixes *meant* come to. Those that break a run elsewhere in the repository are withheld, as on the command line."""

    def only_meant(findings: Iterable[Finding]) -> list[Finding]:
        return [one if meant(one) else replace(one, fix=None) for one in findings]

    session = analysis.session
    broken: dict[str, str] = {}

    def lint(texts: Mapping[str, bytes]) -> Sequence[Finding]:
        return withhold(only_meant(analysis.lint(texts)), broken, analysis.lang)

    outcome = fix_all(lint, session.document, allowed)
    while any(analysis.kinds.get(name) in SHARED_KINDS for name in outcome.texts) and (
        worse := broken_by(session, outcome.texts)
    ):
        broken.update(worse)  # and once more: what is fixed in place of the withheld may do harm as well
        outcome = fix_all(lint, session.document, allowed)
    return outcome


def _workspace_edit(analysis: Analysis, name: str, edits: Sequence[Edit]) -> types.WorkspaceEdit:
    """*edits* of the file called *name*, for the version that was linted and no other."""
    document, opened = analysis.document(name), analysis.opened[name]
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(opened.uri, opened.version),
                [types.TextEdit(range_of(document, edit.span, analysis), edit.text) for edit in edits],
            )
        ]
    )
