"""Changing a JSON text: only the bytes of a value, or one entry with its comma; and mending what `json` refuses."""

from __future__ import annotations

from vlmr1_lint.documents.changes import refuse_contradictions, same
from vlmr1_lint.documents.json.read import JsonNode
from vlmr1_lint.documents.json.scan import ScanError
from vlmr1_lint.documents.model import Change, Edit, Node, Refused, Span, format_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.documents.json.read import JsonDocument
    from vlmr1_lint.documents.model import DocPath

__all__ = ["edits"]


def edits(document: JsonDocument, changes: Sequence[Change]) -> list[Edit]:
    """The edits of *document* that carry out *changes*. Raises `Refused`."""
    if any(change.action == "repair" for change in changes):
        if len(changes) > 1:
            raise Refused("a repair goes alone")
        return _repair(document, changes[0])
    if any(problem.fatal for problem in document.problems) or not document.roots:
        raise Refused("the file cannot be read")
    refuse_contradictions(changes)
    gone = [change.path for change in changes if change.action == "remove"]
    found = _removals(document, gone)
    for change in _joined(document, changes):
        if change.action == "set":
            found.extend(_set(document, change, gone))
        elif change.action == "rename":
            found.append(_rename(document, change))
        elif change.action != "remove":
            raise Refused(f"unknown action {change.action!r}")
    return found


def _joined(document: JsonDocument, changes: Sequence[Change]) -> list[Change]:
    """*changes*, where those that create entries below the same absent key are one change that creates the object."""
    joined: list[Change] = []
    made: dict[DocPath, dict[str, object]] = {}
    for change in changes:
        lengths = (length for length in range(1, len(change.path)) if _is_absent(document.node(change.path[:length])))
        length = next(lengths, None)
        if change.action != "set" or length is None:
            joined.append(change)
            continue
        top = change.path[:length]
        if top not in made:
            made[top] = {}
            joined.append(Change("set", top, made[top]))
        level: dict[str, object] = made[top]
        for part in change.path[length:-1]:
            below = level.setdefault(str(part), {})
            if not isinstance(below, dict):
                raise Refused("two changes contradict each other")
            level = below
        level[str(change.path[-1])] = change.value
    return joined


def _is_absent(node: Node | None) -> bool:
    """Whether entries below *node* have to be made together: it is not there, or is an empty object."""
    return node is None or (node.kind == "mapping" and not node.children)


def _existing(document: JsonDocument, path: DocPath) -> tuple[JsonNode, JsonNode]:
    """The node at *path* and the collection that holds it. Raises `Refused`."""
    node, parent = document.node(path), document.node(path[:-1])
    if not isinstance(node, JsonNode) or not isinstance(parent, JsonNode):
        raise Refused(f"{format_path(path) or 'the document'} is not there")
    if parent.has_twice(path[-1]):
        raise Refused(f"{format_path(path)} is there twice")
    return node, parent


def _set(document: JsonDocument, change: Change, gone: Sequence[DocPath]) -> Iterator[Edit]:
    """Edits that carry out a ``set`` beside the removal of the entries at *gone*."""
    present = document.node(change.path)
    if isinstance(present, JsonNode):
        yield from _replace(document, present, change.value)
        return
    parent, last = document.node(change.path[:-1]), change.path[-1]
    if not isinstance(parent, JsonNode):
        raise Refused(f"{format_path(change.path[:-1]) or 'the document'} is not there")
    siblings = [child for child in parent.children if child.path not in gone]
    if parent.children and not siblings:
        raise Refused("no entry would be left to insert beside")
    sibling = next((child for child in siblings if change.near is not None and child.path[-1] == change.near), None)
    beside = sibling or (siblings[-1] if siblings else None)
    if parent.kind == "mapping" and isinstance(last, str):
        yield _insert(document, parent, beside, last, change.value)
    elif parent.kind == "sequence" and last == len(parent.children):
        yield _insert(document, parent, beside, None, change.value)
    else:
        raise Refused(f"{format_path(change.path[:-1]) or 'the document'} cannot take {last}")


def _replace(document: JsonDocument, node: JsonNode, value: object) -> Iterator[Edit]:
    if same(node.raw, value):
        return
    if isinstance(value, list) and node.kind == "sequence" and len(value) == len(node.children):
        for child, item in zip(node.children, value):  # noqa: B905 (lengths are equal)
            yield from _replace(document, child, item)
        return
    if isinstance(value, dict) and node.kind == "mapping" and value.keys() == node.entries().keys():
        for key, item in value.items():
            entry = node.get(key)
            if isinstance(entry, JsonNode):
                yield from _replace(document, entry, item)
        return
    yield Edit(document.path, node.span, _render(document, value, _margin(document, node.scanned.start)))


def _insert(document: JsonDocument, parent: JsonNode, sibling: JsonNode | None, key: str | None, value: object) -> Edit:
    """A new entry (item, if *key* is None) of *parent* after its entry *sibling* (None: it is empty), in the style of those."""
    text, children, scanned = document.text, parent.children, parent.scanned
    margin = _margin(document, scanned.start)
    if sibling is None:
        inside = document.offsets.span(scanned.start + 1, scanned.end - 1)
        inner = margin + _step(document)
        if "\n" not in text:
            return Edit(document.path, inside, _entry(document, key, ": ", value, margin))
        line_break = _newline(document)
        return Edit(document.path, inside, f"{line_break}{inner}{_entry(document, key, ': ', value, inner)}{line_break}{margin}")
    start = sibling.scanned.start if key is None else sibling.scanned.key_start
    if len(children) > 1:
        first, second = (_begin(child) for child in children[:2])
        gap = text[children[0].scanned.end : second].split(",", 1)[1]
        before = text[scanned.start + 1 : first]
        gap = before if "\n" in before and "\n" not in gap else gap
    else:
        gap = text[scanned.start + 1 : start]
        gap = gap if "\n" in gap else " "
    if "\n" in gap:
        gap = _newline(document) + gap.rsplit("\n", 1)[1]
    colon = text[sibling.scanned.key_end : sibling.scanned.start] if key is not None else ""
    at = document.offsets.offset(sibling.scanned.end)
    inner = gap.rsplit("\n", 1)[1] if "\n" in gap else margin
    return Edit(document.path, Span(at, at), "," + gap + _entry(document, key, colon, value, inner))


def _begin(node: JsonNode) -> int:
    return node.scanned.start if node.scanned.key is None else node.scanned.key_start


def _entry(document: JsonDocument, key: str | None, colon: str, value: object, margin: str) -> str:
    return ("" if key is None else _string(key) + colon) + _render(document, value, margin)


def _removals(document: JsonDocument, paths: Sequence[DocPath]) -> list[Edit]:
    """Edits that delete the entries at *paths* and the commas that belong to them."""
    gone: dict[DocPath, list[JsonNode]] = {}
    for path in paths:
        gone.setdefault(path[:-1], []).append(_existing(document, path)[0])
    found, span = [], document.offsets.span
    for holder, nodes in gone.items():
        parent = document.node(holder)
        assert isinstance(parent, JsonNode)
        if len(nodes) == len(parent.children):
            found.append(Edit(document.path, span(parent.scanned.start + 1, parent.scanned.end - 1), ""))
            continue
        children = parent.children
        places = {children.index(node) for node in nodes}
        last = len(children) - 1
        while last in places:
            last -= 1
        for place in sorted(places):
            if place > last:
                # Nothing that stays follows: the comma and the line break after the last entry that stays go as well.
                found.append(Edit(document.path, span(children[last].scanned.end, children[-1].scanned.end), ""))
                break
            found.append(Edit(document.path, span(_begin(children[place]), _begin(children[place + 1])), ""))
    return found


def _rename(document: JsonDocument, change: Change) -> Edit:
    node, parent = _existing(document, change.path)
    if node.key_span is None or not isinstance(change.value, str):
        raise Refused(f"{format_path(change.path)} has no key that can be renamed")
    if parent.get(change.value) is not None:
        raise Refused(f"{change.value} is there already")
    return Edit(document.path, node.key_span, _string(change.value))


def _repair(document: JsonDocument, change: Change) -> list[Edit]:
    """Remove all that `json` refuses and the tolerant reading passes over: one of them left would leave the text unreadable."""
    if not any(problem.fatal and problem.code == change.value for problem in document.problems):
        raise Refused(f"there is no {change.value} to mend")
    try:
        tolerated = document.tolerate()
    except ScanError:
        raise Refused("the text has another fault besides") from None
    found = [Edit(document.path, Span(0, document.offsets.shift), "")] if document.offsets.shift else []
    gone = 0
    for item in sorted(tolerated, key=lambda item: item.start):
        start, end = _with_blank(document.text, item.start, item.end) if item.code == "comment" else (item.start, item.end)
        start = max(start, gone)  # the blanks between two comments go once
        found.append(Edit(document.path, document.offsets.span(start, end), ""))
        gone = end
    return found


def _with_blank(text: str, start: int, end: int) -> tuple[int, int]:
    """A comment with the blanks before it; with its line if nothing else stands on it."""
    begin = len(text[:start].rstrip(" \t"))
    alone = begin == 0 or text[begin - 1] == "\n"
    rest = text[end:].split("\n", 1)[0]
    if rest.strip():  # a value follows: the blanks between go, those before stay as its indentation
        return start, end + len(rest) - len(rest.lstrip(" \t"))
    return begin, min(len(text), end + len(rest) + 1) if alone else end


def _newline(document: JsonDocument) -> str:
    return "\r\n" if "\r\n" in document.text else "\n"


def _margin(document: JsonDocument, at: int) -> str:
    """The indentation of the line of the code point *at*."""
    line = document.text[document.text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _step(document: JsonDocument) -> str:
    """One level of indentation: that of the document's first entry, four spaces (as `DeepSpeed` examples have) without one."""
    for root in document.roots:
        for child in root.children[:1]:
            if isinstance(child, JsonNode) and "\n" in document.text[: _begin(child)]:
                return _margin(document, _begin(child)) or "    "
    return "    "


def _render(document: JsonDocument, value: object, margin: str) -> str:
    """*value* as JSON; an object with entries over several lines where the document has several."""
    if isinstance(value, dict) and value and "\n" in document.text:
        inner, line_break = margin + _step(document), _newline(document)
        lines = [f"{inner}{_string(key)}: {_render(document, item, inner)}" for key, item in value.items()]
        return "{" + line_break + ("," + line_break).join(lines) + line_break + margin + "}"
    return _string(value)


def _string(value: object) -> str:
    import json

    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    except (TypeError, ValueError):
        raise Refused(f"a value of type {type(value).__name__} cannot be written") from None
    return text
