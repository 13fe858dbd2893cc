"""``vlmr1-lint rules``: the table of all rules."""

from __future__ import annotations

from vlmr1_lint.commandline.arguments import add_rule_source_options, parser
from vlmr1_lint.commandline.telling import put, put_report
from vlmr1_lint.commands.catalogue import catalogue_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command."""
    it = parser("rules", "List all rules.")
    it.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    it.add_argument("--preset", choices=("recommended", "strict"), help="only the rules of this preset")
    add_rule_source_options(it)
    options = it.parse_args(list(words))
    catalogue, lang = catalogue_of(options)
    from vlmr1_lint.explaining.rule_list import table

    chosen = [rule for rule in catalogue if options.preset is None or options.preset in rule.presets]
    text = table(chosen, lang, options.format)
    if options.format == "json":
        put_report(text)
    else:
        put(text.rstrip("\n"))
    return 0
