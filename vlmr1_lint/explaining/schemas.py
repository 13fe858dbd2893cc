"""JSON Schemas of args files and DeepSpeed JSON, made from the option and key tables."""

from __future__ import annotations

from vlmr1_lint.candidates.trainer import table_release
from vlmr1_lint.facts.sections import DEEPSPEED
from vlmr1_lint.trainers.options import option, option_names
from vlmr1_lint.trainers.releases import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["args_schema", "deepspeed_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_JSON_TYPES = {"bool": "boolean", "int": "integer", "float": "number", "str": "string", "None": "null", "dict": "object"}


def args_schema(trainer: str) -> dict[str, Any]:
    """The schema of an args file for the newest release that *trainer* picks. Raises SelectorError."""
    release = table_release(select(trainer)[-1])
    properties = {}
    for name in sorted(option_names(release)):
        found = option(release, name)
        if found is not None:
            default = list(found.default) if isinstance(found.default, tuple) else found.default
            properties[name] = {**_type(found.type, found.choices), **({} if found.required else {"default": default})}
    return {"$schema": DIALECT, "title": f"training args of {release}", "type": "object", "properties": properties}


def deepspeed_schema() -> dict[str, Any]:
    """The schema of a DeepSpeed JSON for the newest version in the tables."""
    version = DEEPSPEED.versions()[-1]
    return {"$schema": DIALECT, "title": f"DeepSpeed {version} config", **_section("", version)}


def _section(section: str, version: str) -> dict[str, Any]:
    inner = [name for name in DEEPSPEED.sections(version) if name and name.rpartition(".")[0] == section]
    properties: dict[str, Any] = {name.rpartition(".")[2]: _section(name, version) for name in inner}
    for name in sorted(DEEPSPEED.keys(section, version)):
        key = DEEPSPEED.key(section, name, version)
        if name not in properties and key is not None:
            typed = _type(key.type, key.choices) if key.type else {}
            properties[name] = {"anyOf": [typed, {"const": "auto"}]} if typed else {}
    closed = DEEPSPEED.unknown_keys(section, version) == "rejected"
    return {"type": "object", "properties": properties, **({"additionalProperties": False} if closed else {})}


def _type(type_: str, choices: tuple[object, ...] | None) -> dict[str, Any]:
    kinds = []
    for part in type_.split("|"):
        if part.startswith("list"):
            kinds.append("array")
        elif part in _JSON_TYPES:
            kinds.append(_JSON_TYPES[part])
        else:
            return {}  # a class, or anything
    typed: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    return {"enum": [*choices, *([None] if "null" in kinds else [])]} if choices else typed
