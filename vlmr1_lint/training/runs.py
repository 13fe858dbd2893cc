"""From documents to runs: which files are entries, what each names, and who is meant to read it.

A run starts at an entry: a command of a launch script, else an args file that no entry of this invocation names. What an entry
names belongs to it and is no run of its own.
"""

from __future__ import annotations

import os

from vlmr1_lint.candidates.evidence import (
    adapts_by_hand,
    copied_options,
    own_trainer,
    repository_options,
    repository_text,
    vendored_trainer,
)
from vlmr1_lint.candidates.trainer import Trainer, all_option_names, definitions, from_selector, has_strangers, table_release
from vlmr1_lint.trainers.by_names import candidates_from_names, candidates_of_kind, is_of_another_program, speaking_for
from vlmr1_lint.trainers.families import family_of, roles_of
from vlmr1_lint.trainers.options import option, other_releases, releases
from vlmr1_lint.trainers.r1_v import R1_V
from vlmr1_lint.trainers.releases import version_key
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.trainers.vlm_r1 import VLM_R1
from vlmr1_lint.training.inputs import Inputs
from vlmr1_lint.training.joining import Joiner, join_deepspeed, local_model
from vlmr1_lint.training.run import Run
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from vlmr1_lint.candidates.pins import Pins
    from vlmr1_lint.documents.library import Library
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.launches.fleet import Fleet
    from vlmr1_lint.models.model import Model
    from vlmr1_lint.sources import Sources

    T = TypeVar("T")

__all__ = ["Hints", "Target", "args_runs", "find_runs", "find_trainer", "foreign_args", "launched", "with_copied"]


@value
class Target:
    """A recognised file: absolute path, document, kind."""

    path: str
    document: Document
    kind: str


@value
class Hints:
    """What the user says about an entry, None where nothing was said: the fleet, the trainer (a selector and where it was
    said), host memory per node in bytes, and whether this machine is the one that trains.

    what_if: the fleet is one that the user asks about, whatever the files are written for.
    """

    fleet: Fleet | None = None
    trainer: str | None = None
    trainer_origin: str = ""
    host_ram: int | None = None
    here: bool = False
    what_if: bool = False

    def equipped(self, fleet: Fleet | None) -> Fleet | None:
        """*fleet* with the host memory that the user says it has."""
        return fleet if fleet is None or self.host_ram is None else replace(fleet, host_ram_bytes=self.host_ram)


def find_runs(targets: Sequence[Target], library: Library, hints: Callable[[Target], Hints]) -> list[Run]:
    """Every run that *targets* start, in the order of their entries."""
    runs: list[Run] = []
    named: set[str] = set()
    for target in targets:
        if target.kind == "launch":
            found, names = launched(target, library, hints(target))
            runs += found
            named |= names
    for target in targets:
        if target.kind == "args" and target.path not in named:
            runs += args_runs(target, library, hints(target))
    return runs


def launched(script: Target, library: Library, hints: Hints) -> tuple[list[Run], set[str]]:
    """The runs that a launch *script* starts, and the absolute paths of args files that are no runs of their own therefore."""
    from vlmr1_lint.training.scripts import script_runs

    return script_runs(script, library, hints)


def args_runs(target: Target, library: Library, hints: Hints) -> list[Run]:
    """The runs of an args file that nothing launches here: one for each of its YAML documents. None of another program's file."""
    if foreign_args(target, library, hints):
        return []
    runs = [_args_run(target, root, library, hints) for root in target.document.roots if root.kind == "mapping"]
    return [
        run
        for run in runs
        if hints.trainer is not None or run.entry_seen or not is_of_another_program(frozenset(run.inputs.written))
    ]


def foreign_args(target: Target, library: Library, hints: Hints) -> str:
    """Why the args file *target*, which nothing launches here, is another program's; ``""`` for one of ours."""
    if hints.trainer is not None:
        return ""
    mappings = [root for root in target.document.roots if root.kind == "mapping"]
    written = frozenset(name for root in mappings for name in written_options(root))
    from vlmr1_lint.candidates.readers import another_reader

    return library.once(("reader", target.path), lambda: another_reader(target.path, written, library.sources))


def _args_run(target: Target, root: Node, library: Library, hints: Hints) -> Run:
    written = written_options(root)
    joiner = Joiner(library, target.path)
    names = frozenset(written)
    trainer = find_trainer(target.path, names, library, hints)
    if hints.trainer is None:
        trainer = _of_repository(trainer, target.path, written, library)
    inputs = Inputs(
        document=target.document,
        root=root,
        written=written,
        trainer=trainer,
        fleet=hints.equipped(hints.fleet),
        deepspeed=join_deepspeed(written.get("deepspeed"), None, joiner),
        model=model_beside(written, trainer, joiner),
    )
    return made_of(inputs)


def made_of(inputs: Inputs) -> Run:
    """The run of *inputs*, as the one of R1-V's trainers reads it that its options pick."""
    run = Run(inputs)
    if run.trainer != R1_V.name:
        return run
    from vlmr1_lint.candidates.vllm import chosen

    return chosen(run)


def _of_repository(trainer: Trainer, path: str, written: Mapping[str, Node], library: Library) -> Trainer:
    """*trainer* with what the repository adds to it: options of its own classes, where the file writes one that no release has,
    a trainer of its own, and the source that may go through a list where TRL takes a word."""
    trainer = with_copied(trainer, path, frozenset(written), library)
    if _ADAPTER_OPTIONS & written.keys() and "use_peft" not in written:
        trainer = replace(trainer, adapts=adapts_by_hand(path, None, library.sources))
    if trainer.entry_seen:
        return trainer
    if has_strangers(trainer, frozenset(written)):
        own = _of_folder(repository_options, (path,), library)
        trainer = replace(trainer, own={**own, **trainer.own}) if own else trainer
    if not trainer.text and _lists_for_words(trainer, written):
        trainer = replace(trainer, text=_of_folder(repository_text, (path,), library) or b"")
    if not (trainer.guessed or _is_trls(trainer.family)):
        return trainer
    held = _of_folder(own_trainer, (path,), library)
    if held and _is_trls(trainer.family):
        trainer = replace(trainer, is_copy=held == "copy" and trainer.family == TRL.name, source_seen=True)
    return replace(trainer, unsure=trainer.guessed and bool(held))


_ADAPTER_OPTIONS = frozenset(("lora_r", "lora_alpha", "lora_dropout", "lora_target_modules"))
"""Options of adapters, beside which a script of the repository is asked whether it makes them itself."""


def _is_trls(family: str) -> bool:
    """Whether trainers of the *family* are TRL's, of the release that is installed."""
    known = family_of(family)
    return known is not None and known.of_trl


def with_copied(trainer: Trainer, path: str, written: frozenset[str], library: Library) -> Trainer:
    """*trainer* with those of the *written* options that no release has, and a copy of TRL in the repository of *path* does."""
    if not has_strangers(trainer, written):
        return trainer
    copied = _of_folder(copied_options, (path,), library) or {}
    known = all_option_names(trainer)
    new = {name: copied[name] for name in written if name in copied and name not in known}
    return replace(trainer, own={**new, **trainer.own}) if new else trainer


def _lists_for_words(trainer: Trainer, written: Mapping[str, Node]) -> bool:
    """Whether an option that takes a word is given a list."""
    lists = [name for name, node in written.items() if node.kind == "sequence"]
    return any(one is not None and one.type in {"str", "str|None"} for name in lists for one in definitions(trainer, name))


def written_options(root: Node) -> dict[str, Node]:
    """Option name → effective node of a YAML or JSON mapping, in file order; of duplicate keys the last."""
    found: dict[str, Node] = {}
    for child in root.children:
        key = child.path[-1]
        if isinstance(key, str):
            found.pop(key, None)
            found[key] = child
    return found


MODEL = "model_name_or_path"


def model_beside(written: Mapping[str, Node], trainer: Trainer, joiner: Joiner) -> Model | str | None:
    """The model whose folder the *written* options name, as far as the repository holds it (`local_model`); None without one."""
    node = written.get(roles_of(trainer.family).get(MODEL, MODEL))
    return local_model(node.value, joiner) if node is not None else None


def find_trainer(
    path: str, written: frozenset[str], library: Library, hints: Hints, kind: str | None = None, script: str | None = None
) -> Trainer:
    """Who reads the file at *path*: by the user's word, by the repository's own trainer, by its pins, by the option names.

    *kind* is the trainer's (``"grpo"``, ``"sft"``, ``"dpo"``) where the training script says it, *script* the absolute path of
    that script where it is in reach. Raises SelectorError for a word of the user's that means nothing.
    """
    if hints.trainer is not None:
        return from_selector(hints.trainer, hints.trainer_origin)
    by_names, why = candidates_from_names(written) if kind is None else candidates_of_kind(kind, written)
    first = family_of(by_names[0])
    own = first in (VLM_R1, R1_V)
    ours = own or TRL in map(family_of, by_names)
    if ours:
        vendored = _of_folder(vendored_trainer, (script, path), library)
        if vendored is not None:
            return _with_installed(vendored, written, (script, path), library, hints)
    if own:
        return Trainer(by_names, why, guessed=True)
    return _pinned(by_names, written, (script, path), library, hints) or Trainer(by_names, why, guessed=True)


def _pinned(
    by_names: tuple[str, ...], written: frozenset[str], paths: tuple[str | None, ...], library: Library, hints: Hints
) -> Trainer | None:
    """The trainer of the families of *by_names* in the releases that the repository's install files allow; None where they allow
    none, or any."""
    found = _pins(paths, library, hints)
    allowed = _of_families(by_names, found.versions) if found is not None else ()
    if found is None or not allowed:
        return None
    if found.by_commit:  # an older one drops those of the written options that it does not know
        newest = max(version_key(name.partition("==")[2]) for name in by_names)
        kept = tuple(name for name in allowed if version_key(name.partition("==")[2]) <= newest)
        return Trainer(kept, found.evidence, guessed=True)
    if not found.contested:
        kept = tuple(name for name in by_names if name in allowed) or allowed
        pinned = Trainer(kept, found.evidence, beyond=found.beyond)
        return _outgrown(pinned, written, paths, library) if has_strangers(pinned, written) else pinned
    kept = speaking_for(written, allowed)
    return Trainer(kept, found.evidence, contested=True, allowed=allowed, beyond=found.beyond)


def _outgrown(pinned: Trainer, written: frozenset[str], paths: tuple[str | None, ...], library: Library) -> Trainer:
    """*pinned*, or the later releases where the repository's own code imports from TRL what no pinned release has: the pin was
    not moved with the code, and is not what is installed."""
    from vlmr1_lint.candidates.imported import newest_import

    newest = _of_folder(newest_import, paths, library)
    last = max(version_key(name.partition("==")[2]) for name in pinned.candidates)
    if newest is None or version_key(newest.since) <= last:
        return pinned
    families = {name.partition("==")[0] for name in pinned.candidates}
    known = [name.partition("==") for name in (*releases(), *other_releases())]
    later = tuple(
        f"{family}=={version}"
        for family, _, version in known
        if family in families and version and version_key(version) >= version_key(newest.since)
    )
    told = f"{pinned.evidence}, but {newest.file} imports {newest.name}, which came with trl {newest.since}"
    return Trainer(speaking_for(written, later), told, contested=True, allowed=later)


def _with_installed(
    trainer: Trainer, written: frozenset[str], paths: tuple[str | None, ...], library: Library, hints: Hints
) -> Trainer:
    """*trainer*, which is R1-V's, with the written options that TRL's own argument class has in the releases that may be
    installed: R1-V copied the trainer and takes its options with TRL's class, so a later release brings later options."""
    if trainer.family != R1_V.name or not has_strangers(trainer, written):
        return trainer
    found = _pins(paths, library, hints)
    if found is None:
        return trainer
    allowed = tuple(f"{TRL.name}=={version}" for version in found.versions)
    kept = speaking_for(written, allowed)
    installed = {name: known for name in written for release in kept if (known := option(release, name)) is not None}
    new = {name: known for name, known in installed.items() if option(table_release(trainer.candidates[0]), name) is None}
    told = f"{trainer.evidence}; {found.evidence}" if new or found.contested else trainer.evidence
    return replace(trainer, own={**new, **trainer.own}, evidence=told, contested=found.contested, beyond=found.beyond)


def _pins(paths: tuple[str | None, ...], library: Library, hints: Hints) -> Pins | None:
    """What the install files around all of *paths* come to; most repositories that hold a trainer are never asked. Where this
    machine trains, what is installed on it."""
    from vlmr1_lint.candidates.pins import conclude, pins

    if hints.here:
        from vlmr1_lint.candidates.environment import installed

        found = library.once("installed", lambda: installed(TRL.name, library.sources))
        if found is not None:
            return conclude((found,))
    known = [path for path in paths if path is not None]
    return conclude(install for path in known for install in _of_folder(pins, (path,), library) or ())


def _of_folder(find: Callable[[str, Sources], T | None], paths: Iterable[str | None], library: Library) -> T | None:
    """The first thing that *find* finds for one of *paths*; it depends on the folder of a file and not on the file."""
    for path in paths:
        if path is not None:
            where = path
            found = library.once((find, os.path.dirname(path)), lambda: find(where, library.sources))  # noqa: B023 (called at once)
            if found is not None:
                return found
    return None


def _of_families(names: tuple[str, ...], pins: tuple[str, ...]) -> tuple[str, ...]:
    """The pinned releases of the families of *names*: what runs although it does not know all that the file writes."""
    families = {name.partition("==")[0] for name in names}
    known = (*releases(), *other_releases())
    return tuple(name for name in known if name.partition("==")[0] in families and name.partition("==")[2] in pins)
