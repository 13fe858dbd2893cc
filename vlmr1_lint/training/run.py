"""One training run: every option as its trainer reads it, and what follows from them.

A `Run` is lazy: a value is computed when it is first read. It carries a *set* of candidate trainers; a value is known if all
of them agree on it, else it is `Unknown`. `Run.narrowed` gives the same run as one candidate sees it.
"""

from __future__ import annotations

from functools import cached_property

from vlmr1_lint.facts.options import NEWER
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.training.reading import Reading, read_flag, read_yaml_value
from vlmr1_lint.training.trainer import definitions
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.facts.models import Model
    from vlmr1_lint.facts.options import Option
    from vlmr1_lint.training.fleet import Fleet
    from vlmr1_lint.training.inputs import Inputs

__all__ = ["BEHAVIOURS", "Run"]


_NOT_COMPUTED_WITH = frozenset((list, dict))
WIDEST = 63
"""Bits of the widest whole number that is taken for a value: beyond it torch has no integer, and floats may overflow."""


class Run:
    """A run as its trainer will read it. Every trainer option is an attribute; so is every derived fact below."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._values: dict[str, object] = {}
        self._narrowed: dict[tuple[str, ...], Run] = {}
        self._agreed: dict[str, object] = {}

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

    def narrowed(self, release: str) -> Run:
        """This run as the one candidate *release* sees it."""
        return self.of((release,))

    def of(self, releases: tuple[str, ...]) -> Run:
        """This run as some of its candidates see it."""
        if releases == self.candidates:
            return self
        found = self._narrowed.get(releases)
        if found is None:
            trainer = replace(self.inputs.trainer, candidates=releases)
            found = self._narrowed[releases] = Run(replace(self.inputs, trainer=trainer))
        return found

    def with_changes(self, changes: Mapping[str, object]) -> Run:
        """This run with option values *changes* in place of what is written; DeepSpeed keys as ``deepspeed/a.b``.

        A DeepSpeed file that a change names is taken for what its name says (``zero2.json``). What this run knows of its trainer
        and of the other options holds for the changed one.
        """
        inputs = replace(self.inputs, changes={**self.inputs.changes, **changes})
        file = changes.get("deepspeed")
        if isinstance(file, str):
            from vlmr1_lint.training.joining import deepspeed_by_name

            inputs = replace(inputs, deepspeed=deepspeed_by_name(file))
        changed = Run(inputs)
        changed._agreed = self._agreed
        changed._values = {
            name: found for name, found in self._values.items() if name not in changes and NEWER.get(name) not in changes
        }
        return changed

    def agreed(self, what: str, ask: Callable[[str], object]) -> object:
        """What *ask* answers for every candidate if all agree, else Unknown; computed once for each name *what*."""
        if what not in self._agreed:
            answers = [ask(release) for release in self.candidates]
            same = all(answer == answers[0] and type(answer) is type(answers[0]) for answer in answers[1:])
            self._agreed[what] = answers[0] if same else Unknown("trainer version")
        return self._agreed[what]

    def behaviour(self, name: str) -> object:
        """The profile's *name* if all candidates share it, else Unknown (``"trainer version"``). Of a repository's own copy of a
        trainer only how it parses its options is known."""
        if self.is_copy and not name.startswith("unknown_options"):
            return Unknown("trainer version")
        return self.agreed(f"behaviour {name}", lambda release: _behaviour(release, name))

    # -- options -------------------------------------------------------------------------------------------------

    def is_set(self, name: str) -> bool:
        """Whether the option is written (or put there by a change under test)."""
        return name in self.inputs.written or name in self.inputs.changes

    def has_option(self, name: str) -> object:
        """Whether the option exists: True or False if all candidates agree, else Unknown."""
        known = {definition is not None for definition in definitions(self.inputs.trainer, name)}
        return known.pop() if len(known) == 1 else Unknown("trainer version")

    def option(self, name: str) -> Option | Unknown | None:
        """The option's definition if all candidates share type and default; None if none has it; else Unknown."""
        first, *others = definitions(self.inputs.trainer, name)
        for other in others:
            if (first is None) != (other is None):
                return Unknown("trainer version")
            if first is not None and other is not None and (first.type, first.default) != (other.type, other.default):
                return Unknown("trainer version")
        return first

    def node(self, name: str) -> Node | None:
        """The node that gives the option's value, or None where it is not written."""
        return self.inputs.written.get(name)

    def home(self, name: str) -> Document:
        """The document in which the option is written; the entry where it is not."""
        return self.inputs.origins.get(name, self.inputs.document)

    def is_word(self, name: str) -> bool:
        """Whether the written option comes as a command line word: from a script, or a file that a loop makes flags of."""
        if not self.inputs.as_flags:
            return False
        return self.home(name).format == "shell" or getattr(self.inputs.written.get(name), "is_word", False)

    def reading(self, name: str) -> Reading:
        """What the parser makes of the option's written value, whatever the candidates; problems included."""
        node = self.inputs.written[name]
        word = self.is_word(name)
        readings = []
        for definition in definitions(self.inputs.trainer, name):
            if definition is None:
                readings.append(Reading(node.value))
            elif word:
                readings.append(read_flag(node.value, definition.word_type, definition.choices))
            else:
                readings.append(read_yaml_value(node.value, definition.type, definition.choices))
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
        if name in NEWER and self.is_set(NEWER[name]):
            newer: object = getattr(self, NEWER[name])
            if newer is not None:
                return newer
        if name in self.inputs.changes:
            return self.inputs.changes[name]
        if name not in self.inputs.written:
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
        first, *others = (None if one is None or one.required else one.default for one in definitions(self.inputs.trainer, name))
        same = all(other == first and type(other) is type(first) for other in others)
        return first if same else Unknown("trainer version")

    # -- joined files --------------------------------------------------------------------------------------------

    @cached_property
    def uses_deepspeed(self) -> object:
        """Whether a DeepSpeed configuration is named, inline, or given by accelerate."""
        if is_unknown(self.inputs.deepspeed):
            return True
        return self.inputs.deepspeed is not None

    @cached_property
    def uses_fsdp(self) -> object:
        """Whether accelerate's FSDP or the trainer's own ``fsdp`` option shards the model."""
        own = self.fsdp
        if is_unknown(own):
            return own
        accelerate = self.inputs.accelerate
        return bool(own) or (accelerate is not None and accelerate.view.distributed_type == "FSDP")

    def deepspeed_value(self, *keys: str) -> object:
        """A value of the DeepSpeed configuration under *keys*; None where absent or where there is no DeepSpeed."""
        changed = self.inputs.changes.get("deepspeed/" + ".".join(keys))
        if changed is not None:
            return changed
        joined = self.inputs.deepspeed
        if isinstance(joined, Unknown):
            return joined
        return None if joined is None else joined.view.get(*keys)

    @cached_property
    def zero_stage(self) -> object:
        """ZeRO stage 0 to 3; 0 without DeepSpeed."""
        stage = self.deepspeed_value("zero_optimization", "stage")
        if stage is None or is_unknown(stage):
            return 0 if stage is None else stage
        return stage if isinstance(stage, int) and not isinstance(stage, bool) and 0 <= stage <= 3 else Unknown("zero stage")

    @cached_property
    def offload_optimizer(self) -> object:
        """Whether optimizer states live in host memory (``cpu``) or on NVMe."""
        return _is_offloaded(self.deepspeed_value("zero_optimization", "offload_optimizer", "device"))

    @cached_property
    def offload_param(self) -> object:
        """Whether parameters live in host memory; only stage 3 does it."""
        return _is_offloaded(self.deepspeed_value("zero_optimization", "offload_param", "device"))

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken from names and not written, one phrase each."""
        joined = [self.inputs.deepspeed, self.inputs.accelerate]
        return tuple(file.assumed for file in joined if isinstance(file, Joined) and file.assumed)

    # -- model ---------------------------------------------------------------------------------------------------

    @cached_property
    def model(self) -> Model | Unknown:
        """The policy's architecture; Unknown (``"model"``) where neither its config.json nor its name tells it."""
        if self.inputs.model is not None:
            return self.inputs.model
        node, path = self.node("model_name_or_path"), self.model_name_or_path
        if is_unknown(path) and node is not None:
            # ``${MODEL_DIR}/Qwen2.5-VL-3B-Instruct`` still ends in the model's name
            path = getattr(node, "partial", "") or node.text.strip("'\"")
        from vlmr1_lint.facts.models import find_model

        found = find_model(path) if isinstance(path, str) else None
        return found if found is not None else Unknown("model")

    # -- processes and hardware ----------------------------------------------------------------------------------

    @property
    def fleet(self) -> Fleet | Unknown:
        """The hardware; Unknown (``"fleet"``) where nothing tells it."""
        return self.inputs.fleet if self.inputs.fleet is not None else Unknown("fleet")

    @cached_property
    def world_size(self) -> object:
        """How many training processes (data-parallel ranks) the run has."""
        launch, accelerate, fleet = self.inputs.launch, self.inputs.accelerate, self.inputs.fleet
        if launch is not None and launch.processes is not None:
            return self._processes_on(launch.processes)
        if accelerate is not None:
            processes = accelerate.view.num_processes
            if isinstance(processes, int) and not isinstance(processes, bool) and processes > 0:
                return processes
        if fleet is None:
            return Unknown("fleet")
        return max(1, fleet.gpus - self.reserved_gpus)

    def _processes_on(self, launched: int | Unknown) -> object:
        """The processes that a launcher starts; those of the fleet that the user asks about (``--gpus``) where it is smaller, or
        where a variable of the script hides how many they are (``--nnodes $#``)."""
        fleet = self.inputs.fleet
        if fleet is not None and fleet.origin == "--gpus" and (isinstance(launched, Unknown) or launched > fleet.gpus):
            return max(1, fleet.gpus - self.reserved_gpus)
        return launched

    @property
    def world_is_assumed(self) -> bool:
        """Whether the world size is that of the fleet: for want of a launcher that says it, or because the user asks about fewer
        cards."""
        launched = self.inputs.launch is not None and self.inputs.launch.processes is not None
        if launched:
            return self.world_size != self.inputs.launch.processes  # type: ignore[union-attr]
        return not launched and (self.inputs.accelerate is None or self.inputs.accelerate.view.num_processes is None)

    @cached_property
    def reserved_gpus(self) -> int:
        """Cards that vLLM takes for itself: one where the trainer generates on a GPU of its own (TRL before 0.16, R1-V)."""
        return 1 if self.use_vllm is True and self.vllm == "own_gpu" else 0

    # -- batch ---------------------------------------------------------------------------------------------------

    @cached_property
    def micro_batch(self) -> object:
        """Sequences of one forward over all processes: per-device batch × world size."""
        return _product(self.per_device_train_batch_size, self.world_size)

    @cached_property
    def effective_batch(self) -> object:
        """Sequences (completions) of one optimizer update: per-device batch × world size × accumulation."""
        return _product(self.micro_batch, self.gradient_accumulation_steps)

    @cached_property
    def full_fine_tuning(self) -> object:
        """Whether all weights are trained: no LoRA, no quantised base."""
        peft = self.use_peft
        return peft if is_unknown(peft) else not peft

    @cached_property
    def is_grpo(self) -> object:
        """Whether the trainer samples groups of completions."""
        return self.has_option("num_generations")


BEHAVIOURS = frozenset(
    (
        "batch_unit",
        "divisibility",
        "eval_divisibility",
        "generation_unit",
        "buffers_inputs",
        "logits",
        "reference_loader_zero3",
        "reference_loader",
        "reference_with_peft_zero3",
        "reference_at_beta_zero",
        "beta_zero_works",
        "vision_models",
        "unknown_options",
        "unknown_options_own_script",
        "zero3_generation_gather",
        "checkpointing_while_generating",
        "default_model_dtype",
        "temperature_fixed",
        "vllm",
    )
)
"""Behaviours of the trainer's profile (see `Profile`) that are attributes of a run, known where all candidates share them."""


def _behaviour(release: str, name: str) -> object:
    """What *release* does; Unknown for trainers without a profile (SFT, DPO)."""
    from vlmr1_lint.facts.profiles import behaviour

    try:
        found: object = behaviour(release, name)
    except KeyError:
        return Unknown("trainer profile")
    return found


def _is_offloaded(device: object) -> object:
    if device is None or is_unknown(device):
        return False if device is None else device
    return device in {"cpu", "nvme"}


def _product(left: object, right: object) -> object:
    """left × right for positive ints; Unknown where either is unknown or no positive int."""
    for factor in (left, right):
        if is_unknown(factor):
            return factor
        if not isinstance(factor, int) or isinstance(factor, bool) or factor < 1:
            return Unknown("batch")
    assert isinstance(left, int) and isinstance(right, int)
    return left * right
