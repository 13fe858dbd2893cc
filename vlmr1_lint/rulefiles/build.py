"""Compile rules/ into the package: ``python -m vlmr1_lint.rulefiles.build [--schema]``. Also called when a wheel is built."""

from __future__ import annotations

import os
import sys

from vlmr1_lint.rulefiles.catalogue import PACKAGE
from vlmr1_lint.rulefiles.compiled import encode, read_rule_files, stamp, write_compiled
from vlmr1_lint.rulefiles.load import RuleFileError, RuleProblem, parse_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from vlmr1_lint.language.types import Schema

__all__ = ["build", "compile_rules", "main", "place_problems", "schema_text"]


def build(repository: str) -> int:
    """Compile the rules of the checkout *repository* into its package; the number of rules. Raises RuleFileError, OSError."""
    package, rules = f"{repository}/vlmr1_lint", f"{repository}/rules"
    made_from = stamp(package, rules)  # taken first: a file that changes meanwhile makes the result stale, not wrong
    records = compile_rules(read_rule_files(rules))
    write_compiled(f"{package}/_compiled", *encode(records, made_from))
    return len(records)


def compile_rules(files: Iterable[tuple[str, str]], schema: Schema | None = None) -> list[dict[str, Any]]:
    """The records of built-in rule *files*, which are held to their places and say everything. Raises RuleFileError."""
    records, problems = parse_rules(files, schema)
    problems += place_problems(records)
    problems += [RuleProblem(record["texts"]["path"], 1, 1, message) for record in records for message in record["lacking"]]
    if problems:
        raise RuleFileError(problems)
    return records


def place_problems(records: Iterable[dict[str, Any]]) -> list[RuleProblem]:
    """Rules that do not stand where their name and family say: ``rules/<family>/<name>.yaml``, a table's where their names end
    alike."""
    problems = []
    for record in records:
        path = record["texts"]["path"]
        folder = f"rules/{record['id'].rstrip('0123456789').lower()}"
        wanted = f"{folder}/{record['name']}.yaml"
        in_table = path.rpartition("/")[0] == folder and record["name"].endswith(path.rpartition("/")[2].removesuffix(".yaml"))
        if path != wanted and not (record["in_table"] and in_table):
            problems.append(RuleProblem(path, 1, 1, f"{record['id']} {record['name']} belongs into {wanted}"))
    return problems


def schema_text() -> str:
    """The text of rules/rule.schema.json."""
    import json

    from vlmr1_lint.rulefiles.shape import json_schema

    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> str | None:
    """Compile the checkout's rules, or with ``--schema`` write their JSON Schema. What went wrong, or None."""
    repository = os.path.dirname(PACKAGE)
    if arguments == ["--schema"]:
        with open(f"{repository}/rules/rule.schema.json", "w", encoding="utf-8", newline="\n") as file:
            file.write(schema_text())
        return None
    if arguments:
        return "usage: python -m vlmr1_lint.rulefiles.build [--schema]"
    try:
        count = build(repository)
    except (RuleFileError, OSError) as error:
        return str(error)
    print(f"{count} rules compiled")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
