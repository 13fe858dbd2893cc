"""The code in a repository that decides what its trainer does, found from a training script or a trainer's file.

It is parsed when a claim is first asked that no table of upstream's files answers (`outline.Outline.claims`). What it does not
hold (TRL's own classes) is left to the tables of releases.
"""

from __future__ import annotations

import os
from functools import lru_cache, partial

from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from vlmr1_lint.claims.claim import Claim
    from vlmr1_lint.claims.code import Names, ScriptCode, TrainerCode
    from vlmr1_lint.pythoncode.modules import Module, Modules
    from vlmr1_lint.sources import Sources

    Script: TypeAlias = Callable[[], "Deciding | None"]
    """Reads a script when a claim is first asked of it; None for text that is not understood."""

__all__ = ["NOT_UNDERSTOOD", "RepositoryCode", "code_of_file", "code_of_package", "code_of_script", "said_of"]

NOT_UNDERSTOOD = Unknown("trainer code")
"""A claim that the repository's code decides in a way that no extractor understands."""

SCRIPTS_MAX = 12
"""Training scripts of one package that are read for an args file that nothing launches; a bound, ours."""


class Deciding:
    """Code that decides claims: a trainer, or a training script.

    name    the trainer's class, the most derived of the repository's; ``""`` for a script
    paths   names of the files that hold it
    known   what the table of upstream's files says of its claims
    code    parses it, once
    """

    def __init__(
        self, name: str, paths: Sequence[str], known: Mapping[str, Any], code: Callable[[], TrainerCode | ScriptCode]
    ) -> None:
        self.name = name
        self.paths = tuple(paths)
        self._known = known
        self.code = lru_cache(maxsize=1)(code)

    def together(self, trainer: str, model: str | None) -> Mapping[str, Any] | None:
        """What the table says of the claims that this script decides together with the class *trainer* and the module for the
        *model* at this path; None where it does not know all files that are asked for them."""
        return None

    def claim(self, name: str) -> Claim | None:
        """The claim *name*; None where it is left to a library. Raises NotUnderstood."""
        if name not in self._known:
            from vlmr1_lint.claims.code import TrainerCode
            from vlmr1_lint.claims.extract import of_script, of_trainer

            code = self.code()
            return of_trainer(name, code) if isinstance(code, TrainerCode) else of_script(name, code)
        found = self._known[name]
        return _from_table([found[0], self.paths[0], found[1]] if isinstance(found, list) else found)


class _Script(Deciding):
    """A training script, the module *parsing* of *modules*."""

    def __init__(self, modules: Modules, parsing: Module) -> None:
        path = modules.sources.name(parsing.path)
        super().__init__("", [path], parsing.outline.claims(""), partial(_script_code, modules, parsing))
        self._modules = modules
        self._parsing = parsing

    def together(self, trainer: str, model: str | None) -> Mapping[str, Any] | None:
        folder, modules = os.path.dirname(self._parsing.path), self._modules
        for row in self._parsing.outline.together(trainer) if modules.roots[0] == folder else ():
            paths = {path: os.path.normpath(os.path.join(folder, path)) for path in row["files"]}
            found: Mapping[str, Any] | None = row["claims"].get(said_of(model, row["texts"]))
            if found is not None and modules.hold(row["files"], row["roots"]):
                name = modules.sources.name
                return {of: [one[0], name(paths[one[1]]), one[2]] if isinstance(one, list) else one for of, one in found.items()}
        return None


def said_of(model: str | None, texts: Iterable[Sequence[str]]) -> str:
    """Which of *texts* (text, ``"small"`` where small letters are searched) are in the path *model*, as the table writes it."""
    if model is None:
        return "unknown"
    return "".join("01"[text in (model.lower() if how else model)] for text, how in texts)


def _from_table(found: Any) -> Claim | None:
    """The claim that a table of upstream's files has as value, file and line. Raises NotUnderstood."""
    from vlmr1_lint.claims.claim import Claim, NotUnderstood

    if found == "?":
        raise NotUnderstood
    if found is None:
        return None
    value, path, line = found
    return Claim(tuple(value) if isinstance(value, list) else value, path, line)


class RepositoryCode:
    """Trainers that a training script may start, and the scripts with their texts: one, or for an args file all that may read it.

    *trainers* and *scripts* are asked once, when a claim is first wanted. Where there is no trainer, and one of *modules* could
    not be parsed, that one may hold it: no claim is left to the tables then.
    """

    def __init__(
        self,
        trainers: Callable[[], Sequence[Deciding]],
        scripts: Callable[[], Mapping[Script, bytes]],
        modules: Modules,
    ) -> None:
        self._find = trainers, scripts
        self._modules = modules
        self._trainers: tuple[Deciding, ...] | None = None
        self._scripts: Mapping[Script, bytes] | None = None
        self._codes: dict[Script, Deciding | None] = {}
        self._claims: dict[Hashable, Claim | Unknown | None] = {}

    def claim(self, name: str, *, vllm: bool | None, own: frozenset[str], model: str | None = None) -> Claim | Unknown | None:
        """The claim *name* as the code decides it; None where the code leaves it to a library, `NOT_UNDERSTOOD` where it does
        not.

        *vllm* tells whether completions come from vLLM (``use_vllm``), for scripts that pick the trainer's class by it; None
        where that is unknown. *own* are the written options that are none of TRL's: of several scripts, those count that know
        them. *model* is the model's path, for scripts that pick the module for its family by it; None where that is unknown.
        """
        key = name, vllm, own, model
        if key not in self._claims:
            self._claims[key] = self._answer(name, vllm, own, model)
        return self._claims[key]

    def _answer(self, name: str, vllm: bool | None, own: frozenset[str], model: str | None) -> Claim | Unknown | None:
        from vlmr1_lint.claims.claim import MODEL_CLAIMS, SCRIPT_CLAIMS

        if name in SCRIPT_CLAIMS:
            scripts = self._reading(own)
            if None in scripts or not scripts:
                return NOT_UNDERSTOOD  # without a script in reach, the one that starts the repository's own trainer is another
            return _agreed([partial(one.claim, name) for one in scripts if one is not None])
        trainers = self.trainers()
        if self._modules.unparsed and (not trainers or (vllm is not False and not any(map(_is_for_vllm, trainers)))):
            return NOT_UNDERSTOOD  # what could not be parsed may hold the trainer, or the one for vLLM
        if name == "vllm" and len(trainers) > 1:
            return None  # the script picks a class, and the candidates are picked by it
        started = _started(trainers, vllm)
        if name in MODEL_CLAIMS:
            scripts = self._reading(own)
            if trainers and (None in scripts or not scripts):
                return NOT_UNDERSTOOD
            pairs = _pairs(started, [one for one in scripts if one is not None])
            return _agreed([partial(_of_model, name, script, trainer, model) for script, trainer in pairs])
        return _agreed([partial(one.claim, name) for one in started])

    def trainers(self) -> tuple[Deciding, ...]:
        """The repository's trainers that may be started; none where a library's is."""
        if self._trainers is None:
            self._trainers = tuple(self._find[0]())
        return self._trainers

    def files(self) -> frozenset[str]:
        """Names of the files that hold the trainers' classes and the scripts."""
        scripts = [one for one in self._reading(frozenset()) if one is not None]
        return frozenset(path for one in (*self.trainers(), *scripts) for path in one.paths)

    def _reading(self, own: frozenset[str]) -> tuple[Deciding | None, ...]:
        """The scripts whose text speaks of all options in *own*, all where none does; None for one that does not parse."""
        if self._scripts is None:
            self._scripts = self._find[1]()
        words = [name.encode() for name in own]
        knowing = [one for one, text in self._scripts.items() if all(word in text for word in words)] or list(self._scripts)
        return tuple(map(self._once, knowing))

    def _once(self, script: Script) -> Deciding | None:
        if script not in self._codes:
            self._codes[script] = script()
        return self._codes[script]


def _started(trainers: tuple[Deciding, ...], vllm: bool | None) -> tuple[Deciding, ...]:
    """Those of *trainers* that a run starts: R1-V's scripts and their forks take the class with VLLM in its name for use_vllm."""
    of_vllm = tuple(filter(_is_for_vllm, trainers))
    others = tuple(one for one in trainers if one not in of_vllm)
    if vllm is None or not of_vllm or not others:
        return trainers
    return of_vllm if vllm else others


def _is_for_vllm(trainer: Deciding) -> bool:
    return "VLLM" in trainer.name


def _pairs(trainers: Sequence[Deciding], scripts: Sequence[Deciding]) -> Iterator[tuple[Deciding, Deciding]]:
    """Each of *trainers* with those of *scripts* that name its class, with all of them where none does."""
    for trainer in trainers:
        naming = [one for one in scripts if len(scripts) > 1 and one.code().mentions(trainer.name)]
        yield from ((one, trainer) for one in naming or scripts)


def _of_model(name: str, script: Deciding, trainer: Deciding, model: str | None) -> Claim | None:
    known = script.together(trainer.name, model)
    if known is not None:
        return _from_table(known[name])
    from vlmr1_lint.claims.extract import of_model

    return of_model(name, script.code(), trainer.code(), model)  # type: ignore[arg-type]


def _agreed(asking: Sequence[Callable[[], Claim | None]]) -> Claim | Unknown | None:
    """What all of *asking* say if they agree; None without any."""
    from vlmr1_lint.claims.claim import NotUnderstood

    try:
        answers = [ask() for ask in asking]
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
    script = partial(_Script, modules, parsing)
    return RepositoryCode(lambda: _trainers_named(modules, parsing), lambda: {script: parsing.data}, modules)


def code_of_file(path: str, sources: Sources, package: RepositoryCode | None) -> RepositoryCode:
    """The code of the training script at absolute *path*, which is read when a claim is first wanted; of a script that names no
    trainer of the repository's, the trainers of its *package*."""
    from vlmr1_lint.pythoncode.modules import Modules

    modules = Modules(path, sources)

    def parsing() -> Module | None:
        started = modules.at(path)
        return None if started is None else modules.parsing(started)[0] or started

    def trainers() -> Sequence[Deciding]:
        module = parsing()
        found: Sequence[Deciding] = [] if module is None else _trainers_named(modules, module)
        return found or ([] if package is None else package.trainers())

    def scripts() -> dict[Script, bytes]:
        module = parsing()
        return {(lambda: None if module is None else _Script(modules, module)): b""}

    return RepositoryCode(trainers, scripts, modules)


def _trainers_named(modules: Modules, module: Module) -> list[Deciding]:
    found = []
    for name in module.trainers():
        place = modules.defined(module, name)
        if place is not None:
            code = _code(modules, *place)
            if code is not None:
                found.append(code)
    return found


def _code(modules: Modules, module: Module, name: str) -> Deciding | None:
    """The class *name* of *module* with the repository's classes that it is made from; None for one that is no trainer of
    groups."""
    chain, bases = _chain(modules, module, name)
    base = next((one for one in bases if "Trainer" in one), "")
    samples = any("GRPO" in one for _, one in chain) or "GRPO" in base
    return _trainer(chain, base, modules.sources) if base and samples else None


def _chain(modules: Modules, module: Module, name: str) -> tuple[list[tuple[Module, str]], Sequence[str]]:
    """The class *name* of *module* and the repository's classes that it is made from, each with its module, and the names of the
    classes that the last one is made from."""
    chain = [(module, name)]
    for _ in range(DEEPEST):
        names = [one for one in module.classes[name] if one and one != name]
        place = next((found for one in names if (found := modules.defined(module, one)) is not None), None)
        if place is None:
            return chain, names
        module, name = place
        chain.append(place)
    return chain, ()


def _trainer(chain: Sequence[tuple[Module, str]], base: str, sources: Sources) -> Deciding:
    def code() -> TrainerCode:
        from vlmr1_lint.claims.code import TrainerCode

        return TrainerCode([(sources.name(module.path), module.definition(name)) for module, name in chain], base)

    (module, name), alone = chain[0], len(chain) == 1
    known = module.outline.claims(f"{name}({base})") if alone else {}
    return Deciding(name, [sources.name(module.path) for module, _ in chain], known, code)


def _script_code(modules: Modules, module: Module) -> ScriptCode:
    """The training script *module*, with what it knows of the repository's other *modules*."""
    from vlmr1_lint.claims.code import Names, ScriptCode

    class Known(Names):
        def __init__(self, module: Module) -> None:
            self.module = module

        def classes(self, name: str) -> Sequence[tuple[str, ast.ClassDef]]:
            place = modules.defined(self.module, name)
            if place is None:
                return []
            chain, _ = _chain(modules, *place)
            return [(modules.sources.name(one.path), one.definition(of)) for one, of in chain]

        def function(self, name: str) -> tuple[str, ast.FunctionDef, Names] | None:
            place = modules.function(self.module, name)
            return None if place is None else (modules.sources.name(place[0].path), place[1], Known(place[0]))

    return ScriptCode(modules.sources.name(module.path), module.outline.tree, Known(module))


DEEPEST = 8
"""Classes of a repository that one trainer is made from, one above the other; a bound, ours."""


def code_of_package(trainer: str, names: Iterable[str], sources: Sources) -> RepositoryCode:
    """The code of a package whose trainer stands in the file at absolute path *trainer*, in classes called *names*: for an args
    file, or a command, whose script nobody knows."""
    from vlmr1_lint.pythoncode.modules import Modules

    modules = Modules(trainer, sources)

    def trainers() -> list[Deciding]:
        module = modules.at(trainer)
        found = [] if module is None else [_code(modules, module, name) for name in names if name in module.classes]
        if module is not None and module.classes.keys() & set(names) == {"Qwen2VLGRPOTrainer"}:
            found += _beside_for_vllm(modules, trainer)
        return [code for code in found if code is not None]

    return RepositoryCode(trainers, lambda: _scripts_of(os.path.dirname(os.path.dirname(trainer)), modules), modules)


def _beside_for_vllm(modules: Modules, trainer: str) -> list[Deciding | None]:
    """The classes for vLLM beside R1-V's trainer in the file at absolute path *trainer* that its scripts start with use_vllm."""
    import re

    folder, sources = os.path.dirname(trainer), modules.sources
    scripts = b"\n".join(_scripts_of(os.path.dirname(folder), modules).values())
    found = []
    for path in (os.path.join(folder, name) for name in sources.listing(folder) if name.endswith(".py")):
        data = sources.try_read(path)
        for name in re.findall(rb"(?m)^class (\w*GRPO\w*VLLM\w*)\(", data or b""):
            if re.search(rb"\b%b\b" % name, scripts) and (module := modules.at(path)) is not None:
                found += [_code(modules, module, name.decode())] if name.decode() in module.classes else []
    return found


def _scripts_of(package: str, modules: Modules) -> dict[Script, bytes]:
    """The training scripts in the folder *package* that take a GRPO configuration, with their texts."""
    found: dict[Script, bytes] = {}
    for name in modules.sources.listing(package):
        path = os.path.join(package, name)
        data = modules.sources.try_read(path) if name.endswith(".py") else None
        if data is not None and b"GRPOConfig" in data and (b"TrlParser(" in data or b"HfArgumentParser(" in data):
            found[partial(_script_at, path, modules)] = data
        if len(found) >= SCRIPTS_MAX:
            break
    return found


def _script_at(path: str, modules: Modules) -> Deciding | None:
    module = modules.at(path)
    return None if module is None else _Script(modules, module)
