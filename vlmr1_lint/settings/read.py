"""From the bytes of a settings file to its values, or to everything that is wrong with it."""

from __future__ import annotations

from vlmr1_lint.documents.formats import MAX_KEYS
from vlmr1_lint.settings.errors import SettingsError
from vlmr1_lint.settings.plain import plain
from vlmr1_lint.settings.problems import SettingsProblem, first_of, suggestion
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    Path = tuple[str | int, ...]
    Locate = Callable[[Path], tuple[int, int]]

__all__ = ["SettingsFile", "read_settings", "unknown_rules"]

TABLE = ("tool", "vlmr1-lint")


@value
class SettingsFile:
    """One settings file that is valid by itself.

    path    its name, relative to the root
    values  what it says, by names as written, without anything it does not say
    locate  the 1-based line and column of a setting (``("data", "images")``)
    """

    path: str
    values: Mapping[str, Any]
    locate: Locate


def read_settings(path: str, data: bytes) -> SettingsFile | None:
    """The settings in the file *path*: the table ``[tool.vlmr1-lint]`` of a TOML file, the whole of a YAML file.

    None if a TOML file has no such table; then neither tomllib nor pydantic is imported. Raises SettingsError.
    """
    if path.endswith(".toml"):
        if not _may_have_table(data):
            return None
        found = _toml(path, data)
    else:
        found = _yaml(path, data)
    if found is None:
        return None
    values, locate = found
    return SettingsFile(path, _validated(path, values, locate), locate)


def _may_have_table(data: bytes) -> bool:
    """Whether the TOML text *data* can have our table, be it broken: our name behind a dot, or before one, a bracket or an equals
    sign. As a requirement it is common (``"vlmr1-lint>=0.1",``), and to parse the file for that costs a third of a cold run."""
    parts = data.split(b"vlmr1-lint")
    edges = b"\"' \t"
    return any(part.rstrip(edges).endswith(b".") for part in parts[:-1]) or any(
        part.lstrip(edges).startswith((b".", b"]", b"=")) for part in parts[1:]
    )


def unknown_rules(file: SettingsFile, known: Mapping[str, str]) -> list[SettingsProblem]:
    """What *file* says of rules that there are not. *known*: id → name of every rule, the user's own included."""
    from vlmr1_lint.findings.suppression import RuleNames

    names = RuleNames(known)
    unknown = [(path, text) for path, text in _rule_names(file.values) if not names.named(text)]

    def told() -> Iterator[SettingsProblem]:
        for path, text in unknown:
            line, column = file.locate(path)
            setting = _shown(path[:-1] if isinstance(path[-1], int) or path[-2:-1] in (("severity",), ("safety",)) else path)
            values = {"setting": setting, "name": _cut(text)}
            yield SettingsProblem(file.path, line, column, "unknown-rule", values, names.nearest(text))

    return first_of(told(), len(unknown))


def _rule_names(values: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for setting in ("select", "ignore", "extend-select"):
        for index, text in enumerate(values.get(setting, ())):
            yield (setting, index), text
    for setting in ("severity", "safety"):
        for text in values.get(setting, {}):
            yield (setting, text), text
    for index, entry in enumerate(values.get("suppress", ())):
        yield ("suppress", index, "rule"), entry["rule"]
    for index, entry in enumerate(values.get("overrides", ())):
        for path, text in _rule_names(entry):
            yield ("overrides", index, *path), text


# -- syntax ----------------------------------------------------------------------------------------------------------


def _toml(path: str, data: bytes) -> tuple[Any, Locate] | None:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

    from vlmr1_lint.settings.tomlplaces import toml_place

    try:
        text = data.decode("utf-8-sig")
        if _many_dots().search(text):
            raise _syntax(path, "TOML", f"a key of more than {MAX_PARTS} parts", 1, 1)
        whole = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise _syntax(path, "TOML", "not UTF-8", data.count(b"\n", 0, error.start) + 1, 1) from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax(path, "TOML", *_toml_message(str(error))) from None
    except RecursionError:
        raise _syntax(path, "TOML", "nested too deep", 1, 1) from None
    table = whole.get("tool", {}).get("vlmr1-lint") if isinstance(whole.get("tool", {}), dict) else None
    if table is None:
        return None
    return table, lambda where: toml_place(text, (*TABLE, *where))


MAX_PARTS = 20
"""Parts of a dotted key. tomllib keeps every beginning of one, so that 20,000 dots take gigabytes; the tables of tools have two
to five."""


def _many_dots() -> re.Pattern[str]:
    """Where a key may begin (a line, a table's bracket, an inline table), followed by too many parts."""
    import re

    part = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
    return re.compile(rf"(?m)(?:^|[\[{{,])[ \t]*(?:{part}[ \t]*\.[ \t]*){{{MAX_PARTS}}}")


def _toml_message(text: str) -> tuple[str, int, int]:
    """``"… (at line 3, column 5)"`` in its parts."""
    import re

    place = re.search(r" \(at line (\d+), column (\d+)\)$", text)
    if place:
        return text[: place.start()], int(place[1]), int(place[2])
    return text, 1, 1


def _yaml(path: str, data: bytes) -> tuple[Any, Locate]:
    from vlmr1_lint.documents.read import read

    document = read(f"{path}.yaml", data)  # whatever it is called

    def locate(where: Path) -> tuple[int, int]:
        for length in range(len(where), -1, -1):
            node = document.node((0, *where[:length]))
            if node is not None:
                position = document.position(node.entry_span.start)
                return position.line, position.column
        return 1, 1

    found = [one for one in document.problems if one.fatal or one.code in ("duplicate-key", "value", "tag", "multiple-documents")]

    def told() -> Iterator[SettingsProblem]:
        for problem in found:
            position = document.position(problem.span.start)
            code, detail = "syntax", {"language": "YAML", "detail": problem.detail or problem.code}
            if problem.code == "duplicate-key":
                name = str(problem.path[-1]) if problem.path else problem.detail
                code, detail = "duplicate", {"name": _cut(name)}
            yield SettingsProblem(path, position.line, position.column, code, detail)

    if found:
        raise SettingsError(first_of(told(), len(found)))
    if not document.roots:
        return {}, locate
    values = document.roots[0].raw
    return ({} if values is None else values), locate


def _syntax(path: str, language: str, detail: str, line: int, column: int) -> SettingsError:
    return SettingsError([SettingsProblem(path, line, column, "syntax", {"language": language, "detail": detail})])


def _keys_in(values: object) -> int:
    """How many keys the mappings in *values* have together."""
    if isinstance(values, dict):
        return len(values) + sum(map(_keys_in, values.values()))
    return sum(map(_keys_in, values)) if isinstance(values, list) else 0


# -- values ----------------------------------------------------------------------------------------------------------


def _validated(path: str, values: Any, locate: Locate) -> dict[str, Any]:
    """*values* as the models have them, by names as written. Raises SettingsError with every problem."""
    if not isinstance(values, dict):
        line, column = locate(())
        raise SettingsError([SettingsProblem(path, line, column, "no-mapping", {})])
    if _keys_in(values) > MAX_KEYS:
        raise _syntax(path, "TOML", f"more than {MAX_KEYS} keys, too many to check", 1, 1)  # YAML's reader has said so itself
    found = plain(values)
    if found is not None:
        return found
    from pydantic import ValidationError

    from vlmr1_lint.settings.model import Settings

    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems = first_of((_problem(path, detail, locate) for detail in errors), len(errors))
        raise SettingsError(
            sorted(problems, key=lambda problem: (problem.line, problem.column, problem.code == "more"))
        ) from None
    valid: dict[str, Any] = settings.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    return valid


_CODES = {
    "string_type": "text",
    "int_type": "number",
    "float_type": "amount",
    "greater_than": "range",
    "int_from_float": "number",
    "bool_type": "yes-or-no",
    "list_type": "list",
    "dict_type": "table",
    "model_type": "table",
    "model_attributes_type": "table",
    "string_too_short": "empty",
    "too_short": "empty",
    "greater_than_equal": "range",
    "less_than_equal": "range",
}


def _problem(path: str, detail: Mapping[str, Any], locate: Locate) -> SettingsProblem:
    """One of pydantic's errors in our words."""
    where: Path = tuple(part for part in detail["loc"] if part != "[key]")
    line, column = locate(where)
    kind = detail["type"]
    setting, found = _shown(where), _quoted(detail["input"])
    values: dict[str, str] = {"setting": setting, "found": found}
    if kind == "extra_forbidden":
        meant = suggestion(str(where[-1]), _names_at(where[:-1]))
        return SettingsProblem(path, line, column, "unknown", {"name": _cut(setting)}, meant)
    if kind == "missing":
        line, column = locate(where[:-1])
        return SettingsProblem(path, line, column, "missing", {"setting": _shown(where[:-1]), "name": str(where[-1])})
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in str(detail["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
        meant = suggestion(detail["input"], choices) if isinstance(detail["input"], str) else ""
        return SettingsProblem(path, line, column, "choice", {**values, "choices": ", ".join(choices)}, meant)
    if kind == "string_pattern_mismatch":
        code = "size" if where[-1] == "host-ram" else "image"
        return SettingsProblem(path, line, column, code, values)
    if kind not in _CODES:
        return SettingsProblem(path, line, column, "invalid", {**values, "found": detail["msg"]})
    return SettingsProblem(path, line, column, _CODES[kind], values)


def _names_at(where: Path) -> list[str]:
    """The names that may be written under *where*."""
    from vlmr1_lint.settings import model

    models: dict[Path, Any] = {
        (): model.Settings,
        ("data",): model.Data,
        ("overrides",): model.Override,
        ("overrides", "data"): model.Data,
        ("suppress",): model.Suppress,
    }
    found = models.get(tuple(part for part in where if isinstance(part, str)))
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _shown(where: Path) -> str:
    """``("overrides", 0, "gpus")`` → ``overrides[0].gpus``, in one line: a name may hold a line break."""
    text = ""
    for part in where:
        name = part if isinstance(part, int) or part.isprintable() else repr(part)[1:-1]
        text += f"[{name}]" if isinstance(part, int) else f".{name}" if text else str(name)
    return text


def _quoted(found: object) -> str:
    """A value as its author wrote it, more or less, cut to a readable length."""
    text = str(found).lower() if isinstance(found, bool) else "nothing" if found is None else repr(found)
    return _cut(text)


def _cut(text: str) -> str:
    """*text*, of a length that can be read."""
    return text if len(text) <= 40 else f"{text[:37]}..."
