"""Claims about reward functions: the methods that reward_method names, a judge, their logs, and those of the model's module."""

from __future__ import annotations

import ast
from functools import partial

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, dotted, raises, tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.claims.code import ClassCode, ScriptCode, TrainerCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["judge", "log_names", "reward_methods", "reward_tasks"]


def reward_methods(code: ScriptCode) -> Found | None:
    """The names in reward_method that the function of the reward ``accuracy`` knows, a tuple in its order; any other gets what is
    behind the last ``else``, without a message. Empty where the script does not read reward_method."""
    if not any(node.attr == "reward_method" for _, node in code.nodes(ast.Attribute)):
        if code.mentions("reward_method") and any(node.value == "reward_method" for _, node in code.nodes(ast.Constant)):
            raise NotUnderstood
        return (), code.path, 0
    path, chain = _methods(code)
    return tuple(name for name, _ in chain), path, chain[0][1].lineno


def _methods(code: ScriptCode) -> tuple[str, list[tuple[str, ast.If]]]:
    """The conditions of the function that asks for the method of a row, each with the name that it asks for, and their file."""
    for path, node in code.nodes(ast.If):
        function = next((one for one in code.around(node) if isinstance(one, ast.FunctionDef)), None)
        name = _compared(node.test)[0]
        if function is None or not name or not code.once((function, name), partial(_is_method, code, function, name)):
            continue
        if not _is_accuracy(code, function.name) or code.guards(node):
            raise NotUnderstood
        return path, list(_chain(node, name))
    raise NotUnderstood


def _chain(node: ast.If, name: str) -> Iterator[tuple[str, ast.If]]:
    step: ast.If | None = node
    while step is not None:
        variable, text = _compared(step.test)
        if variable != name:
            raise NotUnderstood
        yield text, step
        after = step.orelse
        step = after[0] if len(after) == 1 and isinstance(after[0], ast.If) else None
        if step is None and (not after or raises(after)):
            raise NotUnderstood  # another name is an error, or no reward


def _compared(test: ast.expr) -> tuple[str, str]:
    """``name`` and ``text`` of ``name == "text"``, else empty."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        text = getattr(test.comparators[0], "value", None)
        if isinstance(text, str) and isinstance(test.left, ast.Name):
            return test.left.id, text
    return "", ""


def _is_method(code: ScriptCode, function: ast.FunctionDef, name: str) -> bool:
    """Whether *name* runs over a column of the rows that the script fills by reward_method."""
    for loop in ast.walk(function):
        if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or called(loop.iter) != "zip":
            continue
        targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        for target, part in zip(targets, loop.iter.args, strict=False):
            if dotted(target) == name and _column(function, part) in _columns(code):
                return True
    return False


def _column(function: ast.FunctionDef, part: ast.expr) -> object:
    """The column of the rows that *part* is in the reward *function*: ``kwargs.get("k")``, a variable of it, or an argument."""
    if isinstance(part, ast.Name):
        steps = [one for one in ast.walk(function) if isinstance(one, ast.Assign) and dotted(one.targets[0]) == part.id]
        if len(steps) == 1:
            return _column(function, steps[0].value)
    return getattr(part.args[0], "value", None) if isinstance(part, ast.Call) and part.args else dotted(part)


def _columns(code: ScriptCode) -> set[object]:
    """The columns that a row gets by reward_method: ``row["accu_reward_method"] = row.get("accu_reward_method", method)``."""
    found: set[object] = code.once("columns of reward_method", lambda: set(_find_columns(code)))
    return found


def _find_columns(code: ScriptCode) -> Iterator[object]:
    lists = {
        dotted(target)
        for _, step in code.nodes(ast.Assign)
        if any(isinstance(node, ast.Attribute) and node.attr == "reward_method" for node in ast.walk(step.value))
        for target in step.targets
    }
    names = set()
    for _, loop in code.nodes(ast.For):
        if isinstance(loop.iter, ast.Call) and called(loop.iter) == "zip" and isinstance(loop.target, ast.Tuple):
            names |= {
                dotted(target) for target, part in zip(loop.target.elts, loop.iter.args, strict=False) if dotted(part) in lists
            }
    for _, step in code.nodes(ast.Assign):
        for target in step.targets:
            if isinstance(target, ast.Subscript) and any(dotted(node) in names for node in ast.walk(step.value)):
                yield getattr(target.slice, "value", None)


def _is_accuracy(code: ScriptCode, function: str) -> bool:
    """Whether the reward that the script calls ``accuracy`` is this *function*."""
    return any(
        getattr(key, "value", None) == "accuracy" and dotted(value) == function
        for _, made in code.nodes(ast.Dict)
        for key, value in zip(made.keys, made.values, strict=True)
    )


def judge(code: ScriptCode) -> Found | None:
    """How the reward method ``llm`` asks a server.

    ``client_timeout``  one question after the other, by a client of the package openai with its own timeout and retries
    ``own_timeout``     the script says how long
    ``none``            there is no such method
    """
    if not any(node.attr == "reward_method" for _, node in code.nodes(ast.Attribute)):
        return "none", code.path, 0
    path, chain = _methods(code)
    step = next((one for name, one in chain if name == "llm"), None)
    if step is None:
        return "none", path, chain[0][1].lineno
    functions = {node.name: node for node in code.tree.body if isinstance(node, ast.FunctionDef)}
    reached: dict[str, None] = {}
    waiting = [node for one in step.body for node in ast.walk(one)]
    calls = []
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.Call):
            continue
        calls.append(node)
        name = dotted(node.func)
        if name in functions and name not in reached:
            reached[name] = None
            waiting += ast.walk(functions[name])
    asked = [call for call in calls if dotted(call.func).endswith("completions.create")]
    clients = [call for _, call in code.calls("OpenAI")]
    if len(asked) != 1 or len(clients) != 1 or any(one.arg is None for call in (*asked, *clients) for one in call.keywords):
        raise NotUnderstood
    if any(one.arg in {"timeout", "max_retries", "http_client"} for call in (*asked, *clients) for one in call.keywords):
        return "own_timeout", code.path, asked[0].lineno
    if any(called(call) in {"wait_for", "submit", "map"} for call in calls):
        raise NotUnderstood  # several at once, or not for as long
    return "client_timeout", code.path, asked[0].lineno


def log_names(code: ScriptCode) -> Found | None:
    """How reward functions name the files of LOG_PATH.

    ``by_ending``  some put a word in front of ``.txt``: without it all write into one file (VLM-R1)
    ``own``        in another way, or into one file
    ``unread``     the script does not ask for LOG_PATH
    """
    if not code.mentions("LOG_PATH"):
        if any("LOG_PATH" in word for word in code.words):
            raise NotUnderstood
        return "unread", code.path, 0
    names = {
        dotted(step.targets[0])
        for _, step in code.nodes(ast.Assign)
        if any(getattr(node, "value", None) == "LOG_PATH" for node in ast.walk(step.value))
    }
    for path, call in code.calls("replace"):
        if (
            isinstance(call.func, ast.Attribute)
            and dotted(call.func.value) in names
            and [getattr(one, "value", None) for one in call.args[:1]] == [".txt"]
        ):
            return "by_ending", path, call.lineno
    return "own", code.path, 0


def reward_tasks(script: ScriptCode, trainer: TrainerCode, module: ClassCode | None, model: str | None) -> Found | None:
    """The task types for which the module has reward functions, where is_reward_customized_from_vlm_module asks for them; a
    ValueError follows for others. A tuple, empty where the script takes no rewards from a module, ``any`` where the functions
    are for all."""
    calls = [call for _, call in script.calls("select_reward_func")]
    if not calls:
        if script.mentions("select_reward_func"):
            raise NotUnderstood
        return (), script.path, 0
    asked = {tail(test) for call in calls for test, wanted in script.guards(call) if wanted}
    if module is None or asked - {"is_reward_customized_from_vlm_module"} or tail(calls[0].args[-1]) != "task_type":
        raise NotUnderstood
    for path, body in module.bodies("select_reward_func"):
        return _tasks(body), path, body.lineno
    raise NotUnderstood


def _tasks(body: ast.FunctionDef) -> tuple[str, ...]:
    """The constants of all ``match task_type`` in *body*, each of which ends in an error for others, or the one that it asks for
    at its start."""
    task = body.args.args[-1].arg
    if not any(isinstance(node, ast.Name) and node.id == task for node in ast.walk(body)):
        return ("any",)
    for step in body.body:
        test = step.test if isinstance(step, ast.If) and isinstance(step.body[-1], ast.Raise) and not step.orelse else None
        if isinstance(test, ast.Compare) and dotted(test.left) == task and isinstance(test.ops[0], ast.NotEq):
            return (str(getattr(test.comparators[0], "value", None)),)
        if not isinstance(step, ast.Expr):
            break
    found: dict[str, None] = {}
    returns = [node for node in ast.walk(body) if isinstance(node, ast.Return)]
    for node in ast.walk(body):
        if not isinstance(node, ast.Match):
            continue
        *cases, last = node.cases
        texts = [getattr(getattr(case.pattern, "value", None), "value", None) for case in cases]
        others = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and isinstance(last.body[-1], ast.Raise)
        if dotted(node.subject) != task or not others or not all(isinstance(text, str) for text in texts):
            raise NotUnderstood
        found.update(dict.fromkeys(str(text) for text in texts))
        returns = [one for one in returns if not any(one in case.body for case in cases)]
    if returns or not found:
        raise NotUnderstood  # a function for any task type
    return tuple(found)
