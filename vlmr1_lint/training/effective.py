"""Every option of a run with its effective value: what is written, as the trainer's parser reads it, else the default.

A value is computed when it is first read. The run carries a *set* of candidate trainers; a value is known if all of them agree
on it, else it is `Unknown`. `Effective.narrowed` gives the same run as one candidate sees it.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.candidates.trainer import definitions, known_option, reads, table_definitions
from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS, SCRIPT_CLAIMS
from vlmr1_lint.trainers.families import roles_of, scripts_of
from vlmr1_lint.trainers.options import ALIASES
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.training.reading import Reading, read_flag, read_yaml_value
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self

    from vlmr1_lint.claims.claim import Claim
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.trainers.options import Option
    from vlmr1_lint.training.inputs import Inputs

__all__ = ["BEHAVIOURS", "Effective"]

_NOT_COMPUTED_WITH = frozenset((list, dict))
WIDEST = 63
"""Bits of the widest whole number that is taken for a value: beyond it torch has no integer, and floats may overflow."""


class Effective:
    """The options of a run as its trainer will read them: each is an attribute, and so is each behaviour of its profile."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._values: dict[str, object] = {}
        self._narrowed: dict[tuple[str, ...], Self] = {}
        self._agreed: dict[str, object] = {}
        self._roles = roles_of(inputs.trainer.family)
        self._before: tuple[Self, Mapping[str, object]] | None = None

    # -- trainer -------------------------------------------------------------------------------------------------

    @property
    def candidates(self) -> tuple[str, ...]:
        """The trainer releases that may read this run's files."""
        return self.inputs.trainer.candidates

    @property
    def entry_seen(self) -> bool:
        """Whether the training script's own argument classes were read."""
        return self.inputs.trainer.entry_seen

    @property
    def source_seen(self) -> bool:
        """Whether the repository holds the source of the trainer or of the training script."""
        return self.inputs.trainer.source_seen

    @property
    def is_copy(self) -> bool:
        """Whether the trainer is a class of the repository's own, of no release."""
        return self.inputs.trainer.is_copy

    @property
    def trainer_guessed(self) -> bool:
        """Whether only the option names speak for the candidates: no setting, no pin, no source."""
        return self.inputs.trainer.guessed

    @property
    def trainer(self) -> str:
        """The candidates' common family: ``vlm-r1``, ``r1-v``, ``trl``, ``trl-sft``…; ``""`` if they differ."""
        return self.inputs.trainer.family

    def narrowed(self, release: str) -> Self:
        """This run as the one candidate *release* sees it."""
        return self.of((release,))

    def of(self, releases: tuple[str, ...]) -> Self:
        """This run as some of its candidates see it."""
        if releases == self.candidates:
            return self
        found = self._narrowed.get(releases)
        if found is None and self._before is not None:  # what is known of the candidate before the changes still holds
            unchanged, changes = self._before
            found = self._narrowed[releases] = unchanged.of(releases).with_changes(changes)
        elif found is None:
            trainer = replace(self.inputs.trainer, candidates=releases)
            found = self._narrowed[releases] = type(self)(replace(self.inputs, trainer=trainer))
        return found

    def with_changes(self, changes: Mapping[str, object]) -> Self:
        """This run with option values *changes* in place of what is written; DeepSpeed keys as ``deepspeed/a.b``.

        A DeepSpeed file that a change names is taken for what its name says (``zero2.json``). What this run knows of its trainer
        and of the other options holds for the changed one.
        """
        inputs = replace(self.inputs, changes={**self.inputs.changes, **changes})
        file = changes.get("deepspeed")
        if isinstance(file, str):
            from vlmr1_lint.training.joining import deepspeed_by_name

            inputs = replace(inputs, deepspeed=deepspeed_by_name(file))
        changed = type(self)(inputs)
        changed._before = (self, changes)
        changed._agreed = self._agreed
        changed._values = {
            name: found for name, found in self._values.items() if name not in changes and ALIASES.get(name) not in changes
        }
        return changed

    def agreed(self, what: str, ask: Callable[[str], object]) -> object:
        """What *ask* answers for every candidate if all agree, else Unknown; computed once for each name *what*."""
        if what not in self._agreed:
            self._agreed[what] = _same([ask(release) for release in self.candidates])
        return self._agreed[what]

    def claim(self, name: str) -> Claim | Unknown | None:
        """What the repository's own code says of the claim *name*, and where; None where no such code is in reach, or it leaves
        the claim to a library: then the tables answer."""
        code = self.inputs.trainer.code
        if code is None:
            return None
        vllm = self.use_vllm if self.is_set("use_vllm") else False
        own = _none_of_trls(self.inputs.written) if name in SCRIPT_CLAIMS else frozenset()
        model = self.model_path if name in MODEL_CLAIMS else None
        return code.claim(name, vllm=vllm if isinstance(vllm, bool) else None, own=own, model=model)

    def behaviour(self, name: str) -> object:
        """The claim *name*: as the repository's code decides it; else as the releases do, if all candidates share it, and Unknown
        (``"trainer version"``) if not. Of a repository's own trainer, of no release, the tables know only how it parses options.
        """
        claim = self.claim(name)
        if claim is not None:
            return claim if isinstance(claim, Unknown) else claim.value
        if self.is_copy and not name.startswith("unknown_options"):
            return Unknown("trainer version")
        if name in SCRIPT_CLAIMS and not self._is_familys_script():
            return Unknown("training script")
        if name in MODEL_CLAIMS:
            model = self.model_path
            return _agreed_of_model(self.candidates, name, model)
        return _agreed_of_tables(self.candidates, name)

    @property
    def model_path(self) -> str | None:
        """The text by which a script may pick something for the model: its path, as far as that tells the model; else None."""
        path = self.model_name_or_path
        return path if isinstance(path, str) else None

    def _is_familys_script(self) -> bool:
        """Whether the tables speak of the training script: that of VLM-R1 or R1-V by its name, or any file of options of theirs
        that nothing starts. TRL's users write scripts of their own."""
        launch, names = self.inputs.launch, scripts_of(self.trainer)
        if launch is None:
            return bool(names)
        return launch.script is not None and launch.script.replace("\\", "/").endswith(names)

    def decided_by(self, name: str) -> str:
        """Where the claim *name* was read: ``src/open_r1/trainer/grpo_trainer.py:373``, or the releases whose table says it."""
        claim = self.claim(name)
        if claim is None or isinstance(claim, Unknown):
            from vlmr1_lint.trainers.releases import spans

            return ", ".join(spans(self.candidates))
        return str(claim)

    # -- options -------------------------------------------------------------------------------------------------

    def own_name(self, name: str) -> str:
        """What this run's trainer calls the option that rules and the forecast know as *name*; *name* where it is several's."""
        return self._roles.get(name, name)

    def is_set(self, name: str) -> bool:
        """Whether the option is written (or put there by a change under test)."""
        return self.own_name(name) in self.inputs.written or name in self.inputs.changes

    def has_option(self, name: str) -> object:
        """Whether the option exists: True or False if all candidates agree, else Unknown."""
        known = {definition is not None for definition in definitions(self.inputs.trainer, self.own_name(name))}
        return known.pop() if len(known) == 1 else Unknown("trainer version")

    def is_own(self, name: str) -> bool:
        """Whether an argument class of the repository's own has the option: it may mean anything there."""
        return self.own_name(name) in self.inputs.trainer.own

    def in_tables(self, name: str) -> object:
        """Whether the candidates' releases have the option, whatever classes the repository holds beside them: True or False if
        all agree, else Unknown."""
        known = {definition is not None for definition in table_definitions(self.candidates, self.own_name(name))}
        return known.pop() if len(known) == 1 else Unknown("trainer version")

    def never_read(self, name: str) -> object:
        """Whether the trainer accepts the option and never looks at it; Unknown where candidates differ, and for a
        repository's own copy of a trainer."""
        return self.agreed(f"read {name}", lambda release: self._never_read(release, self.own_name(name)))

    def _never_read(self, release: str, name: str) -> object:
        trainer = self.inputs.trainer
        found = known_option(trainer, name, release)
        if found is None or found.read or reads(trainer, name):
            return False
        return Unknown("trainer version") if trainer.is_copy else True

    def option(self, name: str) -> Option | Unknown | None:
        """The option's definition if all candidates share type and default; None if none has it; else Unknown."""
        first, *others = definitions(self.inputs.trainer, self.own_name(name))
        for other in others:
            if (first is None) != (other is None):
                return Unknown("trainer version")
            if first is not None and other is not None and (first.type, first.default) != (other.type, other.default):
                return Unknown("trainer version")
        return first

    def node(self, name: str) -> Node | None:
        """The node that gives the option's value, or None where it is not written."""
        return self.inputs.written.get(self.own_name(name))

    def home(self, name: str) -> Document:
        """The document in which the option is written; the entry where it is not."""
        return self.inputs.origins.get(self.own_name(name), self.inputs.document)

    def is_word(self, name: str) -> bool:
        """Whether the written option comes as a command line word: from a script, or a file that a loop makes flags of."""
        if not self.inputs.as_flags:
            return False
        return self.home(name).format == "shell" or getattr(self.node(name), "is_word", False)

    def reading(self, name: str) -> Reading:
        """What the parser makes of the option's written value, whatever the candidates; problems included."""
        name, word = self.own_name(name), self.is_word(name)
        node = self.inputs.written[name]
        readings = []
        for definition in definitions(self.inputs.trainer, name):
            if definition is None:
                readings.append(Reading(node.value))
            elif word:
                readings.append(read_flag(node.value, definition.word_type, definition.choices))
            else:
                readings.append(read_yaml_value(node.value, definition.type, definition.choices))
        # What one candidate's parser refuses does not start there: the value is what the others make of it.
        readings = [reading for reading in readings if not reading.rejected] or readings
        agreed = all(reading == readings[0] for reading in readings[1:])
        return readings[0] if agreed else Reading(Unknown("trainer version"))

    def __getattr__(self, name: str) -> object:
        """The effective value of the option *name*: what is written, as the parser reads it, else the default.

        None for an option that no candidate has. Unknown where the candidates disagree or the file leaves it open.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        values = self._values
        if name not in values:
            values[name] = self.behaviour(name) if name in BEHAVIOURS else self._effective(name)
        return values[name]

    def _effective(self, name: str) -> object:
        if name in ALIASES and self.is_set(ALIASES[name]):
            other: object = getattr(self, ALIASES[name])
            if other is not None:
                return other
        if name in self.inputs.changes:
            return self.inputs.changes[name]
        if self.own_name(name) not in self.inputs.written:
            if self.inputs.open and self.has_option(name) is not False:
                return Unknown("options of the command")
            return self._default(name)
        if self.has_option(name) is False:
            return None
        reading = self.reading(name)
        found = reading.value
        if reading.problem == "wrong-type" and found.__class__ in _NOT_COMPUTED_WITH:
            return Unknown(name)  # what a trainer makes of a mapping in the place of a number nobody can say
        if found.__class__ is int and found.bit_length() > WIDEST:
            return Unknown(name)
        return Unknown(name) if is_unknown(found) and found == Unknown("value") else found

    def _default(self, name: str) -> object:
        known = definitions(self.inputs.trainer, self.own_name(name))
        return _same([None if one is None or one.required else one.default for one in known])


BEHAVIOURS = frozenset(CLAIMS)
"""Claims, each an attribute of a run."""


def _none_of_trls(written: Mapping[str, Node]) -> frozenset[str]:
    """The *written* options that TRL has in no release: a repository's own, by which one knows its scripts apart."""
    from vlmr1_lint.trainers.options import knows

    return frozenset(name for name in written if not knows(TRL, name))


@lru_cache(maxsize=4096)
def _agreed_of_tables(candidates: tuple[str, ...], name: str) -> object:
    """What all *candidates* do, else Unknown. Kept for all runs."""
    return _same([_behaviour(release, name) for release in candidates])


@lru_cache(maxsize=4096)
def _agreed_of_model(candidates: tuple[str, ...], name: str, model: str | None) -> object:
    """The same for the *model* at this path."""
    return _same([_for_model(_behaviour(release, name), model) for release in candidates])


def _same(answers: Sequence[object]) -> object:
    """The first of *answers* where all are the same, else Unknown."""
    first = answers[0]
    same = all(answer == first and type(answer) is type(first) for answer in answers[1:])
    return first if same else Unknown("trainer version")


def _behaviour(release: str, name: str) -> object:
    """What *release* does; Unknown for trainers without a profile (SFT, DPO)."""
    from vlmr1_lint.trainers.profiles import behaviour

    try:
        found: object = behaviour(release, name)
    except KeyError:
        return Unknown("trainer profile")
    return found


def _for_model(found: object, model: str | None) -> object:
    """Of a claim's value by the text in the model's path the one for the path *model*: what all have where that is unknown. A
    text in small letters stands for any."""
    if not isinstance(found, dict):
        return found
    values = list(found.values())
    if all(value == values[0] for value in values):
        return values[0]
    if model is None:
        return Unknown("model_name_or_path")
    small = model.lower()
    return next((value for text, value in found.items() if text in (small if text.islower() else model)), Unknown("model"))
