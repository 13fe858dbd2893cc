"""The rules that commands about rules speak of: the built-in ones, and a user's own where the settings or ``--rules`` name
them."""

from __future__ import annotations

import os

from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.sources import Sources, repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from vlmr1_lint.rulefiles.catalogue import Catalogue

__all__ = ["catalogue_of"]


def catalogue_of(options: argparse.Namespace) -> tuple[Catalogue, str]:
    """The catalogue and the language that *options* and the settings ask for. Raises SettingsError and RuleFileError."""
    sources = Sources(repository_root(os.getcwd()) or os.getcwd())
    given = Given(lang=options.lang, rules=tuple(options.rules or ()))
    preferences = load_preferences(given, sources, options.config, without_settings=options.isolated)
    return preferences.catalogue, preferences.lang
