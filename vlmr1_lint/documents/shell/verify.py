"""Is the changed script the one that was meant: the same commands, different in the declared places only?"""

from __future__ import annotations

import re

from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vlmr1_lint.documents.model import DocPath
    from vlmr1_lint.documents.shell.nodes import ShellNode, ShellRoot
    from vlmr1_lint.documents.shell.read import ShellDocument

__all__ = ["differs", "still_parses"]


def differs(old: ShellDocument, new: ShellDocument, declared: Collection[DocPath]) -> str | None:
    """What else than the *declared* paths is different in *new*, in a few words, or None."""
    if len(old.roots) != len(new.roots):
        return "the number of training commands would change"
    touched = _touched(old, new)
    for index, (before, after) in enumerate(zip(old.roots, new.roots, strict=True)):
        if _command(before) != _command(after):
            return "the command itself would change"
        own = {path[1:] for path in declared if path[0] == index}
        pairs = [
            (before.children, after.children),
            (before.launcher.options, after.launcher.options),
            (before.environment.children, after.environment.children),
            (before.positionals, after.positionals),
        ]
        for mine, theirs in pairs:
            other = _first_difference(mine, theirs, own)
            if other is not None:
                return f"{other} of command {index + 1} would change too"
        reached = _unseen_change(after, touched) or _passed_change(after, touched & {*old.passed, *new.passed})
        if reached is not None:
            return f"{reached} of command {index + 1} may change too"
    if len(new.unread) > len(old.unread):
        return "a launch of the script would not be read"
    return None if still_parses(old, new) else "bash would not read the script"


def _touched(old: ShellDocument, new: ShellDocument) -> set[str]:
    """The variables that are assigned other values in *new*."""
    before, after = _assigned(old), _assigned(new)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _assigned(document: ShellDocument) -> dict[str, list[object]]:
    """The values that each variable is assigned, in order."""
    values: dict[str, list[object]] = {}
    for one in document.variables:
        values.setdefault(one.name, []).append(one.value)
    return values


def _unseen_change(root: ShellRoot, touched: set[str]) -> str | None:
    """A word of *root* that is not known and is made from a *touched* variable: nobody can see whether it stays the same.

    Not ``${NAME}``, which is how what a branch or a loop adds to a variable is shown: that does not come from its beginning.
    """
    for word in (*root.argv, *(node.value for node in root.environment.children)):
        for part in sorted(word.missing) if isinstance(word, Unknown) else ():
            if not re.fullmatch(r"\$\{\w+\}", part) and not touched.isdisjoint(re.findall(r"\w+", part)):
                return part
    return None


def _passed_change(root: ShellRoot, passed: set[str]) -> str | None:
    """A word of *root* that is not known, where *passed*, variables that change, are in arguments of which nothing is known."""
    words = (*root.argv, *(node.value for node in root.environment.children)) if passed else ()
    return next((str(word) for word in words if isinstance(word, Unknown)), None)


def _command(root: ShellRoot) -> tuple[object, ...]:
    return (root.script, root.module, root.launcher.name, root.prefix, root.open, root.cwd)


def still_parses(old: ShellDocument, new: ShellDocument) -> bool:
    """Whether *new* has no problem of syntax that *old* doesn't have."""
    before = [problem.code for problem in old.problems]
    return all(before.count(code) >= count for code, count in _counts(new).items())


def _counts(document: ShellDocument) -> dict[str, int]:
    codes = [problem.code for problem in document.problems]
    watched = {"syntax", "unclosed-quote", "too-deep", "backslash-then-text", "missing-backslash", "comment-in-continuation"}
    return {code: codes.count(code) for code in watched}


def _first_difference(mine: Sequence[ShellNode], theirs: Sequence[ShellNode], declared: Collection[DocPath]) -> str | None:
    """The first option, outside *declared*, that is not the same in both."""
    kept = [
        [(node.path[1:], node.value, node.raw) for node in nodes if not _within(node.path[1:], declared)]
        for nodes in (mine, theirs)
    ]
    for before, after in zip(*kept, strict=False):
        if before != after:
            return str(before[0][-1])
    longer = max(kept, key=len)
    return str(longer[min(map(len, kept))][0][-1]) if len(kept[0]) != len(kept[1]) else None


def _within(path: DocPath, declared: Collection[DocPath]) -> bool:
    return any(path[: len(one)] == one or one[: len(path)] == path for one in declared)
