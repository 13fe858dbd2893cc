"""What a repository says about its trainer by holding the trainer's own source."""

from __future__ import annotations

import os

from vlmr1_lint.candidates.trainer import Trainer, makes_adapters
from vlmr1_lint.trainers.families import CLASSES, FILES
from vlmr1_lint.trainers.r1_v import R1_V
from vlmr1_lint.trainers.trl import TRL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.sources import Sources
    from vlmr1_lint.trainers.options import Option

__all__ = [
    "adapts_by_hand",
    "copied_options",
    "holds_other_trainer",
    "own_trainer",
    "python_files",
    "repository_options",
    "repository_text",
    "vendored_trainer",
]

_BESIDE = "trainer/grpo_trainer.py"
"""The same as the training script sees it, whatever the fork calls its package."""

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
    for _, data in python_files(path, sources):
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
    from vlmr1_lint.pythoncode.outline import Reader, options_of  # most files lie beside no Python that matters

    found: dict[str, Option] = {}
    reader = Reader()
    for name, data in python_files(path, sources):
        if b"@dataclass" in data:
            found.update(options_of(reader.options(data), name))
    return found


def copied_options(path: str, sources: Sources) -> dict[str, Option]:
    """The fields of the argument classes in a copy of TRL that the repository of *path* holds (``trl-0.20.0/trl``), by name."""
    from vlmr1_lint.pythoncode.outline import Reader, options_of  # most repositories hold none

    found: dict[str, Option] = {}
    reader = Reader()
    for folder in sources.ancestors(path):
        inner = os.path.join(folder, "src")
        packages = [os.path.join(inner, name) for name in sources.listing(inner) if "." not in name]
        copies = [
            os.path.join(base, name)
            for base in (folder, *packages)
            for name in sources.listing(base)
            if name.startswith(TRL.name)
        ]
        copies += [os.path.join(inner, name) for name in sources.listing(inner) if name.startswith(TRL.name)]
        for copy in copies:
            for package in (copy, os.path.join(copy, TRL.name)):
                for name in _CONFIGS if sources.holds(os.path.join(package, _CONFIGS[0])) else ():
                    data = sources.try_read(os.path.join(package, name))
                    if data is not None:
                        found.update(options_of(reader.options(data), name))
    return found


_CONFIGS = ("trainer/grpo_config.py", "trainer/sft_config.py", "trainer/model_config.py", "scripts/utils.py")
"""Where TRL keeps its argument classes."""


def python_files(path: str, sources: Sources) -> Iterator[tuple[str, bytes]]:
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
    return b"\n".join(data for _, data in python_files(path, sources))


_ADAPTS = rb"(?m)^[^#\n]*(?:\bget_peft_model\(|\.add_adapter\()"
_PARSES = (b"TrlParser(", b"HfArgumentParser(")


def adapts_by_hand(path: str, script: str | None, sources: Sources) -> bool:
    """Whether a training script of the repository of *path* puts LoRA adapters on the model itself, without asking ``use_peft``:
    the one called *script*, any where it is None. Trainers do it too, with the configuration that a script gives them."""
    name = os.path.basename(script) if script else None
    return any(
        (name is None or base == name)
        and any(word in data for word in _PARSES)
        and (_defines(_ADAPTS, data) or makes_adapters(data))
        for base, data in python_files(path, sources)
    )


def vendored_trainer(path: str, sources: Sources) -> Trainer | None:
    """The trainer whose source the repository of *path* holds, with its fork's own options; None where it holds none."""
    for where, data in _trainers(path, sources):
        from vlmr1_lint.pythoncode.outline import Reader
        from vlmr1_lint.pythoncode.trainercode import code_of_package

        outline = Reader().outline(data)
        found = tuple(outline.says("candidates")) if outline is not None else ()
        package = os.path.dirname(os.path.dirname(where))
        if found == (R1_V.name,):
            from vlmr1_lint.candidates.vllm import variant_of_script

            found = (variant_of_script(os.path.join(package, "grpo.py"), sources),)
        if outline is not None and found:
            own, idle = _own_options(package, sources), outline.says("idle check")
            told = f"{sources.name(where)} was read"
            code = code_of_package(where, CLASSES, sources)
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
        for relative in FILES if folder != os.path.dirname(path) else (_BESIDE, *FILES):
            where = os.path.join(folder, *relative.split("/"))
            data = sources.try_read(where)
            if data is not None:
                yield where, data


def _own_options(package: str, sources: Sources) -> dict[str, Option]:
    """Fields of every ``@dataclass`` in the package's top-level and trainer modules: the options a fork adds."""
    from vlmr1_lint.pythoncode.outline import Reader, options_of

    found: dict[str, Option] = {}
    reader = Reader()
    for folder in _parts(package):
        for name in sources.listing(folder):
            if name.endswith(".py"):
                data = sources.try_read(os.path.join(folder, name))
                if data and b"@dataclass" in data:
                    found.update(options_of(reader.options(data), name))
    return found
