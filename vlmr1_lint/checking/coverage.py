"""Which findings an ``ignore`` comment covers: those of its line, of the line below, of the command below."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vlmr1_lint.checking.directives import Directive
    from vlmr1_lint.checking.finding import Finding
    from vlmr1_lint.documents.model import Document, Span

__all__ = ["coverage"]


def coverage(document: Document, directive: Directive) -> Callable[[Finding], bool]:
    """Whether *directive* covers a finding in its *document*.

    ``ignore-file`` covers all. ``ignore`` covers findings that stand on its line, or on the line below if it has a line of its
    own; above a script's command, where no comment can stand inside, all findings of that command.
    """
    if directive.action == "ignore-file":
        return lambda _: True
    line = document.position(directive.span.start).line
    if _follows_something(document, directive.span):
        return lambda finding: line in _lines(finding) or document.position(finding.place.entry.end).line == line
    below = _line_below(document, line)
    command = _command_at(document, below) if document.format == "shell" else None
    return lambda finding: below in _lines(finding) or (command is not None and _command_of(finding.place.key) == command)


def _lines(finding: Finding) -> set[int]:
    """The lines on which the finding's entry and its value start."""
    place = finding.place
    spans = [place.entry, place.value] if place.value else [place.entry]
    return {place.document.position(span.start).line for span in spans}


def _follows_something(document: Document, comment: Span) -> bool:
    start = document.data.rfind(b"\n", 0, comment.start) + 1
    return bool(document.data[start : comment.start].removeprefix(b"\xef\xbb\xbf").strip())


def _lines_from(document: Document, line: int) -> Iterator[tuple[int, bytes]]:
    """Lines from number *line* on, without their ends."""
    at = 0
    for _ in range(line - 1):
        at = document.data.find(b"\n", at) + 1
        if not at:
            return
    while at <= len(document.data):
        end = document.data.find(b"\n", at)
        end = len(document.data) if end < 0 else end
        yield line, document.data[at:end].strip()
        line, at = line + 1, end + 1


def _line_below(document: Document, line: int) -> int:
    """The line that a comment on its own line *line* speaks of: the next one that is no comment."""
    for number, text in _lines_from(document, line + 1):
        if not text.startswith((b"#", b"//")):
            return number
    return line + 1


def _command_at(document: Document, line: int) -> int | None:
    """Index of the command of a script that starts on *line*, or on a line that *line* is continued by; None if there is none."""
    starts = {document.position(root.entry_span.start).line: index for index, root in reversed(list(enumerate(document.roots)))}
    for number, text in _lines_from(document, line):
        if number in starts:
            return starts[number]
        if not text.endswith(b"\\"):
            return None
    return None


def _command_of(key: str) -> int:
    """Index of the command that a document path belongs to: ``#2/num_generations`` → 1."""
    number = key[1:].partition("/")[0] if key.startswith("#") else ""
    return int(number) - 1 if number.isdigit() else 0
