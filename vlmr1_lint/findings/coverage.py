"""Which findings an ``ignore`` comment covers: those of its line, of the line below, of the command below."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Span
    from vlmr1_lint.findings.directives import Directive

__all__ = ["Covered", "Covering", "command_of"]


@value
class Covered:
    """What one comment covers: all findings of its file, or those that match any of the rest.

    whole    all of the file
    starts   findings whose entry or value starts on this line
    ends     findings whose entry ends on this line
    command  findings of the command with this index
    """

    whole: bool = False
    starts: int | None = None
    ends: int | None = None
    command: int | None = None


class Covering:
    """The comments of one *document*, which is gone through once however many there are."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._below: list[int] | None = None
        self._commands: dict[int, int] | None = None
        self._lines: list[bytes] | None = None

    def of(self, directive: Directive) -> Covered:
        """What *directive* covers.

        ``ignore-file`` covers all. ``ignore`` covers findings that stand on its line, or on the line below if it has a line of
        its own; above a script's command, where no comment can stand inside, all findings of that command.
        """
        if directive.action == "ignore-file":
            return Covered(whole=True)
        line = self._document.position(directive.span.start).line
        if self._follows_something(directive.span):
            return Covered(starts=line, ends=line)
        below = self._line_below(line)
        return Covered(starts=below, command=self._command_at(below) if self._document.format == "shell" else None)

    def _follows_something(self, comment: Span) -> bool:
        start = self._document.data.rfind(b"\n", 0, comment.start) + 1
        return bool(self._document.data[start : comment.start].removeprefix(b"\xef\xbb\xbf").strip())

    def _texts(self) -> list[bytes]:
        if self._lines is None:
            self._lines = [line.strip() for line in self._document.data.split(b"\n")]
        return self._lines

    def _line_below(self, line: int) -> int:
        """The line that a comment on its own line *line* speaks of: the next one that is no comment."""
        if self._below is None:
            texts = self._texts()
            # For each line, from the last one up: the first at or after it that is no comment, itself where none follows.
            self._below = list(range(1, len(texts) + 1))
            following = 0
            for index in range(len(texts) - 1, -1, -1):
                if not texts[index].startswith((b"#", b"//")):
                    following = index + 1
                elif following:
                    self._below[index] = following
        return self._below[line] if line < len(self._below) else line + 1

    def _command_at(self, line: int) -> int | None:
        """Index of the command of a script that starts on *line*, or on a line that it is continued by; None if there is none."""
        if self._commands is None:
            roots = self._document.roots
            start = {self._document.position(root.entry_span.start).line: at for at, root in reversed(list(enumerate(roots)))}
            texts = self._texts()
            for index in range(len(texts) - 1, 0, -1):  # a line that ends in a backslash goes on with the next
                if index + 1 in start and texts[index - 1].endswith(b"\\"):
                    start.setdefault(index, start[index + 1])
            self._commands = start
        return self._commands.get(line)


def command_of(key: str) -> int:
    """Index of the command that a document path belongs to: ``#2/num_generations`` → 1."""
    number = key[1:].partition("/")[0] if key.startswith("#") else ""
    return int(number) - 1 if number.isdigit() else 0
