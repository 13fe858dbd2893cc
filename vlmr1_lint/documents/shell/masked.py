"""Script text with what is quoted in it made plain, byte for byte, for the grammar.

The grammar ends some words elsewhere than bash does and takes the commands behind them for their text, without an error:
``$'\\\\'`` goes on to the next quote for it, ``A=\\ `` to the next line, ``"\\$)"`` or ``$""`` may go anywhere. So it is shown
where words, quotes and expansions are, and dots for what is quoted or escaped there. What a word says is read from the script.
"""

from __future__ import annotations

import re

from vlmr1_lint.documents.shell.lines import (
    ANSI,
    BACKTICKS,
    BEFORE_COMMENT,
    DEEPEST,
    DELIMITER,
    Unclosed,
    behind_documents,
    closed,
    document,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import TypeAlias

    Hidden: TypeAlias = Generator[tuple[int, int], None, int]
    """Yields where characters stand that mean nothing to the grammar; returns the offset behind what was read."""

__all__ = ["masked"]

_ARRAY = b"=("
"""What ``opened`` has for the parentheses of an array."""

_PLAIN = re.compile(rb"[^\\'\"$`#()<>\s;&|]+")
_BETWEEN = re.compile(rb"[ \t\r;&|]+")
_IN_STRING = re.compile(rb"[^\"\\$`]+")
_IN_DOCUMENT = re.compile(rb"[^\\$`]+")
_QUOTED = re.compile(rb"'[^']*'")
_NAMED = re.compile(rb"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])")
_UNPLAIN = re.compile(rb"[^\w\r\n\x80-\xff./:,=+-]")
_ASSIGNED = re.compile(rb"[A-Za-z_]\w*(?:\[[^\]\n]*\])?\+?=")
_BEFORE_ASSIGNED = re.compile(
    rb"[ \t]*(?:(?:export|declare|typeset|local|readonly)[ \t]+(?:-\w+[ \t]+)*)?(?:[A-Za-z_]\w*=[^ \t]*[ \t]+)*"
)
"""What may stand between the start of a command and a value that is assigned."""
_BEFORE_COMMAND = re.compile(rb"(?:if|then|elif|else|while|until|do|time|!|\{)(?=\s)")
_OPERATOR = re.compile(rb"=[=~][ \t]*(?:\r?\n|[;&|)#]|\Z)")
_CASE_ENDS = re.compile(rb"\s*;")
_LINE_ENDS = re.compile(rb"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")


def masked(data: bytes) -> bytes:
    """*data* with dots for quoted and escaped characters; line ends stay. Behind a quote or bracket that nothing closes, or that
    is nested too deep, the text is as it was."""
    out = bytearray(data)
    scan = _Scan(data)
    for start, end in scan.hidden():
        out[start:end] = _UNPLAIN.sub(b".", data[start:end])
    for at in scan.ends:
        out[at] = 59
    for at in scan.operators:
        out[at : at + 2] = b".."
    return bytes(out)


class _Scan:
    """One pass over *data*.

    opened    the strings and parentheses around what is read, each with ``word`` and ``assigned`` of what it stands in
    word      start of the word that is read, -1 between words
    assigned  how many assignments the command consists of so far, -1 if there is another word in it
    ends      where a command of several assignments ends, which the grammar would join with the line below
    operators ``==`` and ``=~`` at the end of a command, where they are words, and join it with the line below for the grammar
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.opened: list[tuple[bytes, int, int]] = []
        self.documents: list[tuple[re.Match[bytes], tuple[bytes, bool]]] = []
        self.word = -1
        self.assigned = 0
        self.ends: list[int] = []
        self.operators: list[int] = []

    def hidden(self) -> Hidden:
        """All such places."""
        at, data = 0, self.data
        try:
            while at < len(data) and len(self.opened) < DEEPEST:
                inside = self.opened and self.opened[-1][0] == b'"'
                at = yield from self._in_string(at) if inside else self._outside(at)
        except Unclosed:
            pass
        return at

    def _in_string(self, at: int) -> Hidden:
        char = self.data[at]
        if plain := _IN_STRING.match(self.data, at):
            yield plain.span()
            return plain.end()
        if char == 34:
            self._close()
            return at + 1
        if char == 92:
            yield at, at + 2
            return at + 2
        return (yield from self._expansion(at))

    def _outside(self, at: int) -> Hidden:
        data, char = self.data, self.data[at]
        if between := _BETWEEN.match(data, at):
            self.word = -1
            if between[0].strip(b" \t\r"):
                self.assigned = 0
            return between.end()
        if char == 10:
            if self.assigned > 1 and _CASE_ENDS.match(data, at) is None:
                self._end(at)
            self.word, self.assigned = -1, 0
            return (yield from self._behind_line(at + 1))
        if char == 35 and (at == 0 or data[at - 1] in BEFORE_COMMENT):
            if self.assigned > 1 and data[at - 1] in b" \t":
                self._end(at - 1)
            end = data.find(b"\n", at)
            return end if end >= 0 else len(data)
        if char == 41:
            self._close()
            return at + 1
        if data.startswith(b"<<", at) and not data.startswith(b"<<<", at) and (found := DELIMITER.match(data, at)):
            self.documents.append((found, document(found)))
            return found.end()
        if self.word < 0:
            self._begin(at)
        return (yield from self._in_word(at))

    def _in_word(self, at: int) -> Hidden:
        data, char = self.data, self.data[at]
        if plain := _PLAIN.match(data, at):
            return plain.end()
        if char == 92:
            if self._is_text(at):
                yield at, at + 2
            return at + 2
        if quoted := _QUOTED.match(data, at):
            yield at + 1, quoted.end() - 1
            return quoted.end()
        if ansi := ANSI.match(data, at):
            yield at + 2, ansi.end() - 1
            return ansi.end()
        if char == 39:
            raise Unclosed(at)
        if char == 34 or data.startswith(b'$"', at):
            quote = at + (char != 34)
            yield at, quote
            return self._open(b'"', quote + 1)
        if char == 40:
            if data.startswith(b"((", at) and not self.opened:
                return closed(data, at)
            return self._open(_ARRAY if _ASSIGNED.fullmatch(data, self.word, at) else b"(", at + 1)
        if char in b"<>":
            self.word = -1
            return at + (3 if data.startswith(b"<<<", at) else 1)
        return (yield from self._expansion(at)) if char in b"$`" else at + 1

    def _begin(self, at: int) -> None:
        """A word begins."""
        self.word = at
        if _OPERATOR.match(self.data, at) is not None:
            self.operators.append(at)
        if _ASSIGNED.match(self.data, at) is not None:
            self.assigned += self.assigned >= 0
        else:
            self.assigned = 0 if _BEFORE_COMMAND.match(self.data, at) is not None else -1

    def _behind_line(self, at: int) -> Hidden:
        """Behind the here-documents whose text begins at *at*."""
        for found, (delimiter, tabs) in self.documents:
            behind = behind_documents(self.data, at, [(delimiter, tabs)])
            end = max(self.data.rfind(b"\n", 0, behind - 1) + 1, at)
            if any(sign in found[2] for sign in (b"'", b'"', b"\\")):
                yield at, end
            else:
                yield from self._in_document(at, end)
            at = behind
        self.documents = []
        return at

    def _in_document(self, at: int, end: int) -> Hidden:
        """The text of a here-document in which expansions mean something. Behind one that does not end in it, none is looked for:
        each would be looked for up to the end of the script."""
        data = self.data
        open_end = False
        while at < end:
            if plain := _IN_DOCUMENT.match(data, at, end):
                behind = plain.end()
            elif data[at] == 92:
                behind = min(at + 2, end)
            else:
                expanded = -1 if open_end else self._expanded(at, end)
                if expanded >= 0:
                    at = expanded
                    continue
                open_end = open_end or data.startswith((b"${", b"$(", b"`"), at)
                behind = at + 1
            yield at, behind
            at = behind
        return at

    def _expanded(self, at: int, end: int) -> int:
        """Behind the expansion at *at*; -1 where there is none that ends before *end*."""
        data = self.data
        if data.startswith((b"${", b"$("), at):
            try:
                behind = closed(data, at)
            except Unclosed:
                return -1
            return behind if behind <= end else -1
        found = (BACKTICKS if data[at] == 96 else _NAMED).match(data, at, end)
        return -1 if found is None else found.end()

    def _end(self, at: int) -> None:
        """Several assignments end at *at*, unless they are items of an array."""
        if not self.opened or self.opened[-1][0] != _ARRAY:
            self.ends.append(at)
        self.assigned = 0

    def _close(self) -> None:
        _, self.word, self.assigned = self.opened.pop() if self.opened else (b"", -1, -1)

    def _open(self, what: bytes, behind: int) -> int:
        self.opened.append((what, self.word, self.assigned))
        if what != b'"':
            self.word, self.assigned = -1, 0
        return behind

    def _expansion(self, at: int) -> Hidden:
        """Behind the expansion at *at*, or its opening where commands stand in it; a dollar that opens none is text."""
        data = self.data
        if data[at] == 96:
            found = BACKTICKS.match(data, at)
            if found is None:
                raise Unclosed(at)
            return found.end()
        if data.startswith((b"${", b"$(("), at):
            return closed(data, at)
        if data.startswith(b"$(", at):
            return self._open(b"(", at + 2)
        if named := _NAMED.match(data, at):
            return named.end()
        yield at, at + 1
        return at + 1

    def _is_text(self, at: int) -> bool:
        """Whether the escaped character at *at* is shown as text: signs, and blanks but for those that stand where a line was to
        be continued (tails tells of them)."""
        data = self.data
        char = data[at + 1 : at + 2]
        if char not in (b" ", b"\t"):
            return _UNPLAIN.match(char) is not None
        if _LINE_ENDS.match(data, at + 2) is None:
            return True
        start = max(data.rfind(sign, 0, self.word) for sign in (b"\n", b";", b"&", b"|", b"(", b"{")) + 1
        return _ASSIGNED.match(data, self.word) is not None and _BEFORE_ASSIGNED.fullmatch(data, start, self.word) is not None
