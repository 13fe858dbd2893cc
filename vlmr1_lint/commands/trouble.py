"""Errors that are the user's to mend: told in a line each, exit status 2. Anything else is ours."""

from __future__ import annotations

import sys

__all__ = ["told"]


def told(error: Exception, lang: str) -> bool:
    """Tell *error* on standard error if it is one that users can mend; whether it was."""
    from vlmr1_lint.checking.baseline import BaselineError
    from vlmr1_lint.checking.catalogue import SelectionError
    from vlmr1_lint.checking.chinese import translated
    from vlmr1_lint.checking.rulesource import RuleFileError
    from vlmr1_lint.commands.words import say
    from vlmr1_lint.settings import SettingsError
    from vlmr1_lint.sources.hardware import NoLocalGpus
    from vlmr1_lint.training.fleet import FleetError
    from vlmr1_lint.training.releases import SelectorError

    if isinstance(error, SettingsError):
        print("\n".join(problem.told(lang) for problem in error.problems), file=sys.stderr)
    elif isinstance(error, RuleFileError):
        print("\n".join(map(str, error.problems)), file=sys.stderr)
    elif isinstance(error, BaselineError | SelectionError | NoLocalGpus | FleetError | SelectorError):
        print(say("trouble", lang, reason=translated(str(error), lang)), file=sys.stderr)
    else:
        return False
    return True
