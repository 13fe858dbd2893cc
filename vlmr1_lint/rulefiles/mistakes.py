"""From the data of a rule file to its model: what is wrong with the shape, in the words of rule files and not of pydantic.

All mistakes are found at once. What is wrong is told and left out, and the rest is a rule still, whose expressions can be looked
at: `read` gives both.
"""

from __future__ import annotations

from vlmr1_lint.language.errors import suggest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from vlmr1_lint.rulefiles.shape import RuleFile
    from vlmr1_lint.rulefiles.source import RuleProblem, RuleSource, Where

__all__ = ["read"]

ROUNDS = 4
"""Times that what is wrong is left out: a mistake may hide another of the same part once or twice."""
STUBS = {"id": "XX000", "message": "x", "when": "true"}
"""What stands in for a field that a rule needs, so that the rest can be looked at."""
DECISIVE = frozenset(("scope", "let", "each"))
"""Fields without which the rest has no meaning that could be checked."""


def read(source: RuleSource) -> tuple[RuleFile | None, list[RuleProblem]]:
    """The rule of *source* without what is wrong with its shape (None where too little is left), and what that is."""
    from pydantic import ValidationError

    from vlmr1_lint.rulefiles.shape import RuleFile

    problems: list[RuleProblem] = []
    data, gone = dict(source.data), set[str]()
    for _ in range(ROUNDS):
        try:
            model = RuleFile.model_validate(data)
        except ValidationError as error:
            details = list(_one_of_each_union(source, error.errors(include_url=False, include_context=True)))
            problems += [problem for one in details for problem in _problems(source, one)]
            fields = {str(one["loc"][0]) for one in details if one["loc"]}
            gone |= fields
            if not fields or fields & DECISIVE:
                break
            data = _without(data, fields)
            continue
        if not gone & {"at", "value"}:
            problems += [source.problem((), message) for message in model.disagreements()]
        asks = model.when is not None or (model.at is not None and "value" in model.model_fields_set)
        return (model if asks else None), problems
    return None, problems


def _without(data: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    """*data* without *fields*, and without what speaks of them."""
    gone = fields | ({"examples"} if "fix" in fields else set())
    left = {name: found for name, found in data.items() if name not in gone}
    return {**left, **{name: stub for name, stub in STUBS.items() if name in fields}}


def _one_of_each_union(source: RuleSource, errors: Sequence[Any]) -> Iterator[Any]:
    """*errors* with one for each value that may be of several kinds: pydantic tells them for each kind."""
    told: set[Where] = set()
    for error in errors:
        where, kind = error["loc"], None
        known = source.known(where)
        for part, there in zip(where, (*known, *(None,) * len(where)), strict=False):
            if part != there:
                kind = part
                break
        if kind in (None, "[key]") or (error["type"] == "missing" and len(where) == len(known) + 1):
            yield error
            continue
        place = known[: where.index(kind)]
        given = source.value(place)
        if kind in ("en", "zh") and isinstance(given, str):  # a plain text stands for both
            if place not in told:
                told.add(place)
                yield {**error, "loc": place}
        elif isinstance(given, dict):
            if any(name in str(kind) for name in ("ExpressionValue", "Words")):
                yield error
        elif place not in told:
            told.add(place)
            yield {**error, "type": "kinds", "loc": place, "input": given}


def _problems(source: RuleSource, details: Any) -> Iterator[RuleProblem]:
    kind, where = details["type"], details["loc"]
    if kind == "extra_forbidden":
        yield source.problem(where, f"unknown field {where[-1]!r}{suggest(str(where[-1]), _fields(where))}", at_key=True)
    elif kind == "missing":
        yield source.problem(where[:-1], f"field {where[-1]!r} is missing")
    elif kind == "value_error":
        for message in str(details["ctx"]["error"]).split("\n"):
            yield source.problem(where, message)
    else:
        on_key = bool(where) and where[-1] == "[key]"
        yield source.problem(where, _sentence(source, details), at_key=on_key)


def _sentence(source: RuleSource, details: Any) -> str:
    """What is wrong with one value, in one line."""
    kind, where, given, context = details["type"], details["loc"], details["input"], details.get("ctx") or {}
    known = source.known(where)
    field = ".".join(map(str, known)) or "rule"
    name = next((part for part in reversed(known) if isinstance(part, str)), "")
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return f"{field}: {given!r} is not one of {', '.join(expected)}{suggest(str(given), expected)}"
    if kind == "kinds":
        instead = "" if isinstance(given, list) else f", not {_yaml_type(given)}"
        return f"{field}: write {KINDS.get(str(where[0]), 'a plain value')}{instead}"
    if kind == "model_type":
        return f"{field}: write {SHAPES.get(name, 'a mapping')}, not {_yaml_type(given)}"
    if kind == "string_type":
        hint = ": quote it" if isinstance(given, bool | int | float) else ""
        return f"{field} must be text, not {_yaml_type(given)}{hint}"
    if kind == "string_pattern_mismatch":
        form = PATTERNS["key" if where[-1] == "[key]" else name]
        return f"{field}: {given!r} does not fit: {form}"
    if kind in TYPES:
        return f"{field} must be {TYPES[kind]}, not {_yaml_type(given)}"
    if kind in LIMITS:
        return f"{field} {LIMITS[kind].format(**context)}"
    return f"{field}: {details['msg'][:1].lower()}{details['msg'][1:]}"


KINDS = {
    "let": "an expression, or `{en: …, zh: …}`",
    "value": "a plain value or a list of them",
    "fix": "a plain value, a list of them or `{expr: …}`",
}
"""What may stand where values of several kinds may, by field."""
SHAPES = {
    "message": "`{en: …, zh: …}` or a text",
    "title": "`{en: …, zh: …}` or a text",
    "why": "`{en: …, zh: …}` or a text",
    "fix": "a mapping: `title: …`, `safety: …`, `set: …`",
    "related": "`{at: …, message: …}`",
    "examples": "`fail: |` or `pass: |` and the text of a file",
}
"""What stands under a field, by its name."""
PATTERNS = {
    "id": "2 to 8 capital letters and 3 digits, as in TEAM001",
    "name": "two or more lower-case words with - between them, as in too-many-steps",
    "since": "a version, as in 0.1",
    "group": "lower-case letters, digits and -",
    "key": "a name is lower-case letters, digits and _",
}
"""How a text must look, by field."""
TYPES = {
    "list_type": "a list",
    "dict_type": "a mapping",
    "bool_type": "true or false",
    "int_type": "a whole number",
}
LIMITS = {
    "too_short": "needs at least {min_length} of them",
    "too_long": "has too many: at most {max_length}",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
"""What pydantic's other errors mean, by its names for them."""


def _fields(where: Where) -> list[str]:
    """The fields that may stand where the unknown one at *where* stands."""
    from vlmr1_lint.rulefiles.shape import MODELS, ExpressionValue, field_names

    if where[0] == "fix" and len(where) > 3:
        return field_names(ExpressionValue)
    above = [part for part in where[:-1] if isinstance(part, str) and part in MODELS]
    return field_names(MODELS[above[-1] if above else ""])


def _yaml_type(found: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping", type(None): "nothing"}
    return "text" if isinstance(found, str) else names.get(type(found), type(found).__name__)
