"""``vlmr1-lint rules``: the table of all rules."""

from __future__ import annotations

import os

from vlmr1_lint.commandline.arguments import add_rule_source_options, parser
from vlmr1_lint.commandline.telling import put, put_report
from vlmr1_lint.explaining.rule_list import table
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.sources import Sources, repository_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from vlmr1_lint.rulefiles.catalogue import Catalogue

__all__ = ["catalogue_of", "run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command."""
    it = parser("rules", "List all rules.")
    it.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    it.add_argument("--preset", choices=("recommended", "strict"), help="only the rules of this preset")
    add_rule_source_options(it)
    options = it.parse_args(list(words))
    catalogue, lang = catalogue_of(options)
    chosen = [rule for rule in catalogue if options.preset is None or options.preset in rule.presets]
    text = table(chosen, lang, options.format)
    if options.format == "json":
        put_report(text)
    else:
        put(text.rstrip("\n"))
    return 0


def catalogue_of(options: argparse.Namespace) -> tuple[Catalogue, str]:
    """The catalogue and the language that *options* and the settings ask for. Raises SettingsError and RuleFileError."""
    sources = Sources(repository_root(os.getcwd()) or os.getcwd())
    given = Given(lang=options.lang, rules=tuple(options.rules or ()))
    preferences = load_preferences(given, sources, options.config, without_settings=options.isolated)
    return preferences.catalogue, preferences.lang
