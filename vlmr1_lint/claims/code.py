"""Python that decides what a trainer does, as extractors ask it: the methods that will run, and what they contain.

Each piece of code is walked once; extractors ask for nodes by type, for calls by name, and for the conditions around a node.
"""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar

    N = TypeVar("N", bound=ast.AST)
    T = TypeVar("T")

__all__ = [
    "ClassCode",
    "Code",
    "Names",
    "ScriptCode",
    "TrainerCode",
    "called",
    "compared_lengths",
    "dotted",
    "number",
    "raises",
    "tail",
]

_CONTEXTS = (ast.Load, ast.Store, ast.Del)


class Code:
    """Pieces of code, walked once.

    roots  (name of the file, piece of code)
    """

    def __init__(self, roots: Sequence[tuple[str, ast.AST]]) -> None:
        self.roots = tuple(roots)
        self._types: dict[type[ast.AST], list[tuple[str, Any]]] = {}
        self._calls: dict[str, list[tuple[str, ast.Call]]] = {}
        self._parents: dict[ast.AST, ast.AST] = {}
        self._asked: dict[object, Any] = {}
        for path, root in self.roots:
            self._walk(path, root)

    def _walk(self, path: str, root: ast.AST) -> None:
        types, parents = self._types, self._parents
        stack = [root]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind in types:
                types[kind].append((path, node))
            else:
                types[kind] = [(path, node)]
            if kind is ast.Name or kind is ast.Constant:
                continue
            if isinstance(node, ast.Call):
                self._calls.setdefault(called(node), []).append((path, node))
            at = len(stack)
            for field in node._fields:
                child = getattr(node, field, None)
                if isinstance(child, list):
                    stack += [one for one in child if isinstance(one, ast.AST)]
                elif isinstance(child, ast.AST) and not isinstance(child, _CONTEXTS):
                    stack.append(child)
            for child in stack[at:]:
                parents[child] = node
            stack[at:] = reversed(stack[at:])

    def nodes(self, kind: type[N]) -> Sequence[tuple[str, N]]:
        """The nodes of type *kind* in the order of the source, each with its file."""
        return self._types.get(kind, ())

    def calls(self, *names: str) -> Iterator[tuple[str, ast.Call]]:
        """The calls of functions or methods with one of *names*, each with its file."""
        for name in names:
            yield from self._calls.get(name, ())

    def mentions(self, *words: str) -> bool:
        """Whether one of *words* is a name, an attribute, an argument, a function or a string."""
        return not self.words.isdisjoint(words)

    @property
    def words(self) -> frozenset[str]:
        """Every name, attribute, argument, function and string."""
        return self.once("words", self._words)

    def _words(self) -> frozenset[str]:
        words = {node.id for _, node in self.nodes(ast.Name)} | {node.attr for _, node in self.nodes(ast.Attribute)}
        words |= {node.arg for _, node in self.nodes(ast.keyword) if node.arg} | {node.arg for _, node in self.nodes(ast.arg)}
        words |= {node.name for _, node in self.nodes(ast.FunctionDef)}
        return frozenset(words | {node.value for _, node in self.nodes(ast.Constant) if isinstance(node.value, str)})

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around *node*."""
        return self._parents.get(node)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around *node*, the innermost first."""
        above = self._parents.get(node)
        while above is not None:
            yield above
            above = self._parents.get(above)

    def guards(self, node: ast.AST) -> list[tuple[ast.expr, bool]]:
        """The conditions under which *node* runs, the innermost first: (test, what it must be)."""
        found = []
        child = node
        for above in self.around(node):
            if isinstance(above, ast.If | ast.IfExp) and child is not above.test:
                inside = above.body if isinstance(above.body, list) else [above.body]
                found.append((above.test, any(child is one for one in inside)))
            child = above
        return found

    def block(self, step: ast.stmt) -> list[ast.stmt]:
        """The statements that *step* is one of."""
        above = self._parents.get(step)
        parts = [getattr(above, part, None) for part in ("body", "orelse", "finalbody", "handlers")]
        return next((part for part in parts if isinstance(part, list) and step in part), [step])

    def excludes(self, one: ast.AST, other: ast.AST) -> bool:
        """Whether *one* runs only if *other* does not: they are in the two branches of one condition."""
        ours = {id(test): wanted for test, wanted in self.guards(one)}
        return any(ours.get(id(test), wanted) is not wanted for test, wanted in self.guards(other))

    def path_of(self, node: ast.AST) -> str:
        """The file of *node*."""
        root = self.root(node)
        return next((path for path, one in self.roots if one is root), "")

    def root(self, node: ast.AST) -> ast.AST:
        """The piece of code that *node* belongs to."""
        return next((one for one in reversed([node, *self.around(node)])), node)

    def assigned(self, name: str, root: ast.AST | None = None) -> list[tuple[str, ast.Assign | ast.AnnAssign]]:
        """The assignments to *name* (``a`` or ``self.a``), in the piece of code *root* only if one is given."""
        found: dict[str, list[tuple[str, ast.Assign | ast.AnnAssign]]] = self.once("assigned", self._assignments)
        return [one for one in found.get(name, ()) if root is None or self.root(one[1]) is root]

    def _assignments(self) -> dict[str, list[tuple[str, ast.Assign | ast.AnnAssign]]]:
        found: dict[str, list[tuple[str, ast.Assign | ast.AnnAssign]]] = {}
        for path, node in self.nodes(ast.Assign):
            for target in node.targets:
                found.setdefault(dotted(target), []).append((path, node))
        for path, annotated in self.nodes(ast.AnnAssign):
            if annotated.value is not None:
                found.setdefault(dotted(annotated.target), []).append((path, annotated))
        return found

    def once(self, key: object, ask: Callable[[], T]) -> T:
        """What *ask* answers, asked once for *key*."""
        if key not in self._asked:
            self._asked[key] = ask()
        found: T = self._asked[key]
        return found


class ClassCode(Code):
    """A class that the repository holds, with those that it is made from: the methods that will run.

    chain  (name of the file, class), the most derived first; never empty
    """

    def __init__(self, chain: Sequence[tuple[str, ast.ClassDef]]) -> None:
        self.chain = tuple(chain)
        self.methods: dict[str, tuple[str, ast.FunctionDef]] = {}
        for path, definition in self.chain:
            hidden = set(self.methods) - _called_above(self.methods.values())
            for node in definition.body:
                if isinstance(node, ast.FunctionDef) and node.name not in hidden:
                    self.methods.setdefault(node.name if node.name not in self.methods else f"super().{node.name}", (path, node))
        super().__init__(list(self.methods.values()))

    @property
    def path(self) -> str:
        """The file of the most derived class."""
        return self.chain[0][0]

    def bodies(self, *names: str) -> Iterator[tuple[str, ast.FunctionDef]]:
        """The methods that run under one of *names*, all of them without any."""
        for name, (path, node) in self.methods.items():
            if not names or name.removeprefix("super().") in names:
                yield path, node

    def is_in(self, node: ast.AST, *names: str) -> bool:
        """Whether *node* belongs to one of the methods *names*."""
        root = self.root(node)
        return any(root is body for _, body in self.bodies(*names))


class TrainerCode(ClassCode):
    """The classes of one trainer that the repository holds, and the library's class that they are made from.

    base    the library's class at its end: ``"Trainer"`` (transformers), ``"GRPOTrainer"`` (TRL), …
    config  the class of the trainer's options where its source was read too: defaults, and the checks in ``__post_init__``
    """

    def __init__(
        self, chain: Sequence[tuple[str, ast.ClassDef]], base: str, config: tuple[str, ast.ClassDef] | None = None
    ) -> None:
        super().__init__(chain)
        self.base = base
        self.config = config

    @property
    def is_whole(self) -> bool:
        """Whether the repository holds the whole GRPO trainer: it is made from transformers' ``Trainer``, and what it does not
        do is not done. A class made from TRL's does what TRL's does wherever it says nothing."""
        return self.base in {"Trainer", "Seq2SeqTrainer", "BaseTrainer", "_BaseTrainer"}

    @property
    def is_for_vllm(self) -> bool:
        """Whether scripts start the class for ``use_vllm`` only: R1-V's and its forks' have it in their name."""
        return "VLLM" in self.chain[0][1].name


class Names:
    """What a module of Python knows by name; this one knows nothing."""

    def classes(self, name: str) -> Sequence[tuple[str, ast.ClassDef]]:
        """The class *name* and the repository's classes that it is made from, each with its file; empty for another name."""
        return ()

    def function(self, name: str) -> tuple[str, ast.FunctionDef, Names] | None:
        """The function *name*, its file, and what the module that holds it knows; None for another name."""
        return None


class ScriptCode(Code):
    """A training script: the module that parses the flags and starts the training.

    path   the name of the file
    tree   its module
    names  what it knows of the repository's other modules
    """

    def __init__(self, path: str, tree: ast.Module, names: Names | None = None) -> None:
        self.path = path
        self.tree = tree
        self.names = names or Names()
        super().__init__([(path, tree)])


def called(node: ast.Call) -> str:
    """``f`` of ``f(…)`` and of ``x.f(…)``, else ``""``."""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def dotted(node: ast.AST | None) -> str:
    """``a.b.c`` of an expression of names and attributes, else ``""``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def tail(node: ast.AST | None) -> str:
    """``c`` of ``a.b.c`` and of ``c``, else ``""``."""
    return dotted(node).rpartition(".")[2]


def number(node: ast.AST | None) -> float | None:
    """The number that *node* writes, else None."""
    found = node.value if isinstance(node, ast.Constant) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def raises(steps: Iterable[ast.stmt]) -> bool:
    """Whether one of *steps* is a ``raise``."""
    return any(isinstance(step, ast.Raise) for step in steps)


def compared_lengths(test: ast.expr, operator: type[ast.cmpop]) -> set[str]:
    """The names whose lengths are all that *test* compares, by *operator* (``len(a) == len(b.c)``: a and b.c), else none."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], operator):
        return set()
    sides = [one for one in (test.left, test.comparators[0]) if isinstance(one, ast.Call) and called(one) == "len" and one.args]
    return {dotted(side.args[0]) for side in sides} if len(sides) == 2 else set()


def _called_above(functions: Iterable[tuple[str, ast.FunctionDef]]) -> set[str]:
    """Methods of the base classes that *functions* call: ``super().__init__(…)``."""
    return {
        node.func.attr
        for _, function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Call)
        and getattr(node.func.value.func, "id", "") == "super"
    }
