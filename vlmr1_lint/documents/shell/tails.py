"""Lines that were meant to belong to a training command and don't: what stands after its last word, and flags run as commands."""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.shell.grammar import body_of
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node as Syntax

    from vlmr1_lint.documents.shell.commands import Found
    from vlmr1_lint.documents.shell.text import Source

__all__ = ["CUT", "Chain", "Tail", "first_command", "orphan", "strays"]

CUT = re.compile(rb"(?:[ \t]|\\\r?\n)*\\(?P<text>[ \t]+(?:#[^\r\n]*)?)(?=\r?\n|\Z)")
"""A backslash that escapes a blank instead of the line's end."""
_COMMENT = re.compile(rb"(?m)^[ \t]*(#[^\n]*)\n?")


@value
class Tail:
    """A place where a command is cut: problem ``code`` and ``span``, the other place, the edits that mend it, whose command."""

    code: str
    span: Span
    detail: str
    first: Span | None
    mend: tuple[tuple[Span, str], ...]
    found: tuple[Found, ...]


def first_command(statement: Syntax) -> Syntax | None:
    """The command that *statement* starts with, through lists, pipelines and redirections."""
    node = _first(statement)
    return node if node is not None and node.type == "command" else None


def _first(statement: Syntax) -> Syntax | None:
    node: Syntax | None = statement
    while node is not None and node.type in {"list", "pipeline", "redirected_statement"}:
        node = node.named_children[0] if node.named_children else None
    return node


def orphan(statement: Syntax, source: Source, scripts: bool) -> Syntax | None:
    """What *statement* starts with, if its name is a flag (or, with *scripts*, a script): meant to continue the line before.

    The grammar takes ``--a=1`` at the start of a command for an assignment.
    """
    node = _first(statement)
    if node is None or node.type not in {"command", "variable_assignment", "variable_assignments"}:
        return None
    if re.match(rb"--?[A-Za-z]", source.data[node.start_byte : node.start_byte + 3]):
        return node
    name = body_of(node, "command_name")
    return node if scripts and name is not None and source.data[: name.end_byte].endswith(b".py") else None


def strays(source: Source, end: int) -> tuple[tuple[str | Unknown, ...], bool]:
    """The words that a backslash before a blank leaves behind a command that ends at *end*, and whether there is one."""
    match = CUT.match(source.data, end)
    if match is None:
        return (), False
    text = match["text"]
    line = b"\\" + text
    if line[2:3] != b"#":
        return (text[:1].decode(),), True
    rest = line.decode("utf-8", "replace")
    if re.search(r"[\"'$`;&|()<>*?\[{]", rest):
        return (Unknown(rest),), True
    words = re.findall(r"(?:\\.|[^\s\\])+", rest)
    return tuple(re.sub(r"\\(.)", r"\1", word) for word in words), True


class Chain:
    """Follows a training command through the statements behind it, as long as these are flags."""

    def __init__(self, source: Source, command: Syntax, found: Sequence[Found], end: int) -> None:
        self._source = source
        self._command = command
        self._found = tuple(found)
        self._end = end
        self.scriptless = not found

    def follow(self, orphan: Syntax) -> list[Tail]:
        """The problems between what was followed so far and *orphan*, which now belongs to it."""
        data, end = self._source.data, self._end
        gap = data[end : orphan.start_byte]
        words = [orphan]
        if orphan.type != "variable_assignment":
            words = [
                child for child in orphan.named_children if child.type not in {"comment", "file_redirect", "heredoc_redirect"}
            ]
        cut = CUT.match(data, end)
        # Behind the line above, and inside, where the grammar joins lines of --a=1 as assignments.
        cuts = [cut if cut is not None and cut.end() <= orphan.start_byte else None]
        cuts += [CUT.match(data, word.end_byte) for word in words[:-1]]
        spans = [self._span(one.start("text"), one.end("text")) for one in cuts if one is not None]
        tails = [
            Tail("backslash-then-text", span, "the lines below are cut off", None, ((span, ""),), self._found) for span in spans
        ]
        comments = [match for match in _COMMENT.finditer(gap) if match.start(1) > 0]
        continued = re.match(rb"[ \t]*\\\r?\n", gap) is not None or cut is not None
        if continued:
            tails += [self._comment(end + match.start(), end + match.end(), end + match.start(1)) for match in comments]
        if cuts[0] is None and not (continued and comments):
            tails.append(self._missing(orphan, comments=b"#" in gap))
        self._end = words[-1].end_byte
        for found in self._found:
            found.cut_off.extend(data[word.start_byte : word.end_byte].decode("utf-8", "replace") for word in words)
        return tails

    def end(self) -> list[Tail]:
        """The problem after the last line, if a backslash stands before a blank there as well."""
        cut = CUT.match(self._source.data, self._end)
        if cut is None or self.scriptless:
            return []
        backslash = cut.start("text") - 1
        span = self._span(backslash, cut.end("text"))
        return [Tail("backslash-then-text", span, "a blank is passed as one more argument", None, ((span, ""),), self._found)]

    def _span(self, start: int, end: int) -> Span:
        return Span(*self._source.place(start, end)[:2])

    def _comment(self, start: int, end: int, text: int) -> Tail:
        """A comment line that ends the command: it can go above it, where it is as true."""
        data, source = self._source.data, self._source
        line = data.rfind(b"\n", 0, self._command.start_byte) + 1
        indent = re.match(rb"[ \t]*", data[line:])
        comment = data[text:end].rstrip(b"\n")
        mend: tuple[tuple[Span, str], ...] = ()
        if source.is_file:
            moved = ((indent[0] if indent else b"") + comment + b"\n").decode("utf-8", "replace")
            mend = ((Span(line, line), moved), (Span(start, end), ""))
        return Tail("comment-in-continuation", self._span(text, text + len(comment)), "", None, mend, self._found)

    def _missing(self, orphan: Syntax, comments: bool) -> Tail:
        data = self._source.data
        name = re.match(rb"[^\s;&|]*", data[orphan.start_byte : orphan.end_byte])
        gap = data[self._end : orphan.start_byte]
        ends = [
            self._end + match.start() for match in re.finditer(rb"[ \t]*\r?\n", gap) if not gap[: match.start()].endswith(b"\\")
        ]
        span = self._span(orphan.start_byte, orphan.start_byte + (name.end() if name else 0))
        first = self._span(ends[0], ends[0]) if ends else None
        mend: tuple[tuple[Span, str], ...] = ()
        if self._source.is_file and not comments and not gap.strip(b" \t\r\n\\"):
            mend = tuple((Span(at, at), " \\") for at in ends)
        return Tail("missing-backslash", span, "", first, mend, self._found)
