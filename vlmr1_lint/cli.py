"""The command line: which command is meant, and its exit status. Options in, status out; the work is in `commands`."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

__all__ = ["COMMANDS", "main"]

COMMANDS = ("check", "show", "plan", "calibrate", "rule", "rules", "test", "new-rule", "schema", "server", "completion")
"""First words that are commands; any other first word is a PATH for ``check`` (write ``./rules`` for a folder of that name)."""

EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments* (default: the process's own) and give the exit status (DESIGN §6)."""
    # A run makes few cycles and ends soon: collecting would only cost time (a tenth of a cold run).
    gc.disable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        from vlmr1_lint import __version__

        print(f"vlmr1-lint {__version__}")  # as argparse would, without what reads all other words
        return EXIT_CLEAN
    command = words[0] if words and words[0] in COMMANDS else "check"
    rest = words[1:] if words and words[0] == command else words
    _open_streams()
    try:
        return _run(command)(rest)
    except BrokenPipeError:
        _silence_stdout()
        return EXIT_TROUBLE
    except KeyboardInterrupt:
        from vlmr1_lint.commandline.telling import tell
        from vlmr1_lint.commandline.words import asked_lang, say

        tell(say("interrupted", asked_lang(words)))
        return 130
    except Exception as error:
        from contextlib import suppress

        from vlmr1_lint.commandline.telling import tell
        from vlmr1_lint.commandline.words import asked_lang
        from vlmr1_lint.commands.trouble import sentences

        with suppress(OSError):  # standard error itself may be what cannot be written
            tell(*sentences(error, asked_lang(words)))
        return EXIT_TROUBLE


def console() -> NoReturn:
    """What the console script calls: `main`, and then an end at once.

    Everything is written and no other work waits; to have the interpreter take itself apart would cost a tenth of a cold run.
    """
    status = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(status)  # the interpreter's own end tells of it, as ever
    import os

    os._exit(status)


def _run(command: str) -> Callable[[list[str]], int]:
    """The function of a command, imported only when it is asked for."""
    if command == "check":
        from vlmr1_lint.commands.check import run

        return run
    from importlib import import_module

    run_command: Callable[[list[str]], int] = import_module(f"vlmr1_lint.commands.{command.replace('-', '_')}_").run
    return run_command


def _open_streams() -> None:
    """Print as UTF-8 whatever the locale (Chinese under LC_ALL=C); what goes to a stream that the caller closed goes nowhere.

    A diff holds bytes that are not UTF-8 as lone surrogates, which standard output turns back into those bytes.
    """
    for name, errors in (("stdout", "surrogateescape"), ("stderr", "backslashreplace")):
        stream = getattr(sys, name)
        if stream is None:  # started with >&-, and print() would take standard output for a missing standard error
            import os

            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open until the process ends
        elif hasattr(stream, "reconfigure") and (stream.encoding.lower() != "utf-8" or stream.errors != errors):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes a closed pipe."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
