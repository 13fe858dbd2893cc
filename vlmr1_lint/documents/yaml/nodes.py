"""A node of a YAML document: PyYAML's node, and where exactly its parts stand in the bytes.

PyYAML's marks are not what people point at: they include anchors and tags, block collections end where the next token
begins, block scalars swallow blank lines, and an alias is reported at its anchor. All of that is put right here, when a place is
asked for, not before.
"""

from __future__ import annotations

from vlmr1_lint.documents.model import Node, Span
from vlmr1_lint.documents.placeholders import placeholder
from vlmr1_lint.documents.yaml.values import Unreadable, is_merge, is_template, quick, scalar, tree
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from vlmr1_lint.documents.model import DocPath
    from vlmr1_lint.documents.yaml.read import YamlDocument

__all__ = ["YamlNode"]

STYLES = {None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}
THROUGH_ALIAS = "comes through an alias"
THROUGH_MERGE = "comes through a merge key"
SHARED = "is used by an alias elsewhere"
UNSET: Any = object()


class YamlNode(Node):
    """See `Node`. ``tree`` is PyYAML's node, ``key_tree`` that of its key; ``alias`` are the marks of ``*name`` where one stands.

    The part of a path that stands for a key is its text, also where YAML 1.1 makes the key something else than a string.
    """

    __slots__ = (
        "_children",
        "_entries",
        "_span",
        "_value",
        "alias",
        "document",
        "key_alias",
        "key_tree",
        "path",
        "refusal",
        "tree",
    )

    def __init__(
        self,
        document: YamlDocument,
        path: DocPath,
        key_tree: Any,
        tree: Any,
        refusal: str | None,
    ) -> None:
        self.document = document
        self.path: DocPath = path
        self.key_tree = key_tree
        self.tree = tree
        self.refusal: str | None = refusal
        self.alias: tuple[int, int] | None = None
        self.key_alias: tuple[int, int] | None = None
        self._children: Any = None
        self._entries: Any = None
        self._span: Span | None = None
        self._value = UNSET

    @property
    def kind(self) -> str:
        """``"scalar"``, ``"mapping"`` or ``"sequence"``; a value ``{{ name }}`` without quotes is a scalar."""
        return "scalar" if is_template(self.tree) else str(self.tree.id)

    @property
    def style(self) -> str:
        if self.tree.id == "scalar":
            return STYLES[self.tree.style]
        if is_template(self.tree):
            return "plain"
        return "flow" if self.tree.flow_style else "block"

    @property
    def value(self) -> object:
        """What PyYAML's safe loader gives, `Unknown` for placeholders, foreign tags and values on which it raises."""
        if self._value is UNSET:
            if self.tree.id == "scalar":
                self._value = _leaf(self.tree)
            else:
                self._value = tree(self.tree, _leaf, self.document.values)
        return self._value

    @property
    def raw(self) -> object:
        """The same with placeholders as the strings they are."""
        return tree(self.tree, _plain_leaf, self.document.raw_values)

    @property
    def text(self) -> str:
        span = self.span
        return self.document.data[span.start : span.end].decode("utf-8", "replace")

    @property
    def key_span(self) -> Span | None:
        if self.key_tree is None:
            return None
        places = self.document.places
        return places.of(self.key_tree) if self.key_alias is None else places.span(*self.key_alias)

    @property
    def span(self) -> Span:
        if self._span is None:
            places = self.document.places
            self._span = places.of(self.tree, self.key_span) if self.alias is None else places.span(*self.alias)
        return self._span

    @property
    def entry_span(self) -> Span:
        key = self.key_span
        return self.span if key is None else Span(key.start, max(key.end, self.span.end))

    @property
    def children(self) -> Sequence[YamlNode]:
        if self._children is None:
            self._children = tuple(self._make_children())
        children: Sequence[YamlNode] = self._children
        return children

    def entries(self) -> dict[str, Node]:
        if self._entries is None:
            self._entries = self._merged()
            for child in self.children if self.tree.id == "mapping" else ():
                self._entries[child.path[-1]] = child
        entries: dict[str, Node] = self._entries
        return entries

    def get(self, key: str) -> Node | None:
        return self.entries().get(key)

    def walk(self) -> Iterator[Node]:
        """Every node below, file order; what an alias stands for is not gone through again."""
        if self.alias is None:
            for child in self.children:
                yield child
                yield from child.walk()

    def _make_children(self) -> Iterator[YamlNode]:
        parent, document = self.tree, self.document
        inherited = THROUGH_ALIAS if self.alias is not None else self.refusal
        if parent.id == "sequence":
            pairs = [(None, item) for item in parent.value]
        elif parent.id == "mapping" and not is_template(parent):
            pairs = parent.value
        else:
            return
        aliases = document.places.aliases
        for index, (key, item) in enumerate(pairs):
            if key is not None and is_merge(key):
                continue
            path = (*self.path, index if key is None else key.value if key.id == "scalar" else "?")
            if not aliases:
                yield YamlNode(document, path, key, item, inherited)
                continue
            alias = aliases.get((id(parent), 2 * index + 1))
            child = YamlNode(document, path, key, item, inherited or document.refusal(item, alias))
            child.alias = alias
            child.key_alias = aliases.get((id(parent), 2 * index))
            yield child

    def _merged(self) -> dict[str, Node]:
        """Children that come through merge keys, by key."""
        merged: dict[str, Node] = {}
        if self.tree.id != "mapping" or not any(is_merge(key) for key, _ in self.tree.value):
            return merged
        for key, item in self.tree.value:
            if is_merge(key):
                for source in [item] if item.id == "mapping" else item.value[::-1] if item.id == "sequence" else ():
                    if source.id == "mapping":
                        origin = YamlNode(self.document, self.path, None, source, THROUGH_MERGE)
                        merged.update(origin.entries())
        return merged


def _leaf(node: Any) -> object:
    """A scalar's value with placeholders unknown."""
    tag = node.tag
    if tag is True:
        value = quick(node.value)
        if value is not node.value and value.__class__ in (int, float, bool):
            return value
    try:
        value = scalar(node)
    except Unreadable as error:
        return Unknown(str(error))
    if isinstance(value, str) and value:
        found = placeholder(value)
        if found is not None:
            return Unknown(found)
    return value


def _plain_leaf(node: Any) -> object:
    """A scalar's value."""
    try:
        return scalar(node)
    except Unreadable as error:
        return Unknown(str(error))
