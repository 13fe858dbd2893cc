"""Which trainer will read the files: a set of candidate releases, and the evidence for them."""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.trainers.families import VARIANTS
from vlmr1_lint.trainers.options import option, option_names
from vlmr1_lint.trainers.releases import select
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vlmr1_lint.pythoncode.trainercode import RepositoryCode
    from vlmr1_lint.trainers.options import Option

__all__ = ["Trainer", "from_selector", "has_strangers"]


@value
class Trainer:
    """The releases that may read a run's files.

    candidates  names such as ``"trl==0.17.0"`` or ``"vlm-r1"``; never empty
    evidence    one line on why, such as ``"requirements.txt pins trl==0.17.0"``
    own         options that a fork's own argument classes add, by name, or a TRL release that is pinned beside a copied trainer
    entry_seen  whether the training script's own argument classes were read: then an unknown option is surely unknown
    guessed     whether nothing but the written option names speaks for the candidates
    source_seen whether the repository holds the trainer's source, or the training script's: a fork may do anything else too
    is_copy     whether the trainer is, or may as well be, a class of the repository's own, of no release: it takes the options
                and does as it likes
    text        source of the repository's own trainer and of the script that starts it, where they are in reach
    adapts      whether the repository's script makes LoRA adapters by a switch of its own, whatever ``use_peft`` says
    code        what decides the trainer's claims in that source, None out of reach
    unsure      whether only option names speak for the candidates, beside training code of the repository's own that may read
    the file contested   whether the places that install TRL contradict each other; *evidence* names them
    allowed     of contested pins every release that may be installed, those that the written options speak against included
    beyond      a pinned TRL release that is newer than the tables, and is read as their newest; ``""`` without one
    """

    candidates: tuple[str, ...]
    evidence: str
    own: Mapping[str, Option] = {}
    entry_seen: bool = False
    guessed: bool = False
    source_seen: bool = False
    is_copy: bool = False
    text: bytes = b""
    adapts: bool = False
    code: RepositoryCode | None = None
    unsure: bool = False
    contested: bool = False
    allowed: tuple[str, ...] = ()
    beyond: str = ""

    @property
    def family(self) -> str:
        """The candidates' common family (``"vlm-r1"``, ``"trl"``), or ``""`` if they are of several."""
        families = {release.partition("==")[0].partition("@")[0] for release in self.candidates}
        return families.pop() if len(families) == 1 else ""


def table_release(release: str) -> str:
    """The release whose option table *release* shares."""
    return VARIANTS.get(release, release)


def known_option(trainer: Trainer, name: str, release: str) -> Option | None:
    """The option *name* as *release* (with the fork's own fields) knows it, or None."""
    return option(table_release(release), name) or trainer.own.get(name)


def reads(trainer: Trainer, name: str) -> bool:
    """Whether the repository's own trainer, or the script, asks an argument class for the option *name*: ``args.beta``,
    ``training_args.beta``. What a release never reads a fork may."""
    text, word = trainer.text, b"args." + name.encode()
    at = text.find(word)
    while at >= 0:  # a pattern that looks for the comment's mark in every line takes ten times as long
        end, line = at + len(word), text.rfind(b"\n", 0, at) + 1
        if not text[end : end + 1].replace(b"_", b"x").isalnum() and b"#" not in text[line:at]:
            return True
        at = text.find(word, end)
    return False


def goes_through(trainer: Trainer, name: str) -> bool:
    """Whether the repository's own trainer, or the script, goes through the value of the option *name* with a loop:
    ``for one in script_args.dataset_name``."""
    if name.encode() not in trainer.text:
        return False
    import re  # not of a run that writes no list in the place of one value

    loop = rb"(?m)^[^#\n]*\bfor\b[^#\n]*\bin\b[^#\n]*\b\w*args\.%b\b" % re.escape(name.encode())
    return re.search(loop, trainer.text) is not None


def makes_adapters(text: bytes) -> bool:
    """Whether the source *text* makes a LoRA configuration and never asks for ``use_peft``: its own switch decides, or none."""
    if b"LoraConfig(" not in text or b"use_peft" in text:
        return False
    import re  # not of a run without LoRA

    return re.search(rb"(?m)^[^#\n]*\bLoraConfig\(", text) is not None


def takes_cards_behind(trainer: Trainer) -> bool:
    """Whether the repository's script counts cards on from the number of processes, as for a reward model of its own:
    ``int(os.environ["RANK"]) % n + int(os.environ["WORLD_SIZE"])``."""
    if b"WORLD_SIZE" not in trainer.text or b"cuda" not in trainer.text:
        return False
    import re  # not of a run whose processes are as many as its cards

    return re.search(rb"(?m)^[^#\n]*\+[^#\n]*\bWORLD_SIZE\b|^[^#\n]*\bWORLD_SIZE\b[^#\n]*\+", trainer.text) is not None


def definitions(trainer: Trainer, name: str) -> tuple[Option | None, ...]:
    """The different definitions of the option *name* among the candidates, oldest first; None where one lacks it."""
    if name in trainer.own:
        return _different(known_option(trainer, name, release) for release in trainer.candidates)
    return table_definitions(trainer.candidates, name)


@lru_cache(maxsize=4096)
def table_definitions(candidates: tuple[str, ...], name: str) -> tuple[Option | None, ...]:
    """The different definitions of the option *name* in the tables of *candidates*, whatever a fork adds."""
    return _different(option(table_release(release), name) for release in candidates)


def has_strangers(trainer: Trainer, names: frozenset[str]) -> bool:
    """Whether one of the option *names* is unknown to some candidate."""
    return _has_strangers(trainer.candidates, names.difference(trainer.own)) or any(
        None in definitions(trainer, name) for name in names.intersection(trainer.own)
    )


@lru_cache(maxsize=64)
def _has_strangers(candidates: tuple[str, ...], names: frozenset[str]) -> bool:
    """Kept, for files of one repository write the same names."""
    return any(None in table_definitions(candidates, name) for name in names)


def _different(found: Iterable[Option | None]) -> tuple[Option | None, ...]:
    """Those of *found* that differ in what a run can tell of them; the representation tells 1 from True and 1.0."""
    different: dict[object, Option | None] = {}
    for one in found:
        what = None if one is None else (one.type, one.choices, repr(one.default), one.required, one.read, one.note)
        different.setdefault(what, one)
    return tuple(different.values())


def from_selector(selector: str, evidence: str) -> Trainer:
    """The trainer that a user names (``--trainer vlm-r1``, ``trl>=0.18``). Raises SelectorError."""
    return Trainer(select(selector), evidence)


def all_option_names(trainer: Trainer) -> frozenset[str]:
    """Every option that any candidate (or the fork) knows."""
    return _all_names(trainer.candidates) | frozenset(trainer.own)


@lru_cache(maxsize=64)
def _all_names(candidates: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(option_names(table_release(release)) for release in candidates))
