"""Args files that a program of the repository's own reads, and none of the trainers that we know.

Such a file may share option names with TRL. It is not ours where several of its options are unknown to every trainer and they are
a good part of the file, or where the repository's own script that reads it takes its options in another way than TRL's. Without
such options the script must be seen to load YAML itself and to write its trainer's configuration out, name by name.
"""

from __future__ import annotations

import os

from vlmr1_lint.trainers.by_names import is_of_another_program, strangers

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from vlmr1_lint.sources import Sources

__all__ = ["another_reader"]

FILES_MAX = 120
"""Scripts and Python files that are searched for a file's name; a bound, ours."""
STRANGERS_SHARE = 5
"""One option in so many that no trainer has makes a file another program's, if there are several. Judgement, from public
repositories: every fourth at least in 97 files of open-instruct, at most every ninth in files that TRL's classes read."""
BESIDE = ("", "src", "scripts", "run_scripts")
"""Where training scripts are kept, below each folder from the file up to the repository's root."""
_CLASSES = ("GRPOConfig", "SFTConfig", "DPOConfig", "TrainingArguments")
_OUR_CLASSES = (*(name.encode() for name in _CLASSES), b"TrlParser")


def another_reader(path: str, written: frozenset[str], sources: Sources) -> str:
    """Why the args file at *path*, which writes the options *written*, is another program's; ``""`` for one of ours."""
    foreign = strangers(written)
    if is_of_another_program(written) and len(foreign) * STRANGERS_SHARE >= len(written):
        return f"{', '.join(sorted(foreign)[:3])}: options of another program"
    script = _own_reader(path, sources) if foreign else _own_loader(path, sources)
    return f"{script} reads it, which is another program" if script else ""


def _own_reader(path: str, sources: Sources) -> str:
    """The Python file of the repository that reads the file at *path* in a way of its own: it names the file, or a shell script
    does that names both; ``""`` where none does, or where one takes its options with TRL's classes."""
    import re

    from vlmr1_lint.pythoncode.modules import Modules

    named = os.fsencode(os.path.basename(path))
    scripts, modules = [], {}
    for where, data in _programs(path, sources):
        if where.endswith(".py"):
            modules[where] = data
        elif named in data:
            scripts.append(data)
    started = {os.path.basename(word) for data in scripts for word in re.findall(rb"[\w./-]+\.py\b", data)}
    readers = [where for where, data in modules.items() if named in data or os.fsencode(os.path.basename(where)) in started]
    for where in readers:
        around = Modules(where, sources)
        module = around.at(where)
        takes_ours = any(name in modules[where] for name in _OUR_CLASSES)
        if module is None or takes_ours or around.parsing(module)[0] is not None:
            return ""
    return sources.name(readers[0]) if readers else ""


_LOADS = rb"\b(?:yaml\.\w*load|OmegaConf\.load|YAML\([^()\n]*\)\.load)\("
_PARSES = (
    *(b"TrlParser", b"HfArgumentParser", b"H4ArgumentParser", b"parse_yaml_file", b"parse_dict"),
    *(b"trl sft", b"trl grpo", b"trl dpo", b"trl.scripts", b"trl/scripts"),
)
"""Who reads args files with TRL's or transformers' parser; ``trl sft`` stands in shell scripts."""


def _own_loader(path: str, sources: Sources) -> str:
    """The Python file of the repository that loads the YAML file at *path* itself: it names the file, or no file of the
    repository has a parser of TRL's or transformers'. ``""`` where none does, or one gives what it loaded to TRL's classes."""
    named = os.fsencode(os.path.basename(path))
    naming: list[tuple[str, bytes]] = []
    others: list[tuple[str, bytes]] = []
    parsed = False
    for where, data in _programs(path, sources):
        if any(word in data for word in _PARSES):
            parsed = True
            if named in data:
                return ""
        elif where.endswith(".py") and any(name in data for name in _OUR_CLASSES) and _loads(data):
            (naming if named in data else others).append((where, data))
        elif named in data and not where.endswith(".py"):
            return ""  # a command whose program is not known: `_own_reader` is for those
    readers = naming or ([] if parsed else others)
    if not readers or not all(_writes_out(data) for _, data in readers):
        return ""
    return sources.name(readers[0][0])


def _loads(data: bytes) -> bool:
    """Whether the source *data* loads YAML."""
    if b"load(" not in data:
        return False
    import re  # not of a clean run

    return re.search(_LOADS, data) is not None


def _writes_out(data: bytes) -> bool:
    """Whether each call of one of TRL's classes in the source *data* names the options that it sets: none is handed over as it
    was loaded (``GRPOConfig(**config)``). A dictionary that is written out in place counts as named."""
    import ast

    from vlmr1_lint.pythoncode.source import parsed

    tree = parsed(data)
    if tree is None:
        return False
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(_CLASSES)]
    whole = [word.value for call in calls for word in call.keywords if word.arg is None]
    bound: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                bound.setdefault(ast.unparse(target), []).append(node.value)
    written_out = {name for name, values in bound.items() if all(map(_is_written_out, values))}
    return bool(calls) and all(isinstance(word, ast.Name) and word.id in written_out for word in whole)


def _is_written_out(value: ast.expr) -> bool:
    """Whether *value* is a dictionary whose names stand there."""
    import ast

    if isinstance(value, ast.Dict):
        return None not in value.keys
    if not isinstance(value, ast.Call) or ast.unparse(value.func) != "dict":
        return False
    return not value.args and all(word.arg is not None for word in value.keywords)


def _programs(path: str, sources: Sources) -> Iterator[tuple[str, bytes]]:
    """Path and text of shell scripts and Python files around *path*, the closest first."""
    seen: set[str] = set()
    for folder in sources.ancestors(path):
        bases = [os.path.join(folder, name) if name else folder for name in BESIDE]
        bases += [os.path.join(bases[1], name) for name in sources.listing(bases[1]) if "." not in name]
        for where in (os.path.join(base, name) for base in bases for name in sources.listing(base)):
            if where.endswith((".py", ".sh", ".bash", ".slurm", ".sbatch")) and where not in seen:
                data = sources.try_read(where)
                if data is not None:
                    seen.add(where)
                    yield where, data
                if len(seen) >= FILES_MAX:
                    return
