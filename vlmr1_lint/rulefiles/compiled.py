"""Rules in the form they are shipped in: checked already, with trees in place of texts, and cheap to load.

Two files of JSON, one value a line, so that a line is parsed only when its rule is asked. ``rules.hot.jsonl`` has what a lint
run needs: a head, the index of all rules, then the trees that decide each rule. ``rules.cold.jsonl`` has two lines for each rule,
read when something is to be said: its messages, places and fix; its sources, examples and own text.
"""

from __future__ import annotations

import os

from vlmr1_lint.documents.json.cjson import parse
from vlmr1_lint.rulefiles.rule import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["COLD", "HOT", "StaleRules", "encode", "read_compiled", "read_rule_files", "rule_of", "stamp", "write_compiled"]

FORMAT = 5
"""Version of this form: files of another are not read."""
HOT, COLD = "rules.hot.jsonl", "rules.cold.jsonl"
SPOKEN = ("title", "message", "why", "fix_title", "related")
"""Texts of a finding, and so of the first cold line; the rest is for pages about rules."""
DECIDES = ("each", "let", "when", "at")
"""Parts of a rule's body that are read when it is asked; the others (fix, related places) when it has found something."""
INDEXED = (
    *("id", "name", "severity", "scope", "kinds", "trainers", "presets", "some", "safety"),
    *("needs", "never", "keys", "rejects"),
)
"""What the index says of each rule, in the order in which `Rule` takes it."""

DECIDING = {
    "rulefiles": (".",),
    "language": (".",),
    "checking": ("functions.py", "scope.py"),
    "facts": (".",),
    "trainers": (".",),
    "candidates": ("trainer.py",),
    "training": ("effective.py", "inputs.py", "reading.py", "run.py", "views.py"),
    "": ("nearest.py",),
}
"""Rooms and what in them decides how a rule compiles, beside the rule itself: language, fact schema, and the tables behind it."""


class StaleRules(Exception):
    """The two compiled files are not of one build; the message says what to do."""


def encode(records: Sequence[dict[str, Any]], stamp: str) -> tuple[str, str]:
    """The texts of the hot and the cold file for rule *records* (of `load.parse_rules`), made from what *stamp* says."""
    import json
    import zlib

    def line(found: object) -> str:
        return json.dumps(found, separators=(",", ":"))

    cold = [half for record in records for half in map(line, _halves(record))]
    key = f"{zlib.crc32(chr(10).join(cold).encode()):08x}"
    head = [FORMAT, key, stamp]
    hot = [line(head), line([_row(record) for record in records]), *(line(_body(record)) for record in records)]
    return "\n".join([*hot, ""]), "\n".join([key, *cold, ""])


def _halves(record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a finding says, shows and proposes; what pages about the rule say besides."""
    texts, body = record["texts"], record["body"]
    spoken = {name: found for name, found in texts.items() if name in SPOKEN}
    spoken["finding"] = {"reads": record["reads"], **{name: found for name, found in body.items() if name not in DECIDES}}
    return spoken, {name: found for name, found in texts.items() if name not in SPOKEN}


def _body(record: dict[str, Any]) -> dict[str, Any]:
    """What is read when a rule is asked."""
    body = {name: found for name, found in record["body"].items() if name in DECIDES}
    return {**body, "shares": _shares(record)} if record["scope"] == "project" else body


def _shares(record: dict[str, Any]) -> list[str] | None:
    """The options that runs must have in common for the rule of scope ``project`` to hold; None where it may read others too."""
    shared = {tuple(names[:2]) for names in record["reads"]}
    return sorted(name for _, name in shared) if all(names[0] == "shared" and len(names) > 1 for names in shared) else None


def _row(record: dict[str, Any]) -> list[Any]:
    return [record[name] for name in INDEXED]


def rule_of(record: dict[str, Any]) -> Rule:
    """The rule of one *record*, nothing left to load."""
    texts, details = _halves(record)
    parts = {"body": _body(record), "texts": texts, "details": details}
    return Rule(_row(record), parts.__getitem__)


def read_compiled(folder: str, expected_stamp: str | None) -> list[Rule] | None:
    """The rules compiled into *folder*; None if there are none, of another format, or not made from *expected_stamp*
    (None: whatever they were made from, as in an installed package, where nothing else changes)."""
    try:
        lines = _lines(f"{folder}/{HOT}")
    except (OSError, UnicodeDecodeError):
        return None
    try:
        head: Any = parse(lines[0])
        form, key, made_from = head
        if form != FORMAT or (expected_stamp is not None and made_from != expected_stamp):
            return None
        rows: Any = parse(lines[1])
    except (ValueError, TypeError, IndexError):
        return None
    cold = _Cold(f"{folder}/{COLD}", key)
    return [Rule(row, _Loader(lines, cold, index)) for index, row in enumerate(rows)]


def _lines(path: str) -> list[str]:
    """The lines of a compiled file, read as bytes: opening it as text would import a codec. Raises OSError, UnicodeError."""
    with open(path, "rb") as file:
        return file.read().decode("ascii").split("\n")


class _Loader:
    """Gives the parts of the rule number *index*: its body is in the hot file's lines, the rest in the cold file."""

    __slots__ = ("cold", "index", "lines")

    def __init__(self, lines: list[str], cold: _Cold, index: int) -> None:
        self.lines = lines
        self.cold = cold
        self.index = index

    def __call__(self, part: str) -> object:
        if part == "body":
            return parse(self.lines[2 + self.index])
        return parse(self.cold.line(2 * self.index + (part == "details")))


class _Cold:
    """The cold file, read at the first question."""

    def __init__(self, path: str, key: str) -> None:
        self.path = path
        self.key = key
        self.lines: list[str] | None = None

    def line(self, index: int) -> str:
        """The line number *index* after the head. Raises StaleRules where the file does not belong to the hot one."""
        if self.lines is None:
            try:
                lines = _lines(self.path)
            except (OSError, UnicodeDecodeError):
                lines = []
            if not lines or lines[0] != self.key:
                raise StaleRules("the compiled rules are incomplete: reinstall, or run python -m vlmr1_lint.rulefiles.build")
            self.lines = lines
        return self.lines[1 + index]


def write_compiled(folder: str, hot: str, cold: str) -> None:
    """Write both files into *folder*, each at once, the hot one last: a reader in between sees the old rules or none."""
    os.makedirs(folder, exist_ok=True)
    for name, text in ((COLD, cold), (HOT, hot)):
        temporary = f"{folder}/{name}.{os.getpid()}"
        with open(temporary, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
        os.replace(temporary, f"{folder}/{name}")


def read_rule_files(folder: str) -> list[tuple[str, str]]:
    """(path, text) of every rule file under *folder* (``<family>/<name>.yaml``), by path. Raises OSError."""
    found = []
    for family in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if not family.is_dir():
            continue
        for name in sorted(os.listdir(family.path)):
            if name.endswith(".yaml"):
                with open(f"{family.path}/{name}", encoding="utf-8", newline="") as file:
                    found.append((f"rules/{family.name}/{name}", file.read()))
    return found


def stamp(package: str, rules: str) -> str:
    """What rules compile from, at this moment: name, modification time in ns and size of every file, without reading any.

    *package* is the folder of ``vlmr1_lint``, *rules* that of the rule files. Raises OSError.
    """
    parts: list[str] = []
    _stamp_files(parts, rules, "rules", deep=2)
    for room, names in DECIDING.items():
        for name in names:
            path = f"{package}/{room}/{name}"
            if name.endswith(".py"):
                parts.append(_line(f"{room}/{name}", os.stat(path)))
            else:
                _stamp_files(parts, path, f"{room}/{name}", deep=2)
    return "\n".join(sorted(parts))


def _stamp_files(parts: list[str], folder: str, name: str, deep: int) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".yaml", ".json")):
                parts.append(_line(f"{name}/{entry.name}", entry.stat()))
            elif deep > 1 and "." not in entry.name:
                _stamp_files(parts, entry.path, f"{name}/{entry.name}", deep - 1)


def _line(name: str, status: os.stat_result) -> str:
    return f"{name} {status.st_mtime_ns} {status.st_size}"
