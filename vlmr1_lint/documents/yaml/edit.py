"""Changing a YAML text: only the bytes of a value, or whole lines of new or removed entries."""

from __future__ import annotations

from vlmr1_lint.documents.changes import refuse_contradictions, same
from vlmr1_lint.documents.model import Change, Edit, Refused, Span, format_path
from vlmr1_lint.documents.yaml.insert import append_item, insert_entry
from vlmr1_lint.documents.yaml.layout import layout, respell
from vlmr1_lint.documents.yaml.lines import indentation, newline, refuse_comments
from vlmr1_lint.documents.yaml.nodes import THROUGH_ALIAS, THROUGH_MERGE, YamlNode
from vlmr1_lint.documents.yaml.remove import merged, remove
from vlmr1_lint.documents.yaml.render import render, render_block, render_flow, render_item, render_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.documents.model import DocPath
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["edits"]


def edits(document: YamlDocument, changes: Sequence[Change]) -> list[Edit]:
    """The edits of *document* that carry out *changes*. Raises `Refused`."""
    if any(change.action == "repair" for change in changes):
        from vlmr1_lint.documents.yaml.repair import repair

        if len(changes) > 1:
            raise Refused("a repair goes alone")
        return repair(document, changes[0])
    if any(problem.fatal for problem in document.problems):
        raise Refused("the file cannot be read")
    refuse_contradictions(changes)
    found: list[Edit] = []
    gone = [change.path for change in changes if change.action == "remove"]
    _refuse_emptying(document, gone)
    for change in _joined(document, changes):
        if change.action == "set":
            found.extend(_set(document, change, gone))
        elif change.action == "remove":
            found.extend(remove(document, _existing(document, change.path)))
        elif change.action == "rename":
            found.append(_rename(document, change))
        elif change.action == "respell":
            found.append(respell(_existing(document, change.path), change.value))
        elif change.action == "layout":
            found.extend(layout(_existing(document, change.path), change.value))
        else:
            raise Refused(f"unknown action {change.action!r}")
    return merged(document, found)


def _joined(document: YamlDocument, changes: Sequence[Change]) -> list[Change]:
    """*changes*, where those that create entries below the same absent key are one change that creates the mapping."""
    joined: list[Change] = []
    made: dict[DocPath, dict[str, object]] = {}
    for change in changes:
        top = _first_absent(document, change.path)
        if change.action != "set" or top is None or len(top) == len(change.path):
            joined.append(change)
            continue
        rest = change.path[len(top) :]
        if top not in made:
            made[top] = {}
            joined.append(Change("set", top, made[top], change.near if len(rest) == 0 else None))
        level: dict[str, object] = made[top]
        for part in rest[:-1]:
            below = level.setdefault(_key(part), {})
            if not isinstance(below, dict):
                raise Refused("two changes contradict each other")
            level = below
        level[_key(rest[-1])] = change.value
    return joined


def _first_absent(document: YamlDocument, path: DocPath) -> DocPath | None:
    """The shortest part of *path* that is absent or empty while its parent is there; None where all of it is there."""
    for length in range(1, len(path)):
        node = document.node(path[:length])
        if node is None:
            return path[:length] if length > 1 else path
        if (node.kind == "scalar" and node.raw is None) or (node.kind == "mapping" and node.raw == {}):
            return path[:length]
    return None if document.node(path) is not None else path


def _key(part: str | int) -> str:
    if isinstance(part, int):
        raise Refused("a sequence cannot be made by setting one of its items")
    return part


def _refuse_emptying(document: YamlDocument, removed: Sequence[DocPath]) -> None:
    """Raise `Refused` if *removed* are all entries of a block: nothing would be left to say that it is a mapping."""
    for parent in {path[:-1] for path in removed}:
        node = document.node(parent)
        if (
            isinstance(node, YamlNode)
            and node.style == "block"
            and len(node.tree.value) <= len({path for path in removed if path[:-1] == parent})
        ):
            raise Refused(f"no entry of {format_path(parent) or 'the document'} would be left")


def _existing(document: YamlDocument, path: DocPath) -> YamlNode:
    node = document.node(path)
    if not isinstance(node, YamlNode) or len(path) < 2:
        raise Refused(f"{format_path(path)} is not there")
    return node


def _set(document: YamlDocument, change: Change, gone: Sequence[DocPath]) -> Iterator[Edit]:
    """Edits that carry out a ``set`` beside the removal of the entries at *gone*."""
    node = document.node(change.path)
    if isinstance(node, YamlNode) and node.refusal != THROUGH_MERGE:
        yield from _replace(document, node, change.value)
        return
    if not document.roots and len(change.path) == 2 and change.path[0] == 0:
        yield _first_entry(document, _key(change.path[1]), change.value)
        return
    parent = document.node(change.path[:-1])
    if not isinstance(parent, YamlNode):
        raise Refused(f"{format_path(change.path[:-1]) or 'the document'} is not there")
    if parent.refusal is not None:
        raise Refused(f"{format_path(parent.path)} {parent.refusal}")
    last = change.path[-1]
    if parent.kind == "mapping" and isinstance(last, str):
        yield insert_entry(document, parent, change, gone)
    elif parent.kind == "sequence" and last == len(parent.children):
        yield append_item(document, parent, change.value)
    else:
        raise Refused(f"{format_path(parent.path) or 'the document'} is no {'mapping' if isinstance(last, str) else 'sequence'}")


def _first_entry(document: YamlDocument, key: str, value: object) -> Edit:
    """An entry for a text without any document: empty, or nothing but comments."""
    data, end = document.data, newline(document.data)
    lines = end.join(render_block(key, value, ""))
    closed = len(data) == document.places.shift or data.endswith((b"\n", b"\r"))
    return Edit(document.path, Span(len(data), len(data)), lines + end if closed else end + lines)


def _replace(document: YamlDocument, node: YamlNode, value: object) -> Iterator[Edit]:
    """Edits after which *node* has the value *value*."""
    if same(node.raw, value):
        return
    if node.refusal is not None:
        raise Refused(f"{format_path(node.path)} {node.refusal}")
    if node.tree.tag.__class__ is str:
        raise Refused(f"{format_path(node.path)} has a tag")
    if node.kind == "mapping" and isinstance(value, dict) and node.children and value:
        yield from _replace_entries(document, node, value)
    elif node.kind == "sequence" and isinstance(value, list) and len(value) == len(node.children):
        for child, item in zip(node.children, value):  # noqa: B905 (lengths are equal)
            yield from _replace(document, child, item)
    else:
        yield _replace_text(document, node, value)


def _replace_entries(document: YamlDocument, node: YamlNode, value: dict[str, object]) -> Iterator[Edit]:
    present = node.entries()
    gone = [child.path for key, child in present.items() if key not in value]
    for key, item in value.items():
        child = present.get(key)
        if isinstance(child, YamlNode) and child.refusal != THROUGH_MERGE:
            yield from _replace(document, child, item)
        elif child is None or not same(child.raw, item):
            yield insert_entry(document, node, Change("set", (*node.path, key), item), gone)
    if not any(key in value for key in present):
        raise Refused("no entry of the mapping would be left")
    for key, child in present.items():
        if key not in value and isinstance(child, YamlNode):
            yield from remove(document, child)


def _replace_text(document: YamlDocument, node: YamlNode, value: object) -> Edit:
    span = node.span
    refuse_comments(document, span)
    quotes = node.style if node.style in ("single", "double") else "plain"
    if in_flow(document, node):
        text = render_flow(value, quotes)
    elif node.kind == "sequence" and node.style == "block" and isinstance(value, list) and value:
        indent = indentation(document.data, span.start)
        lines = [line for item in value for line in render_item(item, indent)]
        return Edit(document.path, span, newline(document.data).join(lines).lstrip(" "))
    elif node.kind == "scalar" and node.raw is None and isinstance(value, dict) and value and span.start == span.end:
        return _nested_block(document, node, value)
    else:
        text = render(value, quotes)
    if node.style == "block":
        # The collection begins on a later line than its key: the value goes behind the colon (or the dash).
        start = span.start - len(document.data[: span.start]) + len(document.data[: span.start].rstrip())
        refuse_comments(document, Span(_opening(document, node), span.start))
        return Edit(document.path, Span(start, span.end), f" {text}")
    if span.start == span.end:
        return Edit(document.path, span, _after_key(document, node) + text)
    return Edit(document.path, span, text)


def _opening(document: YamlDocument, node: YamlNode) -> int:
    """Where what stands before a value begins: its key, or the line of a sequence item."""
    key = node.key_span
    return document.data.rfind(b"-", 0, node.span.start) if key is None else key.end


def _after_key(document: YamlDocument, node: YamlNode) -> str:
    """What must stand between a key (or dash) without a value and a value for it."""
    key, before = node.key_span, document.data[: node.span.start]
    if key is not None and b":" not in before[key.end :]:
        if not in_flow(document, node):
            raise Refused(f"{format_path(node.path)} has no colon")
        return ": "
    return "" if before.endswith((b" ", b"\t")) else " "


def _nested_block(document: YamlDocument, node: YamlNode, value: dict[str, object]) -> Edit:
    """A block mapping under a key that has no value yet."""
    key = node.key_span
    if key is None:
        raise Refused("a sequence item without a value cannot become a mapping")
    from vlmr1_lint.documents.yaml.lines import end_of_entry_line

    end = end_of_entry_line(document.data, node.span.end)
    indent = indentation(document.data, key.start) + "  "
    line_break = newline(document.data)
    lines = [line for item in value.items() for line in render_block(*item, indent)]
    return Edit(document.path, Span(end, end), "".join(line_break + line for line in lines))


def in_flow(document: YamlDocument, node: YamlNode) -> bool:
    """Whether *node* stands inside ``[…]`` or ``{…}``."""
    return any(
        isinstance(outer, YamlNode) and outer.style == "flow"
        for outer in (document.node(node.path[:length]) for length in range(1, len(node.path)))
    )


def _rename(document: YamlDocument, change: Change) -> Edit:
    node = _existing(document, change.path)
    span, parent = node.key_span, document.node(change.path[:-1])
    if span is None or not isinstance(change.value, str) or parent is None:
        raise Refused(f"{format_path(change.path)} has no key that can be renamed")
    if node.refusal == THROUGH_MERGE or parent.refusal is not None or node.key_alias is not None:
        raise Refused(f"{format_path(change.path)} {node.refusal or THROUGH_ALIAS}")
    if parent.get(change.value) is not None:
        raise Refused(f"{change.value} is there already")
    if sum(child.key == node.key for child in parent.children) > 1:
        raise Refused(f"{format_path(change.path)} is there twice")
    style = {"'": "single", '"': "double"}.get(node.key_tree.style, "plain")
    return Edit(document.path, span, render_key(change.value, style))
