"""The calls that make completions, and what is written for each: in its own keywords, a GenerationConfig or SamplingParams.

A configuration is followed from the call back to where it was made, through copies, dicts and later changes of one field. A fork
has several (for shuffled frames, for evaluation, to warm up), and only those that a call uses say anything.
"""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, dotted, number, tail
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from vlmr1_lint.claims.code import TrainerCode

    Fields: TypeAlias = dict[str, ast.expr]

__all__ = ["Draw", "draws", "main_draws", "option_or_number"]

REST = "**"
"""The field of `Draw.fields` that holds keywords which nobody could read."""

_CONFIGS = frozenset(("GenerationConfig", "SamplingParams"))
_COPIES = frozenset(("deepcopy", "copy", "clone"))
_USERS = "generation_kwargs"
"""The option by whose keys the user changes the configuration; what it may hold is the user's own."""
_DEEPEST = 6


@value
class Draw:
    """One call that makes completions, under one of the configurations that it may use.

    path    the file of the call
    call    the call
    vllm    whether vLLM makes them
    fields  what is written for it, by name
    """

    path: str
    call: ast.Call
    vllm: bool
    fields: Mapping[str, ast.expr]

    def field(self, name: str) -> ast.expr | None:
        """What is written for *name*, None for nothing. Raises NotUnderstood where keywords nobody could read may hold it."""
        if name not in self.fields and REST in self.fields:
            raise NotUnderstood
        return self.fields.get(name)


def main_draws(code: TrainerCode) -> list[Draw]:
    """The calls that make the completions of training; not empty. Raises NotUnderstood.

    Left out are greedy ones and those of one token (forks evaluate and warm up with them), and beside vLLM's those of
    transformers in a class that is started for vLLM only.
    """
    found = [one for one in draws(code) if not _samples_nothing(one)]
    if code.is_for_vllm and any(one.vllm for one in found):
        found = [one for one in found if one.vllm]
    if not found:
        raise NotUnderstood
    return found


def _samples_nothing(draw: Draw) -> bool:
    sample = draw.fields.get("do_sample")
    most = draw.fields.get("max_new_tokens", draw.fields.get("max_tokens"))
    return (isinstance(sample, ast.Constant) and sample.value is False) or number(most) == 1


def draws(code: TrainerCode) -> list[Draw]:
    """All calls that make completions. Raises NotUnderstood for a configuration that comes from elsewhere."""
    return code.once("draws", lambda: list(_draws(code)))


def _draws(code: TrainerCode) -> Iterator[Draw]:
    for path, call in code.calls("generate", "chat"):
        if not isinstance(call.func, ast.Attribute) or _is_dead(code, call):
            continue
        of = dotted(call.func.value)
        vllm = "llm" in of.lower()
        if not vllm and call.func.attr == "chat":
            continue  # a judge's, such as client.chat
        for fields in _given(code, call, of, vllm=vllm):
            yield Draw(path, call, vllm, fields)


def _is_dead(code: TrainerCode, call: ast.Call) -> bool:
    """Whether *call* stands under a condition that is written False: ``use_naive_loop = False`` above ``if use_naive_loop:``."""
    for test, wanted in code.guards(call):
        values = [step.value for _, step in code.assigned(test.id, code.root(call))] if isinstance(test, ast.Name) else [test]
        if values and all(isinstance(one, ast.Constant) and one.value is (not wanted) for one in values):
            return True
    return False


def _given(code: TrainerCode, call: ast.Call, of: str, *, vllm: bool) -> list[Fields]:
    """The fields of one call, for each configuration that it may use."""
    own: Fields = {}
    config: ast.expr | None = call.args[1] if vllm and len(call.args) > 1 else None
    for one in call.keywords:
        if one.arg in {"generation_config", "sampling_params"}:
            config = one.value
        elif one.arg is not None:
            own[one.arg] = one.value
        else:
            read = _dict(code, one.value, call)
            if read is not None:
                own |= read
            elif not any("input" in dotted(node) or "prompt" in dotted(node) for node in ast.walk(one.value)):
                own[REST] = one.value  # not the tokens and images of the prompt
    if config is not None:
        return [fields | own for fields in _variants(code, config, call, 0)]
    if "temperature" not in own and of.endswith("vllm_generation"):
        for _, made in code.calls("VLLMGeneration"):
            own = _keywords(code, made) | own
    elif "temperature" not in own and not vllm:
        own.setdefault(REST, call)  # the model's own generation_config.json decides
    return [own]


def _variants(code: TrainerCode, node: ast.expr, call: ast.AST, depth: int) -> list[Fields]:
    """What the configuration *node* holds when *call* uses it, for each way in which it was made."""
    if depth > _DEEPEST:
        raise NotUnderstood
    if isinstance(node, ast.IfExp):
        return _variants(code, node.body, call, depth + 1) + _variants(code, node.orelse, call, depth + 1)
    if isinstance(node, ast.Call):
        if called(node) in _CONFIGS:
            return [_keywords(code, node)]
        if called(node) in _COPIES:
            source = node.args[0] if node.args else getattr(node.func, "value", node)
            return _variants(code, source, node, depth + 1)
        raise NotUnderstood
    name = dotted(node)
    if not name:
        raise NotUnderstood
    root = None if name.startswith("self.") else code.root(call)
    found: list[Fields] = []
    for _, step in code.assigned(name, root):
        if root is not None and code.excludes(step, call):
            continue
        assert step.value is not None
        found += _variants(code, step.value, step, depth + 1)
    for _, loop in code.nodes(ast.For):
        if dotted(loop.target) == name and isinstance(loop.iter, ast.List | ast.Tuple) and loop in code.around(call):
            for one in loop.iter.elts:
                found += _variants(code, one, loop, depth + 1)
    if not found:
        raise NotUnderstood
    return _changed(code, found, name, root, call)


def _changed(code: TrainerCode, found: list[Fields], name: str, root: ast.AST | None, call: ast.AST) -> list[Fields]:
    """*found* after the statements ``name.field = …``; one that another condition guards than *call* may run or not."""
    ours = [(id(test), wanted) for test, wanted in code.guards(call)]
    for _, step in code.nodes(ast.Assign):
        for target in step.targets:
            if isinstance(target, ast.Attribute) and dotted(target.value) == name and (root is None or code.root(step) is root):
                changed = [fields | {target.attr: step.value} for fields in found]
                certain = all((id(test), wanted) in ours for test, wanted in code.guards(step))
                found = changed if certain else found + changed
    return found


def _keywords(code: TrainerCode, call: ast.Call) -> Fields:
    fields: Fields = {}
    for one in call.keywords:
        if one.arg is not None:
            fields[one.arg] = one.value
        else:
            read = _dict(code, one.value, call)
            fields |= {REST: one.value} if read is None else read
    return fields


def _dict(code: TrainerCode, node: ast.expr, at: ast.AST, depth: int = 0) -> Fields | None:
    """The dict *node*: one that is written out, or a name for it; None for anything else."""
    if isinstance(node, ast.Dict):
        return _written(node)
    if depth > _DEEPEST:
        return None
    name = dotted(node)
    steps = code.assigned(name, None if name.startswith("self.") else code.root(at)) if name else []
    if not name.startswith("self."):
        steps = [one for one in steps if not code.excludes(one[1], at)]
    values = [step.value for _, step in steps]
    if len(steps) != 1:
        return _same(code, values, at)
    first = values[0]
    if isinstance(first, ast.Name):
        return None if first.id == name else _dict(code, first, steps[0][1], depth + 1)
    read = _written(first) if isinstance(first, ast.Dict) else _dict_call(first)
    return None if read is None else _updated(code, read, name, code.root(steps[0][1]))


def _same(code: TrainerCode, values: list[ast.expr | None], at: ast.AST) -> Fields | None:
    """The fields in which several written-out dicts agree; None where one of them is anything else, or they differ."""
    read = [_written(one) if isinstance(one, ast.Dict) else None for one in values]
    if not read or any(one is None for one in read):
        return None
    dumped = [{key: ast.dump(field) for key, field in one.items()} for one in read if one is not None]
    return read[0] if all(one == dumped[0] for one in dumped) else None


def _written(node: ast.Dict) -> Fields | None:
    if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys):
        return None
    return {str(key.value): field for key, field in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)}


def _dict_call(node: ast.expr | None) -> Fields | None:
    if (
        not isinstance(node, ast.Call)
        or dotted(node.func) != "dict"
        or node.args
        or any(one.arg is None for one in node.keywords)
    ):
        return None
    return {str(one.arg): one.value for one in node.keywords}


def _updated(code: TrainerCode, read: Fields, name: str, root: ast.AST) -> Fields:
    """*read* after ``name["field"] = …`` and ``name.update(…)``."""
    for _, step in code.nodes(ast.Assign):
        for target in step.targets:
            if isinstance(target, ast.Subscript) and dotted(target.value) == name and code.root(step) is root:
                key = getattr(target.slice, "value", None)
                read = read | ({key: step.value} if isinstance(key, str) else {REST: step.value})
    for _, call in code.calls("update"):
        if isinstance(call.func, ast.Attribute) and dotted(call.func.value) == name and code.root(call) is root:
            more = _written(call.args[0]) if call.args and isinstance(call.args[0], ast.Dict) else None
            if more is not None:
                read = read | more
            elif not call.args or tail(call.args[0]) != _USERS:
                read = read | {REST: call}
    return read


def option_or_number(code: TrainerCode, node: ast.expr, option: str, default: float, depth: int = 0) -> float | None:
    """The number that *node* is, None where it is the value of *option*; *default* where a configuration that it is taken from
    does not say. Raises NotUnderstood."""
    fixed = number(node)
    if fixed is not None:
        return fixed
    name = dotted(node)
    if tail(node) == option and name.removesuffix(option) in _ARGUMENTS and not code.assigned(name):
        return None
    if isinstance(node, ast.Attribute) and dotted(node.value) not in {"self", ""}:
        return _of_configuration(code, node, option, default, depth)
    values = (
        [step.value for _, step in code.assigned(name, None if name.startswith("self.") else code.root(node))] if name else [node]
    )
    if not values and tail(node) == option:
        return None
    found = {_of_option(one, option) for one in values}
    if len(found) != 1:
        raise NotUnderstood
    return found.pop()


_ARGUMENTS = frozenset(("args.", "self.args.", "training_args."))


def _of_configuration(code: TrainerCode, node: ast.Attribute, option: str, default: float, depth: int) -> float | None:
    """``self.generation_config.temperature``: what is written where that configuration is made."""
    found = set()
    if depth > _DEEPEST:
        raise NotUnderstood
    for fields in _variants(code, node.value, node, 1):
        if node.attr not in fields and REST in fields:
            raise NotUnderstood
        given = fields.get(node.attr)
        found.add(default if given is None else option_or_number(code, given, option, default, depth + 1))
    if len(found) != 1:
        raise NotUnderstood
    return found.pop()


def _of_option(node: ast.expr | None, option: str) -> float | None:
    """The same of an assigned value: a number, ``args.option``, ``getattr(args, "option", …)``, ``args.option or …``,
    ``args.option if args.option is not None else …``."""
    fixed = number(node)
    if fixed is not None:
        return fixed
    if isinstance(node, ast.BoolOp):
        node = node.values[0]
    elif isinstance(node, ast.IfExp) and any(tail(one) == option for one in ast.walk(node.test)):
        node = node.body if tail(node.body) == option else node.orelse  # 0.0 if self.min_p is None else self.min_p
    elif (
        isinstance(node, ast.Call)
        and dotted(node.func) == "getattr"
        and option in [getattr(one, "value", None) for one in node.args[1:2]]
    ):
        return None
    if tail(node) == option:
        return None
    raise NotUnderstood
