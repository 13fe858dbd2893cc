"""Python that a repository holds, as a tree. It is read, never run.

Loaded with the standard library's `ast` only where there is such a source. A source comes from whoever wrote the repository, and
``ast.parse`` of a hundred kilobytes of brackets, signs or dots ends in no memory or, in older releases, in no stack: what is not
written as people write is not parsed, and counts as not understood.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache
from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_SIGNS", "checks_groups", "classes", "empty", "keeps_idle_check", "parsed", "signs_of", "statements", "tree"]

MAX_SIGNS = 50_000
"""Signs (operators, brackets, commas, line ends) of one source, which bound the nodes of its tree. mypy's largest module, 458 KB,
has 35,803; a tree of 60,000 names takes about a second and 120 MB to make and to go through."""
MAX_DEPTH = 100
"""Brackets in brackets."""
MAX_CHAIN = 200
"""Operators, dots, calls and the words between operands in one expression: each may be a level of the tree."""
MAX_ELIFS = 1_000
"""``elif`` in one source: each is a level of the tree."""

_SIGNS = re.compile(
    rb"""\#[^\n]*|\\\r?\n"""
    rb'''|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|"(?:[^"\\\n]|\\.)*"'''
    rb"""|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|'(?:[^'\\\n]|\\.)*'"""
    rb"""|\b(?:not|and|or|if|else|elif|await|lambda|in|is)\b|[\[({]|[\])}]|[,;\n]|[-+*/%@&|^~<>!=.:]+""",
    re.DOTALL,
)
"""Comments, joined lines and strings, which are passed over, and all that can make an expression longer or deeper, or end it."""


@lru_cache(maxsize=32)
def tree(data: bytes) -> ast.Module | None:
    """The tree of *data*, which nobody changes; None for text that is no Python of this version. Callers see to the limits."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 prints what is odd in a string, with what the source says there
            return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parsed(data: bytes | None) -> ast.Module | None:
    """The tree of the source *data*; None without one, for text that is no Python of this version, and for too much of it."""
    return None if data is None or signs_of(data) is None else tree(data)


def empty() -> ast.Module:
    """The tree of no text."""
    return ast.Module([], [])


_WEIGHTS = {sign.encode(): len(sign) for sign in ". = : == != <= >= < > + - * / ** // % | & -> += -=".split()} | {
    word.encode(): 1 for word in "not and or if else await lambda in is".split()
}
"""The common signs that make an expression longer, and by how much; rarer ones are weighed one by one."""
_OPENING, _CLOSING = frozenset((b"(", b"[", b"{")), frozenset((b")", b"]", b"}"))


@lru_cache(maxsize=64)
def signs_of(data: bytes) -> int | None:
    """How many signs the source *data* has; None if there are too many, or it nests too deep to be parsed."""
    around: list[int] = []  # for each open bracket, how long the expression in front of it has grown
    chain = count = elifs = 0
    for sign in map(itemgetter(0), _SIGNS.finditer(data)):
        weight = _WEIGHTS.get(sign, 0)
        if weight:
            count += 1
            chain += weight
            if chain > MAX_CHAIN:
                return None
        elif sign in (b",", b"\n", b";"):
            count += 1
            if count > MAX_SIGNS:
                return None
            if sign != b"\n" or not around:
                chain = 0
        elif sign in _OPENING:
            count += 1
            around.append(chain + 1)
            if chain >= MAX_CHAIN or len(around) >= MAX_DEPTH:
                return None
            chain = 0
        elif sign in _CLOSING:
            count += 1
            chain = around.pop() if around else chain
        elif sign[:1] in b"\"'":
            count += sign.count(b"{")  # of an f-string, which is parsed too
        elif sign[:1] not in b"#\\":
            count += 1
            chain += len(sign) if sign != b"elif" else 1
            elifs += sign == b"elif"
            if chain > MAX_CHAIN or elifs > MAX_ELIFS:
                return None
    return count if count <= MAX_SIGNS else None


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement in *tree*, those within others included; expressions, nine tenths of a tree, are not gone into."""
    waiting: list[ast.AST] = [tree]
    for node in waiting:  # it grows meanwhile
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, part, None)
            if isinstance(inner, list):
                for one in inner:
                    if isinstance(one, ast.stmt):
                        yield one
                    waiting.append(one)


def classes(tree: ast.AST) -> dict[str, ast.ClassDef]:
    """The classes that *tree* defines, by name."""
    return {node.name: node for node in statements(tree) if isinstance(node, ast.ClassDef)}


def checks_groups(tree: ast.AST) -> bool:
    """Whether the trainer in *tree* computes a global batch from ``per_device_train_batch_size`` and the processes, to divide by
    the group."""
    computed = [part for one in [tree, *statements(tree)] if (part := getattr(one, "value", getattr(one, "test", None)))]
    for node in (node for part in computed if isinstance(part, ast.AST) for node in ast.walk(part)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            names = {getattr(side, "attr", getattr(side, "id", "")) for side in (node.left, node.right)}
            if "per_device_train_batch_size" in names and "num_processes" in names:
                return True
    return False


def keeps_idle_check(tree: ast.AST) -> bool:
    """Whether the trainer in *tree* still lists the groups that its batch allows and refuses none: the check is commented out."""
    blocks = [block for node in [tree, *statements(tree)] if isinstance(block := getattr(node, "body", None), list)]
    return any(
        isinstance(one, ast.Assign) and checks_groups(one) and _lists_only(block[at + 1 :])
        for block in blocks
        for at, one in enumerate(block)
    )


def _lists_only(rest: list[ast.stmt]) -> bool:
    """Whether no refusal stands behind the first list that is made in *rest*."""
    for one, after in zip(rest, [*rest[1:], None], strict=False):
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.ListComp):
            return not (isinstance(after, ast.If) and any(isinstance(step, ast.Raise) for step in after.body))
    return False
