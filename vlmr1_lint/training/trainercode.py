"""The code in a repository that decides what its trainer does, found from a training script or a trainer's file.

It is parsed when a claim is first asked. What it does not hold (TRL's own classes) is left to the tables of releases.
"""

from __future__ import annotations

import os
from functools import partial

from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from vlmr1_lint.sources import Sources
    from vlmr1_lint.trainers.claims import Claim
    from vlmr1_lint.trainers.code import ScriptCode, TrainerCode
    from vlmr1_lint.training.modules import Module, Modules

    Script: TypeAlias = Callable[[], ScriptCode | None]
    """Parses a script when a claim is first asked of it; None for text that is not understood."""

__all__ = ["NOT_UNDERSTOOD", "RepositoryCode", "code_of_file", "code_of_package", "code_of_script"]

NOT_UNDERSTOOD = Unknown("trainer code")
"""A claim that the repository's code decides in a way that no extractor understands."""

SCRIPTS_MAX = 12
"""Training scripts of one package that are read for an args file that nothing launches; a bound, ours."""


class RepositoryCode:
    """Trainers that a training script may start, and the scripts with their texts: one, or for an args file all that may read it.

    *trainers* and *scripts* are asked once, when a claim is first wanted. Where there is no trainer, and one of *modules* could
    not be parsed, that one may hold it: no claim is left to the tables then.
    """

    def __init__(
        self,
        trainers: Callable[[], Sequence[TrainerCode]],
        scripts: Callable[[], Mapping[Script, bytes]],
        modules: Modules,
    ) -> None:
        self._find = trainers, scripts
        self._modules = modules
        self._trainers: tuple[TrainerCode, ...] | None = None
        self._scripts: Mapping[Script, bytes] | None = None
        self._codes: dict[Script, ScriptCode | None] = {}
        self._claims: dict[Hashable, Claim | Unknown | None] = {}

    def claim(self, name: str, *, vllm: bool | None, own: frozenset[str]) -> Claim | Unknown | None:
        """The claim *name* as the code decides it; None where the code leaves it to a library, `NOT_UNDERSTOOD` where it does
        not.

        *vllm* tells whether completions come from vLLM (``use_vllm``), for scripts that pick the trainer's class by it; None
        where
        that is unknown. *own* are the written options that are none of TRL's: of several scripts, those count that know them.
        """
        key = name, vllm, own
        if key not in self._claims:
            self._claims[key] = self._answer(name, vllm, own)
        return self._claims[key]

    def _answer(self, name: str, vllm: bool | None, own: frozenset[str]) -> Claim | Unknown | None:
        from vlmr1_lint.trainers.claims import SCRIPT_CLAIMS
        from vlmr1_lint.trainers.extract import of_script, of_trainer

        if name in SCRIPT_CLAIMS:
            scripts = self._reading(own)
            if None in scripts or not scripts:
                return NOT_UNDERSTOOD  # without a script in reach, the one that starts the repository's own trainer is another
            return _agreed(lambda one: of_script(name, one), scripts)
        trainers = self.trainers()
        if self._modules.unparsed and (not trainers or (vllm is not False and not any(map(_is_for_vllm, trainers)))):
            return NOT_UNDERSTOOD  # what could not be parsed may hold the trainer, or the one for vLLM
        if name == "vllm" and len(trainers) > 1:
            return None  # the script picks a class, and the candidates are picked by it
        return _agreed(lambda one: of_trainer(name, one), _started(trainers, vllm))

    def trainers(self) -> tuple[TrainerCode, ...]:
        """The repository's trainers that may be started; none where a library's is."""
        if self._trainers is None:
            self._trainers = tuple(self._find[0]())
        return self._trainers

    def files(self) -> frozenset[str]:
        """Names of the files that hold the trainers' classes and the scripts."""
        scripts = [one.path for one in self._reading(frozenset()) if one is not None]
        return frozenset((*(path for one in self.trainers() for path, _ in one.chain), *scripts))

    def _reading(self, own: frozenset[str]) -> tuple[ScriptCode | None, ...]:
        """The scripts whose text speaks of all options in *own*, all where none does; None for one that does not parse."""
        if self._scripts is None:
            self._scripts = self._find[1]()
        words = [name.encode() for name in own]
        knowing = [one for one, text in self._scripts.items() if all(word in text for word in words)] or list(self._scripts)
        return tuple(map(self._parsed, knowing))

    def _parsed(self, script: Script) -> ScriptCode | None:
        if script not in self._codes:
            self._codes[script] = script()
        return self._codes[script]


def _started(trainers: tuple[TrainerCode, ...], vllm: bool | None) -> tuple[TrainerCode, ...]:
    """Those of *trainers* that a run starts: R1-V's scripts and their forks take the class with VLLM in its name for use_vllm."""
    of_vllm = tuple(filter(_is_for_vllm, trainers))
    others = tuple(one for one in trainers if one not in of_vllm)
    if vllm is None or not of_vllm or not others:
        return trainers
    return of_vllm if vllm else others


def _is_for_vllm(trainer: TrainerCode) -> bool:
    return "VLLM" in trainer.chain[0][1].name


def _agreed(ask: Callable[..., Claim | None], codes: Sequence[object]) -> Claim | Unknown | None:
    """What *ask* says of all *codes* if they agree."""
    from vlmr1_lint.trainers.claims import NotUnderstood

    try:
        answers = [ask(code) for code in codes]
    except NotUnderstood:
        return NOT_UNDERSTOOD
    if not answers:
        return None
    first = answers[0]
    for other in answers[1:]:
        if (first is None) != (other is None) or (first is not None and other is not None and first.value != other.value):
            return NOT_UNDERSTOOD
    return first


def code_of_script(modules: Modules, parsing: Module) -> RepositoryCode:
    """The code of a training script: the module *parsing*, which reads its flags and starts the trainer."""
    from vlmr1_lint.trainers.code import ScriptCode

    return RepositoryCode(
        lambda: _trainers_named(modules, parsing),
        lambda: {lambda: ScriptCode(modules.sources.name(parsing.path), parsing.tree): parsing.data},
        modules,
    )


def code_of_file(path: str, sources: Sources, package: RepositoryCode | None) -> RepositoryCode:
    """The code of the training script at absolute *path*, which is read when a claim is first wanted; of a script that names no
    trainer of the repository's, the trainers of its *package*."""
    from vlmr1_lint.training.modules import Modules

    modules = Modules(path, sources)

    def parsing() -> Module | None:
        started = modules.at(path)
        return None if started is None else modules.parsing(started)[0] or started

    def trainers() -> Sequence[TrainerCode]:
        module = parsing()
        found: Sequence[TrainerCode] = [] if module is None else _trainers_named(modules, module)
        return found or ([] if package is None else package.trainers())

    def scripts() -> dict[Script, bytes]:
        from vlmr1_lint.trainers.code import ScriptCode

        module = parsing()
        return {(lambda: None if module is None else ScriptCode(sources.name(module.path), module.tree)): b""}

    return RepositoryCode(trainers, scripts, modules)


def _trainers_named(modules: Modules, module: Module) -> list[TrainerCode]:
    from vlmr1_lint.training.modules import trainers_of

    found = []
    for name in trainers_of(module):
        place = modules.defined(module, name)
        if place is not None:
            code = _code(modules, *place)
            if code is not None:
                found.append(code)
    return found


def _code(modules: Modules, module: Module, definition: ast.ClassDef) -> TrainerCode | None:
    """The class *definition* with the repository's classes that it is made from; None for one that is no trainer of groups."""
    from vlmr1_lint.trainers.code import TrainerCode
    from vlmr1_lint.training.modules import name_of

    chain = [(modules.sources.name(module.path), definition)]
    base = ""
    for _ in range(DEEPEST):
        names = [name for one in definition.bases if (name := name_of(one)) and name != definition.name]
        place = next((found for name in names if (found := modules.defined(module, name)) is not None), None)
        if place is None:
            base = next((name for name in names if "Trainer" in name), "")
            break
        module, definition = place
        chain.append((modules.sources.name(module.path), definition))
    samples = any("GRPO" in definition.name for _, definition in chain) or "GRPO" in base
    return TrainerCode(chain, base) if base and samples else None


DEEPEST = 8
"""Classes of a repository that one trainer is made from, one above the other; a bound, ours."""


def code_of_package(trainer: str, names: Iterable[str], sources: Sources) -> RepositoryCode:
    """The code of a package whose trainer stands in the file at absolute path *trainer*, in classes called *names*: for an args
    file, or a command, whose script nobody knows."""
    from vlmr1_lint.training.modules import Modules

    modules = Modules(trainer, sources)

    def trainers() -> list[TrainerCode]:
        module = modules.at(trainer)
        found = (
            [] if module is None else [_code(modules, module, module.classes[name]) for name in names if name in module.classes]
        )
        if module is not None and module.classes.keys() & set(names) == {"Qwen2VLGRPOTrainer"}:
            found += _beside_for_vllm(modules, trainer)
        return [code for code in found if code is not None]

    return RepositoryCode(trainers, lambda: _scripts_of(os.path.dirname(os.path.dirname(trainer)), sources), modules)


def _beside_for_vllm(modules: Modules, trainer: str) -> list[TrainerCode | None]:
    """The classes for vLLM beside R1-V's trainer in the file at absolute path *trainer* that its scripts start with use_vllm."""
    import re

    folder, sources = os.path.dirname(trainer), modules.sources
    scripts = b"\n".join(_scripts_of(os.path.dirname(folder), sources).values())
    found = []
    for path in (os.path.join(folder, name) for name in sources.listing(folder) if name.endswith(".py")):
        data = sources.try_read(path)
        for name in re.findall(rb"(?m)^class (\w*GRPO\w*VLLM\w*)\(", data or b""):
            if re.search(rb"\b%b\b" % name, scripts) and (module := modules.at(path)) is not None:
                definition = module.classes.get(name.decode())
                found += [_code(modules, module, definition)] if definition is not None else []
    return found


def _scripts_of(package: str, sources: Sources) -> dict[Script, bytes]:
    """The training scripts in the folder *package* that take a GRPO configuration, with their texts."""
    found: dict[Script, bytes] = {}
    for name in sources.listing(package):
        path = os.path.join(package, name)
        data = sources.try_read(path) if name.endswith(".py") else None
        if data is not None and b"GRPOConfig" in data and (b"TrlParser(" in data or b"HfArgumentParser(" in data):
            found[partial(_script, sources.name(path), data)] = data
        if len(found) >= SCRIPTS_MAX:
            break
    return found


def _script(name: str, data: bytes) -> ScriptCode | None:
    from vlmr1_lint.trainers.code import ScriptCode
    from vlmr1_lint.training.pythonsource import parsed

    tree = parsed(data)
    return None if tree is None else ScriptCode(name, tree)
