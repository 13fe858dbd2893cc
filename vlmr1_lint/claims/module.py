"""The module for a model's family (VLM-R1's ``vlm_modules``) that a training script picks by the text of the model's path.

The script hands it to the trainer: ``vlm_module=get_vlm_module(model_name_or_path)()``.
"""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import ClassCode, called, dotted, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.claims.code import Names, ScriptCode

__all__ = ["HANDED", "modules", "truth"]

HANDED = "vlm_module"
"""The trainer's argument, and its attribute, that holds the module."""


def modules(script: ScriptCode, model: str | None) -> tuple[ClassCode, ...]:
    """The classes of which *script* may hand one to its trainer for the *model* at this path, None for any path; empty where it
    raises an error for that path. Raises NotUnderstood."""
    found: dict[str, ClassCode] = script.once(("modules", HANDED), dict)
    names: dict[str, Sequence[tuple[str, ast.ClassDef]]] = {}
    for given in _handed(script):
        for name, known in _picked(script, given, model):
            names.setdefault(name, known.classes(name))
    for name, chain in names.items():
        if not chain:
            raise NotUnderstood  # a class of another package
        if name not in found:
            found[name] = ClassCode(chain)
    return tuple(found[name] for name in names)


def _handed(script: ScriptCode) -> list[str]:
    """The names whose call makes the module: ``vlm_module_cls`` of ``vlm_module=vlm_module_cls()``."""
    values = [one.value for _, call in script.nodes(ast.Call) for one in call.keywords if one.arg == HANDED]
    names = [dotted(value.func) if isinstance(value, ast.Call) and not value.args else "" for value in values]
    if not names or not all(names):
        raise NotUnderstood
    return list(dict.fromkeys(names))


def _picked(script: ScriptCode, name: str, model: str | None) -> Iterator[tuple[str, Names]]:
    """The classes that *name* may be, each with what the module that names it knows."""
    steps = script.assigned(name)
    if not steps:
        yield name, script.names
        return
    value = steps[0][1].value
    if len(steps) > 1:
        raise NotUnderstood
    if isinstance(value, ast.Name):
        yield value.id, script.names
        return
    function = _function(script, called(value)) if isinstance(value, ast.Call) else None
    if function is None:
        raise NotUnderstood
    definition, known = function
    for found in _returned(definition.body, {one.arg for one in definition.args.args}, set(), model):
        yield found, known


def _function(script: ScriptCode, name: str) -> tuple[ast.FunctionDef, Names] | None:
    for node in script.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node, script.names
    found = script.names.function(name)
    return None if found is None else (found[1], found[2])


def _returned(body: Sequence[ast.stmt], texts: set[str], small: set[str], model: str | None) -> list[str]:
    """The classes that *body* may return. *texts* are names of the model's path, *small* those of it in small letters."""
    found: list[str] = []
    for step in body:
        if isinstance(step, ast.Return):
            if not isinstance(step.value, ast.Name):
                raise NotUnderstood
            return [*found, step.value.id]
        if isinstance(step, ast.Raise):
            return found
        if isinstance(step, ast.Assign) and dotted(step.targets[0]) and _is_small(step.value, texts, small):
            small.add(dotted(step.targets[0]))
        elif isinstance(step, ast.If):
            holds = truth(step.test, texts, small, model)
            if holds is not False:
                found += _returned(step.body, texts, small, model)
            if holds is True and _leaves(step.body):
                return found
            if holds is not True:
                found += _returned(step.orelse, texts, small, model)
                if step.orelse and _leaves(step.body) and _leaves(step.orelse):
                    return found
        elif not (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)):
            raise NotUnderstood
    return found


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether *body* always ends in a ``return`` or an error."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, ast.Return | ast.Raise)


def truth(test: ast.expr, texts: set[str], small: set[str], model: str | None) -> bool | None:
    """Whether a condition about the text of the path *model* holds: ``"qwen" in path.lower() and "vl" in path.lower()``; None
    where the path is not known. Raises NotUnderstood for a condition about anything else."""
    if isinstance(test, ast.BoolOp):
        parts = [truth(one, texts, small, model) for one in test.values]
        decisive = isinstance(test.op, ast.Or)
        return decisive if decisive in parts else None if None in parts else not decisive
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.In | ast.NotIn):
        raise NotUnderstood
    text, path = getattr(test.left, "value", None), test.comparators[0]
    is_small = _is_small(path, texts, small)
    if not isinstance(text, str) or not (is_small or dotted(path) in texts):
        raise NotUnderstood
    if model is None:
        return None
    return (text in (model.lower() if is_small else model)) is isinstance(test.ops[0], ast.In)


def _is_small(node: ast.expr, texts: set[str], small: set[str]) -> bool:
    """Whether *node* is the model's path in small letters."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "lower":
        return dotted(node.func.value) in texts or tail(node.func.value) == "model_name_or_path"
    return dotted(node) in small
