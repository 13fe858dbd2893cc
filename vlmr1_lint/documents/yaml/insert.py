"""New entries of a YAML mapping and new items of a sequence, in the style that stands there."""

from __future__ import annotations

from vlmr1_lint.documents.model import Edit, Refused, Span, format_path
from vlmr1_lint.documents.yaml.lines import end_of_entry_line, indentation, line_end, newline
from vlmr1_lint.documents.yaml.nodes import YamlNode
from vlmr1_lint.documents.yaml.render import render_block, render_flow, render_item, render_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.model import Change, DocPath
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["append_item", "block_scalar_header", "insert_entry"]


def insert_entry(document: YamlDocument, mapping: YamlNode, change: Change, gone: Sequence[DocPath]) -> Edit:
    """The edit that gives *mapping* the entry of *change*, after its own entry ``change.near``, else at its end.

    The entries at *gone* are removed at the same time. Raises `Refused`.
    """
    key, value = str(change.path[-1]), change.value
    sibling = None if change.near is None else mapping.get(change.near)
    kept = [child for child in mapping.children if child.path not in gone]
    after = sibling if isinstance(sibling, YamlNode) and sibling in kept else None
    if after is None and mapping.children and mapping.children[-1].path in gone:
        if not kept:
            raise Refused("no entry would be left to insert beside")
        after = kept[-1]
    if mapping.style == "flow":
        return _into_flow(document, mapping, f"{_flow_key(mapping, key)}: {render_flow(value)}", after)
    lines = render_block(key, value, indentation(document.data, mapping.span.start))
    return _behind(document, mapping.span.end if after is None else after.entry_span.end, lines, after or _last(mapping))


def append_item(document: YamlDocument, sequence: YamlNode, value: object) -> Edit:
    """The edit that gives *sequence* one more item. Raises `Refused`."""
    if sequence.style == "flow":
        return _into_flow(document, sequence, render_flow(value), None)
    lines = render_item(value, indentation(document.data, sequence.span.start))
    return _behind(document, sequence.span.end, lines, _last(sequence))


def _last(node: YamlNode) -> YamlNode | None:
    return node.children[-1] if node.children else None


def _behind(document: YamlDocument, end: int, lines: list[str], before: YamlNode | None) -> Edit:
    """*lines* after the line in which the entry *before* ends at *end*."""
    header = block_scalar_header(before)
    if "+" in header:
        raise Refused("the entry before it keeps the blank lines after it")
    if header and "-" not in header and line_end(document.data, end) == len(document.data):
        raise Refused("the entry before it would get a line break more")
    data = document.data
    stop = end_of_entry_line(data, end)
    line_break = newline(data)
    return Edit(document.path, Span(stop, stop), "".join(line_break + line for line in lines))


def block_scalar_header(node: YamlNode | None) -> str:
    """``|``, ``>-`` and so on if the text of *node* ends with a block scalar, else the empty string."""
    while node is not None and node.alias is None and node.kind != "scalar" and node.children and node.style == "block":
        node = node.children[-1]
    if node is None or node.alias is not None or node.style not in ("literal", "folded"):
        return ""
    return node.text.splitlines()[0].split("#", 1)[0].strip()


def _flow_key(mapping: YamlNode, key: str) -> str:
    """*key*, in double quotes where all keys beside it are."""
    quoted = bool(mapping.children) and all(child.key_tree.style == '"' for child in mapping.children)
    return render_key(key, "double" if quoted else "plain")


def _into_flow(document: YamlDocument, node: YamlNode, text: str, after: YamlNode | None) -> Edit:
    """*text* as a further entry between the brackets of *node*."""
    span, data = node.span, document.data
    inside = data[span.start + 1 : span.end - 1]
    if data[span.start : span.start + 1] not in (b"{", b"["):
        raise Refused(f"{format_path(node.path)} has no brackets")
    if b"\n" in inside or b"\r" in inside:
        raise Refused(f"{format_path(node.path)} is a flow collection of several lines")
    if after is not None and after.span.end > after.span.start:
        return Edit(document.path, Span(after.entry_span.end, after.entry_span.end), f", {text}")
    end = span.start + 1 + len(inside.rstrip())
    if not inside.strip():
        return Edit(document.path, Span(span.start + 1, span.start + 1), text)
    if inside.rstrip().endswith(b","):
        return Edit(document.path, Span(end, end), f" {text},")
    separator = ", "
    if inside.rstrip().endswith(b":"):
        separator = " , "
    return Edit(document.path, Span(end, end), separator + text)
