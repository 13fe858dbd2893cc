"""The training script that a command starts: what its name says, and what its source says where the repository holds it.

Source is read with ``ast`` and never run. A script hands argument classes to ``TrlParser`` or ``HfArgumentParser``; these,
followed through the repository's own modules, say which trainer's options it takes and which it adds.
"""

from __future__ import annotations

import os

from vlmr1_lint.training.evidence import class_fields
from vlmr1_lint.training.references import resolve
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping, Sequence

    from vlmr1_lint.facts.options import Option
    from vlmr1_lint.sources import Sources

__all__ = ["EntryScript", "class_at", "kind_by_name", "read_script", "script_path"]

KIND_OF_CLASS: Mapping[str, str] = {"GRPOConfig": "grpo", "SFTConfig": "sft", "DPOConfig": "dpo"}
"""TRL's configuration classes, and the trainer that takes them."""

KINDS = tuple(KIND_OF_CLASS.values())

OTHER_CONFIGS = frozenset(
    "TrainingArguments Seq2SeqTrainingArguments KTOConfig ORPOConfig CPOConfig BCOConfig PPOConfig RLOOConfig RewardConfig"
    " PRMConfig OnlineDPOConfig XPOConfig NashMDConfig GKDConfig".split()
)
"""Configuration classes of trainers that the option tables do not hold: transformers' own, and TRL's others."""

LIBRARY_CLASSES = frozenset((*KIND_OF_CLASS, *OTHER_CONFIGS, "ModelConfig", "ScriptArguments"))
"""Argument classes that the libraries define, by the names that scripts import them under."""

FLAG_READERS = frozenset(("ArgumentParser", "Fire", "Typer", "cli"))
"""What a script calls that reads its flags without argument classes: argparse, fire, typer, ``tyro.cli``."""

MODULES_MAX = 40
"""Modules of one repository that are read for one script; a bound, ours."""


@value
class EntryScript:
    """A training script's argument classes.

    path      its absolute path
    kind      ``"grpo"``, ``"sft"``, ``"dpo"``, or ``"other"`` for a trainer of none of these
    own       fields that the repository's own argument classes have, by name
    complete  whether every class that it hands to its parser was found
    trains    whether it trains with a class of the repository that is none of the libraries' trainers, nor made from one: a copy

    ``"other"`` is also a script that reads its flags without argument classes, and one none of whose classes is in reach.
    """

    path: str
    kind: str
    own: Mapping[str, Option]
    complete: bool
    trains: bool = False


def kind_by_name(script: str) -> str | None:
    """The kind of trainer by the script's file name (``grpo_rec.py``, ``train_sft.py``, ``trl dpo``), or None."""
    base = script.replace("\\", "/").rpartition("/")[2].lower().removeprefix("trl ").removesuffix(".py")
    words = base.replace("-", "_").replace(".", "_").split("_")
    found = [kind for kind in ("grpo", "sft", "dpo") if kind in words]
    return found[0] if len(found) == 1 else None


def read_script(script: str, holder: str, sources: Sources, folders: Sequence[str]) -> EntryScript | None:
    """What the source of *script* says, which the file *holder* starts from *folders*; None where it is not in reach, or says
    nothing of who reads its flags."""
    path = script_path(script, holder, sources, folders)
    if path is None:
        return None
    modules = _Modules(path, sources)
    started = modules.at(path)
    module, names = modules.parsing(started) if started is not None else (None, [])
    if started is None or module is None:
        return EntryScript(path, "other", {}, False) if started is not None and _reads_flags_itself(started.tree) else None
    own: dict[str, Option] = {}
    reached: set[str] = set()
    missing = [name for name in names if not modules.follow(module, name, own, reached)]
    kinds = [KIND_OF_CLASS[name] for name in sorted(reached) if name in KIND_OF_CLASS]
    if not kinds and not reached & OTHER_CONFIGS and any(kind in name.lower() for name in missing for kind in KINDS):
        return None  # GRPOScriptArguments of a package that is not here: as far as names go, a trainer of ours
    return EntryScript(path, kinds[0] if kinds else "other", own, not missing, modules.holds_trainer(module))


def class_at(path: str, name: str, sources: Sources) -> ast.ClassDef | None:
    """The class that the script at *path* knows by *name*, followed through its imports; None where it is not in reach."""
    modules = _Modules(path, sources)
    script = modules.at(path)
    return None if script is None else modules.defined(script, name)


def script_path(script: str, holder: str, sources: Sources, folders: Sequence[str]) -> str | None:
    """The absolute path of the Python *script* that the file *holder* starts from *folders*; None where it is not in reach."""
    if not script.endswith(".py"):
        return None
    return resolve(script, holder, sources, folders) or (_elsewhere if os.path.isabs(script) else _below)(script, holder, sources)


def _elsewhere(script: str, holder: str, sources: Sources) -> str | None:
    """The file that the absolute path *script* of another machine means, ``/path/to/Mine/src/open_r1/grpo.py``: of the paths that
    it ends in, a folder and a file at least, the longest that there is in a folder above *holder*."""
    parts = script.split("/") if "\0" not in script else []
    for start in range(1, len(parts) - 1):
        for folder in sources.ancestors(holder):
            path = os.path.normpath(os.path.join(folder, *parts[start:]))
            if sources.exists(path) and sources.inside(path):
                return path
    return None


def _below(script: str, holder: str, sources: Sources) -> str | None:
    """The one file *script* in a folder below the repository's folders or their ``src``: ``src/r1-v/src/open_r1/grpo.py``.

    People write the path from a package's folder, and start the script there by hand.
    """
    if os.path.isabs(script) or "$" in script or ".." in script:
        return None
    for folder in sources.ancestors(holder):
        bases = [folder, os.path.join(folder, "src")]
        paths = [os.path.join(base, name, script) for base in bases for name in sources.listing(base) if not name.startswith(".")]
        found = [path for path in paths if sources.exists(path) and sources.inside(path)]
        if found:
            return os.path.normpath(found[0]) if len(found) == 1 else None
    return None


def _parsed_classes(tree: ast.AST) -> list[str]:
    """The classes in ``TrlParser((A, B))`` or ``HfArgumentParser(A)``, by the names that the module knows them under."""
    import ast

    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in {"TrlParser", "HfArgumentParser", "H4ArgumentParser"}:
            given = node.args[0]
            items = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
            return [name for item in items if (name := _name(item))]
    return []


def _reads_flags_itself(tree: ast.AST) -> bool:
    """Whether the script has a command line of its own that no argument classes describe."""
    import ast

    calls = {_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return bool(calls & FLAG_READERS)


def _name(node: ast.expr) -> str:
    """``X`` for ``X`` and for ``module.X``, else ``""``."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


class _Module:
    """One parsed module: its classes, and where its imported names come from."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        import ast

        from vlmr1_lint.training.pythonsource import classes

        self.path = path
        self.tree = tree
        self.classes = classes(tree)
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    def origins(self, name: str) -> Iterator[tuple[ast.ImportFrom, str]]:
        """The import statements that may bring *name*, and its name there."""
        for node in self.imports:
            for alias in node.names:
                if alias.name == "*" or (alias.asname or alias.name) == name:
                    yield node, name if alias.name == "*" else alias.name


class _Modules:
    """The repository's modules around one script, each read once."""

    def __init__(self, script: str, sources: Sources) -> None:
        self.sources = sources
        self.roots = tuple(sources.ancestors(script))
        self._read: dict[str, _Module | None] = {}

    def at(self, path: str) -> _Module | None:
        """The module at *path*; None where there is none, or none that parses."""
        if path not in self._read and len(self._read) < MODULES_MAX:
            from vlmr1_lint.training.pythonsource import parsed

            tree = parsed(self.sources.try_read(path))
            self._read[path] = None if tree is None else _Module(path, tree)
        return self._read.get(path)

    def parsing(self, module: _Module, depth: int = 0) -> tuple[_Module | None, list[str]]:
        """The module that parses the script's flags, and the classes that it hands to the parser: *module*, or the one from which
        it takes the function that does (``from llava.train.train import train``); None where neither does."""
        names = _parsed_classes(module.tree)
        if names or depth > 2:
            return (module if names else None), names
        for node in module.imports:
            taken = [module_path for module_path in self._paths(module, node) if self.at(module_path) is not None]
            other = self.at(taken[0]) if taken else None
            for alias in node.names if other is not None else ():
                assert other is not None
                function = other.functions.get(alias.name)
                names = _parsed_classes(function) if function is not None else []
                if names:
                    return other, names
                if function is None and any(True for _ in other.origins(alias.name)):
                    found, names = self.parsing(other, depth + 1)
                    if found is not None:
                        return found, names
        return None, []

    def follow(self, module: _Module, name: str, own: dict[str, Option], reached: set[str], depth: int = 0) -> bool:
        """Collect the fields of class *name* as *module* knows it, and of its bases; whether all of them were found."""
        if depth > 8:
            return False
        found = module.classes.get(name)
        if found is not None:
            if name in LIBRARY_CLASSES:
                reached.add(name)  # a fork's own GRPOConfig stands for the library's
            bases = [_name(base) for base in found.bases]
            known = [
                self.follow(module, base, own, reached, depth + 1) for base in bases if base and base not in {"object", name}
            ]
            own.update(class_fields(found, os.path.basename(module.path)))
            return all(known)
        for node, original in module.origins(name):
            for path in self._paths(module, node):
                other = self.at(path)
                if other is not None and (original in other.classes or any(True for _ in other.origins(original))):
                    return self.follow(other, original, own, reached, depth + 1)
            if original in LIBRARY_CLASSES:
                reached.add(original)
                return True
        if name in LIBRARY_CLASSES:
            reached.add(name)
            return True
        return False

    def defined(self, module: _Module, name: str, depth: int = 0) -> ast.ClassDef | None:
        """The class that *module* knows by *name*; None where it is no class of the repository."""
        if name in module.classes or depth > 8:
            return module.classes.get(name)
        for node, original in module.origins(name):
            for path in self._paths(module, node):
                other = self.at(path)
                found = self.defined(other, original, depth + 1) if other is not None else None
                if found is not None:
                    return found
        return None

    def holds_trainer(self, module: _Module) -> bool:
        """Whether a trainer that *module* speaks of is a class of the repository, made from transformers' ``Trainer`` itself."""
        import ast

        names = {_name(node) for node in ast.walk(module.tree) if isinstance(node, ast.Name | ast.Attribute)}
        found = [self._library_base(module, name) for name in sorted(names) if "Trainer" in name and "Callback" not in name]
        return any(base in {"Trainer", "Seq2SeqTrainer"} for base in found)

    def _library_base(self, module: _Module, name: str, depth: int = 0) -> str | None:
        """The library's class that the repository's class *name* is made from; None where it is no class of the repository."""
        found = module.classes.get(name)
        if found is not None and depth < 8:
            for base in map(_name, found.bases):
                above = self._library_base(module, base, depth + 1) if base != name else None
                if above is not None or "Trainer" in base:
                    return above or base
            return None
        for node, original in module.origins(name):
            for path in self._paths(module, node):
                other = self.at(path)
                if other is not None and depth < 8:
                    above = self._library_base(other, original, depth + 1)
                    if above is not None:
                        return above
        return None

    def _paths(self, module: _Module, node: ast.ImportFrom) -> Iterator[str]:
        """Files that the module of an import statement may be."""
        parts = (node.module or "").split(".") if node.module else []
        if node.level:
            folder = os.path.dirname(module.path)
            for _ in range(node.level - 1):
                folder = os.path.dirname(folder)
            folders: Sequence[str] = (folder,)
        elif parts and parts[0] in {"trl", "transformers", "torch", "dataclasses", "typing"}:
            return
        else:
            folders = self.roots
        for folder in folders:
            base = os.path.join(folder, *parts)
            yield base + ".py"
            yield os.path.join(base, "__init__.py")
