"""Make the tables of options of the trainers' families from what `extract_options.py` wrote.

    python tools/facts/build_options.py SETS.json vlmr1_lint/trainers

A family whose releases are not in SETS.json keeps its table.

Each option has one record per distinct definition, ``[releases, type, default, choices, group, source, line, note]``:
*releases* is a bit mask over the table's release list, small integers point into the file's lists, *line* is that of
the first release of the mask. The option is required if *default* is ``{"required": true}``; never read if *note*
points at a note that starts with "never read".
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from vlmr1_lint.trainers.families import FAMILIES

HERE = Path(__file__).parent
ENUMS = (
    "IntervalStrategy",
    "SchedulerType",
    "OptimizerNames",
    "HubStrategy",
    "SaveStrategy",
    "DebugOption",
    "FSDPOption",
    "FDivergenceType",
)


def canonical(annotation: str) -> str:
    """The type as users meet it: ``Optional[Union[dict, str]]`` is ``dict|str|None``; enums are their strings."""
    text = annotation.replace('"', "").replace("'", "").replace("typing.", "").replace(" ", "")
    for enum in ENUMS:
        text = re.sub(rf"\b{enum}\b", "str", text)
    parts: list[str] = []

    def visit(piece: str) -> None:
        head, _, inner = piece.partition("[")
        inner = inner[:-1]
        if len(pieces := split(piece, "|")) > 1:
            for one in pieces:
                visit(one)
        elif head == "Optional":
            visit(inner)
            parts.append("None")
        elif head == "Union":
            for one in split(inner, ","):
                visit(one)
        elif head == "Literal":
            parts.extend({"False": "bool", "True": "bool"}.get(one, "str") for one in split(inner, ","))
        elif head in ("list", "List"):
            parts.append(f"list[{canonical(inner)}]" if inner else "list")
        elif head in ("dict", "Dict"):
            parts.append("dict")
        elif head in ("bool", "int", "float", "str", "None"):
            parts.append(head)
        else:
            parts.append("object")

    visit(text)
    unique = [part for part in dict.fromkeys(parts) if part != "None"]
    return "|".join(unique + ["None"] * ("None" in parts))


def split(text: str, separator: str) -> list[str]:
    """*text* at each *separator* outside brackets."""
    pieces, depth, start = [], 0, 0
    for index, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == separator and depth == 0:
            pieces.append(text[start:index])
            start = index + 1
    return [*pieces, text[start:]]


class Table:
    """Values met, numbered."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def number(self, value: Any) -> int:
        if value not in self.values:
            self.values.append(value)
        return self.values.index(value)


def compact(sets: list[dict[str, Any]]) -> dict[str, Any]:
    unread = json.loads((HERE / "unread.json").read_text(encoding="utf-8"))
    choices_by_trl = json.loads((HERE / "choices.json").read_text(encoding="utf-8"))
    types, choices, groups, sources, notes = Table(), Table(), Table(), Table(), Table()
    for table in (choices, notes):
        table.number(None)
    trl_order = [release["name"] for release in sets if release["family"] == "trl"]
    options: dict[str, dict[str, list[Any]]] = {}
    for bit, release in enumerate(sets):
        seen: set[str] = set()
        for group, fields in release["groups"].items():
            for name, field in fields.items():
                if name in seen:  # the parser would refuse to define it twice; the first group is the one that counts
                    continue
                seen.add(name)
                place, _, line = field["src"].rpartition(":")
                package, version, path = place.split(" ") if place.count(" ") == 2 else ["", *place.split(" ")]
                allowed = field.get("choices")
                if release["family"] == "trl" and name in choices_by_trl:
                    for first, values in choices_by_trl[name]:
                        if first in trl_order and trl_order.index(first) <= trl_order.index(release["name"]):
                            allowed = values
                note = None
                for_this = unread.get(release["name"], {})
                if name in for_this:
                    note = "never read" + (f": {for_this[name]}" if for_this[name] else "")
                # The version of a package's file is that of the mask's first release; a commit is part of the source.
                source = f"{package} * {path}" if package else f"{version} {path}"
                key = [
                    types.number(canonical(field["type"])),
                    {"required": True} if field.get("required") else field["default"],
                    choices.number(allowed),
                    groups.number({"Mixture": "ScriptArguments"}.get(group, group)),
                    sources.number(source),
                ]
                records = options.setdefault(name, {})
                record = records.setdefault(json.dumps([*key, note]), [0, *key, int(line), notes.number(note)])
                record[0] |= 1 << bit
    return {
        "releases": [[s["name"], s["family"], s["trl"], s["transformers"], s.get("note", "")] for s in sets],
        "types": types.values,
        "choices": choices.values,
        "groups": groups.values,
        "sources": sources.values,
        "notes": notes.values,
        "options": {name: list(records.values()) for name, records in sorted(options.items())},
    }


def write(data: dict[str, Any], path: Path) -> None:
    """One option a line, so that a change of a release shows as a small diff."""
    head = "".join(f" {json.dumps(key)}: {json.dumps(data[key])},\n" for key in data if key != "options")
    dumps = lambda value: json.dumps(value, separators=(",", ":"))  # noqa: E731
    body = ",\n".join(f"  {dumps(name)}:{dumps(records)}" for name, records in data["options"].items())
    path.write_text("{\n" + head + ' "options": {\n' + body + "\n }\n}\n", encoding="utf-8")


def main(source: str, folder: str) -> None:
    sets = json.loads(Path(source).read_text(encoding="utf-8"))
    for family in FAMILIES.values():
        own = [release for release in sets if release["name"].partition("==")[0].partition("@")[0] == family.name]
        if own:
            write(compact(own), Path(folder) / family.folder / family.options)


if __name__ == "__main__":
    main(*sys.argv[1:])
