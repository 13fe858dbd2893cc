"""Claims about the data files that a training script takes: how their paths are split, and what it makes of a row."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, compared_lengths, dotted, raises

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.claims.code import ScriptCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["data_paths", "method_count", "row_format", "row_images"]

_FILES, _FOLDERS, _METHODS = "data_file_paths", "image_folders", "reward_method"


def data_paths(code: ScriptCode) -> Found | None:
    """What becomes of data_file_paths and image_folders.

    ``checked``  both are split at colons, and another number of folders than of files is an error (VLM-R1's grpo_jsonl.py)
    ``split``    both are split at colons, and nobody counts
    ``unread``   the script does not read data_file_paths
    """
    if not _reads(code, _FILES):
        return "unread", code.path, 0
    files, folders = _parts(code, _FILES), _parts(code, _FOLDERS)
    if any(not _always_runs(code, step) for _, step in (files, folders)):
        raise NotUnderstood  # the data may come another way
    check = _count_check(code, _name(files[1]), _name(folders[1]))
    return ("split", files[0], files[1].lineno) if check is None else ("checked", *check)


def method_count(code: ScriptCode) -> Found | None:
    """What becomes of another number of names in reward_method than there are data files.

    ``checked``  an error (VLM-R1)
    ``cut``      files without a method, or methods without a file, are left out
    ``unread``   the script does not read reward_method
    """
    if not _reads(code, _METHODS):
        return "unread", code.path, 0
    files, methods = _parts(code, _FILES), _parts(code, _METHODS)
    check = _count_check(code, _name(files[1]), _name(methods[1]))
    if check is not None:
        return "checked", *check
    for path, call in code.calls("zip"):
        if {_name(files[1]), _name(methods[1])} <= {dotted(one) for one in call.args}:
            return "cut", path, call.lineno
    raise NotUnderstood


def _reads(code: ScriptCode, option: str) -> bool:
    if any(node.value == option for _, node in code.nodes(ast.Constant)):
        raise NotUnderstood  # getattr(script_args, "data_file_paths")
    return any(node.attr == option for _, node in code.nodes(ast.Attribute))


def _parts(code: ScriptCode, option: str) -> tuple[str, ast.Assign]:
    """The one statement ``name = script_args.<option>.split(":")``."""
    found = []
    for path, call in code.calls("split"):
        step = code.parent(call)
        if (
            isinstance(call.func, ast.Attribute)
            and dotted(call.func.value).endswith(f".{option}")
            and [getattr(one, "value", None) for one in call.args] == [":"]
        ):
            if not isinstance(step, ast.Assign) or not isinstance(step.targets[0], ast.Name):
                raise NotUnderstood
            found.append((path, step))
    if len(found) != 1:
        raise NotUnderstood
    return found[0]


def _name(step: ast.Assign) -> str:
    return dotted(step.targets[0])


def _always_runs(code: ScriptCode, step: ast.AST) -> bool:
    return all(wanted and isinstance(test, ast.Compare) and dotted(test.left) == "__name__" for test, wanted in code.guards(step))


def _count_check(code: ScriptCode, one: str, other: str) -> tuple[str, int] | None:
    """Where the script stops if the lists *one* and *other* differ in length."""
    for path, node in code.nodes(ast.If):
        if compared_lengths(node.test, ast.NotEq) == {one, other} and raises(node.body):
            return path, node.lineno
    for path, check in code.nodes(ast.Assert):
        if compared_lengths(check.test, ast.Eq) == {one, other}:
            return path, check.lineno
    return None


def row_format(code: ScriptCode) -> Found | None:
    """What the script makes of a row.

    ``conversations``  question and answer are conversations[0] and [1], whatever else there is, and all rows become one
                       data set by ``Dataset.from_list``, which takes its columns from the first row (VLM-R1)
    ``other``          it does not speak of conversations
    """
    turns: dict[object, tuple[str, int]] = {}
    for path, node in code.nodes(ast.Subscript):
        if isinstance(node.value, ast.Subscript) and getattr(node.value.slice, "value", None) == "conversations":
            if not _always_runs(code, node):
                continue
            turns.setdefault(getattr(node.slice, "value", None), (path, node.lineno))
    if not turns:
        if code.mentions("conversations"):
            raise NotUnderstood
        return "other", code.path, 0
    made = [call for _, call in code.calls("from_list") if dotted(call.func).endswith("Dataset.from_list")]
    if not {0, 1} <= set(turns) or len(made) != 1 or made[0].keywords or code.guards(made[0]):
        raise NotUnderstood
    return "conversations", *turns[0]


def row_images(code: ScriptCode) -> Found | None:
    """What the script makes of a row's image, a path or a list of paths; it stops at anything else.

    ``asserted``  it is joined to its image folder, and the script stops where there is no such file (VLM-R1's grpo_jsonl.py)
    ``joined``    it is joined to its image folder, and opened during training only
    ``unread``    the script does not read image_folders
    """
    if not _reads(code, _FOLDERS):
        return "unread", code.path, 0
    names = set(_folder_names(code, _name(_parts(code, _FOLDERS)[1])))
    joins = [
        (path, call)
        for path, call in code.calls("join")
        if dotted(call.func) == "os.path.join" and call.args and dotted(call.args[0]) in names
    ]
    if not joins or not all(_takes_paths_only(code, call) for _, call in joins):
        raise NotUnderstood
    asked = [one for one in code.calls("exists", "isfile") if "image" in _words_around(code, one[1])]
    stops = [(path, call) for path, call in asked if any(_stops(above) for above in code.around(call))]
    if len(stops) < len(asked):
        raise NotUnderstood  # rows without their image may be left out
    return ("asserted", stops[0][0], stops[0][1].lineno) if stops else ("joined", joins[0][0], joins[0][1].lineno)


def _words_around(code: ScriptCode, node: ast.AST) -> str:
    """The condition or the simple statement that *node* is in."""
    step = next(one for one in code.around(node) if isinstance(one, ast.stmt))
    return ast.dump(step.test if isinstance(step, ast.If | ast.Assert) else step)


def _folder_names(code: ScriptCode, folders: str) -> Iterator[str]:
    """The variables of loops over *folders*, alone or in a ``zip``."""
    for _, loop in code.nodes(ast.For):
        if isinstance(loop.target, ast.Name) and dotted(loop.iter) == folders:
            yield loop.target.id
        elif isinstance(loop.target, ast.Tuple) and isinstance(loop.iter, ast.Call) and called(loop.iter) == "zip":
            for name, part in zip(loop.target.elts, loop.iter.args, strict=False):
                if dotted(part) == folders:
                    yield dotted(name)


def _takes_paths_only(code: ScriptCode, join: ast.Call) -> bool:
    """Whether *join* runs for every row with an image, or else an error says that it is neither a text nor a list."""
    for above in code.around(join):
        if not isinstance(above, ast.If):
            continue
        if isinstance(above.test, ast.Compare) and isinstance(above.test.ops[0], ast.In):
            if getattr(above.test.left, "value", None) != "image":
                return False
        elif not (isinstance(above.test, ast.Call) and called(above.test) == "isinstance" and _ends_in_error(above)):
            return False
    return True


def _ends_in_error(node: ast.If) -> bool:
    """Whether the last ``else`` of the conditions raises an error."""
    last = node
    while len(last.orelse) == 1 and isinstance(last.orelse[0], ast.If):
        last = last.orelse[0]
    return raises(last.orelse)


def _stops(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or (isinstance(node, ast.If) and raises(node.body))
