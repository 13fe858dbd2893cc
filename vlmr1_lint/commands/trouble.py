"""Errors told in a line each, exit status 2: those that users can mend, and those that are our own fault."""

from __future__ import annotations

import errno

from vlmr1_lint.commands.words import say

__all__ = ["sentence"]


def sentence(error: Exception, lang: str, name: str = "") -> str:
    """What to print on standard error for *error*, which came up with the file called *name* (``""``: with none)."""
    from vlmr1_lint.checking.baseline import BaselineError
    from vlmr1_lint.checking.catalogue import SelectionError
    from vlmr1_lint.checking.chinese import translated
    from vlmr1_lint.checking.rulesource import RuleFileError
    from vlmr1_lint.settings import SettingsError
    from vlmr1_lint.sources.hardware import NoLocalGpus
    from vlmr1_lint.training.fleet import FleetError
    from vlmr1_lint.training.releases import SelectorError

    if isinstance(error, SettingsError):
        return "\n".join(problem.told(lang) for problem in error.problems)
    if isinstance(error, RuleFileError):
        return "\n".join(map(str, error.problems))
    if isinstance(error, BaselineError | SelectionError | NoLocalGpus | FleetError | SelectorError):
        reason = translated(str(error), lang)
        return say("trouble-in", lang, path=name, reason=reason) if name else say("trouble", lang, reason=reason)
    if isinstance(error, OSError) and error.filename is None and error.errno in {errno.ENOSPC, errno.EIO, errno.EBADF}:
        reason = translated((error.strerror or "").lower(), lang)
        return say("not-written", lang, path=say("standard-output", lang), reason=reason)
    return _our_fault(error, lang, name)


def _our_fault(error: Exception, lang: str, name: str) -> str:
    import os
    import traceback

    if os.environ.get("VLMR1_LINT_TRACEBACK"):
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    colon = "：" if lang == "zh" else ": "
    told = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
    return say("internal", lang, where=f"{name}{colon}" if name else "", error=told)
