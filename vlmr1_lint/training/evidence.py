"""What a repository says about its trainer by holding the trainer's own source.

Source is read with ``ast`` and never run.
"""

from __future__ import annotations

import os

from vlmr1_lint.facts.options import Option
from vlmr1_lint.training.trainer import R1_V, VLM_R1, VLM_R1_2025_04, Trainer
from vlmr1_lint.training.trainercode import code_of_package
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.pythonsource import Parser

__all__ = ["class_fields", "holds_other_trainer", "own_trainer", "repository_options", "repository_text", "vendored_trainer"]

_TRAINERS = (
    "src/open_r1/trainer/grpo_trainer.py",
    "src/open-r1-multimodal/src/open_r1/trainer/grpo_trainer.py",
    "src/r1-v/src/open_r1/trainer/grpo_trainer.py",
    "open_r1/trainer/grpo_trainer.py",
)
"""Where VLM-R1, R1-V and their forks keep the trainer, below a folder above the configuration file."""
_BESIDE = "trainer/grpo_trainer.py"
"""The same as the training script sees it, whatever the fork calls its package."""

KNOWN_TRAINERS = frozenset(("VLMGRPOTrainer", "Qwen2VLGRPOTrainer"))
"""Classes of VLM-R1's and R1-V's trainers, which forks keep the names of."""

_SCRIPTS_MAX = 60
"""Python files that are read in search of a repository's own options; a bound, ours."""


TRAINER_FOLDERS = ("trainer", "trainers")
"""Where packages keep their trainers and the argument classes of these."""

_OWN_TRAINER = rb"(?m)^class \w*GRPO\w*\((?:transformers\.)?Trainer\)"
_OTHER_TRAINER = rb"(?m)^class (?!\w*VLLM)\w*GRPO\w*\((?:transformers\.)?Trainer\)"
"""The same without VLM-R1's and R1-V's own trainers for vLLM, which no script but grpo.py starts."""
_DERIVED_TRAINER = rb"(?m)^class \w+\((?:\w+\.)*\w*Trainer\b"


def own_trainer(path: str, sources: Sources) -> str:
    """What trainer the repository of *path* holds: ``"copy"`` for a GRPO trainer made from transformers' ``Trainer``, whatever it
    counts; ``"derived"`` for one made from any other trainer, which may treat single options in its own way; else ``""``."""
    found = ""
    for _, data in _python_files(path, sources):
        if _defines(_OWN_TRAINER, data):
            return "copy"
        if not found and _defines(_DERIVED_TRAINER, data):
            found = "derived"
    return found


def _defines(pattern: bytes, data: bytes) -> bool:
    import re  # not of a clean run of files that lie in no repository

    return re.search(pattern, data) is not None


def repository_options(path: str, sources: Sources) -> dict[str, Option]:
    """The fields of argument classes in the scripts and packages of the repository of *path*, by name.

    For an args file that no command here starts: one of the scripts reads it, nobody says which.
    """
    found: dict[str, Option] = {}
    parser = None
    for name, data in _python_files(path, sources):
        if b"@dataclass" in data:
            parser = parser or _parser()
            for tree in _dataclass_trees(data, parser):
                found.update(_dataclass_fields(tree, name) if tree is not None else _field_lines(data, name))
    return found


def _parser() -> Parser:
    from vlmr1_lint.training.pythonsource import Parser  # loads ast: most files lie beside no Python that matters

    return Parser()


def _python_files(path: str, sources: Sources) -> Iterator[tuple[str, bytes]]:
    """Name and text of the Python files where repositories keep training scripts and their packages: in the folders above
    *path*, in ``src`` and ``scripts`` there, in the packages of ``src`` and their `TRAINER_FOLDERS`."""
    seen = 0
    for folder in sources.ancestors(path):
        bases = [folder, os.path.join(folder, "src"), os.path.join(folder, "scripts")]
        packages = [os.path.join(bases[1], name) for name in sources.listing(bases[1]) if "." not in name]
        for base in (*bases, *(part for package in packages for part in _parts(package))):
            for name in sources.listing(base):
                data = sources.try_read(os.path.join(base, name)) if name.endswith(".py") else None
                if data is not None:
                    yield name, data
                    seen += 1
                    if seen >= _SCRIPTS_MAX:
                        return


def _parts(package: str) -> tuple[str, ...]:
    """The folders of *package* that hold training scripts, trainers and argument classes."""
    return (package, *(os.path.join(package, name) for name in TRAINER_FOLDERS))


def repository_text(path: str, sources: Sources) -> bytes:
    """The source of the scripts and packages of the repository of *path*: what may read a value that an args file writes."""
    return b"\n".join(data for _, data in _python_files(path, sources))


def vendored_trainer(path: str, sources: Sources) -> Trainer | None:
    """The trainer whose source the repository of *path* holds, with its fork's own options; None where it holds none."""
    for where, data in _trainers(path, sources):
        from vlmr1_lint.training.pythonsource import keeps_idle_check, parsed  # loads ast: most files lie beside no trainer

        tree = parsed(data)
        found = _candidates(tree) if tree is not None else ()
        package = os.path.dirname(os.path.dirname(where))
        if found == (R1_V,):
            from vlmr1_lint.training.vllm import variant_of_script

            found = (variant_of_script(os.path.join(package, "grpo.py"), sources),)
        if tree is not None and found:
            own, idle = _own_options(package, sources), keeps_idle_check(tree)
            told = f"{sources.name(where)} was read"
            code = code_of_package(where, KNOWN_TRAINERS, sources)
            return Trainer(found, told, own, entry_seen=True, source_seen=True, is_copy=idle, text=data, code=code)
    return None


def holds_other_trainer(path: str, sources: Sources) -> bool:
    """Whether the repository of *path* holds a GRPO trainer made from transformers' ``Trainer`` beside the one that
    `vendored_trainer` reads: a script out of reach may start either."""
    for where, _ in _trainers(path, sources):
        folder, name = os.path.split(where)
        others = (os.path.join(folder, other) for other in sources.listing(folder) if other.endswith(".py") and other != name)
        if any((data := sources.try_read(other)) is not None and _defines(_OTHER_TRAINER, data) for other in others):
            return True
    return False


def _trainers(path: str, sources: Sources) -> Iterator[tuple[str, bytes]]:
    """Path and source of each file above *path* where VLM-R1, R1-V and their forks keep the trainer."""
    for folder in sources.ancestors(path):
        for relative in _TRAINERS if folder != os.path.dirname(path) else (_BESIDE, *_TRAINERS):
            where = os.path.join(folder, *relative.split("/"))
            data = sources.try_read(where)
            if data is not None:
                yield where, data


def _candidates(tree: ast.AST) -> tuple[str, ...]:
    """Which releases a trainer's source is like: by its class, its divisibility check, and the class of the reference model."""
    from vlmr1_lint.training.pythonsource import checks_groups, classes

    names = {name for name, definition in classes(tree).items() if name in KNOWN_TRAINERS and not _is_made_from_trls(definition)}
    if not names:
        return ()
    if not checks_groups(tree):
        return ("vlm-r1@2025-02",) if "VLMGRPOTrainer" in names else (R1_V,)
    reference = _reference_class(tree)
    if reference == "AutoModelForCausalLM":
        return (VLM_R1,)
    return (VLM_R1_2025_04,) if reference else (VLM_R1, VLM_R1_2025_04)


def _is_made_from_trls(definition: ast.ClassDef) -> bool:
    """Whether the class is made from TRL's GRPOTrainer: a trainer of TRL's, whatever it is called."""
    return any(getattr(base, "id", getattr(base, "attr", "")) == "GRPOTrainer" for base in definition.bases)


def _reference_class(tree: ast.AST) -> str | None:
    """What ``self.ref_model = X.from_pretrained(…)`` loads the reference model with, or None: a class, or ``"registered"`` where
    the source teaches that class its models (``AutoModelForCausalLM.register(…)``)."""
    import ast

    from vlmr1_lint.training.pythonsource import statements

    steps = list(statements(tree))
    calls = [step.value for step in steps if isinstance(step, ast.Expr) and isinstance(step.value, ast.Call)]
    taught = {
        getattr(call.func.value, "id", "")
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "register"
    }
    for node in steps:
        if (
            isinstance(node, ast.Assign)
            and any(getattr(target, "attr", "") == "ref_model" for target in node.targets)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
            and node.value.func.attr == "from_pretrained"
        ):
            loader = node.value.func.value
            name = getattr(loader, "id", getattr(loader, "attr", None))
            return "registered" if name in taught else name
    return None


def _own_options(package: str, sources: Sources) -> dict[str, Option]:
    """Fields of every ``@dataclass`` in the package's top-level and trainer modules: the options a fork adds."""
    found: dict[str, Option] = {}
    parser = _parser()
    for folder in _parts(package):
        for name in sources.listing(folder):
            if name.endswith(".py"):
                data = sources.try_read(os.path.join(folder, name))
                if data and b"@dataclass" in data:
                    for tree in _dataclass_trees(data, parser):
                        found.update(_dataclass_fields(tree, name) if tree is not None else _field_lines(data, name))
    return found


_DATACLASS = (
    rb"(?m)^@(?:dataclasses\.)?dataclass[^\n]*\n(?:@[^\n]*\n)*class [^\n]*"
    rb"(?:\n[ \t]+[^\n]*|\n[ \t\r]*(?=\n)|\n#[^\n]*|\n[)\]}][^\n]*)*"
)
"""A dataclass at the left margin: its decorators, its header, and what is indented below."""


def _dataclass_trees(data: bytes, parser: Parser) -> Iterator[ast.AST | None]:
    """Trees of the dataclasses in the source *data*, each parsed alone with its line numbers as they are: a script of a thousand
    lines has one or two. The tree of it all where they do not stand at the left margin, or one alone is no Python."""
    import re

    found = list(re.finditer(_DATACLASS, data))
    alone = len(found) == data.count(b"@dataclass") + data.count(b"@dataclasses.")
    trees = [parser.parsed(b"\n" * data.count(b"\n", 0, one.start()) + one[0]) for one in found] if alone else [None]
    yield from trees if None not in trees else [parser.parsed(data)]


def _dataclass_fields(tree: ast.AST | None, name: str) -> dict[str, Option]:
    import ast

    from vlmr1_lint.training.pythonsource import statements

    found: dict[str, Option] = {}
    for node in statements(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef) and any("dataclass" in ast.dump(decorator) for decorator in node.decorator_list):
            found.update(class_fields(node, name))
    return found


_FIELD_LINE = rb"(?m)^[ \t]+([A-Za-z_]\w*)[ \t]*:[ \t]*[A-Za-z]"


def _field_lines(data: bytes, module: str) -> dict[str, Option]:
    """What looks like a field in the source *data* of dataclasses, which does not parse: a quote is missing somewhere, or it is
    for a later Python. Options by name only."""
    import re

    names = dict.fromkeys(found[1].decode() for found in re.finditer(_FIELD_LINE, data))
    line = {name: data.count(b"\n", 0, data.index(name.encode())) + 1 for name in names}
    return {name: _named(name, "", f"{module}:{line[name]}") for name in names}


def class_fields(node: ast.ClassDef, module: str) -> dict[str, Option]:
    """The annotated fields of one argument class of the file *module*, as options."""
    import ast

    return {
        field.target.id: _option(field, node.name, module)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


def _option(field: ast.AnnAssign, owner: str, module: str) -> Option:
    import ast

    assert isinstance(field.target, ast.Name)
    kind = _type(field.annotation.id if isinstance(field.annotation, ast.Name) else ast.unparse(field.annotation))
    return _named(field.target.id, owner, f"{module}:{field.lineno}", kind, _default(field.value), field.value is None)


def _named(
    name: str, owner: str, source: str, kind: str = "Any", default: object = Unknown("default"), required: bool = False
) -> Option:
    return Option(
        name=name,
        type=kind,
        default=default,
        required=required,
        choices=None,
        group=owner,
        read=True,
        note=None,
        source=source,
        inherited=False,
    )


def _type(annotation: str) -> str:
    """A dataclass annotation in the tables' spelling: ``Optional[list[str]]`` → ``list[str]|None``."""
    text = annotation.replace(" ", "").replace("typing.", "").replace("List[", "list[").replace("Dict", "dict").strip("'\"")
    if text.startswith("Optional[") and text.endswith("]"):
        return f"{_type(text[9:-1])}|None"
    if text.startswith("Union[") and text.endswith("]"):
        return "|".join(_type(part) for part in text[6:-1].split(","))
    return text if text in _SIMPLE or "|" in text else "Any"


_SIMPLE = frozenset("bool int float str dict list[str] list[int] list[float] None".split())


def _default(node: ast.expr | None) -> object:
    """The literal default of a dataclass field, written plainly or as ``field(default=…)``; Unknown where it is computed."""
    import ast

    if isinstance(node, ast.Call):
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "default" not in given:
            return Unknown("default")
        node = given["default"]
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return node.value
    try:
        result: object = ast.literal_eval(node)
    except (ValueError, SyntaxError, RecursionError, TypeError):
        return Unknown("default")
    return result
