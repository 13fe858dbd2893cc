"""The only place that prints: findings and documents on standard output, words about the tool on standard error.

What is printed names files and values of people whom we do not know. So every line is made safe here, whoever wrote it: for
terminals, which obey escape sequences, and for the logs of CI jobs, where a line can be a command (`reporting.printable`).
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["put", "put_bytes", "put_patch", "put_report", "report_stream", "tell"]


def tell(*sentences: str) -> None:
    """Print *sentences* about the tool on standard error: one line each, whatever they quote."""
    _write("".join(f"{_safe(sentence)}\n" for sentence in sentences), sys.stderr)


def put(text: str) -> None:
    """Print *text* for people on standard output. Its lines stay lines; what they quote must not hold line ends."""
    from vlmr1_lint.reporting.printable import clean, inert

    _write(inert("\n".join(map(clean, text.split("\n")))) + "\n", sys.stdout)


def put_report(text: str, stream: TextIO | None = None) -> None:
    """Print *text*, whose format has made it safe already, on *stream* (standard output): a report, JSON, colours."""
    _write(text, stream or sys.stdout)


def put_patch(diff: str) -> None:
    """Print *diff*, byte for byte as ``git apply`` needs it; on a terminal, which applies nothing, as it can be shown.

    GitHub's runner is told to obey nothing in it (docs.github.com, "Workflow commands", stopping and starting), if anything in it
    looks like a command; ``git apply`` passes over what is said for that.
    """
    from vlmr1_lint.reporting.printable import clean, is_obeyed

    if sys.stdout.isatty():
        diff = "\n".join(map(clean, diff.split("\n")))
    elif is_obeyed(diff):
        import os

        if os.environ.get("GITHUB_ACTIONS") == "true":
            token = os.urandom(16).hex()  # the diff cannot know it
            diff = f"::stop-commands::{token}\n{diff}::{token}::\n"
    _write(diff, sys.stdout)


def put_bytes(data: bytes) -> None:
    """Print the text of a file as it is, for a program that puts it in the place of its own."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def report_stream(*, text_goes_out: bool) -> TextIO:
    """Where findings go: standard output, unless the fixed text of standard input goes there."""
    return sys.stderr if text_goes_out else sys.stdout


def _safe(sentence: str) -> str:
    if sentence.isascii() and sentence.isprintable() and "::" not in sentence and "##" not in sentence:
        return sentence  # most are, and a clean run loads nothing for them
    from vlmr1_lint.reporting.printable import clean, inert

    return inert(clean(sentence))


def _write(text: str, stream: TextIO) -> None:
    """Write *text* as UTF-8 whatever the locale, for CI machines with LANG=C."""
    stream.flush()
    binary = getattr(stream, "buffer", None)
    if binary is None:  # a stand-in in somebody's test
        stream.write(text)
        return
    binary.write(text.encode("utf-8", "surrogateescape"))
    binary.flush()
