"""Which options a rule about entries is about, worked out when rules are compiled: it need not be asked about any other."""

from __future__ import annotations

from vlmr1_lint.language.trees import reads
from vlmr1_lint.rulefiles.needs import SUSPICIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.language.trees import Tree

__all__ = ["LISTS", "keys_of"]

LISTS = frozenset(("entries", *SUSPICIONS))
"""Names of lists whose items are entries of options."""


def keys_of(record: Mapping[str, Any]) -> list[str] | None:
    """The keys of which one at least an entry must have for the rule *record* to hold; None where it may have any, or where
    the rule is not about entries of options."""
    each = record["body"]["each"]
    if record["scope"] != "run" or each is None or LISTS.isdisjoint(names[0] for names in reads(each[1])):
        return None
    found = _Keys(each[0], dict(record["body"]["let"])).of(record["body"]["when"])
    return None if found is None else sorted(found)


class _Keys:
    def __init__(self, item: str, lets: Mapping[str, Tree]) -> None:
        self.item = item
        self.lets = lets

    def of(self, tree: Tree) -> set[str] | None:
        """The keys of entries for which *tree* is not plainly false."""
        tree = self._meant(tree)
        if tree[0] in ("and", "or"):
            found = [self.of(part) for part in tree[1]]
            known = [keys for keys in found if keys is not None]
            if tree[0] == "and":
                return min(known, key=len, default=None)
            return set().union(*known) if len(known) == len(found) else None
        if tree[0] != "compare" or tree[1] != ("attr", ("name", self.item), "key") or len(tree[2]) != 1:
            return None
        sign, right = tree[2][0]
        return self._words(right) if sign in ("==", "in") else None

    def _words(self, tree: Tree) -> set[str] | None:
        """All words that *tree* can come to: constants, lists of them, choices between them."""
        tree = self._meant(tree)
        if tree[0] == "const":
            return {tree[1]} if isinstance(tree[1], str) else None
        if tree[0] == "mapping":
            return {key for key, _ in tree[1] if isinstance(key, str)}
        if tree[0] not in ("list", "if"):
            return None
        words: set[str] = set()
        for part in tree[1] if tree[0] == "list" else tree[2:4]:
            found = self._words(part)
            if found is None:
                return None
            words |= found
        return words

    def _meant(self, tree: Tree) -> Tree:
        return self._meant(self.lets[tree[1]]) if tree[0] == "name" and tree[1] in self.lets else tree
