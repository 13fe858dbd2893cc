"""Where bash's words and lines end, by quotes, backslashes, here-documents and comments alone.

Nothing here asks the grammar, so that what it makes of a script can be compared with something else: a word that it ends
elsewhere is not known, and a command ends at the first line's end that is not quoted, whatever the grammar glues to it.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ANSI", "BACKTICKS", "BEFORE_COMMENT", "DEEPEST", "DELIMITER", "Unclosed", "behind_documents", "closed", "command_starts",
    "command_words", "document", "expansion_end", "logical_lines", "skeleton", "word_end",
]  # fmt: skip

_PLAIN = re.compile(rb"[^ \t\r\n\\'\"$`<>|&;()]+")
_BLANK = re.compile(rb"(?:[ \t]|\r(?=\n)|\\\r?\n)+")
"""What stands between words; the carriage return of a line's end is told of elsewhere and is no part of a word here."""
_CONTINUED = re.compile(rb"\\\r?\n")
_IN_STRING = re.compile(rb"[^\"\\$`]+")
_IN_BRACES = re.compile(rb"[^\"'\\$`}]+")
_IN_PARENS = re.compile(rb"[^\"'\\$`()<\n#]+")
BACKTICKS = re.compile(rb"`(?:[^`\\]|\\.)*`", re.S)
ANSI = re.compile(rb"\$'(?:[^'\\]|\\.)*'", re.S)
_ARRAY = re.compile(rb"[A-Za-z_]\w*(?:\[[^\]\n]*\])?\+?=")
_VALUE = re.compile(rb"\$\{[!#]?\w+(?:\[[^\]\n]*\])?:?[-=+?]")
"""``${NAME:-…`` and its kin: between double quotes, single quotes in it are text."""
DELIMITER = re.compile(rb"<<(-?)[ \t]*((?:\\.|'[^'\n]*'|\"[^\"\n]*\"|[^\s\\'\"<>|&;()])+)", re.S)
_REDIRECTION = re.compile(rb"&>>?|<<<|<<-?|<>|<&|>>|>&|>\||<(?!\()|>(?!\()")
_NOTE = re.compile(rb"`[ \t]*#[^`\n]*`")
"""A comment in backticks, which gives no word."""
_DESCRIPTOR = re.compile(rb"\d+|\{[A-Za-z_]\w*\}")
BEFORE_COMMENT = frozenset(b" \t\n\r;&|()")
_BEFORE_COMMAND = frozenset((b"if", b"then", b"elif", b"else", b"while", b"until", b"do", b"!", b"{"))


DEEPEST = 200
"""Brackets and quotes in each other, beyond which a word counts as not closed: every level is asked for where it ends."""


class Unclosed(Exception):
    """A quote, a parenthesis or a brace that nothing closes; the first argument is its offset."""


def word_end(data: bytes, start: int) -> int:
    """Where the word that begins at *start* ends: with *data* if something in it is not closed."""
    try:
        return _word(data, start)[0]
    except Unclosed:
        return len(data)


def command_words(data: bytes, start: int) -> list[tuple[int, int]]:
    """Start and end of each word of the command whose first word begins at *start*, without redirections and their targets. It
    ends at an operator, at a comment or at a line's end; a word in which something is not closed ends with *data*."""
    words: list[tuple[int, int]] = []
    at, target = start, False
    while at < len(data):
        if blank := _BLANK.match(data, at):
            at = blank.end()
        elif redirection := _REDIRECTION.match(data, at):
            if words and words[-1][1] == at and _DESCRIPTOR.fullmatch(data, *words[-1]):
                words.pop()
            at, target = redirection.end(), True
        elif data[at] in b"\n;&|()" or (data[at] == 35 and (at == 0 or data[at - 1] in BEFORE_COMMENT)):
            break
        else:
            try:
                end, behind = _word(data, at)
            except Unclosed:
                end = behind = len(data)
            if not target and not _NOTE.fullmatch(data, at, end):
                words.append((at, end))
            at, target = max(behind, at + 1), False
    return words


def command_starts(data: bytes) -> Iterator[int]:
    """Where the first word of each command begins, behind keywords, assignments and redirections. Commands in quotes, in
    substitutions and in here-documents are not looked for, and none behind text in which something is not closed."""
    at, first, target = 0, True, False
    documents: list[tuple[bytes, bool]] = []
    try:
        while at < len(data):
            char = data[at]
            if char == 10:
                at, first, target = behind_documents(data, at + 1, documents), True, False
                documents = []
            elif blank := _BLANK.match(data, at):
                at = blank.end()
            elif char == 35:  # at the start of a word: a comment
                end = data.find(b"\n", at)
                at = end if end >= 0 else len(data)
            elif data.startswith(b"<<", at) and not data.startswith(b"<<<", at) and (found := DELIMITER.match(data, at)):
                documents.append(document(found))
                at = found.end()
            elif redirection := _REDIRECTION.match(data, at):
                at, target = redirection.end(), True
            elif data.startswith(b"((", at):
                at = closed(data, at)
            elif char in b";&|()":
                at, first, target = at + 1, True, False
            else:
                end, behind = _word(data, at)
                named = first and not target and _DESCRIPTOR.fullmatch(data, at, end) is None
                if named and data[at:end] not in _BEFORE_COMMAND and _ARRAY.match(data, at, end) is None:
                    first = False
                    yield at
                at, target = max(behind, at + 1), False
    except Unclosed:
        pass


def expansion_end(data: bytes, at: int) -> int:
    """The offset behind the ``$…`` or the backticks at *at*: with *data* if nothing closes it."""
    try:
        return max(_opened(data, at), at + 1)
    except Unclosed:
        return len(data)


def logical_lines(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each line as bash takes them together: with what a backslash, quotes, a substitution, an array or a
    here-document continue, up to and with the line's end. Text in which something is not closed goes to the end of *data*."""
    start = at = 0
    documents: list[tuple[bytes, bool]] = []
    try:
        while at < len(data):
            char = data[at]
            if char == 10:
                at = behind_documents(data, at + 1, documents)
                documents = []
                yield start, at
                start = at
            elif blank := _BLANK.match(data, at):
                at = blank.end()
            elif char == 35:  # at the start of a word: a comment
                end = data.find(b"\n", at)
                at = end if end >= 0 else len(data)
            elif data.startswith(b"<<<", at):
                at += 3
            elif data.startswith(b"<<", at) and (found := DELIMITER.match(data, at)):
                documents.append(document(found))
                at = found.end()
            elif data.startswith(b"((", at):
                at = closed(data, at)
            else:
                at = max(_word(data, at)[1], at + 1)
    except Unclosed:
        pass
    if start < len(data):
        yield start, len(data)


def skeleton(data: bytes, start: int, end: int) -> bytes | None:
    """The word between *start* and *end* with ``q`` in place of all that is quoted, escaped or expanded; ``"$"`` stays in front
    of a quote. None if something in it is not closed."""
    try:
        return _skeleton(data, start, end)
    except Unclosed:
        return None


def _skeleton(data: bytes, at: int, end: int) -> bytes:
    parts: list[bytes] = []
    while at < end:
        char = data[at]
        if plain := _PLAIN.match(data, at, end):
            parts.append(plain[0])
            at = plain.end()
        elif char == 92:
            parts.append(b"" if _CONTINUED.match(data, at) else b"q")
            at = continued.end() if (continued := _CONTINUED.match(data, at)) else at + 2
        elif char in b"'\"$`":
            behind = _opened(data, at)
            parts.append(b"$q" if data.startswith(b'$"', at) else b"$" if behind == at + 1 else b"q")
            at = behind
        else:
            parts.append(data[at : at + 1])
            at += 1
    return b"".join(parts)


def _word(data: bytes, start: int) -> tuple[int, int]:
    """Where the word at *start* ends, and where what continues it to the next line ends."""
    at = solid = start
    while at < len(data):
        char = data[at]
        if plain := _PLAIN.match(data, at):
            at = solid = plain.end()
        elif char == 92:
            continued = _CONTINUED.match(data, at)
            at = continued.end() if continued else min(at + 2, len(data))
            solid = solid if continued else at
        elif char in b"'\"$`":
            at = solid = _opened(data, at)
        elif char == 40 and _ARRAY.fullmatch(data, start, at):
            at = solid = closed(data, at)
        elif char in b"<>" and data[at + 1 : at + 2] == b"(":
            at = solid = closed(data, at + 1)
        elif char == 13 and data[at + 1 : at + 2] != b"\n":
            at = solid = at + 1
        else:
            break
    return solid, at


def _opened(data: bytes, at: int) -> int:
    """The offset behind the quote or expansion at *at*; of ``$NAME`` behind the ``$``."""
    two = data[at : at + 2]
    if two[:1] == b"'":
        end = data.find(b"'", at + 1)
        if end < 0:
            raise Unclosed(at)
        return end + 1
    if two[:1] == b"`" or two == b"$'":
        found = (BACKTICKS if two[:1] == b"`" else ANSI).match(data, at)
        if found is None:
            raise Unclosed(at)
        return found.end()
    if two == b'$"':
        return closed(data, at + 1)
    if two in {b"$(", b"${"} or two[:1] == b'"':
        return closed(data, at)
    return at + 1


def closed(data: bytes, start: int) -> int:
    """The offset behind what ``"``, ``(``, ``((``, ``$(``, ``$((`` or ``${`` at *start* opens, with all that is nested in it."""
    stack: list[tuple[bytes, int]] = []
    documents: list[tuple[bytes, bool]] = []
    at = _push(data, start, stack)
    while stack:
        if at >= len(data) or len(stack) > DEEPEST:
            raise Unclosed(start)
        kind = stack[-1][0]
        if plain := _PLAIN_IN[kind].match(data, at):
            at = plain.end()
            continue
        char = data[at]
        if char == 92:
            at += 2
        elif (char, kind) in _ENDS:
            stack.pop()
            at += 1
        elif char == 34 or data[at : at + 2] in {b"$(", b"${"} or (char == 40 and kind in {b"(", b"(("}):
            at = _push(data, at, stack)
        elif char == 96 or _quotes(data, at, stack):
            at = _opened(data, at)
        elif kind == b"(" and char == 35 and data[at - 1] in BEFORE_COMMENT:
            end = data.find(b"\n", at)
            at = end if end >= 0 else len(data)
        elif kind == b"(" and data.startswith(b"<<<", at):
            at += 3
        elif kind == b"(" and char == 60 and (found := DELIMITER.match(data, at)):
            documents.append(document(found))
            at = found.end()
        elif kind == b"(" and char == 10:
            at = behind_documents(data, at + 1, documents)
            documents = []
        else:
            at += 1
    return at


def _quotes(data: bytes, at: int, stack: list[tuple[bytes, int]]) -> bool:
    """Whether a single quote at *at*, alone or behind a ``$``, quotes what follows, and is no text of a string."""
    if data[at : at + 2] == b"$'":
        return not _in_string(stack)
    return data[at] == 39 and not (stack[-1][0] == b"{" and _in_string(stack) and _VALUE.match(data, stack[-1][1]) is not None)


def _push(data: bytes, at: int, stack: list[tuple[bytes, int]]) -> int:
    """Note what opens at *at* on *stack*; the offset behind it."""
    opening = at + 1 if data[at] == 36 else at
    if data.startswith(b"((", opening):
        stack += [(b"((", at), (b"((", at)]
        return opening + 2
    inside = stack[-1][0] if stack else b""
    stack.append((b"((" if data[opening] == 40 and opening == at and inside == b"((" else data[opening : opening + 1], at))
    return opening + 1


def _in_string(stack: list[tuple[bytes, int]]) -> bool:
    """Whether the innermost ``${…}`` of *stack* stands between double quotes, with no ``$(…)`` between."""
    for kind, _ in reversed(stack):
        if kind != b"{":
            return kind == b'"'
    return False


def document(found: re.Match[bytes]) -> tuple[bytes, bool]:
    """The line that ends a here-document, and whether tabs in front of it count for nothing."""
    return re.sub(rb"\\(.)|['\"]", rb"\1", found[2]), bool(found[1])


def behind_documents(data: bytes, at: int, documents: list[tuple[bytes, bool]]) -> int:
    """The offset behind the bodies of here-documents that begin at *at*."""
    for delimiter, tabs in documents:
        while at < len(data):
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            line = data[at:end].removesuffix(b"\r")
            at = min(end + 1, len(data))
            if (line.lstrip(b"\t") if tabs else line) == delimiter:
                break
    return at


_PLAIN_IN = {b'"': _IN_STRING, b"{": _IN_BRACES, b"(": _IN_PARENS, b"((": re.compile(rb"[^\"'\\$`()]+")}
_ENDS = frozenset({(34, b'"'), (125, b"{"), (41, b"("), (41, b"((")})
