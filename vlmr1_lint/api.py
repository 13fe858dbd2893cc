"""The public functions: what the command line does, for programs."""

from __future__ import annotations

import os

from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources, repository_root
from vlmr1_lint.sources.discovery import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.session import Result

__all__ = ["lint"]


def lint(
    paths: Sequence[str] = (".",),
    *,
    gpus: str | None = None,
    trainer: str | None = None,
    preset: str | None = None,
    select: Sequence[str] = (),
    lang: str | None = None,
    config: str | None = None,
) -> Result:
    """Lint *paths* (files and folders), as ``vlmr1-lint PATH …`` does, settings files included; nothing is written.

    The arguments are the options of the command line. ``Result.findings`` are in order of path, line, column, rule.

    Raises FileNotFoundError for a path that is not there; FleetError, SelectorError, SelectionError, SettingsError and
    RuleFileError for words that mean nothing.
    """
    sources = Sources(repository_root(os.getcwd()) or os.getcwd())
    given = Given(gpus=gpus, trainer=trainer, preset=preset, select=tuple(select), lang=lang)
    preferences = load_preferences(given, sources, config)
    found = discover(paths, lambda path: preferences.excluded(sources.name(path)))
    if found.missing or found.outside:
        raise FileNotFoundError(f"no such file or folder: {', '.join((*found.missing, *found.outside))}")
    return Session(sources, found.files, preferences).lint()
