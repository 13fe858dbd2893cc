"""``vlmr1-lint rule ID|NAME``: what a rule does, why it matters, examples, its fix, sources."""

from __future__ import annotations

from vlmr1_lint.chinese import translated
from vlmr1_lint.commandline.arguments import add_rule_source_options, parser
from vlmr1_lint.commandline.telling import put, tell
from vlmr1_lint.commandline.words import say
from vlmr1_lint.commands.rules_ import catalogue_of
from vlmr1_lint.explaining.rule_page import explain
from vlmr1_lint.language.errors import suggest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command: 0, or 2 for a rule that there is not."""
    it = parser("rule", "Explain a rule.")
    it.add_argument("rule", metavar="ID|NAME")
    add_rule_source_options(it)
    options = it.parse_args(list(words))
    catalogue, lang = catalogue_of(options)
    rule = catalogue.get(options.rule) or catalogue.get(options.rule.upper())
    if rule is None:
        known = [word for rule in catalogue for word in (rule.id, rule.name)]
        reason = translated(f"unknown rule {options.rule!r}{suggest(options.rule, known)}", lang)
        tell(say("trouble", lang, reason=reason))
        return 2
    put(explain(rule, lang))
    return 0
