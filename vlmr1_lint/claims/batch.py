"""Claims about batches: what a batch counts, what must divide it, and what one generate call holds."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, dotted, number, raises, tail
from vlmr1_lint.claims.sampling import main_draws

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.claims.code import TrainerCode
    from vlmr1_lint.claims.extract import Found
    from vlmr1_lint.claims.sampling import Draw

__all__ = ["batch_unit", "buffers_inputs", "divisibility", "eval_divisibility", "generation_unit"]

REPEATING_SAMPLERS = frozenset(("RepeatRandomSampler", "RepeatSampler"))
"""Samplers of TRL and of VLM-R1 that hand each prompt out num_generations times: a row of the batch is a sequence."""


def batch_unit(code: TrainerCode) -> Found | None:
    """``prompts`` where one generate call makes num_generations sequences of each row (``num_return_sequences``, vLLM's ``n``, or
    a loop over the group), ``sequences`` where the sampler repeats the prompts."""
    repeated = next((one for one in code.calls(*REPEATING_SAMPLERS) if _repeats_rows(code, one[1])), None)
    if not code.is_whole and repeated is None and not any(code.calls("generate")):
        return None
    grouped = _grouped(code)
    if repeated is None:
        if grouped is None:
            raise NotUnderstood
        return "prompts", grouped.path, grouped.call.lineno
    if grouped is not None and not _takes_each_prompt_once(code):
        raise NotUnderstood
    return "sequences", repeated[0], repeated[1].lineno


def _repeats_rows(code: TrainerCode, sampler: ast.Call) -> bool:
    """Whether the sampler of training hands a prompt out num_generations times running. VLM-R1 before 2025-02-28 asks for one."""
    if code.is_in(sampler, "_get_eval_sampler"):
        return False
    given = {one.arg: one.value for one in sampler.keywords}
    count = given.get("mini_repeat_count", sampler.args[1] if len(sampler.args) > 1 else None)
    if number(count) == 1:
        return False
    if tail(count) != "num_generations":
        raise NotUnderstood
    return True


def _grouped(code: TrainerCode) -> Draw | None:
    """A call that makes num_generations sequences of each row; None where every call makes one, or a part of them."""
    return next((one for one in main_draws(code) if _is_group(_count(one)) or _loop(code, one)), None)


def _count(draw: Draw) -> ast.expr | None:
    """The sequences that a call makes of each row."""
    return draw.field("n" if draw.vllm else "num_return_sequences")


def _is_group(count: ast.expr | None) -> bool:
    """Whether *count* is the size of the group, and not 1 or a part of it."""
    if count is None or number(count) == 1:
        return False
    name = tail(count)
    if name in {"num_generations", "G"}:
        return True
    if isinstance(count, ast.BinOp) or name.endswith("_num_generations"):
        return False  # shuffled_num_generations of Video-R1: half a group beside the whole one
    raise NotUnderstood


def _loop(code: TrainerCode, draw: Draw) -> ast.For | None:
    """The loop over the group around the call, one sequence of each row a time."""
    for node in code.around(draw.call):
        if (
            isinstance(node, ast.For)
            and isinstance(node.iter, ast.Call)
            and called(node.iter) == "range"
            and any(tail(one) == "num_generations" for one in node.iter.args)
        ):
            return node
    return None


def _takes_each_prompt_once(code: TrainerCode) -> bool:
    """Whether the repeated prompts are thinned out before: ``prompts[:: num_generations]``, ``dict.fromkeys(prompts)``."""
    steps = (node.step for _, node in code.nodes(ast.Slice))
    return any(tail(step) == "num_generations" for step in steps if step is not None) or any(code.calls("fromkeys", "set"))


def divisibility(code: TrainerCode) -> Found | None:
    """``micro`` where per-device batch × processes must be a multiple of the group, ``effective`` where accumulation counts too,
    ``generation_batch`` where TRL's GRPOConfig checks that option."""
    if code.mentions(*_GENERATION_BATCH):
        return _of_config(code, "generation_batch_size", "generation_batch")
    return _checked(code, "per_device_train_batch_size")


def eval_divisibility(code: TrainerCode) -> Found | None:
    """``micro`` where per-device evaluation batch × processes must be a multiple of the group."""
    if code.mentions(*_GENERATION_BATCH):
        return _of_config(code, "per_device_eval_batch_size", "micro")
    return _checked(code, "per_device_eval_batch_size")


_GENERATION_BATCH = frozenset(("steps_per_generation", "generation_batch_size"))
"""Options of TRL since 0.18, whose GRPOConfig checks the batch and not the trainer."""


def _of_config(code: TrainerCode, option: str, value: str) -> Found:
    """*value* where the class of the options refuses by a condition on *option* and the group, else ``none``."""
    if code.config is None:
        raise NotUnderstood
    path, definition = code.config
    steps = [node for node in ast.walk(definition) if isinstance(node, ast.Assign)]
    for node in ast.walk(definition):
        if isinstance(node, ast.If) and raises(node.body):
            words = _words(node.test, steps)
            if {option, "num_generations", "Mod"} <= words:
                return value, path, node.lineno
    return "none", path, definition.lineno


def _words(node: ast.AST, steps: list[ast.Assign]) -> set[str]:
    """The last names in *node* and its operators, and those of the local variables in it."""
    words = {tail(one) or type(one).__name__ for one in ast.walk(node)}
    for step in steps:
        if any(isinstance(target, ast.Name) and target.id in words for target in step.targets) and step.lineno < getattr(
            node, "lineno", 0
        ):
            words |= _words(step.value, [one for one in steps if one is not step])
    return words


def _checked(code: TrainerCode, option: str) -> Found | None:
    """The check of the product of *option* and the processes: a ``raise`` that speaks of num_generations must follow it."""
    found: Found | None = None
    for path, step in code.nodes(ast.Assign):
        product = _product(step, option)
        if product is None:
            continue
        after = _until_assigned_anew(code.block(step), step)
        refusal = next((one for one in after[:3] if _refuses(one)), None)
        idle = refusal is None and _lists_groups(after[:2])
        if refusal is None and not idle:
            continue  # the product serves something else, such as a buffer's length
        value = "none" if idle else _unit(product)
        if found is not None and found[0] != value:
            raise NotUnderstood
        found = value, path, step.lineno
    if found is None and _asks_both(code, option):
        raise NotUnderstood
    return found


def _until_assigned_anew(block: list[ast.stmt], step: ast.Assign) -> list[ast.stmt]:
    """The statements of *block* after *step*, up to one that gives its variable another value."""
    after = block[block.index(step) + 1 :]
    name = dotted(step.targets[0])
    end = (at for at, one in enumerate(after) if isinstance(one, ast.Assign) and dotted(one.targets[0]) == name)
    return after[: next(end, len(after))]


def _product(step: ast.stmt, option: str) -> list[str] | None:
    """The factors' names where *step* assigns a product of *option* and the number of processes, else None."""
    if not isinstance(step, ast.Assign) or not isinstance(step.value, ast.BinOp):
        return None
    names: list[str] = []
    rest: list[ast.expr] = [step.value]
    while rest:
        node = rest.pop()
        if isinstance(node, ast.BinOp):
            if not isinstance(node.op, ast.Mult):
                return None
            rest += [node.left, node.right]
        else:
            names.append(tail(node))
    return names if option in names and _PROCESSES.intersection(names) else None


_PROCESSES = frozenset(("num_processes", "world_size"))


def _unit(factors: list[str]) -> str:
    more = set(factors) - _PROCESSES - {"per_device_train_batch_size", "per_device_eval_batch_size"}
    if not more:
        return "micro"
    if more == {"gradient_accumulation_steps"}:
        return "effective"
    raise NotUnderstood


def _refuses(step: ast.stmt) -> bool:
    return isinstance(step, ast.If) and raises(step.body) and "num_generations" in ast.dump(step)


def _lists_groups(steps: list[ast.stmt]) -> bool:
    """Whether the groups that the batch allows are listed, and nothing is refused: the check was commented out."""
    return any(isinstance(one, ast.Assign) and isinstance(one.value, ast.ListComp) for one in steps)


def _asks_both(code: TrainerCode, option: str) -> bool:
    """Whether a condition with a ``raise`` or an assertion speaks of *option* and of the group in some other form."""
    refusals = [node for _, node in code.nodes(ast.If) if raises(node.body)]
    for test in [*(node.test for _, node in code.nodes(ast.Assert)), *(node.test for node in refusals)]:
        words = {tail(one) for one in ast.walk(test)}
        if option in words and "num_generations" in words:
            return True
    return False


def generation_unit(code: TrainerCode) -> Found | None:
    """Which sequences one generate call holds on a GPU (`generation_unit` in `trainers.profiles`)."""
    if any(code.bodies("get_train_dataloader")):
        return _loaded(code)
    if code.mentions("steps_per_generation", "generation_batch_size"):
        raise NotUnderstood
    unit = batch_unit(code)
    if unit is None:
        return None
    if unit[0] == "sequences":
        drawn = main_draws(code)[0]
        return "micro_batch", drawn.path, drawn.call.lineno
    grouped = [one for one in main_draws(code) if _is_group(_count(one))]
    if grouped:
        return "group", grouped[0].path, grouped[0].call.lineno
    return "micro_batch", unit[1], unit[2]  # one sequence of each row after the other


def _loaded(code: TrainerCode) -> Found:
    """What the data loader hands out at once: TRL multiplies the batch by the steps that share one generation."""
    for path, node in code.nodes(ast.BinOp):
        if isinstance(node.op, ast.Mult) and tail(node.left) in {"_train_batch_size", "per_device_train_batch_size"}:
            unit = {"gradient_accumulation_steps": "accumulated_batch", "steps_per_generation": "generation_batch"}.get(
                tail(node.right)
            )
            if unit is not None and code.is_in(node, "get_train_dataloader"):
                return unit, path, node.lineno
    raise NotUnderstood


def buffers_inputs(code: TrainerCode) -> Found | None:
    """Whether inputs of all accumulation steps are kept (``_buffered_inputs``)."""
    for path, node in code.nodes(ast.Attribute):
        if node.attr == "_buffered_inputs":
            return True, path, node.lineno
    return None
