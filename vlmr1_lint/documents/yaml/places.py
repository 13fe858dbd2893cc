"""From PyYAML's marks to byte offsets."""

from __future__ import annotations

from vlmr1_lint.documents.model import Span
from vlmr1_lint.documents.offsets import Offsets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Places"]

BLANK = b" \t\r\n"


class Places(Offsets):
    """Where PyYAML's nodes stand in *data*, as byte spans. Marks count code points after a byte order mark.

    ``aliases`` maps (identity of a collection, 2 × index of an item, one more for a mapping's value) to the marks of the alias
    that stands there; PyYAML's nodes do not know it.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.aliases: dict[tuple[int, int], tuple[int, int]] = {}

    def of(self, tree: Any, key: Span | None = None) -> Span:
        """The value of the PyYAML node *tree* without its anchor and tag, and without blank space after it; *key* is the place of
        its key."""
        start = self.content(tree)
        if tree.id != "scalar":
            return Span(start, max(start, self._collection_end(tree, start)))
        end = self.offset(tree.end_mark.index)
        if start >= end and not tree.style:
            while start > self.shift and self.data[start - 1] in b" \t":  # inside braces the mark stands before the next token
                start -= 1
            if key is not None and self._is_on_a_later_line(start, key):
                start = key.end  # ``? key`` without a colon: the mark stands at whatever comes next
            return Span(start, start)
        if tree.style in ("|", ">"):
            end = start + len(self.data[start:end].rstrip(BLANK))
        return Span(start, max(start, end))

    def _is_on_a_later_line(self, at: int, key: Span) -> bool:
        between = self.data[key.end : at]
        return (b"\n" in between or b"\r" in between) and self._skip_blank(key.end, at) == at

    def content(self, tree: Any) -> int:
        """The byte where the value itself begins: PyYAML's mark stands before anchor and tag."""
        start = self.offset(tree.start_mark.index)
        if self.data[start : start + 1] not in (b"&", b"!"):
            return start
        if tree.id == "mapping" and not tree.flow_style and tree.value:
            # Behind the mapping's own anchor, or at the anchor of its first key: in both cases where that key begins.
            return self._item_start(tree)
        limit = self.offset(tree.end_mark.index)
        while start < limit and self.data[start : start + 1] in (b"&", b"!"):
            while start < limit and self.data[start] not in BLANK:
                start += 1
            start = self._skip_blank(start, limit)
        return start

    def _item_start(self, tree: Any) -> int:
        alias = self.aliases.get((id(tree), 0))
        return self.offset(tree.value[0][0].start_mark.index if alias is None else alias[0])

    def _skip_blank(self, at: int, limit: int) -> int:
        while at < limit:
            if self.data[at] in BLANK:
                at += 1
            elif self.data[at : at + 1] == b"#":
                end = self.data.find(b"\n", at)
                at = limit if end < 0 else end
            else:
                break
        return at

    def _collection_end(self, tree: Any, start: int) -> int:
        end = self.offset(tree.end_mark.index)
        if not tree.value or (tree.flow_style and self.data[start : start + 1] in (b"{", b"[")):
            return end
        last = len(tree.value) - 1
        alias = self.aliases.get((id(tree), 2 * last + 1))
        if alias is not None:
            return self.offset(alias[1])
        if tree.id == "sequence":
            return self.of(tree.value[last]).end
        key, value = tree.value[last]
        alias = self.aliases.get((id(tree), 2 * last))
        return self.of(value, self.of(key) if alias is None else self.span(*alias)).end
