"""What must be true of every text read as JSON: values are `json`'s, places hold what they say, and what is tolerated is found by
a second tokenizer too."""

from __future__ import annotations

import json
import re

from vlmr1_lint.documents.json.read import JsonDocument, read_json
from vlmr1_lint.documents.model import Change, Node, apply_edits

__all__ = ["check_json"]

TOKEN = re.compile(r'("(?:\\.|[^"\\])*")|(//[^\n]*|#[^\n]*|/\*.*?\*/)|([,])|([ \t\r\n]+)|(.)', re.DOTALL)
"""A string, a comment, a comma, blanks, any other character."""
TOLERATED = {"comment", "trailing-comma", "bom"}
NODES = 5
"""Nodes of one text whose places are checked."""
DEPTH = 100
"""Levels of nesting above which a text is not read (design: limits)."""


def check_json(data: bytes) -> None:
    """Raises AssertionError where the reader and `json` differ on *data*."""
    document = read_json("a.json", data)
    fatal = {problem.code for problem in document.problems if problem.fatal}
    for problem in document.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(data), problem
    try:
        text = data.decode("utf-8")
        theirs = json.loads(text)
    except (ValueError, RecursionError) as error:
        assert fatal, f"json fails and nothing is said: {error!r}"
        check_tolerated(document, data, fatal)
        return
    if "too-deep" in fatal or "nul" in fatal:
        return
    assert not fatal, f"json reads it, and we say {sorted(fatal)}"
    check_value(document, theirs)
    check_duplicates(document, text)


def check_value(document: JsonDocument, theirs: object) -> None:
    (root,) = document.roots
    assert repr(document.value) == repr(theirs) == repr(root.raw), f"{document.value!r} is not json's {theirs!r}"
    for node in (root, *list(root.walk())[:NODES]):
        check_node(document, node)


def check_node(document: JsonDocument, node: Node) -> None:
    """The text of a node, read alone, gives its value; that of a key its name."""
    data = document.data
    found = json.loads(bare(data[node.span.start : node.span.end].decode()))
    assert repr(found) == repr(node.raw) and node.text.encode() == data[node.span.start : node.span.end], node.path
    if node.key_span is not None:
        assert json.loads(data[node.key_span.start : node.key_span.end]) == node.key, node.path
        assert node.entry_span.start == node.key_span.start and node.entry_span.end == node.span.end
    line_start = data.rfind(b"\n", 0, node.span.start) + 1
    shift = 3 if line_start == 0 and data.startswith(b"\xef\xbb\xbf") else 0
    position = document.position(node.span.start)
    assert position.line == data.count(b"\n", 0, node.span.start) + 1
    assert position.column == len(data[line_start + shift : node.span.start].decode()) + 1


def check_duplicates(document: JsonDocument, text: str) -> None:
    """As many keys written twice as `json` drops."""
    dropped = 0

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal dropped
        kept = dict(found)
        dropped += len(found) - len(kept)
        return kept

    json.loads(text, object_pairs_hook=pairs)
    said = sum(problem.code == "duplicate-key" for problem in document.problems)
    assert said == dropped, f"{said} duplicate keys instead of {dropped}"


def bare(text: str) -> str:
    """*text* without comments and trailing commas, by a tokenizer that knows nothing of ours."""
    kept: list[str] = []
    comma, last = -1, ""
    for string, comment, separator, blank, other in TOKEN.findall(text):
        if comment or blank:
            kept.append(" ")
            continue
        if other in ("}", "]") and comma >= 0:
            kept[comma] = " "
        alone = last in ("", ",", "[", "{")  # a comma with nothing before it is no trailing one
        last = string or separator or other
        comma = len(kept) if separator and not alone else -1
        kept.append(last)
    return "".join(kept)


def check_tolerated(document: JsonDocument, data: bytes, fatal: set[str]) -> None:
    """What `json` refuses for comments, trailing commas or a byte order mark alone is read, and mended to what it says."""
    if not fatal <= TOLERATED:
        assert not document.roots
        assert not tolerable(data), "nothing but comments and trailing commas is wrong with it"
        return
    meant = tolerable(data)
    assert meant and repr(meant[0]) == repr(document.value), f"{document.value!r} is not {meant}"
    for node in list(document.roots[0].walk())[:NODES]:
        check_node(document, node)
    mended = data
    while found := [problem.code for problem in read_json("a.json", mended).problems if problem.fatal]:
        mended = repaired(mended, found[0])
    assert repr(json.loads(mended.decode("utf-8"))) == repr(document.value), f"mended to {mended!r}"


def repaired(data: bytes, code: str) -> bytes:
    """*data* after the repair of all problems with this *code*."""
    new = apply_edits(data, read_json("a.json", data).edits([Change("repair", (0,), code)]))
    assert len(new) < len(data), f"the repair of {code} takes nothing away"
    return new


def tolerable(data: bytes) -> list[object]:
    """The one value of *data* without comments and trailing commas, or nothing."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return []
    text = text.removeprefix("\ufeff")
    without = bare(text)
    if "\0" in text or nesting(without) > DEPTH:
        return []
    try:
        return [json.loads(without)]
    except (ValueError, RecursionError):
        return []


def nesting(text: str) -> int:
    """How many brackets are open at most, as far as *text* is well formed."""
    depth = most = 0
    for string, _, _, _, other in TOKEN.findall(text):
        if not string:
            depth += (other in ("[", "{")) - (other in ("]", "}"))
            most = max(most, depth)
    return most
