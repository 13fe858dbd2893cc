"""What a Python source says, question by question; a tree is made of it only where no table has the answer.

A file that an upstream repository holds just so (`facts.upstream.code_of`) is neither searched for what is too much nor parsed:
its answers were made by the same questions (tools/facts/upstream_code.py). Any other is parsed, and asked what is wanted of it.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.facts.upstream import code_of
from vlmr1_lint.trainers.options import Option
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

__all__ = ["Outline", "Reader", "options_of"]

MAX_SIGNS_TOGETHER = 100_000
"""Signs (see `source.MAX_SIGNS`) of all sources that answer one question."""


class Outline:
    """The source *data*, of which *row* has some answers already; the questions are those of `questions.QUESTIONS`."""

    def __init__(self, data: bytes, row: Mapping[str, Any]) -> None:
        self._data = data
        self._row = dict(row)
        self._tree: ast.Module | None = None

    @property
    def tree(self) -> ast.Module:
        """The source's tree; an empty one of an upstream file that this Python cannot parse."""
        if self._tree is None:
            from vlmr1_lint.pythoncode.source import empty, tree

            self._tree = tree(self._data) or empty()
        return self._tree

    def says(self, question: str) -> Any:
        """The answer to *question*, of JSON's types."""
        if question not in self._row:
            from vlmr1_lint.pythoncode.questions import QUESTIONS

            self._row[question] = QUESTIONS[question](self.tree)
        return self._row[question]

    def claims(self, of: str) -> Mapping[str, Any]:
        """What the table says of the claims of the trainer *of* (``Class(Base)``), or of the script (``""``): claim → value and
        line, None where a library decides it, ``"?"`` for code that nobody understands. Empty without such a row."""
        found: Mapping[str, Any] = self._row.get("claims", {}).get(of, {})
        return found

    def together(self, trainer: str) -> Sequence[Mapping[str, Any]]:
        """What the table says of the claims that this script decides together with the class *trainer*: a row for each state
        that upstream's other files were in."""
        return [one for one in self._row.get("together", ()) if one["trainer"] == trainer]


class Reader:
    """Reads the sources that answer one question, until they come to too much together."""

    def __init__(self) -> None:
        self._left = MAX_SIGNS_TOGETHER

    def outline(self, data: bytes | None) -> Outline | None:
        """The outline of the source *data*; None without one, for text that is no Python of this version, and for too much of
        it."""
        if data is None or (code_of(data) is None and not self._allows(data)):
            return None
        return _outline(data)

    def parsed(self, data: bytes | None) -> ast.Module | None:
        """The tree of *data* under the same limits."""
        from vlmr1_lint.pythoncode.source import tree

        return tree(data) if data is not None and self._allows(data) else None

    def options(self, data: bytes) -> Iterable[list[Any]]:
        """The fields of the dataclasses in the source *data*, as the question ``options`` answers."""
        known = _outline(data) if code_of(data) is not None else None
        if known is not None:
            return known.says("options")  # type: ignore[no-any-return]
        from vlmr1_lint.pythoncode.questions import options_in

        return options_in(data, self)

    def _allows(self, data: bytes) -> bool:
        from vlmr1_lint.pythoncode.source import signs_of

        signs = signs_of(data)
        if signs is None or signs > self._left:
            return False
        self._left -= signs
        return True


@lru_cache(maxsize=32)
def _outline(data: bytes) -> Outline | None:
    """Kept: a trainer is asked what it is like, then which class a script means."""
    row = code_of(data)
    if row is None:
        from vlmr1_lint.pythoncode.source import tree

        if tree(data) is None:
            return None
    return Outline(data, row or {})


def options_of(rows: Iterable[list[Any]], module: str) -> dict[str, Option]:
    """The options that the answers *rows* of the questions ``fields`` and ``options`` mean, by name; *module* is the file."""
    return {row[1]: _option(row, module) for row in rows}


def _option(row: list[Any], module: str) -> Option:
    owner, name, type_, required, line = row[:5]
    return Option(
        name=name,
        type=type_,
        default=row[5] if len(row) > 5 else Unknown("default"),
        required=required,
        choices=None,
        group=owner,
        read=True,
        note=None,
        source=f"{module}:{line}",
        inherited=False,
    )
