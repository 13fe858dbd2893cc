"""The command line: which command is meant, and its exit status. Options in, status out; the work is in `commands`."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["COMMANDS", "asked_lang", "main"]

COMMANDS = ("check", "show", "plan", "calibrate", "rule", "rules", "test", "new-rule", "schema", "completion")
"""First words that are commands; any other first word is a PATH for ``check`` (write ``./rules`` for a folder of that name)."""

EXIT_CLEAN, EXIT_FINDINGS, EXIT_TROUBLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments* (default: the process's own) and give the exit status (DESIGN §6)."""
    # A run makes few cycles and ends soon: collecting would only cost time (a tenth of a cold run).
    gc.disable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words[0] if words and words[0] in COMMANDS else "check"
    rest = words[1:] if words and words[0] == command else words
    try:
        if command != "check":  # which encodes what it prints by itself
            _speak_utf8()
        return _run(command)(rest)
    except BrokenPipeError:
        _silence_stdout()
        return EXIT_TROUBLE
    except KeyboardInterrupt:
        from vlmr1_lint.commands.words import say

        print(say("interrupted", asked_lang(words)), file=sys.stderr)
        return 130
    except Exception as error:
        from vlmr1_lint.commands.trouble import sentence

        print(sentence(error, asked_lang(words)), file=sys.stderr)
        return EXIT_TROUBLE


def _run(command: str) -> Callable[[list[str]], int]:
    """The function of a command, imported only when it is asked for."""
    if command == "check":
        from vlmr1_lint.commands.check import run

        return run
    from importlib import import_module

    run_command: Callable[[list[str]], int] = import_module(f"vlmr1_lint.commands.{command.replace('-', '_')}_").run
    return run_command


def asked_lang(words: Sequence[str]) -> str:
    """The language that the command line asks for: the settings' own may be what is wrong."""
    found = "en"
    for index, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--lang="):
            found = word.removeprefix("--lang=")
        elif word == "--lang":
            found = "".join(words[index + 1 : index + 2])
    return "zh" if found == "zh" else "en"


def _speak_utf8() -> None:
    """Print as UTF-8 whatever the locale (Chinese under LC_ALL=C), and names of files that are not UTF-8 as they are."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="surrogateescape")


def _silence_stdout() -> None:
    """Keep the interpreter from failing once more when it flushes a closed pipe."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
