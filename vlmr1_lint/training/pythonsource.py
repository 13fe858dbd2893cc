"""Python that a repository holds, as a tree. It is read, never run.

Loaded with the standard library's `ast` only where there is such a source.
"""

from __future__ import annotations

import ast

__all__ = ["checks_groups", "classes", "keeps_idle_check", "parsed"]


def parsed(data: bytes | None) -> ast.Module | None:
    """The tree of the source *data*; None without one, and for text that is no Python of this version."""
    try:
        return ast.parse(data) if data is not None else None
    except (SyntaxError, ValueError, RecursionError):
        return None


def classes(tree: ast.AST) -> dict[str, ast.ClassDef]:
    """The classes that *tree* defines, by name."""
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def checks_groups(tree: ast.AST) -> bool:
    """Whether the trainer in *tree* computes a global batch from ``per_device_train_batch_size`` and the processes, to divide by
    the group."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            names = {getattr(side, "attr", getattr(side, "id", "")) for side in (node.left, node.right)}
            if "per_device_train_batch_size" in names and "num_processes" in names:
                return True
    return False


def keeps_idle_check(tree: ast.AST) -> bool:
    """Whether the trainer in *tree* still lists the groups that its batch allows and refuses none: the check is commented out."""
    blocks = [block for node in ast.walk(tree) if isinstance(block := getattr(node, "body", None), list)]
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
