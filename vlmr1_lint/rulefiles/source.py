"""The text of a rule file and its places: where in it a field, an expression, a character of an expression stands."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from vlmr1_lint.documents.model import Node

    Where: TypeAlias = tuple[str | int, ...]

__all__ = ["RuleFileError", "RuleProblem", "RuleSource"]


@value
class RuleProblem:
    """One thing wrong with a rule file, at a 1-based line and column."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class RuleFileError(Exception):
    """A rule file that is none; ``problems`` are all that could be found, in file order."""

    def __init__(self, problems: Iterable[RuleProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class RuleSource:
    """The rule file *text* as data, with places. Raises `RuleFileError` for text that is not one YAML mapping of plain values."""

    in_table = False
    """Whether it is one of several rules of a file."""

    def __init__(self, path: str, text: str) -> None:
        from vlmr1_lint.documents.yaml.read import read_yaml

        self.path = path
        self.text = text
        self.document = read_yaml(path, text.encode("utf-8", "surrogatepass"))
        problems = [self._at(problem.span.start, f"{problem.code}: {problem.detail}") for problem in self.document.problems]
        if problems:
            raise RuleFileError(problems)
        if not self.document.roots:
            raise RuleFileError([RuleProblem(path, 1, 1, "the file is empty")])
        self.root: Any = self.document.roots[0]
        if self.root.kind != "mapping":
            raise RuleFileError([RuleProblem(path, 1, 1, "a rule is a mapping: id: …, name: …")])
        refused = list(self._refused())
        if refused:
            raise RuleFileError(refused)
        self.data: Any = self.root.raw

    def _refused(self) -> Iterable[RuleProblem]:
        """What YAML allows and rule files do not: aliases and merges (a rule stands by itself) and keys that are no text."""
        if self.document.places.aliases:
            yield RuleProblem(self.path, 1, 1, "anchors, aliases and merge keys are not allowed in a rule file: write it out")
            return
        for node in [self.root, *self.root.walk()]:
            if node.kind == "mapping" and any(not isinstance(key, str) for key in node.raw):
                yield self._at(node.span.start, "keys must be text: quote on, off, yes, no and numbers")

    def _at(self, offset: int, message: str) -> RuleProblem:
        position = self.document.position(offset)
        return RuleProblem(self.path, position.line, position.column, message)

    def rows(self) -> list[RuleSource]:
        """The rules of the file: itself, or those of its table. Raises `RuleFileError` for a table that is none."""
        if "rules" not in self.data:
            return [self]
        from vlmr1_lint.rulefiles.tables import rows_of

        return rows_of(self)

    def known(self, where: Where) -> Where:
        """The part of *where* that exists in the file (pydantic adds names of union branches)."""
        return self._walk(where)[1]

    def _walk(self, where: Where) -> tuple[Node, Where]:
        return self.walked(self.root, where)

    @staticmethod
    def walked(root: Node, where: Where) -> tuple[Node, Where]:
        """The node at *where* below *root*, or as much of it as exists, and which parts exist."""
        node, found = root, []
        for part in where:
            below = None
            for child in node.children:
                if child.path[-1] == part:
                    below = child
            if below is not None:
                node = below
                found.append(part)
        return node, tuple(found)

    def value(self, where: Where) -> object:
        """What is written at *where*, or at the part of it that exists."""
        return self._walk(where)[0].raw

    def problem(self, where: Where, message: str, at_key: bool = False) -> RuleProblem:
        """A problem of the value at *where*, or of its key; of what holds it, if it is not there."""
        node, _ = self._walk(where)
        on_key = at_key or node.kind != "scalar"
        return self._at((node.key_span if on_key and node.key_span else node.span).start, message)

    def inside(self, where: Where, line: int, column: int, message: str) -> RuleProblem:
        """A problem at *line* and *column* of the text that the scalar at *where* holds.

        Exact for plain and quoted scalars of one line and for literal blocks. Where YAML has folded lines or replaced
        escapes, it is the scalar's beginning.
        """
        node, _ = self._walk(where)
        start = self.document.position(node.span.start)
        if node.style == "literal":
            return self._in_block(node, line, column, message)
        if line == 1 and "\n" not in node.text and node.style in ("plain", "single", "double"):
            quote = 0 if node.style == "plain" else 1
            if str(node.raw) == node.text[quote : len(node.text) - quote]:
                return RuleProblem(self.path, start.line, start.column + quote + column - 1, message)
        return RuleProblem(self.path, start.line, start.column, message)

    def _in_block(self, node: Node, line: int, column: int, message: str) -> RuleProblem:
        start = self.document.position(node.span.start)
        lines = self.text.splitlines()
        first = next((text for text in lines[start.line :] if text.strip()), "")
        indent = len(first) - len(first.lstrip(" "))
        return RuleProblem(self.path, start.line + line, indent + column, message)
