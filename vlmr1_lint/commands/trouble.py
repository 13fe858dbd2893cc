"""Errors told in a line each, exit status 2: those that users can mend, and those that are our own fault."""

from __future__ import annotations

import errno

from vlmr1_lint.commandline.words import say

__all__ = ["sentences"]


def sentences(error: Exception, lang: str, name: str = "") -> list[str]:
    """What to print on standard error for *error*, which came up with the file called *name* (``""``: with none): a line each."""
    from vlmr1_lint.chinese import translated
    from vlmr1_lint.documents.shell.grammar import NoGrammar
    from vlmr1_lint.findings.baseline import BaselineError
    from vlmr1_lint.launches.fleet import FleetError
    from vlmr1_lint.rulefiles.catalogue import SelectionError
    from vlmr1_lint.rulefiles.source import RuleFileError
    from vlmr1_lint.settings import SettingsError
    from vlmr1_lint.sources import Unreadable, Unwritable
    from vlmr1_lint.sources.hardware import NoLocalGpus
    from vlmr1_lint.trainers.releases import SelectorError

    if isinstance(error, SettingsError):
        return [problem.told(lang) for problem in error.problems]
    if isinstance(error, RuleFileError):
        return list(map(str, error.problems))
    if isinstance(error, NoGrammar | BaselineError | SelectionError | NoLocalGpus | FleetError | SelectorError):
        reason = translated(str(error), lang)
        return [say("trouble-in", lang, path=name, reason=reason) if name else say("trouble", lang, reason=reason)]
    if isinstance(error, Unreadable):
        return [say("unreadable", lang, path=name, reason=translated(f"cannot be read: {error}", lang))]
    if isinstance(error, Unwritable):
        return [say("not-written", lang, path=name, reason=translated(str(error), lang))]
    if isinstance(error, OSError) and error.filename is None and error.errno in {errno.ENOSPC, errno.EIO, errno.EBADF}:
        reason = translated((error.strerror or "").lower(), lang)
        return [say("not-written", lang, path=say("standard-output", lang), reason=reason)]
    return _our_fault(error, lang, name)


def _our_fault(error: Exception, lang: str, name: str) -> list[str]:
    import os
    import traceback

    from vlmr1_lint.findings.finding import RuleFailed

    rule, cause = (error.rule, error.cause) if isinstance(error, RuleFailed) else ("", error)
    details = ""
    if os.environ.get("VLMR1_LINT_TRACEBACK"):
        details = "".join(traceback.format_exception(cause))
    colon = "：" if lang == "zh" else ": "
    where = "".join(f"{part}{colon}" for part in (name, rule and say("rule", lang, rule=rule)) if part)
    steps = traceback.extract_tb(cause.__traceback__)
    at = f" ({steps[-1].name}, line {steps[-1].lineno})" if steps else ""
    return [*details.splitlines(), say("internal", lang, where=where, error=f"{type(cause).__name__}: {cause}{at}")]
