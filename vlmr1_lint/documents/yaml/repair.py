"""Mending the two slips that PyYAML rejects and that have one meaning: tabs as indentation, and a colon inside a plain value."""

from __future__ import annotations

from vlmr1_lint.documents.model import Change, Edit, Refused, Span, apply_edits
from vlmr1_lint.documents.yaml.lines import line_end, line_start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["repair"]

TAB_WIDTHS = (2, 4, 8)
"""Columns that a tab may stand for, tried in this order."""
MAX_LINES = 50
"""Lines of one text whose value is put in quotes at most."""


MAX_TABS = 5_000
"""Lines of one text whose indentation is mended at most: the text is read once for every width."""


def repair(document: YamlDocument, change: Change) -> list[Edit]:
    """The edits that mend the problem *change.value*. Raises `Refused`."""
    if not any(problem.fatal and problem.code == change.value for problem in document.problems):
        raise Refused(f"there is no {change.value} to mend")
    if change.value == "tab-indentation":
        return _tabs_to_spaces(document)
    if change.value == "colon-in-plain":
        return _quote_values(document)
    raise Refused(f"{change.value} cannot be mended")


def _tabs_to_spaces(document: YamlDocument) -> list[Edit]:
    """Spaces for tabs in all indentations, of the first width that makes the text readable; all readable ones must agree."""
    indents = _indents(document.data)
    if len(indents) > MAX_TABS:
        raise Refused(f"more than {MAX_TABS} lines")
    readings = []
    for width in TAB_WIDTHS:
        edits = [Edit(document.path, Span(start, end), _spaces(document.data[start:end], width)) for start, end in indents]
        fixed = _read(document, edits)
        if not any(problem.fatal for problem in fixed.problems):
            readings.append((edits, [root.raw for root in fixed.roots]))
    if not readings:
        raise Refused("spaces for tabs do not make the text readable")
    if any(values != readings[0][1] for _, values in readings):
        raise Refused("how many spaces a tab stands for changes the meaning")
    return readings[0][0]


def _indents(data: bytes) -> list[tuple[int, int]]:
    """Byte ranges of the indentations that contain a tab."""
    found, at = [], 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while at < len(data):
        end = line_end(data, at)
        indent = end - at - len(data[at:end].lstrip(b" \t"))
        if b"\t" in data[at : at + indent]:
            found.append((at, at + indent))
        at = end + 1
    return found


def _spaces(indent: bytes, width: int) -> str:
    return indent.decode("ascii").expandtabs(width)


def _quote_values(document: YamlDocument) -> list[Edit]:
    """Single quotes around the plain value of every line on which PyYAML finds a second colon."""
    edits: list[Edit] = []
    for _ in range(MAX_LINES):
        current = _read(document, edits)
        fatal = [problem for problem in current.problems if problem.fatal]
        if not fatal:
            return edits
        if fatal[0].code != "colon-in-plain":
            raise Refused("the text has another fault besides")
        line = current.data.count(b"\n", 0, fatal[0].span.start)
        edit = _quote_line(document, line, fatal[0].span.start - line_start(current.data, fatal[0].span.start))
        if edit in edits:
            raise Refused("quotes do not make the text readable")
        edits.append(edit)
    raise Refused(f"more than {MAX_LINES} lines")


def _quote_line(document: YamlDocument, line: int, column: int) -> Edit:
    """Quotes around the value of the line with the index *line*, in which the colon at byte *column* is one too many."""
    data, start = document.data, 0
    for _ in range(line):
        start = data.index(b"\n", start) + 1
    start = line_start(data, start)
    text = data[start : line_end(data, start)]
    first = text.find(b": ")
    if first < 0 or first >= column:
        raise Refused("the colon is that of the key")
    rest = text[first + 2 :]
    comment = rest.find(b" #")
    body = (rest if comment < 0 else rest[:comment]).strip()
    if not body or body[:1] in b"'\"[{|>&*!%@`#":
        raise Refused("the value is not a plain one")
    begin = start + first + 2 + rest.index(body)
    return Edit(document.path, Span(begin, begin + len(body)), "'" + body.decode("utf-8").replace("'", "''") + "'")


def _read(document: YamlDocument, edits: list[Edit]) -> YamlDocument:
    from vlmr1_lint.documents.yaml.read import read_yaml

    return read_yaml(document.path, apply_edits(document.data, edits))
