"""Claims that the training script decides: when it resumes, where its evaluation data comes from, and what it patches."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.claims.code import ScriptCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["eval_data", "resumes", "zero3_patch"]


def resumes(code: ScriptCode) -> Found | None:
    """When the script resumes.

    ``checkpoint``  whenever output_dir holds a checkpoint, whatever the option says (VLM-R1's grpo_jsonl.py)
    ``both``        where output_dir holds a checkpoint and the option asks for it
    ``option``      as resume_from_checkpoint says
    ``either``      as the option says, else from the checkpoint that output_dir holds (open-r1's grpo.py)
    ``never``       train() is called without a checkpoint

    A script that looks for checkpoints and speaks of overwrite_output_dir is not understood: the option may tell it not to look.
    """
    calls = [call for _, call in code.calls("train") if "train" in dotted(call.func)]
    given = [(call, one.value) for call in calls for one in call.keywords if one.arg == "resume_from_checkpoint"]
    if any(one.arg is None for call in calls for one in call.keywords) or any(call.args for call in calls):
        raise NotUnderstood
    if not calls:
        return None
    if not given:
        return "never", code.path, calls[0].lineno
    resuming = [call for call, _ in given]
    if any(not any(code.excludes(call, one) for one in resuming) for call in calls if call not in resuming):
        raise NotUnderstood  # it trains from the start as well
    values = {_given(value, code, call) for call, value in given}
    if len(values) > 1 or (values != {"option"} and code.mentions("overwrite_output_dir")):
        raise NotUnderstood
    return values.pop(), code.path, given[0][0].lineno


def _given(value: ast.expr, code: ScriptCode, call: ast.Call) -> str:
    if isinstance(value, ast.Constant) and value.value is True:
        return _by_condition(_condition_around(code, call), code)
    if _is_option(value):
        return "option"
    if isinstance(value, ast.Name):
        kind = _of_variable(value.id, code)
        asks = [wanted for test, wanted in code.guards(call) if "'resume_from_checkpoint'" in ast.dump(test)]
        if not asks or kind == "option":
            return kind
        if kind == "checkpoint" and all(asks):
            return "both"
    raise NotUnderstood


def _by_condition(test: ast.expr | None, code: ScriptCode) -> str:
    """What the condition around ``train(resume_from_checkpoint=True)`` asks."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [] if test is None else [test]
    folder = [part for part in parts if _looks_for_checkpoints(part, code)]
    option = [part for part in parts if "'resume_from_checkpoint'" in ast.dump(part)]
    if len(folder) + len(option) != len(parts) or not folder:
        raise NotUnderstood
    return "both" if option else "checkpoint"


def _looks_for_checkpoints(part: ast.expr, code: ScriptCode) -> bool:
    """``list(Path(output_dir).glob("checkpoint-*"))``, or a variable that is assigned it."""
    values = [step.value for _, step in code.assigned(part.id)] if isinstance(part, ast.Name) else [part]
    text = [ast.dump(one) for one in values if one is not None]
    return bool(text) and all("checkpoint-" in one and "glob" in one for one in text)


def _condition_around(code: ScriptCode, call: ast.Call) -> ast.expr | None:
    """The condition of the innermost ``if`` whose body holds *call*; None without one. Raises NotUnderstood for its ``else``."""
    guards = code.guards(call)
    if not guards:
        return None
    if not guards[0][1]:
        raise NotUnderstood
    return guards[0][0]


def _is_option(node: ast.expr) -> bool:
    return dotted(node).endswith(".resume_from_checkpoint")


def _of_variable(name: str, code: ScriptCode) -> str:
    """What the variable *name* is assigned: None, the option, the last checkpoint of output_dir."""
    kinds: set[str] = set()
    for _, step in code.assigned(name):
        assert step.value is not None
        kinds.add(_source(step.value))
    if "option" in kinds:
        return "either" if "folder" in kinds else "option"
    if "folder" in kinds:
        return "checkpoint"
    raise NotUnderstood


def _source(value: ast.expr) -> str:
    if isinstance(value, ast.Constant) and value.value is None:
        return "none"
    if _is_option(value):
        return "option"
    if isinstance(value, ast.Name) and "checkpoint" in value.id:
        return "folder"
    if isinstance(value, ast.Call) and dotted(value.func).endswith("get_last_checkpoint"):
        return "folder"
    raise NotUnderstood


def eval_data(code: ScriptCode) -> Found | None:
    """Where evaluation data comes from: ``never``, ``val_split_ratio`` (VLM-R1) or ``dataset_test_split`` (TRL, R1-V)."""
    found: Found | None = None
    for _, node in code.nodes(ast.Call):
        if any(one.arg == "train_dataset" for one in node.keywords):
            given = next((one.value for one in node.keywords if one.arg == "eval_dataset"), None)
            value = _eval_source(given, code)
            if found is not None and found[0] != value:
                raise NotUnderstood
            found = value, code.path, node.lineno
    return found


def _eval_source(given: ast.expr | None, code: ScriptCode) -> str:
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return "never"
    if isinstance(given, ast.IfExp) and isinstance(given.orelse, ast.Constant) and given.orelse.value is None:
        return _eval_source(given.body, code)
    text = ast.dump(given)
    if "'dataset_test_split'" in text:
        return "dataset_test_split"
    if "'validation'" in text and code.mentions("val_split_ratio"):
        return "val_split_ratio"
    raise NotUnderstood


def zero3_patch(code: ScriptCode) -> Found | None:
    """When the script replaces Qwen2.5-VL's forward by one that runs the vision tower for rows without an image.

    ``by_name``  where the path of the DeepSpeed file contains zero3 (VLM-R1's grpo_jsonl.py)
    ``always``   under no condition
    ``never``    it patches nothing
    """
    patches = [call for _, call in code.calls(*_PATCHES)]
    if not patches:
        if any("monkey" in word.lower() for word in code.words):
            raise NotUnderstood
        return "never", code.path, 0
    tests = [test for call in patches for test, wanted in code.guards(call) if not (wanted and _is_main(test))]
    if not tests:
        return "always", code.path, patches[0].lineno
    if len(patches) == 1 and len(tests) == 1 and _asks_for_zero3(tests[0]):
        return "by_name", code.path, tests[0].lineno
    raise NotUnderstood


_PATCHES = ("monkey_patch_qwen2_5vl_forward",)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and dotted(test.left) == "__name__"


def _asks_for_zero3(test: ast.expr) -> bool:
    """``training_args.deepspeed and "zero3" in training_args.deepspeed``."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    asked = parts[-1]
    return (
        all(dotted(part).endswith(".deepspeed") for part in parts[:-1])
        and isinstance(asked, ast.Compare)
        and isinstance(asked.ops[0], ast.In)
        and getattr(asked.left, "value", None) == "zero3"
        and dotted(asked.comparators[0]).endswith(".deepspeed")
    )
