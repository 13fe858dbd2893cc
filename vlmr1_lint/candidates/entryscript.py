"""The training script that a command starts: what its name says, and what its source says where the repository holds it.

A script hands argument classes to ``TrlParser`` or ``HfArgumentParser``; these,
followed through the repository's own modules, say which trainer's options it takes and which it adds.
"""

from __future__ import annotations

import os

from vlmr1_lint.documents.references import resolve
from vlmr1_lint.pythoncode.modules import KIND_OF_CLASS, OTHER_CONFIGS, Modules
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlmr1_lint.pythoncode.trainercode import RepositoryCode
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.trainers.options import Option

__all__ = ["EntryScript", "kind_by_name", "read_script", "script_path"]

KINDS = tuple(KIND_OF_CLASS.values())


@value
class EntryScript:
    """A training script's argument classes.

    path      its absolute path
    kind      ``"grpo"``, ``"sft"``, ``"dpo"``, or ``"other"`` for a trainer of none of these
    own       fields that the repository's own argument classes have, by name
    complete  whether every class that it hands to its parser was found
    trains    whether it trains with a class of the repository that is none of the libraries' trainers, nor made from one: a copy
    text      its source and that of the repository's trainers that it speaks of
    code      what decides the claims of its trainer

    ``"other"`` is also a script that reads its flags without argument classes, and one none of whose classes is in reach.
    """

    path: str
    kind: str
    own: Mapping[str, Option]
    complete: bool
    trains: bool = False
    text: bytes = b""
    code: RepositoryCode | None = None


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
    modules = Modules(path, sources)
    started = modules.at(path)
    module, names = modules.parsing(started) if started is not None else (None, [])
    if started is None or module is None:
        return EntryScript(path, "other", {}, False) if started is not None and started.outline.says("reads flags") else None
    own: dict[str, Option] = {}
    reached: set[str] = set()
    missing = [name for name in names if not modules.follow(module, name, own, reached)]
    kinds = [KIND_OF_CLASS[name] for name in sorted(reached) if name in KIND_OF_CLASS]
    if not kinds and not reached & OTHER_CONFIGS and any(kind in name.lower() for name in missing for kind in KINDS):
        return None  # GRPOScriptArguments of a package that is not here: as far as names go, a trainer of ours
    trains = modules.holds_trainer(module)
    kind = kinds[0] if kinds else "other"
    from vlmr1_lint.pythoncode.trainercode import code_of_script

    code = code_of_script(modules, module) if kind == "grpo" else None
    return EntryScript(path, kind, own, complete=not missing, trains=trains, text=modules.text(module), code=code)


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
            if sources.holds(path):
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
        found = [path for path in paths if sources.holds(path)]
        if found:
            return os.path.normpath(found[0]) if len(found) == 1 else None
    return None
