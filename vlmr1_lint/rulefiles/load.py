"""Rule YAML to a checked rule: every error with file, line and column, in one clear line. Also used for users' own rules.

A rule file is untrusted text: it is read by the bounded YAML reader, its shape is checked by `rulefile`, its expressions
by the rule language. Nothing of it is ever run.
"""

from __future__ import annotations

from vlmr1_lint.rulefiles.language.errors import suggest
from vlmr1_lint.rulefiles.source import RuleFileError, RuleProblem, RuleSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from vlmr1_lint.rulefiles.language.types import Schema
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.rulefiles.shape import RuleFile

__all__ = ["RuleFileError", "RuleProblem", "load_rule", "load_rules", "parse_rule"]


def load_rule(text: str, path: str, schema: Schema | None = None) -> Rule:
    """The checked rule of the rule file *text*, called *path* in messages. Raises `RuleFileError` with all that is wrong.

    *schema* is `facts_schema.schema()` unless another is given.
    """
    from vlmr1_lint.rulefiles.compiled import rule_of

    return rule_of(parse_rule(text, path, schema))


def load_rules(files: Iterable[tuple[str, str]], schema: Schema | None = None) -> tuple[list[Rule], list[RuleProblem]]:
    """The rules of several *files* (path, text), and what is wrong with those that are none. Never raises.

    An id or name that two files share is a problem of the second.
    """
    from vlmr1_lint.rulefiles.compiled import rule_of

    records, problems = parse_rules(files, schema)
    return [rule_of(record) for record in records], problems


def parse_rules(files: Iterable[tuple[str, str]], schema: Schema | None = None) -> tuple[list[dict[str, Any]], list[RuleProblem]]:
    """Records of several rule *files*, in their order, and their problems; see `load_rules`."""
    records: list[dict[str, Any]] = []
    problems: list[RuleProblem] = []
    taken: dict[str, str] = {}
    for path, text in files:
        try:
            record = parse_rule(text, path, schema)
        except RuleFileError as error:
            problems.extend(error.problems)
            continue
        clash = next((word for word in (record["id"], record["name"]) if word in taken), None)
        if clash is not None:
            problems.append(RuleProblem(path, 1, 1, f"{clash} is already used by {taken[clash]}"))
            continue
        taken[record["id"]] = taken[record["name"]] = path
        records.append(record)
    return records, problems


def parse_rule(text: str, path: str, schema: Schema | None = None) -> dict[str, Any]:
    """The record of the rule file *text*: what `compiled` writes. Raises `RuleFileError`."""
    from vlmr1_lint.rulefiles.meaning import check_rule

    source = RuleSource(path, text)
    if schema is not None:
        return {**check_rule(_model(source), source, schema), "needs": [], "never": [], "keys": None}
    from vlmr1_lint.rulefiles import schema as facts_schema
    from vlmr1_lint.rulefiles.keys import keys_of
    from vlmr1_lint.rulefiles.needs import needs_of

    record = check_rule(_model(source), source, facts_schema.schema())
    needs, never = needs_of(record)
    keys = keys_of(record)
    needs += [keys] if keys is not None else []  # without an entry that it is about it cannot fire
    return {**record, "needs": needs, "never": never, "keys": keys}


def _model(source: RuleSource) -> RuleFile:
    """The rule file as a model. Raises `RuleFileError`."""
    from pydantic import ValidationError

    from vlmr1_lint.rulefiles.shape import RuleFile

    try:
        return RuleFile.model_validate(source.data)
    except ValidationError as error:
        found = [_problem(source, details) for details in error.errors(include_url=False, include_context=True)]
    unique = {
        (problem.line, problem.column): problem for problem in reversed(found)
    }  # one line per place: a union reports each branch
    raise RuleFileError(sorted(unique.values(), key=lambda problem: (problem.line, problem.column)))


def _problem(source: RuleSource, details: Any) -> RuleProblem:
    """One of pydantic's errors as a line of ours."""
    kind, where, given = details["type"], details["loc"], details["input"]
    field = ".".join(str(part) for part in source.known(where)) or "rule"
    if kind == "extra_forbidden":
        return source.problem(where, f"unknown field {where[-1]!r}{suggest(str(where[-1]), _fields(where))}", at_key=True)
    if kind == "missing":
        return source.problem(where[:-1], f"field {where[-1]!r} is missing")
    if kind == "value_error":
        return source.problem(where, str(details["ctx"]["error"]))
    if kind == "literal_error":
        expected = str(details["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return source.problem(where, f"{field}: {given!r} is not one of {', '.join(expected)}{suggest(str(given), expected)}")
    if kind == "string_type":
        hint = ": quote it" if isinstance(given, bool | int | float) else ""
        return source.problem(where, f"{field} must be text, not {_yaml_type(given)}{hint}")
    if kind == "string_pattern_mismatch":
        on_key = where[-1] == "[key]"
        return source.problem(where, f"{field}: {given!r} does not fit the pattern {details['ctx']['pattern']}", at_key=on_key)
    return source.problem(where, f"{field}: {details['msg'][:1].lower()}{details['msg'][1:]}")


def _fields(where: tuple[Any, ...]) -> list[str]:
    """The fields that may stand where the unknown one at *where* stands."""
    from vlmr1_lint.rulefiles.shape import MODELS, ExpressionValue, field_names

    if where[0] == "fix" and len(where) > 3:
        return field_names(ExpressionValue)
    above = [part for part in where[:-1] if isinstance(part, str) and part in MODELS]
    return field_names(MODELS[above[-1] if above else ""])


def _yaml_type(found: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping", type(None): "nothing"}
    return names.get(type(found), type(found).__name__)
