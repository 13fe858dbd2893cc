"""Claims that the training script, the trainer and the module for the model's family decide together: what becomes of images.

A module is a class of VLM-R1's ``vlm_modules``, picked by the model's path (`claims.module`); R1-V and TRL have none.
"""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, compared_lengths, dotted, raises, tail
from vlmr1_lint.claims.module import HANDED, truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.claims.code import ClassCode, ScriptCode, TrainerCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["image_count", "module_calls", "pixel_limit", "text_batches"]

_PREPARE = "prepare_model_inputs"


def image_count(script: ScriptCode, trainer: TrainerCode, module: ClassCode | None, model: str | None) -> Found | None:
    """Whether the trainer stops at a batch that has another number of images than of sequences, and some.

    VLM-R1's Qwen and GLM modules hand back a grid for each image, and the trainer asserts that there is one for each sequence.
    """
    checks = [one for name in _second_results(trainer) for one in _count_checks(trainer, name)]
    if not checks:
        return None
    if module is None or not _all_images(trainer):
        raise NotUnderstood
    path, check, name = checks[0]
    if any(dotted(getattr(test, "left", None)) != name or not wanted for test, wanted in trainer.guards(check)):
        raise NotUnderstood
    made, place = _extra(module)
    return (True, path, check.lineno) if made else (False, *place)


def _second_results(trainer: TrainerCode) -> list[str]:
    """``extra`` of ``inputs, extra = self.vlm_module.prepare_model_inputs(…)``."""
    names = []
    for _, call in trainer.calls(_PREPARE):
        step = trainer.parent(call)
        target = step.targets[0] if isinstance(step, ast.Assign) else None
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            names.append(dotted(target.elts[1]))
    return list(dict.fromkeys(names))


def _count_checks(trainer: TrainerCode, name: str) -> Iterator[tuple[str, ast.stmt, str]]:
    """Statements that stop if the list *name* has not as many items as another one."""
    for path, check in trainer.nodes(ast.Assert):
        if name in compared_lengths(check.test, ast.Eq):
            yield path, check, name
    for path, node in trainer.nodes(ast.If):
        if name in compared_lengths(node.test, ast.NotEq) and raises(node.body):
            yield path, node, name


def _images(trainer: TrainerCode) -> tuple[str, ast.AST]:
    """The list of images that the trainer hands to the module, and the method in which it does."""
    found = set()
    for _, call in trainer.calls(_PREPARE):
        given = [one.value for one in call.keywords if one.arg == "images"] or call.args[2:3]
        found.add((dotted(given[0]) if given else "", trainer.root(call)))
    if len(found) != 1 or not next(iter(found))[0]:
        raise NotUnderstood
    return found.pop()


def _all_images(trainer: TrainerCode) -> bool:
    """Whether every image of every row goes to the module: each is added in a loop over a row's images in one over the rows."""
    name, root = _images(trainer)
    added = [call for _, call in trainer.calls("append") if dotted(call.func) == f"{name}.append" and trainer.root(call) is root]
    if not added or len(trainer.assigned(name, root)) != 1 or not _starts_empty(trainer, name, root):
        return False
    of_rows = set()
    for call in added:
        loops = [one for one in trainer.around(call) if isinstance(one, ast.For)]
        if len(loops) < 2 or not dotted(loops[0].iter) or trainer.guards(call):
            return False
        of_rows.add(dotted(loops[0].iter))
    taken = [step for name in of_rows for _, step in trainer.assigned(name, root)]
    return not any(isinstance(node, ast.Slice) for step in taken for node in ast.walk(step))


def _starts_empty(trainer: TrainerCode, name: str, root: ast.AST) -> bool:
    return all(isinstance(step.value, ast.List) and not step.value.elts for _, step in trainer.assigned(name, root))


def _extra(module: ClassCode) -> tuple[bool, tuple[str, int]]:
    """Whether the module hands back one thing for each image beside the inputs, and the file and line that say so."""
    for path, body in module.bodies(_PREPARE):
        returns = [node for node in ast.walk(body) if isinstance(node, ast.Return)]
        if len(returns) != 1 or not isinstance(returns[0].value, ast.Tuple) or len(returns[0].value.elts) != 2:
            raise NotUnderstood
        second = returns[0].value.elts[1]
        if _is_none(second):
            return False, (path, returns[0].lineno)
        steps = [step for _, step in module.assigned(dotted(second), body) if not _is_none(step.value)]
        if len(steps) == 1 and isinstance(steps[0].value, ast.ListComp) and len(steps[0].value.generators) == 1:
            loop = steps[0].value.generators[0]
            if _key(loop.iter) == "image_grid_thw" and not loop.ifs:
                return True, (path, steps[0].lineno)
        break
    raise NotUnderstood


def _key(node: ast.expr) -> object:
    """``k`` of ``x["k"]`` and of ``x.get("k")``, else None."""
    if isinstance(node, ast.Call) and called(node) == "get" and node.args:
        return getattr(node.args[0], "value", None)
    return getattr(node.slice, "value", None) if isinstance(node, ast.Subscript) else None


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def text_batches(script: ScriptCode, trainer: TrainerCode, module: ClassCode | None, model: str | None) -> Found | None:
    """What becomes of a batch whose rows have no image; null for a trainer that hands no images to a module.

    ``text``   the model gets the text alone (VLM-R1's Qwen and GLM)
    ``fails``  the module joins the tiles of all images, of which there are none (VLM-R1's InternVL)
    """
    if not any(True for _ in trainer.calls(_PREPARE)):
        return None
    name, root = _images(trainer)
    makes_images = any(dotted(call.func).endswith("Image.new") for _, call in trainer.calls("new"))
    if module is None or makes_images or not _starts_empty(trainer, name, root):
        raise NotUnderstood  # a blank image may take the place
    for path, body in module.bodies(_PREPARE):
        for node in ast.walk(body):
            if isinstance(node, ast.If) and _asks_for_any(node.test):
                if _processed(node.body) and not _processed(node.orelse) and _calls_processor(node.orelse):
                    return "text", path, node.orelse[0].lineno
                raise NotUnderstood
        for node in ast.walk(body):
            if not isinstance(node, ast.Call) or dotted(node.func) != "torch.cat" or not node.args or module.guards(node):
                continue
            if _filled_by_images(module, dotted(node.args[0]), body):
                return "fails", path, node.lineno
        break
    raise NotUnderstood


def _asks_for_any(test: ast.expr) -> bool:
    """``len(images) > 0`` or ``images``, and that there is such a list."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return all(_asks_for_any(one) for one in test.values if not _is_not_none(one))
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Gt) and isinstance(test.left, ast.Call):
        return called(test.left) == "len" and getattr(test.comparators[0], "value", None) == 0 and "images" in ast.dump(test.left)
    return dotted(test) == "images"


def _is_not_none(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot) and _is_none(test.comparators[0])


def _calls_processor(body: list[ast.stmt]) -> bool:
    calls = [node for step in body for node in ast.walk(step) if isinstance(node, ast.Call)]
    return [dotted(call.func) for call in calls] == ["processing_class"]


def _processed(body: list[ast.stmt]) -> bool:
    """Whether the processor gets images in *body*."""
    return any(isinstance(node, ast.keyword) and node.arg == "images" for step in body for node in ast.walk(step))


def _filled_by_images(module: ClassCode, name: str, body: ast.AST) -> bool:
    """Whether the list *name* gets its items in a loop over the images only."""
    added = [call for _, call in module.calls("append") if dotted(call.func) == f"{name}.append" and module.root(call) is body]
    loops = [next((one for one in module.around(call) if isinstance(one, ast.For)), None) for call in added]
    return bool(loops) and all(loop is not None and dotted(loop.iter) == "images" for loop in loops)


def module_calls(script: ScriptCode, trainer: TrainerCode, module: ClassCode | None, model: str | None) -> Found | None:
    """``fit``, or the name of the module's method that the trainer calls with other arguments than it takes (VLM-R1's
    ``get_eos_token_id`` for GLM). `extract.of_model` says ``refused`` where the script raises an error for the model's path."""
    if module is None:
        return None
    for path, call in trainer.nodes(ast.Call):
        if not isinstance(call.func, ast.Attribute) or dotted(call.func.value) != f"self.{HANDED}":
            continue
        method = module.methods.get(call.func.attr)
        if method is not None and _always_runs(trainer, call) and not _takes(method[1], call):
            return method[1].name, path, call.lineno
    return None


_RUN = ("__init__", "_prepare_inputs", "_generate_and_score_completions", "compute_loss")
"""Methods of a trainer that every training runs."""


def _always_runs(trainer: TrainerCode, call: ast.Call) -> bool:
    """Whether nothing but ``hasattr(self.vlm_module, …)`` stands before *call*."""
    tests = [test for test, wanted in trainer.guards(call) if not (wanted and isinstance(test, ast.Call) and _is_hasattr(test))]
    tried = any(isinstance(node, ast.Try) for node in trainer.around(call))
    return trainer.is_in(call, *_RUN) and not tests and not tried


def _is_hasattr(test: ast.Call) -> bool:
    return called(test) == "hasattr" and bool(test.args) and dotted(test.args[0]) == f"self.{HANDED}"


def _takes(method: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether *method*, called on an object, takes the arguments of *call*."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return True
    static = any(tail(one) == "staticmethod" for one in method.decorator_list)
    given = method.args
    names = [one.arg for one in (*given.posonlyargs, *given.args)][0 if static else 1 :]
    required = names[: len(names) - len(given.defaults)]
    by_name = {one.arg for one in call.keywords}
    missing = [name for name in required[len(call.args) :] if name not in by_name]
    missing += [
        one.arg
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if default is None and one.arg not in by_name
    ]
    too_many = len(call.args) > len(names) and given.vararg is None
    strange = by_name.difference(names, (one.arg for one in given.kwonlyargs)) if given.kwarg is None else ()
    return not (missing or too_many or strange)


def pixel_limit(script: ScriptCode, trainer: TrainerCode, module: ClassCode | None, model: str | None) -> Found | None:
    """Where the largest size of an image comes from: ``option`` where the script hands max_pixels to the trainer, which writes it
    over the image processor's own, else the ``processor``: also where it is written into the processor, which does not read it
    (VLM-R1 before 2025-04 and its forks)."""
    if not trainer.mentions("max_pixels", "get_custom_processing_keywords"):
        return None
    handed = [one.value for _, call in script.nodes(ast.Call) for one in call.keywords if one.arg == "max_pixels"]
    if not handed or any(tail(value) != "max_pixels" for value in handed):
        raise NotUnderstood
    for path, step in trainer.nodes(ast.Assign):
        if any(dotted(one).endswith("image_processor.max_pixels") for one in step.targets) and trainer.is_in(step, "__init__"):
            return _limited(trainer, step, model), path, step.lineno
    for path, call in trainer.calls("setattr"):
        loop = next((one for one in trainer.around(call) if isinstance(one, ast.For)), None)
        if loop is None or not isinstance(loop.iter, ast.Call) or called(loop.iter) != "get_custom_processing_keywords":
            continue
        if module is None or len(call.args) != 3 or "kwargs" not in ast.dump(call.args[2]):
            break
        in_image_processor = isinstance(loop.target, ast.Tuple) and dotted(call.args[0]) != "processing_class"
        reaches = in_image_processor and ("image_processor", "max_pixels") in _processing_words(module)
        return ("option" if reaches else "processor"), path, call.lineno
    raise NotUnderstood


def _limited(trainer: TrainerCode, step: ast.Assign, model: str | None) -> str:
    """``option`` where *step*, which writes the limit, runs for the *model*."""
    if dotted(step.value) != "max_pixels":
        raise NotUnderstood
    for test, wanted in trainer.guards(step):
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is | ast.IsNot):
            continue  # processing_class is None
        holds = truth(test, {"model_id"}, set(), model)
        if holds is None:
            raise NotUnderstood
        if holds is not wanted:
            return "processor"
    return "option"


def _processing_words(module: ClassCode) -> list[object]:
    """What the module's ``get_custom_processing_keywords`` names: options, or the processor's part and an option each."""
    for _, body in module.bodies("get_custom_processing_keywords"):
        step = body.body[-1]
        if isinstance(step, ast.Return) and isinstance(step.value, ast.List):
            words = [
                tuple(getattr(part, "value", None) for part in one.elts)
                if isinstance(one, ast.Tuple)
                else getattr(one, "value", None)
                for one in step.value.elts
            ]
            if None not in words:
                return list(words)
        break
    raise NotUnderstood
