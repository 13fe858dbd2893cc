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

__all__ = ["EntryScript", "kind_by_name", "read_script"]

KIND_OF_CLASS: Mapping[str, str] = {"GRPOConfig": "grpo", "SFTConfig": "sft", "DPOConfig": "dpo"}
"""TRL's configuration classes, and the trainer that takes them."""

OTHER_CONFIGS = frozenset(
    "TrainingArguments Seq2SeqTrainingArguments KTOConfig ORPOConfig CPOConfig BCOConfig PPOConfig RLOOConfig RewardConfig"
    " PRMConfig OnlineDPOConfig XPOConfig NashMDConfig GKDConfig".split()
)
"""Configuration classes of trainers that the option tables do not hold: transformers' own, and TRL's others."""

LIBRARY_CLASSES = frozenset((*KIND_OF_CLASS, *OTHER_CONFIGS, "ModelConfig", "ScriptArguments"))
"""Argument classes that the libraries define, by the names that scripts import them under."""

MODULES_MAX = 40
"""Modules of one repository that are read for one script; a bound, ours."""


@value
class EntryScript:
    """A training script's argument classes.

    path      its absolute path
    kind      ``"grpo"``, ``"sft"``, ``"dpo"``, or ``"other"`` for a trainer of none of these
    own       fields that the repository's own argument classes have, by name
    complete  whether every class that it hands to its parser was found
    """

    path: str
    kind: str
    own: Mapping[str, Option]
    complete: bool


def kind_by_name(script: str) -> str | None:
    """The kind of trainer by the script's file name (``grpo_rec.py``, ``train_sft.py``, ``trl dpo``), or None."""
    base = script.replace("\\", "/").rpartition("/")[2].lower().removeprefix("trl ").removesuffix(".py")
    words = base.replace("-", "_").replace(".", "_").split("_")
    found = [kind for kind in ("grpo", "sft", "dpo") if kind in words]
    return found[0] if len(found) == 1 else None


def read_script(script: str, holder: str, sources: Sources, folders: Sequence[str]) -> EntryScript | None:
    """What the source of *script* says, which the file *holder* starts from *folders*; None where it is not in reach, or has no
    parser of argument classes."""
    if not script.endswith(".py"):
        return None
    path = resolve(script, holder, sources, folders) or _below(script, holder, sources)
    if path is None:
        return None
    modules = _Modules(path, sources)
    module = modules.at(path)
    names = _parsed_classes(module.tree) if module is not None else []
    if module is None or not names:
        return None
    own: dict[str, Option] = {}
    reached: set[str] = set()
    complete = True
    for name in names:
        complete &= modules.follow(module, name, own, reached)
    kinds = [KIND_OF_CLASS[name] for name in sorted(reached) if name in KIND_OF_CLASS]
    if not kinds and not complete and not reached & OTHER_CONFIGS:
        return None
    return EntryScript(path, kinds[0] if kinds else "other", own, complete)


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


def _name(node: ast.expr) -> str:
    """``X`` for ``X`` and for ``module.X``, else ``""``."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


class _Module:
    """One parsed module: its classes, and where its imported names come from."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        import ast

        self.path = path
        self.tree = tree
        self.classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
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
            import ast

            data = self.sources.try_read(path)
            try:
                self._read[path] = _Module(path, ast.parse(data)) if data is not None else None
            except (SyntaxError, ValueError, RecursionError):
                self._read[path] = None
        return self._read.get(path)

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
