"""The Python modules of a repository around one training script: which class a name in it means, and what that is made from."""

from __future__ import annotations

import os
from functools import cached_property

from vlmr1_lint.facts.upstream import CODE_DIGEST_BYTES, digest
from vlmr1_lint.pythoncode.outline import Reader, options_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from vlmr1_lint.pythoncode.outline import Outline
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.trainers.options import Option

    Import: TypeAlias = tuple[int, str]
    """The dots of a ``from … import`` and the module behind them."""

__all__ = ["KIND_OF_CLASS", "OTHER_CONFIGS", "Module", "Modules", "class_at"]

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

FARTHEST = 3
"""Modules through which a function is followed, each of which imports it from the next; a bound, ours."""

NOT_PARSED = "trainer code that is not read: no Python of this version, or too long or too deeply nested"
"""What ``--verbose`` says of such a module."""


def class_at(path: str, name: str, sources: Sources) -> ast.ClassDef | None:
    """The class that the script at *path* knows by *name*, followed through its imports; None where it is not in reach."""
    modules = Modules(path, sources)
    script = modules.at(path)
    found = modules.defined(script, name) if script is not None else None
    return None if found is None else found[0].definition(found[1])


class Module:
    """One module: its classes with the names of what they are made from, and where its imported names come from."""

    def __init__(self, path: str, data: bytes, outline: Outline) -> None:
        self.path = path
        self.data = data
        self.outline = outline
        self.classes: Mapping[str, list[str]] = outline.says("bases")

    def origins(self, name: str) -> Iterator[tuple[Import, str]]:
        """The import statements that may bring *name*, and its name there."""
        for level, module, names in self.outline.says("imports"):
            for original, given in names:
                if original == "*" or given == name:
                    yield (level, module), name if original == "*" else original

    def trainers(self) -> list[str]:
        """The names of trainers that the module speaks of."""
        found: list[str] = self.outline.says("trainers") if b"Trainer" in self.data else []
        return found

    def parsed(self) -> list[str]:
        """The classes that the module hands to its parser of flags."""
        found: list[str] = self.outline.says("parsed") if b"Parser" in self.data else []
        return found

    def parsed_in(self, function: str) -> list[str]:
        """The same of one of its functions."""
        found: list[str] = self.outline.says("parsing functions").get(function, []) if b"Parser" in self.data else []
        return found

    def options(self, name: str) -> dict[str, Option]:
        """The annotated fields of the class *name*."""
        return options_of(self.outline.says("fields")[name], os.path.basename(self.path))

    @cached_property
    def functions(self) -> Mapping[str, ast.FunctionDef]:
        """Its functions by name."""
        import ast

        return {node.name: node for node in self.outline.tree.body if isinstance(node, ast.FunctionDef)}

    def definition(self, name: str) -> ast.ClassDef:
        """The class *name* as it is written."""
        from vlmr1_lint.pythoncode.source import classes

        return classes(self.outline.tree)[name]


class Modules:
    """The repository's modules around one script, each read once."""

    def __init__(self, script: str, sources: Sources) -> None:
        self.sources = sources
        self.roots = tuple(sources.ancestors(script))
        self.unparsed: set[str] = set()
        self._read: dict[str, Module | None] = {}
        self._reader = Reader()
        # Answers by module and name. A class may have a thousand bases that have it for a base, an import a thousand twins:
        # nothing is gone through twice, and what is being gone through counts as not found meanwhile.
        self._parsing: dict[str, tuple[Module | None, list[str]]] = {}
        self._followed: dict[tuple[str, str], bool] = {}
        self._defined: dict[tuple[str, str], tuple[Module, str] | None] = {}
        self._functions: dict[tuple[str, str], tuple[Module, ast.FunctionDef] | None] = {}
        self._bases: dict[tuple[str, str], str | None] = {}

    def at(self, path: str) -> Module | None:
        """The module at *path*; None where there is none, or none that parses."""
        if path not in self._read and len(self._read) < MODULES_MAX:
            data = self.sources.try_read(path)
            outline = self._reader.outline(data)
            if data is not None and outline is None:
                self.leave(path)
            self._read[path] = None if data is None or outline is None else Module(path, data, outline)
        return self._read.get(path)

    def digest(self, path: str) -> str | None:
        """The hash of the file at *path* in the table of upstream's files; None where there is none."""
        data = self.sources.try_read(path)
        return None if data is None else digest(data, CODE_DIGEST_BYTES)

    def hold(self, files: Mapping[str, str | None], roots: int) -> bool:
        """Whether the *files* (path from the script's folder → hash, None for one that is absent) are what a search for modules
        in the script's folder and those around it would find: in as many as *roots*, and nothing in those above either."""
        upmost = os.path.normpath(os.path.join(*[os.pardir] * (roots - 1), os.curdir)) + os.sep if roots > 1 else ""
        above = self.roots[roots:]
        return all(
            self.digest(os.path.normpath(os.path.join(self.roots[0], path))) == known
            and (
                known
                or not path.startswith(upmost)
                or all(self.digest(os.path.join(one, path[len(upmost) :])) is None for one in above)
            )
            for path, known in files.items()
        )

    def asked(self) -> tuple[str, ...]:
        """The paths that were looked at, those where no file is included."""
        return tuple(self._read)

    def leave(self, path: str) -> None:
        """Note that the source at *path* is there and could not be parsed."""
        self.unparsed.add(path)
        self.sources.not_understood[path] = NOT_PARSED

    def parsing(self, module: Module, depth: int = 0) -> tuple[Module | None, list[str]]:
        """The module that parses the script's flags, and the classes that it hands to the parser: *module*, or the one from which
        it takes the function that does (``from llava.train.train import train``); None where neither does."""
        if module.path not in self._parsing:
            self._parsing[module.path] = None, []
            self._parsing[module.path] = self._find_parsing(module, depth)
        return self._parsing[module.path]

    def _find_parsing(self, module: Module, depth: int) -> tuple[Module | None, list[str]]:
        names = module.parsed()
        if names or depth > 2:
            return (module if names else None), names
        for level, name, taken in module.outline.says("imports"):
            found_at = [path for path in self._paths(module, (level, name)) if self.at(path) is not None]
            other = self.at(found_at[0]) if found_at else None
            for original, _ in taken if other is not None else ():
                assert other is not None
                is_function = original in other.outline.says("functions")
                names = other.parsed_in(original) if is_function else []
                if names:
                    return other, names
                if not is_function and any(True for _ in other.origins(original)):
                    found, names = self.parsing(other, depth + 1)
                    if found is not None:
                        return found, names
        return None, []

    def follow(self, module: Module, name: str, own: dict[str, Option], reached: set[str], depth: int = 0) -> bool:
        """Collect the fields of class *name* as *module* knows it, and of its bases; whether all of them were found."""
        key = module.path, name
        if key not in self._followed:
            self._followed[key] = False
            self._followed[key] = depth <= 8 and self._follow(module, name, own, reached, depth)
        return self._followed[key]

    def _follow(self, module: Module, name: str, own: dict[str, Option], reached: set[str], depth: int) -> bool:
        found = module.classes.get(name)
        if found is not None:
            if name in LIBRARY_CLASSES:
                reached.add(name)  # a fork's own GRPOConfig stands for the library's
            known = [
                self.follow(module, base, own, reached, depth + 1) for base in found if base and base not in {"object", name}
            ]
            own.update(module.options(name))
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

    def defined(self, module: Module, name: str, depth: int = 0) -> tuple[Module, str] | None:
        """Where the class is that *module* knows by *name*, and its name there; None where it is no class of the repository."""
        key = module.path, name
        if key not in self._defined:
            self._defined[key] = None
            self._defined[key] = self._find_defined(module, name, depth)
        return self._defined[key]

    def _find_defined(self, module: Module, name: str, depth: int) -> tuple[Module, str] | None:
        if name in module.classes:
            return module, name
        for node, original in module.origins(name):
            for path in self._paths(module, node):
                other = self.at(path)
                found = self.defined(other, original, depth + 1) if other is not None and depth < 8 else None
                if found is not None:
                    return found
        return None

    def function(self, module: Module, name: str, depth: int = 0) -> tuple[Module, ast.FunctionDef] | None:
        """The function that *module* knows by *name*, and where it is; None where it is no function of the repository."""
        key = module.path, name
        if key not in self._functions:
            self._functions[key] = None
            self._functions[key] = self._find_function(module, name, depth)
        return self._functions[key]

    def _find_function(self, module: Module, name: str, depth: int) -> tuple[Module, ast.FunctionDef] | None:
        if name in module.functions:
            return module, module.functions[name]
        for node, original in module.origins(name):
            for path in self._paths(module, node):
                other = self.at(path)
                found = self.function(other, original, depth + 1) if other is not None and depth < FARTHEST else None
                if found is not None:
                    return found
        return None

    def holds_trainer(self, module: Module) -> bool:
        """Whether a trainer that *module* speaks of is a class of the repository, made from transformers' ``Trainer`` itself."""
        found = [self._library_base(module, name) for name in module.trainers()]
        return any(base in {"Trainer", "Seq2SeqTrainer"} for base in found)

    def text(self, module: Module) -> bytes:
        """The source of *module* and of the repository's trainers that it speaks of, but for those that generate with vLLM: what
        may read an option of a run."""
        found = [self.defined(module, name) for name in module.trainers() if "VLLM" not in name]
        homes = dict.fromkeys([module, *(place[0] for place in found if place is not None)])
        return b"\n".join(home.data for home in homes)

    def _library_base(self, module: Module, name: str, depth: int = 0) -> str | None:
        """The library's class that the repository's class *name* is made from; None where it is no class of the repository."""
        key = module.path, name
        if key not in self._bases:
            self._bases[key] = None
            self._bases[key] = self._find_library_base(module, name, depth)
        return self._bases[key]

    def _find_library_base(self, module: Module, name: str, depth: int) -> str | None:
        found = module.classes.get(name)
        if found is not None and depth < 8:
            for base in found:
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

    def _paths(self, module: Module, node: Import) -> Iterator[str]:
        """Files that the module of an import statement may be."""
        level, name = node
        parts = name.split(".") if name else []
        if level:
            folder = os.path.dirname(module.path)
            for _ in range(level - 1):
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
