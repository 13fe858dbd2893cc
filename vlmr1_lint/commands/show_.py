"""``vlmr1-lint show FILE``: what the linter makes of a file: kind, trainer, hardware, every effective option, and what one
update does."""

from __future__ import annotations

from vlmr1_lint.commandline.arguments import add_run_options, add_selection_options, parser
from vlmr1_lint.commandline.telling import put, put_report, tell
from vlmr1_lint.commandline.words import asked_lang
from vlmr1_lint.commands.check import EXIT_CLEAN, EXIT_TROUBLE
from vlmr1_lint.commands.opening import existing, opened
from vlmr1_lint.commands.trouble import sentences
from vlmr1_lint.reporting.places import json_text
from vlmr1_lint.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command; the exit status of DESIGN §6."""
    it = parser("show", "Show how a file is read: kind, trainer, hardware, effective options, and what one update does.")
    it.add_argument("file", metavar="FILE")
    it.add_argument("--format", choices=("text", "json"), default="text")
    it.add_argument("--all", action="store_true", help="also list options at their defaults")
    add_run_options(it)
    add_selection_options(it)
    options = it.parse_args(list(words))
    path = existing(options.file, asked_lang(words))
    if path is None:
        return EXIT_TROUBLE
    sources, preferences = opened(path, options)
    session = Session(sources, [path], preferences)
    result = session.lint()
    from vlmr1_lint.explaining.show import as_text, describe

    shown = describe(result, session, sources.name(path))
    if options.format == "json":
        put_report(json_text(shown))
    else:
        put(as_text(shown, preferences.lang, every=options.all))
    for name, error in result.troubles:
        tell(*sentences(error, preferences.lang, name))
    return EXIT_TROUBLE if result.troubles else EXIT_CLEAN
