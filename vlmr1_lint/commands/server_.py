"""``vlmr1-lint server``: the language server, on standard input and output."""

from __future__ import annotations

import gc
import os

from vlmr1_lint.commandline.arguments import add_run_options, add_selection_options, parser
from vlmr1_lint.commands.check import EXIT_CLEAN, EXIT_TROUBLE, given_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command: serve until the editor says exit. Status 2 where pygls is not installed."""
    it = parser("server", "Serve editors over standard input and output (Language Server Protocol).")
    it.add_argument("--stdio", action="store_true", help="the default and only way: many editors say it")
    add_run_options(it)
    add_selection_options(it)
    options = it.parse_args(list(words))
    try:
        from vlmr1_lint.serving.server import Server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        from vlmr1_lint.commandline.telling import tell
        from vlmr1_lint.serving.words import say

        tell(say("no-pygls", options.lang or "en"))
        return EXIT_TROUBLE
    from vlmr1_lint.serving.analysis import Asked
    from vlmr1_lint.values import replace

    gc.enable()  # the command line goes without, a server may not
    # Sessions work in the folder of their repository: what the command line names is relative to this one.
    given = replace(given_of(options), rules=tuple(os.path.abspath(folder) for folder in options.rules or ()))
    config = os.path.abspath(options.config) if options.config else None
    Server(Asked(given, config, options.isolated)).start_io()
    return EXIT_CLEAN
