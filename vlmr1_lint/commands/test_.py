"""``vlmr1-lint test [DIR]``: run the examples of the rules in a folder (or, without one, of the built-in rules)."""

from __future__ import annotations

import os
import tempfile

from vlmr1_lint.commandline.arguments import parser
from vlmr1_lint.commandline.telling import put, tell
from vlmr1_lint.commandline.words import say
from vlmr1_lint.commands.trouble import sentences
from vlmr1_lint.rulefiles.catalogue import SelectionError, builtin
from vlmr1_lint.rulefiles.load import RuleFileError
from vlmr1_lint.rulefiles.own import own_rules
from vlmr1_lint.ruletest import examples_of, run_example
from vlmr1_lint.sources import Sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command: 0 if every example does as it says, 1 if one does not, 2 for rules that are none."""
    it = parser("test", "Run the examples that rules bring.")
    it.add_argument("folder", metavar="DIR", nargs="?", help="a folder of rules (default: the built-in rules)")
    it.add_argument("--lang", choices=("en", "zh"), default="en")
    options = it.parse_args(list(words))
    catalogue = builtin()
    rules = list(catalogue)
    if options.folder is not None:
        try:
            rules = own_rules([os.path.abspath(options.folder)], Sources(os.getcwd()))
            catalogue = catalogue.without_same(rules).extended(rules)
        except (RuleFileError, SelectionError) as error:
            tell(*sentences(error, options.lang))
            return 2
    passed = failed = 0
    for rule in rules:
        for example in examples_of(rule):
            with tempfile.TemporaryDirectory() as folder:
                problems = run_example(example, folder, catalogue)
            passed, failed = passed + (not problems), failed + bool(problems)
            for problem in problems:
                put(f"{rule.details['path']}: {rule.id} {say('example', options.lang, number=example.number)}: {problem}")
    put(say("tested", options.lang, passed=passed, failed=failed))
    return 1 if failed else 0
