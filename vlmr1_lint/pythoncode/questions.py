"""What is asked of a Python source: each question is answered from its tree, in JSON's types, so that a table may hold it.

Source is read with ``ast`` and never run.
"""

from __future__ import annotations

import ast
import re

from vlmr1_lint.pythoncode.source import checks_groups, classes, keeps_idle_check, statements
from vlmr1_lint.trainers.families import CLASSES
from vlmr1_lint.trainers.r1_v import R1_V
from vlmr1_lint.trainers.vlm_r1 import VLM_R1, VLM_R1_2025_02, VLM_R1_2025_04

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from vlmr1_lint.pythoncode.outline import Reader

__all__ = ["KNOWN_TRAINERS", "QUESTIONS", "options_in"]

KNOWN_TRAINERS = CLASSES
"""Classes of VLM-R1's and R1-V's trainers, which forks keep the names of."""

FLAG_READERS = frozenset(("ArgumentParser", "Fire", "Typer", "cli"))
"""What a script calls that reads its flags without argument classes: argparse, fire, typer, ``tyro.cli``."""


def name_of(node: ast.expr) -> str:
    """``X`` for ``X`` and for ``module.X``, else ``""``."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def imports(tree: ast.Module) -> list[list[Any]]:
    """Each ``from … import``: its dots, its module, and the names it takes with those that it gives them."""
    found = [node for node in statements(tree) if isinstance(node, ast.ImportFrom)]
    return [[node.level, node.module or "", [[one.name, one.asname or one.name] for one in node.names]] for node in found]


def bases(tree: ast.Module) -> dict[str, list[str]]:
    """The classes with the names of what they are made from, ``""`` for what is no name."""
    return {name: [name_of(base) for base in node.bases] for name, node in classes(tree).items()}


def fields(tree: ast.Module) -> dict[str, list[list[Any]]]:
    """The classes with their annotated fields: `_field` of each."""
    return {name: _fields(node) for name, node in classes(tree).items()}


def functions(tree: ast.Module) -> list[str]:
    """The functions of the module."""
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def parsing_functions(tree: ast.Module) -> dict[str, list[str]]:
    """Those of the functions that hand classes to a parser of flags, with these classes."""
    found = {node.name: parsed_classes(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name: names for name, names in found.items() if names}


def parsed_classes(tree: ast.AST) -> list[str]:
    """The classes in ``TrlParser((A, B))`` or ``HfArgumentParser(A)``, by the names that the module knows them under."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and node.args
            and name_of(node.func) in {"TrlParser", "HfArgumentParser", "H4ArgumentParser"}
        ):
            given = node.args[0]
            items = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
            return [name for item in items if (name := name_of(item))]
    return []


def trainers(tree: ast.Module) -> list[str]:
    """The names of trainers that the source speaks of."""
    names = {name_of(node) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)}
    return sorted(name for name in names if "Trainer" in name and "Callback" not in name)


def reads_flags(tree: ast.Module) -> bool:
    """Whether the script has a command line of its own that no argument classes describe."""
    calls = {name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return bool(calls & FLAG_READERS)


def candidates(tree: ast.AST) -> list[str]:
    """Which releases a trainer's source is like: by its class, its divisibility check, and the class of the reference model."""
    names = {name for name, definition in classes(tree).items() if name in KNOWN_TRAINERS and not _is_made_from_trls(definition)}
    if not names:
        return []
    if not checks_groups(tree):
        return [R1_V.name if VLM_R1.classes.isdisjoint(names) else VLM_R1_2025_02]
    reference = _reference_class(tree)
    if reference == "AutoModelForCausalLM":
        return [VLM_R1.name]
    return [VLM_R1_2025_04] if reference else list(VLM_R1.since)


def _is_made_from_trls(definition: ast.ClassDef) -> bool:
    """Whether the class is made from TRL's GRPOTrainer: a trainer of TRL's, whatever it is called."""
    return any(getattr(base, "id", getattr(base, "attr", "")) == "GRPOTrainer" for base in definition.bases)


def _reference_class(tree: ast.AST) -> str | None:
    """What ``self.ref_model = X.from_pretrained(…)`` loads the reference model with, or None: a class, or ``"registered"`` where
    the source teaches that class its models (``AutoModelForCausalLM.register(…)``)."""
    steps = list(statements(tree))
    calls = [step.value for step in steps if isinstance(step, ast.Expr) and isinstance(step.value, ast.Call)]
    taught = {
        getattr(call.func.value, "id", "")
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "register"
    }
    for node in steps:
        if (
            isinstance(node, ast.Assign)
            and any(getattr(target, "attr", "") == "ref_model" for target in node.targets)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
            and node.value.func.attr == "from_pretrained"
        ):
            loader = node.value.func.value
            name = getattr(loader, "id", getattr(loader, "attr", None))
            return "registered" if name in taught else name
    return None


_DATACLASS = (
    rb"(?m)^@(?:dataclasses\.)?dataclass[^\n]*\n(?:@[^\n]*\n)*class [^\n]*"
    rb"(?:\n[ \t]+[^\n]*|\n[ \t\r]*(?=\n)|\n#[^\n]*|\n[)\]}][^\n]*)*"
)
"""A dataclass at the left margin: its decorators, its header, and what is indented below."""


def options_in(data: bytes, reader: Reader) -> Iterator[list[Any]]:
    """The answer to the question ``options`` of the source *data*, of which only the dataclasses are parsed, each alone with its
    line numbers as they are: a script of a thousand lines has one or two. All of it is where they do not stand at the left
    margin, or one alone is no Python."""
    found = list(re.finditer(_DATACLASS, data))
    alone = len(found) == data.count(b"@dataclass") + data.count(b"@dataclasses.")
    trees = [reader.parsed(b"\n" * data.count(b"\n", 0, one.start()) + one[0]) for one in found] if alone else [None]
    for tree in trees if None not in trees else [reader.parsed(data)]:
        yield from options(tree) if tree is not None else _field_lines(data)


_FIELD_LINE = rb"(?m)^[ \t]+([A-Za-z_]\w*)[ \t]*:[ \t]*[A-Za-z]"


def _field_lines(data: bytes) -> Iterator[list[Any]]:
    """What looks like a field in the source *data* of dataclasses, which does not parse: a quote is missing somewhere, or it is
    for a later Python. Options by name only."""
    for name in dict.fromkeys(found[1] for found in re.finditer(_FIELD_LINE, data)):
        yield ["", name.decode(), "Any", False, data.count(b"\n", 0, data.index(name)) + 1]


def options(tree: ast.Module) -> list[list[Any]]:
    """The fields of every dataclass: `_fields`."""
    found = [node for node in statements(tree) if isinstance(node, ast.ClassDef)]
    return [
        field
        for node in found
        if any("dataclass" in ast.dump(decorator) for decorator in node.decorator_list)
        for field in _fields(node)
    ]


def _fields(node: ast.ClassDef) -> list[list[Any]]:
    """The annotated fields of a class: its name, the field's, type, whether it is required, line, and the default if it is
    known."""
    found = []
    for field in node.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            type_ = _type(field.annotation.id if isinstance(field.annotation, ast.Name) else ast.unparse(field.annotation))
            found.append([node.name, field.target.id, type_, field.value is None, field.lineno, *_default(field.value)])
    return found


def _type(annotation: str) -> str:
    """A dataclass annotation in the tables' spelling: ``Optional[list[str]]`` → ``list[str]|None``."""
    text = annotation.replace(" ", "").replace("typing.", "").replace("List[", "list[").replace("Dict", "dict").strip("'\"")
    if text.startswith("Optional[") and text.endswith("]"):
        return f"{_type(text[9:-1])}|None"
    if text.startswith("Union[") and text.endswith("]"):
        return "|".join(_type(part) for part in text[6:-1].split(","))
    return text if text in _SIMPLE or "|" in text else "Any"


_SIMPLE = frozenset("bool int float str dict list[str] list[int] list[float] None".split())


def _default(node: ast.expr | None) -> tuple[object, ...]:
    """The literal default of a dataclass field, written plainly or as ``field(default=…)``; empty where it is computed."""
    if isinstance(node, ast.Call):
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "default" not in given:
            return ()
        node = given["default"]
    if node is None:
        return (None,)
    if isinstance(node, ast.Constant):
        return (node.value,)
    try:
        return (ast.literal_eval(node),)
    except (ValueError, SyntaxError, RecursionError, TypeError):
        return ()


QUESTIONS: Mapping[str, Callable[[ast.Module], Any]] = {
    "imports": imports,
    "bases": bases,
    "fields": fields,
    "functions": functions,
    "parsing functions": parsing_functions,
    "parsed": parsed_classes,
    "trainers": trainers,
    "reads flags": reads_flags,
    "options": options,
    "candidates": candidates,
    "idle check": keeps_idle_check,
}
"""Every question, by the name that tables have it under, and what answers it."""
