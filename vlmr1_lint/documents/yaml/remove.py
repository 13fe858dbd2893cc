"""Removing an entry of a YAML mapping or an item of a sequence: whole lines, or a part of a flow collection."""

from __future__ import annotations

from vlmr1_lint.documents.model import Edit, Refused, Span, format_path
from vlmr1_lint.documents.yaml.insert import block_scalar_header
from vlmr1_lint.documents.yaml.lines import after_line_break, end_of_entry_line, line_start
from vlmr1_lint.documents.yaml.nodes import SHARED, THROUGH_MERGE, YamlNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.documents.model import Node
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["merged", "remove"]


MAX_INDENT = 5_000_000
"""Columns: no line is longer than a file may be."""


def remove(document: YamlDocument, node: YamlNode) -> Iterator[Edit]:
    """The edits that delete *node* and its key. Raises `Refused`."""
    name = format_path(node.path)
    parent = document.node(node.path[:-1])
    if not isinstance(parent, YamlNode) or parent.refusal is not None or node.refusal in (SHARED, THROUGH_MERGE):
        raise Refused(f"{name} {node.refusal or 'is a whole document'}")
    if any(below.refusal == SHARED for below in node.walk()):
        raise Refused(f"a part of {name} {SHARED}")
    siblings = list(parent.children)
    if sum(child.path[-1] == node.path[-1] for child in siblings) > 1:
        raise Refused(f"{name} is there twice")
    index = siblings.index(node)
    if parent.style == "flow":
        yield _from_flow(document, parent, index)
    elif len(parent.tree.value) == 1:
        raise Refused(f"{name} is the only entry of its {parent.kind}")
    else:
        yield _lines(document, parent, index)


def _from_flow(document: YamlDocument, parent: YamlNode, index: int) -> Edit:
    children = parent.children
    span = parent.span
    text = document.data[span.start : span.end]
    if b"\n" in text or b"\r" in text or text[:1] not in (b"{", b"["):
        raise Refused(f"{format_path(parent.path)} is a flow collection of several lines or without brackets")
    if len(parent.tree.value) != len(children):
        raise Refused(f"{format_path(parent.path)} has merge keys")
    start, end = _own_start(document, children[index]), children[index].entry_span.end
    if index + 1 < len(children):
        return Edit(document.path, Span(start, _own_start(document, children[index + 1])), "")
    if index > 0:
        return Edit(document.path, Span(children[index - 1].entry_span.end, end), "")
    after = document.data[end : span.end - 1]
    return Edit(document.path, Span(start, end + (len(after) - len(after.lstrip(b" ,")) if after.strip(b" ,") == b"" else 0)), "")


def _own_start(document: YamlDocument, node: YamlNode) -> int:
    """Where an entry begins with its anchor and tag."""
    tree = node.tree if node.key_tree is None else node.key_tree
    alias = node.alias if node.key_tree is None else node.key_alias
    return document.places.offset(tree.start_mark.index if alias is None else alias[0])


def _lines(document: YamlDocument, parent: YamlNode, index: int) -> Edit:
    data, node = document.data, parent.children[index]
    start = _own_start(document, node)
    begin = line_start(data, start)
    prefix = data[begin:start]
    if node.key_tree is None:
        if not prefix.rstrip().endswith(b"-"):
            raise Refused("the item does not begin on the line of its dash")
        prefix = prefix.rstrip()[:-1]
    stop = end_of_entry_line(data, node.entry_span.end)
    if prefix.strip(b" "):
        return _first_of_item(document, parent, index)
    after = after_line_break(data, stop)
    headers = [header for header in map(block_scalar_header, parent.children[:index]) if header]
    if headers and _would_continue(data, after, "".join(headers)):
        raise Refused("what follows would become a part of the text before it")
    if after == stop and begin > document.places.shift:
        return Edit(document.path, Span(_without_line_break(document, begin), stop), "")
    return Edit(document.path, Span(begin, after), "")


def _without_line_break(document: YamlDocument, begin: int) -> int:
    """Where a deletion of the last lines begins that stand at *begin*, in a text without a final line break.

    Before the line break there, so that there still is none at the end; behind it where a block scalar ends, whose value it is
    a part of.
    """
    last = _last_before(document, begin)
    if last is not None and last.style in ("literal", "folded"):
        return begin
    return begin - (2 if document.data[:begin].endswith(b"\r\n") else 1)


def _last_before(document: YamlDocument, at: int) -> Node | None:
    """The last node that begins before *at*; the deepest, as nodes are in file order."""
    last = None
    for root in document.roots:
        for node in root.walk():
            if node.entry_span.start >= at:
                return last
            last = node
    return last


def _would_continue(data: bytes, after: int, headers: str) -> bool:
    """Whether the line at *after* could belong to a block scalar before it: an indented one, or a blank one that it keeps."""
    while after < len(data) and data[after : after + 1] in (b"\r", b"\n"):
        if "+" in headers:
            return True
        after += 1
    return data[after : after + 1] in (b" ", b"\t")


def _first_of_item(document: YamlDocument, parent: YamlNode, index: int) -> Edit:
    """The first entry of a mapping that begins behind a dash: the next entry takes its place."""
    children = parent.children
    start = _own_start(document, children[index])
    if index + 1 >= len(children) or parent.kind != "mapping":
        raise Refused(f"{format_path(children[index].path)} shares its line with a dash")
    end = _own_start(document, children[index + 1])
    between = document.data[children[index].entry_span.end : end]
    if between.strip():
        raise Refused("a comment stands before the next entry")
    return Edit(document.path, Span(start, end), "")


def merged(document: YamlDocument, edits: Sequence[Edit]) -> list[Edit]:
    """*edits*, where deletions that touch are one, and a text without final line break still has none.

    Lines inserted at one place stand deepest first: those of a nested mapping before those of the mapping around it.
    """
    done: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end, _order(edit.text))):
        last = done[-1] if done else None
        if last is None or last.text or edit.text or edit.span.start > last.span.end or last.span.start == last.span.end:
            done.append(edit)
            continue
        start, end = last.span.start, max(last.span.end, edit.span.end)
        if end == len(document.data) and last.span.end != end and start > document.places.shift:
            begin = _without_line_break(document, start)
            start = begin if document.data[begin:start].strip(b"\r\n") == b"" and not _ends_line(document.data) else start
        done[-1] = Edit(document.path, Span(start, end), "")
    return done


def _order(text: str) -> int:
    """Which of the texts that are inserted at one place comes first: the value that stands there, then further entries of a flow
    collection, then lines, of which the deepest first."""
    lines = text.lstrip("\r\n")
    if lines != text:
        return 2 - len(lines) + len(lines.lstrip(" ")) + MAX_INDENT
    return 1 if text.lstrip(" ").startswith(",") else 0


def _ends_line(data: bytes) -> bool:
    return data.endswith((b"\n", b"\r"))
