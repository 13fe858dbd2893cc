"""Claims about what the training script takes in: data files, names of rewards and of models, and the log of its rewards."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, dotted, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.claims.code import ScriptCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["data_reader", "log_path", "model_names", "reward_lookup", "reward_names", "unknown_model"]


def data_reader(code: ScriptCode) -> Found | None:
    """How the script reads its data.

    ``json_lines``   each file of data_file_paths, one JSON value from each line, blank ones too (VLM-R1's grpo_jsonl.py)
    ``json``         each file of data_file_paths as one JSON value
    ``data_config``  a YAML file that lists data files (VLM-R1's grpo_rec.py)
    ``dataset``      a data set by name or folder, by the datasets library
    ``other``        in another way, and not by data_file_paths
    """
    if any(node.attr == "data_file_paths" for _, node in code.nodes(ast.Attribute)):
        return _by_file(code)
    for path, call in code.calls("safe_load"):
        if dotted(call.func) == "yaml.safe_load" and any(code.calls("LazySupervisedDataset")):
            return "data_config", path, call.lineno
    loads = [one for one in code.calls("load_dataset", "load_from_disk") if _by_option(one[1])]
    others = [
        *code.calls("from_json", "from_list", "from_dict"),
        *(one for one in code.calls("load") if dotted(one[1].func) == "json.load"),
    ]
    if loads and not others and all(called(call) == "load_dataset" for _, call in loads):
        return "dataset", loads[0][0], loads[0][1].lineno
    first = next(iter([*loads, *others]), None)
    return ("other", code.path, 0) if first is None else ("other", first[0], first[1].lineno)


def _by_option(call: ast.Call) -> bool:
    return bool(call.args) and tail(call.args[0]) == "dataset_name"


def _by_file(code: ScriptCode) -> Found:
    loops = [loop for _, loop in code.nodes(ast.For) if isinstance(loop.target, ast.Name)]
    lines = []
    for path, call in code.calls("loads"):
        loop = next(
            (
                one
                for one in loops
                if call.args and _line(call.args[0]) == getattr(one.target, "id", "") and one in code.around(call)
            ),
            None,
        )
        if loop is not None:
            if any(isinstance(step, ast.If) and isinstance(step.body[0], ast.Continue) for step in loop.body) or code.guards(
                call
            ):
                raise NotUnderstood  # some lines are left out
            lines.append((path, call))
    whole = [(path, call) for path, call in code.calls("load") if dotted(call.func) == "json.load" and _in_loop(code, call)]
    if lines and not whole:
        return "json_lines", lines[0][0], lines[0][1].lineno
    if whole and not lines and not any(test for _, call in whole for test in code.guards(call)):
        return "json", whole[0][0], whole[0][1].lineno
    raise NotUnderstood


def _line(node: ast.expr) -> str:
    """The loop's variable in ``line`` and ``line.strip()``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"strip", "rstrip"}:
        return dotted(node.func.value)
    return dotted(node)


def _in_loop(code: ScriptCode, call: ast.Call) -> bool:
    return any(isinstance(node, ast.For) for node in code.around(call))


def reward_lookup(code: ScriptCode) -> Found | None:
    """What becomes of the names in reward_funcs.

    ``registry``  they are looked up in a dict: KeyError for another name (VLM-R1, R1-V)
    ``checked``   a ValueError names the ones that there are (TRL's script, which takes import paths too)
    ``fixed``     the option is not read
    """
    kind, path, line, _ = _lookup(code)
    return kind, path, line


def reward_names(code: ScriptCode) -> Found | None:
    """The names that reward_funcs may give, a tuple in the order of the script's dict; empty where the option is not read.

    A dict that is made elsewhere, or changed later, is not understood.
    """
    _, path, line, name = _lookup(code)
    if not name:
        return (), path, line
    steps = code.assigned(name)
    made = steps[0][1].value if len(steps) == 1 else None
    keys = [getattr(key, "value", None) for key in made.keys] if isinstance(made, ast.Dict) else [None]
    if not all(isinstance(key, str) for key in keys) or _is_changed(code, name):
        raise NotUnderstood
    return tuple(keys), steps[0][0], steps[0][1].lineno


def _is_changed(code: ScriptCode, name: str) -> bool:
    """Whether entries are added to the dict *name*, or taken away, after it was made."""
    targets = [target for _, step in code.nodes(ast.Assign) for target in step.targets if isinstance(target, ast.Subscript)]
    changes = ("update", "setdefault", "pop")
    return (
        any(dotted(target.value) == name for target in targets)
        or any(dotted(call.func) == f"{name}.{called(call)}" for _, call in code.calls(*changes))
        or any(dotted(step.target) == name for _, step in code.nodes(ast.AugAssign))
    )


def _lookup(code: ScriptCode) -> tuple[str, str, int, str]:
    """What `reward_lookup` says, its file and line, and the name of the dict (``""`` where the option is not read)."""
    read = [
        (path, node) for path, node in code.nodes(ast.Attribute) if node.attr == "reward_funcs" and "args" in dotted(node.value)
    ]
    if not read:
        return "fixed", code.path, 0, ""
    for path, look in code.nodes(ast.Subscript):
        if not isinstance(look.value, ast.Name) or not isinstance(look.slice, ast.Name) or "reward" not in look.value.id.lower():
            continue
        if not _runs_over(code, look, look.slice.id):
            continue
        tests = [test for test, _ in code.guards(look) if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In)]
        if not tests:
            return "registry", path, look.lineno, look.value.id
        if any(
            isinstance(node, ast.Raise) for above in code.around(look) if isinstance(above, ast.If) for node in ast.walk(above)
        ):
            return "checked", path, tests[0].lineno, look.value.id
    raise NotUnderstood


def _runs_over(code: ScriptCode, node: ast.AST, name: str) -> bool:
    """Whether *name* runs over the option reward_funcs around *node*."""
    for above in code.around(node):
        loops = above.generators if isinstance(above, ast.ListComp) else [above] if isinstance(above, ast.For) else []
        if any(dotted(loop.target) == name and tail(loop.iter) == "reward_funcs" for loop in loops):
            return True
    return False


def unknown_model(code: ScriptCode) -> Found | None:
    """``refused`` where the script picks something by the text of the model's path and raises an error for other names, else
    ``taken``."""
    chain = _model_chain(code)
    return ("taken", code.path, 0) if chain is None else ("refused", chain[0], chain[1][0].lineno)


def model_names(code: ScriptCode) -> Found | None:
    """The texts of which the first that is in the model's path, in small letters, picks something, a tuple in the script's
    order; empty where it picks nothing by the path, or takes other names too."""
    chain = _model_chain(code)
    if chain is None:
        return (), code.path, 0
    path, steps = chain
    around = code.parent(steps[0])
    names = [_text_asked_for(step.test) for step in steps]
    if (isinstance(around, ast.If) and around.orelse == [steps[0]]) or not all(names):
        raise NotUnderstood  # conditions before these ask for something else
    return tuple(names), path, steps[0].lineno


def _model_chain(code: ScriptCode) -> tuple[str, list[ast.If]] | None:
    """The file and the conditions, one after the other, that ask for a text in the model's path and end in an error."""
    for path, node in code.nodes(ast.If):
        step: ast.stmt | None = node
        chain: list[ast.If] = []
        while isinstance(step, ast.If) and _asks_for_text(step.test):
            chain.append(step)
            step = step.orelse[0] if len(step.orelse) == 1 else None
        if chain and isinstance(step, ast.Raise):
            return path, chain
    return None


def _text_asked_for(test: ast.expr) -> str:
    """``qwen`` of ``"qwen" in name.lower()``; ``""`` for a test that minds capital letters."""
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Constant) and isinstance(test.comparators[0], ast.Call):
        return str(test.left.value) if called(test.comparators[0]) == "lower" else ""
    return ""


def _asks_for_text(test: ast.expr) -> bool:
    """``"qwen" in model_name_or_path.lower()``."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.In)
        and isinstance(getattr(test.left, "value", None), str)
        and "model" in ast.dump(test.comparators[0])
    )


def log_path(code: ScriptCode) -> Found | None:
    """What reward functions in the script do with the variable LOG_PATH under DEBUG_MODE.

    ``needed``   they open the file that it names, and fail where it is not set
    ``default``  another file is opened then, or none
    ``unread``   nothing
    """
    found = []
    for path, call in code.calls("getenv", "get"):
        if (
            dotted(call.func) in {"os.getenv", "os.environ.get"}
            and call.args
            and getattr(call.args[0], "value", None) == "LOG_PATH"
        ):
            found.append((_log(code, call), path, call.lineno))
    needed = next((one for one in found if one[0] == "needed"), None)
    if needed is not None:
        return needed
    if _takes_rewards_from_elsewhere(code) or (not found and code.mentions("LOG_PATH")):
        raise NotUnderstood
    return found[0] if found else ("unread", code.path, 0)


def _log(code: ScriptCode, call: ast.Call) -> str:
    if len(call.args) > 1:
        return "default"
    step = code.parent(call)
    name = dotted(step.targets[0]) if isinstance(step, ast.Assign) else ""
    function = next((node for node in code.around(call) if isinstance(node, ast.FunctionDef)), None)
    opened = [
        one
        for _, one in code.calls("open")
        if any(above is function for above in code.around(one))
        and one.args
        and any(dotted(node) == name for node in ast.walk(one.args[0]))
    ]
    if not name or not isinstance(function, ast.FunctionDef) or not opened:
        raise NotUnderstood
    if not any(node.id == function.name for _, node in code.nodes(ast.Name)):
        return "default"  # a function that nobody calls or registers opens nothing
    for one in opened:
        tests = [ast.dump(test) for test, _ in code.guards(one)]
        if any(f"'{name}'" in test for test in tests) or any(isinstance(node, ast.Try) for node in code.around(one)):
            continue
        if not any("DEBUG_MODE" in test for test in tests):
            raise NotUnderstood
        return "needed"
    return "default"


def _takes_rewards_from_elsewhere(code: ScriptCode) -> bool:
    """Whether reward functions come from another module of the repository, or from a model family's module."""
    taken = [
        alias.name for _, node in code.nodes(ast.ImportFrom) if not (node.module or "").startswith("trl") for alias in node.names
    ]
    attributes = [node for _, node in code.nodes(ast.Attribute) if "reward" in node.attr and "args" not in dotted(node.value)]
    return any("reward" in name.lower() for name in taken) or bool(attributes)
