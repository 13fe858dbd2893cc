"""A file with several rules that are one: what they share is written once, and what differs is a row each.

    shared: {severity: error, when: deepspeed.<key> != run.<option>, …}
    rules:
      - {id: DSP002, name: …, with: {key: optimizer.params.lr, option: learning_rate}, …}

A row is a rule: the shared fields with ``<name>`` replaced by what its ``with`` says, and its own fields in the place of theirs.
"""

from __future__ import annotations

from vlmr1_lint.rulefiles.source import RuleFileError, RuleSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.documents.model import Node
    from vlmr1_lint.rulefiles.source import RuleProblem, Where

__all__ = ["rows_of"]

MAX_ROWS = 50
"""Most rules of one file."""
MAX_SHARED, MAX_PLACES = 20_000, 500
"""Longest shared part, in characters, and most places in it that are filled: each row has a copy."""
MAX_WORD = 200
"""Longest word that a row puts in, in characters."""


class Row(RuleSource):
    """One rule of a table; what it does not say itself stands in the shared part."""

    in_table = True

    def __init__(self, table: RuleSource, number: int, data: Mapping[str, Any]) -> None:
        self.path, self.text, self.document = table.path, table.text, table.document
        self.data = data
        self.root = _child(_child(table.root, "rules"), number)
        self.shared = _child(table.root, "shared")

    def _walk(self, where: Where) -> tuple[Node, Where]:
        root = self.shared if where and self.shared is not None and _child(self.root, where[0]) is None else self.root
        node, found = self.walked(root, where)
        return (self.root, found) if node is self.shared else (node, found)


def rows_of(table: RuleSource) -> list[RuleSource]:
    """The rules of *table*. Raises `RuleFileError`."""
    problems = list(_problems(table))
    if problems:
        raise RuleFileError(problems)
    shared: Mapping[str, Any] = table.data.get("shared") or {}
    rows: list[RuleSource] = []
    for number, own in enumerate(table.data["rules"]):
        words = own.get("with") or {}
        said = {**_filled(shared, words), **{name: found for name, found in own.items() if name != "with"}}
        rows.append(Row(table, number, said))
    return rows


def _problems(table: RuleSource) -> list[RuleProblem]:
    data = table.data
    unknown = [name for name in data if name not in ("rules", "shared")]
    if unknown:
        return [table.problem((name,), f"unknown field {name!r}: a table has shared and rules", at_key=True) for name in unknown]
    rows, shared = data["rules"], data.get("shared") or {}
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows) or not isinstance(shared, dict):
        return [table.problem(("rules",), "a table has shared: {field: …} and rules: [{id: …, with: {name: word}}, …]")]
    if len(rows) > MAX_ROWS:
        return [table.problem(("rules",), f"a table has at most {MAX_ROWS} rules")]
    if len(str(shared)) > MAX_SHARED or str(shared).count("<") > MAX_PLACES:
        return [
            table.problem(("shared",), f"shared is longer than {MAX_SHARED:,} characters, or fills more than {MAX_PLACES} places")
        ]
    names = sorted({name for row in rows if isinstance(row.get("with"), dict) for name in row["with"]})
    problems = []
    for number, row in enumerate(rows):
        words, place = row.get("with") or {}, ("rules", number, "with")
        kept = str({name: found for name, found in shared.items() if name not in row})
        used = [name for name in names if f"<{name}>" in kept]
        if not isinstance(words, dict) or sorted(words) != used:
            problems.append(
                table.problem(place, f"with must say what stands for {', '.join(used) or 'nothing'}, as shared has it")
            )
        elif not all(isinstance(word, str) and word.isprintable() and len(word) <= MAX_WORD for word in words.values()):
            problems.append(table.problem(place, "with gives text: quote numbers, true and false"))
    return problems


def _filled(found: Any, words: Mapping[str, str]) -> Any:
    """*found* with ``<name>`` replaced in all its texts, keys too; a word that holds ``<name>`` itself is left so."""
    if isinstance(found, dict):
        return {_filled(key, words): _filled(part, words) for key, part in found.items()}
    if isinstance(found, list):
        return [_filled(part, words) for part in found]
    if not isinstance(found, str):
        return found
    first, *rest = found.split("<")
    filled = [first]
    for part in rest:
        name, closed, after = part.partition(">")
        filled.append(f"{words[name]}{after}" if closed and name in words else f"<{part}")
    return "".join(filled)


def _child(node: Node | None, key: str | int) -> Any:
    """The node under *key*, the last where it is written twice; None where there is none."""
    found = None
    for child in node.children if node is not None else ():
        found = child if child.path[-1] == key else found
    return found
