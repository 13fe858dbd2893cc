"""Claims about loading the policy: its dtype and class, LoRA, and gradient checkpointing."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, dotted, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.claims.code import ClassCode, ScriptCode, TrainerCode
    from vlmr1_lint.claims.extract import Found

__all__ = [
    "cache_while_checkpointing",
    "checkpointing_by_hand",
    "default_model_dtype",
    "input_grads",
    "lora_targets",
    "lora_vision",
    "model_by_name",
    "unused_weights",
    "vision_models",
]

_DTYPE = frozenset(("torch_dtype", "dtype"))
_VISION = ("AutoModelForImageTextToText", "AutoModelForVision2Seq", "create_model_from_path", "get_model_class", "vlm_module")


def default_model_dtype(code: TrainerCode) -> Found | None:
    """``bfloat16`` where the trainer puts it in for a dtype that is not written, ``float32`` where it only looks at the dtype
    (transformers 4's ``from_pretrained`` loads fp32)."""
    said: list[tuple[str, str, int]] = []
    for path, step in code.nodes(ast.Assign):
        if any(_sets_dtype(target) for target in step.targets) and code.is_in(step, "__init__"):
            dtype = _dtype(step.value, code)
            if dtype is not None:
                said.append((dtype, path, step.lineno))
    for path, call in code.calls("from_pretrained"):
        if not _loads_policy(code, call):
            continue
        for given in (one.value for one in call.keywords if one.arg in _DTYPE):
            dtype = _dtype(given, code)
            if dtype is not None:
                said.append((dtype, path, call.lineno))
    if any(call.args and getattr(call.args[0], "value", None) in _DTYPE for _, call in code.calls("setdefault")):
        raise NotUnderstood
    if len({dtype for dtype, _, _ in said}) > 1 or (not said and any(code.calls("create_model_from_path"))):
        raise NotUnderstood
    return said[0] if said else None


def _loads_policy(code: TrainerCode, call: ast.Call) -> bool:
    """Whether ``from_pretrained`` makes the policy or the reference, and no processor or reward model."""
    step = code.parent(call)
    targets = {dotted(one) for one in step.targets} if isinstance(step, ast.Assign) else set()
    return code.is_in(call, "__init__") and bool(targets & {"model", "self.model", "self.ref_model", "ref_model"})


def _sets_dtype(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and target.slice.value in _DTYPE


def _dtype(value: ast.expr, code: TrainerCode) -> str | None:
    """The dtype that *value* is where nothing was written; None where it only passes on what was."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    text = dotted(value)
    if text.startswith("torch."):
        return text.removeprefix("torch.")
    if text in _DTYPE:
        return _default_of(text, code)
    if isinstance(value, ast.Constant) and value.value is None:
        return None
    raise NotUnderstood


def _default_of(name: str, code: TrainerCode) -> str | None:
    """The default of the constructor's argument *name*; None without such an argument."""
    for _, function in code.bodies("__init__"):
        arguments = function.args.args
        last = arguments[len(arguments) - len(function.args.defaults) :]
        defaults = {one.arg: default for one, default in zip(last, function.args.defaults, strict=True)}
        found = defaults.get(name)
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            return found.value
    return None


def vision_models(code: TrainerCode) -> Found | None:
    """Whether the policy may be a vision-language model: the trainer names such a class, or asks the model's config for it."""
    for path, node in [*code.nodes(ast.Name), *code.nodes(ast.Attribute)]:
        name = tail(node) or getattr(node, "attr", "")
        if (name.endswith("ForConditionalGeneration") or name in _VISION or name == "architectures") and code.is_in(
            node, "__init__"
        ):
            return True, path, node.lineno
    loads = [
        (path, call)
        for path, call in code.calls("from_pretrained")
        if _loads_policy(code, call) and not _makes_reference(code, call)
    ]
    if loads and all(_class_of(code, call) == "AutoModelForCausalLM" for _, call in loads):
        return False, loads[0][0], loads[0][1].lineno
    return None


def model_by_name(code: TrainerCode) -> Found | None:
    """How the policy's class is found.

    ``module``  a module for the model's family says it (VLM-R1's vlm_modules), which the training script picks
    ``class``   the text of the path picks one of several classes, and AutoModelForCausalLM takes the rest (R1-V)
    ``fixed``   always the same class of one family
    ``config``  by the model's config.json
    """
    for path, call in code.calls("get_model_class"):
        return "module", path, call.lineno
    loads = [
        (path, call)
        for path, call in code.calls("from_pretrained")
        if _loads_policy(code, call) and not _makes_reference(code, call)
    ]
    for path, call in loads:
        tests = [test for test, _ in code.guards(call) if _asks_for_text(test)]
        if tests:
            return "class", path, tests[-1].lineno
    for path, call in code.calls("create_model_from_path"):
        return "config", path, call.lineno
    if loads and any(node.attr == "architectures" for _, node in code.nodes(ast.Attribute)):
        return "config", loads[0][0], loads[0][1].lineno
    kinds = {"config" if _class_of(code, call).startswith("Auto") else "fixed" for _, call in loads}
    if len(kinds) == 1 and loads:
        return kinds.pop(), loads[0][0], loads[0][1].lineno
    if loads:
        raise NotUnderstood
    return None


def _makes_reference(code: TrainerCode, call: ast.Call) -> bool:
    step = code.parent(call)
    return isinstance(step, ast.Assign) and any(tail(one) == "ref_model" for one in step.targets)


def _class_of(code: TrainerCode, call: ast.Call) -> str:
    """``A`` of ``A.from_pretrained(…)``, through a variable that is assigned it. Raises NotUnderstood for no class's name."""
    made = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    steps = code.assigned(dotted(made), code.root(call)) if dotted(made) else []
    name = tail(steps[0][1].value if len(steps) == 1 else made)
    if not name[:1].isupper() or len(steps) > 1:
        raise NotUnderstood
    return name


def _asks_for_text(test: ast.expr) -> bool:
    """``"Qwen2-VL" in model_id``."""
    return any(
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.In)
        and isinstance(getattr(node.left, "value", None), str)
        and "model" in ast.dump(node.comparators[0]).lower()
        for node in ast.walk(test)
    )


def input_grads(code: TrainerCode) -> Found | None:
    """Who makes inputs require gradients, which LoRA beside reentrant checkpointing needs.

    ``with_checkpointing``  the trainer, by ``enable_input_require_grads``
    ``by_peft``             PEFT, for checkpointing is switched on before the model is wrapped
    ``never``               nobody in the trainer
    """
    for path, call in code.calls("enable_input_require_grads", "prepare_peft_model"):  # TRL 0.22 to 0.25: it asks for them
        return "with_checkpointing", path, call.lineno
    wrapped = [call for _, call in code.calls("get_peft_model") if code.is_in(call, "__init__")]
    for path, call in code.calls("gradient_checkpointing_enable"):
        if code.is_in(call, "__init__") and any(call.lineno < one.lineno for one in wrapped):
            return "by_peft", path, call.lineno
    return None


def lora_targets(code: TrainerCode) -> Found | None:
    """``found`` where the trainer overwrites LoRA's targets with layers that it looks for itself, ``option`` where it leaves
    them, ``none`` where it never wraps the model."""
    for path, step in code.nodes(ast.Assign):
        if any(dotted(target).endswith("peft_config.target_modules") for target in step.targets) and code.is_in(step, "__init__"):
            return "found", path, step.lineno
    for path, call in code.calls("get_peft_model", "prepare_peft_model"):
        return "option", path, call.lineno
    return None


def lora_vision(script: ScriptCode, trainer: TrainerCode, module: ClassCode | None, model: str | None) -> Found | None:
    """What LoRA does to the vision tower: ``left_out`` where the trainer looks for the layers itself and goes past those that the
    model's module (or the trainer) names as the tower's, else as the ``option`` says."""
    found = lora_targets(trainer)
    if found is None or found[0] != "found":
        return None if found is None else ("option", found[1], found[2])
    for path, loop in trainer.nodes(ast.For):
        first = loop.body[0]
        searched = isinstance(loop.iter, ast.Call) and called(loop.iter) == "named_modules" and trainer.is_in(loop, "__init__")
        if not searched or not isinstance(first, ast.If) or not isinstance(first.body[0], ast.Continue):
            continue
        function = next((one for one in trainer.around(loop) if isinstance(one, ast.FunctionDef)), None)
        words = _any_of(first.test)
        if function is None or not words or not _gives_targets(trainer, function.name):
            break
        given = _argument(trainer, function, words)
        if _names_vision(trainer, module, given):
            return "left_out", path, first.lineno
        break
    raise NotUnderstood


def _any_of(test: ast.expr) -> str:
    """``words`` of ``any(word in name for word in words)``, else ``""``."""
    if isinstance(test, ast.Call) and called(test) == "any" and test.args and isinstance(test.args[0], ast.GeneratorExp):
        loops, asked = test.args[0].generators, test.args[0].elt
        if len(loops) == 1 and not loops[0].ifs and isinstance(asked, ast.Compare) and isinstance(asked.ops[0], ast.In):
            return dotted(loops[0].iter) if dotted(asked.left) == dotted(loops[0].target) else ""
    return ""


def _gives_targets(trainer: TrainerCode, function: str) -> bool:
    """Whether LoRA's targets are what *function* returns."""
    for _, step in trainer.assigned("peft_config.target_modules"):
        steps = trainer.assigned(step.value.id) if isinstance(step.value, ast.Name) else [("", step)]
        if any(isinstance(one.value, ast.Call) and called(one.value) == function for _, one in steps):
            return True
    return False


def _argument(trainer: TrainerCode, function: ast.FunctionDef, name: str) -> str:
    """What the one call of *function* gives for its argument *name*; *name* itself where it is none."""
    names = [one.arg for one in function.args.args]
    calls = [call for _, call in trainer.calls(function.name)]
    if name not in names or len(calls) != 1:
        return name
    at = names.index(name)
    return dotted(calls[0].args[at]) if at < len(calls[0].args) else ""


def _names_vision(trainer: TrainerCode, module: ClassCode | None, words: str) -> bool:
    """Whether the list *words* of the trainer names the vision tower."""
    steps = trainer.assigned(words)
    value = steps[0][1].value if len(steps) == 1 else None
    if isinstance(value, ast.Call) and called(value) == "get_vision_modules_keywords" and module is not None:
        last = next((body.body[-1] for _, body in module.bodies("get_vision_modules_keywords")), None)
        value = last.value if isinstance(last, ast.Return) else None
    named = [getattr(one, "value", None) for one in value.elts] if isinstance(value, ast.List) else []
    return any(isinstance(name, str) and "vis" in name for name in named)


def checkpointing_by_hand(code: TrainerCode) -> Found | None:
    """Whether the trainer switches InternVL's gradient checkpointing on part by part, and then its own option off, so that
    transformers does not try: ``without_peft``, ``always``, or ``never``."""
    for path, step in code.nodes(ast.Assign):
        if not any(dotted(one).endswith("args.gradient_checkpointing") for one in step.targets) or not _is_off(step.value):
            continue
        block = [dotted(one) for other in code.block(step) if isinstance(other, ast.Assign) for one in other.targets]
        if not any(name.endswith("vision_model.gradient_checkpointing") for name in block):
            raise NotUnderstood
        tests = [(test, wanted) for test, wanted in code.guards(step) if "peft" in ast.dump(test)]
        if not tests:
            return "always", path, step.lineno
        if any(wanted or not isinstance(test, ast.Call) or called(test) != "is_peft_model" for test, wanted in tests):
            raise NotUnderstood
        return "without_peft", path, step.lineno
    return None


def unused_weights(code: TrainerCode) -> Found | None:
    """Who decides whether DDP looks for weights that a step has not used: the ``option`` ddp_find_unused_parameters, or the
    ``trainer``."""
    for path, step in code.nodes(ast.Assign):
        if any(tail(one) == "ddp_find_unused_parameters" for one in step.targets):
            return "trainer", path, step.lineno
    if code.mentions("ddp_find_unused_parameters", "find_unused_parameters"):
        raise NotUnderstood
    return None


def cache_while_checkpointing(code: TrainerCode) -> Found | None:
    """``off`` where the trainer writes use_cache itself under gradient checkpointing, whatever model_init_kwargs say."""
    for path, step in code.nodes(ast.Assign):
        if any(_is_cache(target) for target in step.targets) and _is_off(step.value):
            return "off", path, step.lineno
    if code.is_whole and code.mentions("use_cache"):
        raise NotUnderstood  # it is taken out, or set to something else
    return None


def _is_cache(target: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        return getattr(target.slice, "value", None) == "use_cache"
    return dotted(target).endswith("config.use_cache")


def _is_off(node: ast.expr) -> bool:
    """``False``, or ``False if args.gradient_checkpointing else …``."""
    if isinstance(node, ast.IfExp):
        return tail(node.test) == "gradient_checkpointing" and _is_off(node.body)
    return isinstance(node, ast.Constant) and node.value is False
