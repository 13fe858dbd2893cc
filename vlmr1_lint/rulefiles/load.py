"""Rule YAML to a checked rule: every error with file, line and column, in one clear line. Also used for users' own rules.

A rule file is untrusted text: it is read by the bounded YAML reader, its shape is checked by `mistakes`, its expressions by
`meaning`. Nothing of it is ever run.
"""

from __future__ import annotations

from vlmr1_lint.rulefiles import schema as facts_schema
from vlmr1_lint.rulefiles.compiled import rule_of
from vlmr1_lint.rulefiles.keys import keys_of
from vlmr1_lint.rulefiles.meaning import check_rule
from vlmr1_lint.rulefiles.mistakes import read
from vlmr1_lint.rulefiles.needs import needs_of
from vlmr1_lint.rulefiles.source import RuleFileError, RuleProblem, RuleSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from vlmr1_lint.language.types import Schema
    from vlmr1_lint.rulefiles.rule import Rule

__all__ = ["RuleFileError", "RuleProblem", "load_rule", "load_rules", "parse_rule"]


def load_rule(text: str, path: str, schema: Schema | None = None) -> Rule:
    """The checked rule of the rule file *text*, called *path* in messages. Raises `RuleFileError` with all that is wrong.

    *schema* is `facts_schema.schema()` unless another is given.
    """
    return rule_of(parse_rule(text, path, schema))


def load_rules(files: Iterable[tuple[str, str]], schema: Schema | None = None) -> tuple[list[Rule], list[RuleProblem]]:
    """The rules of several *files* (path, text), and what is wrong with those that are none. Never raises.

    An id or name that two files share is a problem of the second.
    """
    records, problems = parse_rules(files, schema)
    return [rule_of(record) for record in records], problems


def parse_rules(files: Iterable[tuple[str, str]], schema: Schema | None = None) -> tuple[list[dict[str, Any]], list[RuleProblem]]:
    """Records of several rule *files*, in their order, and their problems; see `load_rules`."""
    records: list[dict[str, Any]] = []
    problems: list[RuleProblem] = []
    taken: dict[str, str] = {}
    for path, text in files:
        try:
            found = parse_file(text, path, schema)
        except RuleFileError as error:
            problems.extend(error.problems)
            continue
        words = [word for record in found for word in (record["id"], record["name"])]
        clash = next((word for at, word in enumerate(words) if word in taken or word in words[:at]), None)
        if clash is not None:
            problems.append(RuleProblem(path, 1, 1, f"{clash} is already used by {taken.get(clash, path)}"))
            continue
        taken.update(dict.fromkeys(words, path))
        records += found
    return records, problems


def parse_rule(text: str, path: str, schema: Schema | None = None) -> dict[str, Any]:
    """The record of the rule file *text*, which holds one rule: what `compiled` writes. Raises `RuleFileError`."""
    return parse_file(text, path, schema)[0]


def parse_file(text: str, path: str, schema: Schema | None = None) -> list[dict[str, Any]]:
    """The records of the rules in the file *text*: one, or those of its table. Raises `RuleFileError`."""
    records: list[dict[str, Any]] = []
    problems: list[RuleProblem] = []
    for source in RuleSource(path, text).rows():
        try:
            records.append(_record(source, schema))
        except RuleFileError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise RuleFileError(problems)
    return records


def _record(source: RuleSource, schema: Schema | None) -> dict[str, Any]:
    if schema is not None:
        return {**_checked(source, schema), "needs": [], "never": [], "keys": None}
    record = _checked(source, facts_schema.schema())
    needs, never = needs_of(record)
    keys = keys_of(record)
    needs += [keys] if keys is not None else []  # without an entry that it is about it cannot fire
    return {**record, "needs": needs, "never": never, "keys": keys}


def _checked(source: RuleSource, schema: Schema) -> dict[str, Any]:
    """The record of the rule file. Raises `RuleFileError` with what is wrong with its shape and with its expressions."""
    model, problems = read(source)
    if model is not None:
        try:
            record = check_rule(model, source, schema)
            if not problems:
                return record
        except RuleFileError as error:
            problems += [problem for problem in error.problems if not (problems and "is never used" in problem.message)]
    problems = problems or [source.problem((), "this is no rule")]  # whatever was wrong: it is never taken silently
    unique = {(problem.line, problem.column, problem.message): problem for problem in problems}
    raise RuleFileError(problem for _, problem in sorted(unique.items()))
