"""Trees of expressions: nested tuples of JSON values, so that compiled rules need no parser.

A node is ``(operation, *fixed parts, place)``; `pack` gives the place, `strip` takes it away where nobody will ask for it:

    const value · name word · attr object word · index object key · list [items] · mapping [[key, value], …]
    and [parts] · or [parts] · not part · negate part · arithmetic sign left right
    compare first [[sign, part], …] · if condition then else
    call word [arguments] · keywords word [[name, argument], …]

Two more come from `vlmr1_lint.language.check.resolve`, which knows what a function wants: ``scoped`` and
``lenient`` (parts as ``call``), and ``reference word object attribute``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Tree: TypeAlias = tuple[Any, ...]

__all__ = ["MAX_INT_BITS", "chain", "parts", "reads", "strip"]

MAX_INT_BITS = 256
"""Widest integer, in bits, in a literal or a result: wide enough for any count of bytes, too narrow to be slow."""


def reads(tree: Tree) -> tuple[tuple[str, ...], ...]:
    """The attribute chains that *tree* reads, each once, in order of first appearance: ``(("run", "learning_rate"), …)``.

    A constant string index counts as an attribute; any other index ends the chain.
    """
    found: dict[tuple[str, ...], None] = {}
    _collect(tree, found)
    return tuple(found)


def chain(tree: Tree) -> tuple[str, ...] | None:
    """The chain that *tree* itself is (``run.lora_r`` is ``("run", "lora_r")``), or None if it is something else."""
    if tree[0] == "name":
        return (tree[1],)
    if tree[0] == "attr":
        before = chain(tree[1])
        return None if before is None else (*before, tree[2])
    if tree[0] == "index" and tree[2][0] == "const" and isinstance(tree[2][1], str):
        before = chain(tree[1])
        return None if before is None else (*before, tree[2][1])
    return None


def _collect(tree: Tree, found: dict[tuple[str, ...], None]) -> None:
    own = chain(tree)
    if own is not None:
        found[own] = None
        return
    if tree[0] == "reference":
        asked = (*(chain(tree[2]) or ()), tree[3])
        found[asked] = None
        return
    for part in parts(tree):
        _collect(part, found)


def parts(tree: Tree) -> list[Tree]:
    """The sub-trees directly below *tree*."""
    kind = tree[0]
    if kind in ("const", "name"):
        return []
    if kind in ("attr", "not", "negate"):
        return [tree[1]]
    if kind in ("index",):
        return [tree[1], tree[2]]
    if kind in ("list", "and", "or"):
        return list(tree[1])
    if kind == "compare":
        return [tree[1], *(part for _, part in tree[2])]
    if kind == "mapping":
        return [part for _, part in tree[1]]
    if kind == "arithmetic":
        return [tree[2], tree[3]]
    if kind == "if":
        return [tree[1], tree[2], tree[3]]
    if kind in ("call", "scoped", "lenient"):
        return list(tree[2])
    if kind == "keywords":
        return [part for _, part in tree[2]]
    return [tree[2]]  # reference


def strip(tree: Tree) -> Tree:
    """*tree* without places, as compiled rules hold it."""
    return tuple(_strip(part) for part in tree[:-1])


def _strip(part: Any) -> Any:
    if not isinstance(part, tuple):
        return part
    if part and isinstance(part[0], str) and part[0] in _OPERATIONS and isinstance(part[-1], int):
        return strip(part)
    return tuple(_strip(item) for item in part)


_OPERATIONS = frozenset(
    ("const", "name", "attr", "index", "list", "and", "or", "not", "negate", "arithmetic", "compare", "if", "call", "keywords")
) | {"mapping", "scoped", "lenient", "reference"}
