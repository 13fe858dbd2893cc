"""Claims about options that the trainer takes and then cuts, resets or overwrites, and about what it makes of small images."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import dotted, number, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.claims.code import TrainerCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["attention_override", "input_tokens", "prompt_limit", "small_images"]

_LIMIT = "max_prompt_length"


def prompt_limit(code: TrainerCode) -> Found | None:
    """What the trainer does with max_prompt_length.

    ``cut``     prompts are cut to it
    ``copy``    a copy of the ids is cut, and the whole prompt goes to the model (R1-V)
    ``reset``   it is set to None (VLM-R1)
    ``unread``  nothing
    """
    if not code.mentions(_LIMIT):
        return None
    kept = [one for one in code.assigned(f"self.{_LIMIT}") if code.is_in(one[1], "__init__")]
    last = kept[-1][1].value if kept else None
    if kept and isinstance(last, ast.Constant):
        if last.value is None and not code.guards(kept[-1][1]):
            return "reset", kept[-1][0], kept[-1][1].lineno
        raise NotUnderstood  # a limit of the code's own
    cuts = [(path, node) for path, node in code.nodes(ast.Attribute) if node.attr == _LIMIT and not code.is_in(node, "__init__")]
    steps = [(path, node, step) for path, node in cuts if (step := _using(code, node)) is not None]
    if not steps:
        return None
    ids = [(path, step) for path, _, step in steps if not _is_mask(step)]
    values = {_kind(code, step) for _, step in ids}
    if "cut" in values:
        return "cut", ids[0][0], ids[0][1].lineno
    if not ids:
        raise NotUnderstood
    return "copy", ids[0][0], ids[0][1].lineno


def _is_mask(step: ast.stmt) -> bool:
    """Whether the statement cuts the attention mask, as goes beside the ids."""
    return isinstance(step, ast.Assign) and not isinstance(step.targets[0], ast.Tuple) and "mask" in ast.dump(step.targets[0])


def _using(code: TrainerCode, node: ast.AST) -> ast.stmt | None:
    """The statement that cuts by *node*: by a slice, or by a call that gets it; None for a comparison or a log."""
    for above in code.around(node):
        if isinstance(above, ast.Compare):
            return None
        if isinstance(above, ast.Slice):
            return next((one for one in code.around(above) if isinstance(one, ast.stmt)), None)
        if isinstance(above, ast.stmt):
            return above if isinstance(above, ast.Assign) else None
    return None


def _kind(code: TrainerCode, step: ast.stmt) -> str:
    """``copy`` where a name is cut that no call of generate gets, else ``cut``."""
    if not isinstance(step, ast.Assign) or not isinstance(step.targets[0], ast.Name) or not isinstance(step.value, ast.Subscript):
        return "cut"
    name, root = step.targets[0].id, code.root(step)
    for _, call in code.calls("generate"):
        if code.root(call) is root:
            given = [*call.args, *(one.value for one in call.keywords if one.arg is not None)]
            if any(isinstance(one, ast.Name) and one.id == name for node in given for one in ast.walk(node)):
                return "cut"
    for _, other in code.nodes(ast.Assign):  # prompt_inputs["input_ids"] = prompt_ids
        if code.root(other) is root and isinstance(other.targets[0], ast.Subscript) and dotted(other.value) == name:
            return "cut"
    return "copy"


def attention_override(code: TrainerCode) -> Found | None:
    """Whether the trainer writes its own ``attn_implementation`` over that of model_init_kwargs."""
    for path, step in code.nodes(ast.Assign):
        for target in step.targets:
            if (
                isinstance(target, ast.Subscript)
                and tail(target.value) == "model_init_kwargs"
                and getattr(target.slice, "value", None) == "attn_implementation"
                and code.is_in(step, "__init__")
            ):
                if code.guards(step):
                    raise NotUnderstood
                return True, path, step.lineno
    return None


def input_tokens(code: TrainerCode) -> Found | None:
    """Whether include_num_input_tokens_seen counts anything.

    ``counted``    the trainer counts the tokens itself
    ``uncounted``  transformers looks for them in the batch, which is a list of rows here: the collator hands the rows on
    """
    for path, step in code.nodes(ast.AugAssign):
        if tail(step.target) == "num_input_tokens_seen":
            return "counted", path, step.lineno
    if code.mentions("num_input_tokens_seen"):
        raise NotUnderstood
    given = [(path, one) for path, call in code.calls("__init__") for one in call.keywords if one.arg == "data_collator"]
    if len(given) == 1 and dotted(given[0][1].value) in {"identity", *_hands_on(code)}:
        return "uncounted", given[0][0], given[0][1].value.lineno
    return None


def _hands_on(code: TrainerCode) -> list[str]:
    """The functions that return their one argument and do nothing else."""
    return [
        node.name
        for _, node in code.nodes(ast.FunctionDef)
        if len(node.args.args) == 1
        and len(node.body) == 1
        and isinstance(node.body[0], ast.Return)
        and dotted(node.body[0].value) == node.args.args[0].arg
    ]


SMALLEST = 28
"""Pixels of the least side that Qwen's image processor takes, by which trainers ask for small images (VLM-R1)."""


def small_images(code: TrainerCode) -> Found | None:
    """What the trainer does with images of less than `SMALLEST` pixels.

    ``shrink_others``  they are enlarged, and so are later ones of the batch resized: the resize is behind the test, not in it
    ``enlarged``       they alone are enlarged
    ``kept``           nothing
    """
    tests = [node for _, node in code.nodes(ast.If) if _asks_for_small(node.test)]
    if not tests:
        return None
    found: list[Found] = []
    for path, call in code.calls("resize"):
        above = list(code.around(call))
        if any(test in above for test in tests):
            found.append(("enlarged", path, call.lineno))
            continue
        step = next((one for one in above if isinstance(one, ast.stmt)), None)
        if step is not None and any(test in code.block(step) for test in tests):
            found.append(("shrink_others", path, call.lineno))
    if len({value for value, _, _ in found}) != 1:
        raise NotUnderstood
    return found[0]


def _asks_for_small(test: ast.expr) -> bool:
    """``w < 28 or h < 28``."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else [test]
    return all(
        isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Lt) and number(part.comparators[0]) == SMALLEST
        for part in parts
    )
