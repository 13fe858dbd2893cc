"""``--fix`` and ``--diff``: from a session to new files on the disk, or to the text of what would change."""

from __future__ import annotations

from vlmr1_lint.chinese import translated
from vlmr1_lint.commandline.telling import tell
from vlmr1_lint.commandline.words import say
from vlmr1_lint.findings.baseline import BaselineError, place_of, places_of_old
from vlmr1_lint.sharing import fixed_for_all, withhold
from vlmr1_lint.sources import Unwritable
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from vlmr1_lint.commands.accepted import Baseline
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.fixing.fixpoint import Applied, Outcome
    from vlmr1_lint.session import Result, Session

__all__ = ["Fixes", "fix", "fix_new"]


def fix_new(session: Session, options: Any, baseline: Baseline) -> tuple[Result, Fixes]:
    """What remains, and what was fixed of the findings that *baseline* does not hold; nothing where it cannot be read, which is
    among the troubles."""
    try:
        return fix(session, options, baseline.new)
    except BaselineError as error:
        return session.lint(), Fixes((), troubles=(("", error),))


@value
class Fixes:
    """The fixes of one invocation: those applied, the texts written (by name), the diff if asked for, whether a write failed, and
    what made us fail, with the name of the file."""

    applied: tuple[Applied, ...]
    texts: Mapping[str, bytes] = {}
    diff: str = ""
    trouble: bool = False
    troubles: tuple[tuple[str, Exception], ...] = ()


def fix(session: Session, options: Any, new: Callable[[Sequence[Finding]], Sequence[Finding]] = tuple) -> tuple[Result, Fixes]:
    """Fix what *options* allow; write it, or with ``--diff`` only say what would be written.

    *new* leaves out the findings that are accepted and so not fixed; what it raises is raised before anything is written.
    """
    allowed = {"safe", "unsafe"} if options.unsafe_fixes else {"safe"}
    lint = _linting(session, new)
    outcome, broken = fixed_for_all(session, lint, allowed)
    if options.diff:
        for name, other in sorted(broken.items()):  # the diff cannot say it, and findings are not printed beside it
            tell(say("shared", session.preferences.lang, path=name, other=other))
        return session.lint(), Fixes((), diff=_diff(session, outcome), troubles=outcome.failed)
    written, trouble = _write(session, outcome.texts)
    kept = {name: data for name, data in outcome.texts.items() if name in written}
    result = session.lint(kept)
    result = replace(result, findings=tuple(withhold(result.findings, broken, session.preferences.lang)))
    result = replace(result, findings=tuple(_with_reason(finding, outcome.dropped) for finding in result.findings))
    applied = tuple(one for one in outcome.applied if one.path in written)
    return result, Fixes(applied, kept, trouble=trouble, troubles=outcome.failed)


def _linting(
    session: Session, new: Callable[[Sequence[Finding]], Sequence[Finding]]
) -> Callable[[Mapping[str, bytes]], Sequence[Finding]]:
    """What finds in a state (name → bytes of changed files) all that was not accepted in the first one."""
    first = session.lint().findings
    left = places_of_old(first, new(first))

    def lint(texts: Mapping[str, bytes]) -> Sequence[Finding]:
        findings = session.lint(texts).findings if texts else first
        return [one for one in findings if place_of(one) not in left]

    return lint


def _diff(session: Session, outcome: Outcome) -> str:
    """What would be written. Of a file that a link leads to outside of the repository no line is shown, as none is written."""
    from vlmr1_lint.reporting.diff import unified

    leads_out, path = session.sources.leads_out, session.sources.path
    texts = {name: data for name, data in sorted(outcome.texts.items()) if not leads_out(path(name))}
    return "".join(unified(name, session.document(name, {}).data, data) for name, data in texts.items())


def _write(session: Session, texts: Mapping[str, bytes]) -> tuple[set[str], bool]:
    """Write every changed file; the names written, and whether any was not.

    Standard input is not written here: its text is printed at the end. Two names of one file (a link and its target) are written
    once; where their fixes differ, the second is left for the next invocation.
    """
    written: set[str] = set()
    trouble = False
    lang = session.preferences.lang
    done: dict[str, tuple[str, bytes]] = {}
    for name, data in sorted(texts.items()):
        path = session.sources.path(name)
        if path in session.sources.overlays:
            written.add(name)
            continue
        other, other_data = done.get(session.sources.real(path), ("", b""))
        if other and other_data == data:
            written.add(name)
            continue
        try:
            if other:
                raise Unwritable(say("same-file", lang, other=other))
            session.sources.write(path, data, session.document(name, {}).data)
            written.add(name)
            done[session.sources.real(path)] = name, data
        except Unwritable as error:
            tell(say("not-written", lang, path=name, reason=translated(str(error), lang)))
            trouble = True
    return written, trouble


def _with_reason(finding: Finding, dropped: Mapping[tuple[str, str], str]) -> Finding:
    """*finding*, whose fix says why a guard refused it."""
    if finding.fix is None:
        return finding
    reason = dropped.get((finding.fingerprint, finding.fix.title))
    return finding if reason is None else replace(finding, fix=replace(finding.fix, withheld=reason))
