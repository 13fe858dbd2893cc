"""One training run: every option as its trainer reads it (`Effective`), and what follows from them.

A fact is computed when it is first read, and `Unknown` where an option that it hangs on is.
"""

from __future__ import annotations

from functools import cached_property

from vlmr1_lint.candidates.trainer import reads, takes_cards_behind
from vlmr1_lint.training.effective import Effective
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.launches.fleet import Fleet
    from vlmr1_lint.models.model import Model

__all__ = ["Run"]


_NEW_EACH_TIME = (
    r"(?:\$\(|`)(?!\s*(?:pwd|dirname|basename|realpath|readlink|cd|whoami|hostname|git)\b)"
    r"|\$\{?(?:RANDOM|EPOCHSECONDS|SRANDOM|SLURM_JOB_?ID|SLURM_ARRAY_JOB_ID|PBS_JOBID|LSB_JOBID)\b|\$\$"
)
"""Parts of a shell word that another start of the script fills with something else."""


_ADAPTER_WORDS = ("lora", "peft", "adapter")
"""Words in the names of options that switch adapters on: ``peft_enabled``, ``lora_enable``, ``use_adapter``."""


class Run(Effective):
    """A run as its trainer will read it: beside the options, every fact below is an attribute."""

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
    def output_is_new(self) -> bool:
        """Whether each start writes to another ``output_dir``: the script makes its name from the time, a job or chance."""
        node = self.node("output_dir")
        text = getattr(node, "partial", "") if node is not None else ""
        if "$" not in text and "`" not in text:
            return False
        import re  # not of a clean run of args files

        return re.search(_NEW_EACH_TIME, text) is not None

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken from names and not written, one phrase each."""
        joined = [self.inputs.deepspeed, self.inputs.accelerate]
        named = [file.assumed for file in joined if isinstance(file, Joined) and file.assumed]
        if self.inputs.model_from:
            named.append(f"the model is the one that {self.inputs.model_from} trains: it writes {self.model_name_or_path}")
        return tuple(named)

    # -- model ---------------------------------------------------------------------------------------------------

    @cached_property
    def model(self) -> Model | Unknown:
        """The policy's architecture; Unknown (``"model"``) where neither its config.json nor its name tells it."""
        if self.inputs.model is not None and not isinstance(self.inputs.model, str):
            return self.inputs.model
        from vlmr1_lint.models.table import find_model

        path = self._model_text
        found = find_model(path) if isinstance(path, str) else None
        return found if found is not None else Unknown("model")

    @property
    def _model_text(self) -> object:
        """The model's path as far as it is written: ``${MODEL_DIR}/Qwen2.5-VL-3B-Instruct`` still ends in the model's name."""
        node, path = self.node("model_name_or_path"), self.model_name_or_path
        if is_unknown(path) and node is not None:
            return getattr(node, "partial", "") or node.text.strip("'\"")
        return path

    @property
    def model_path(self) -> str | None:
        """The text by which a script may pick something for the model; of a path that is open in part, what names the model."""
        path = self._model_text
        is_told = not is_unknown(self.model_name_or_path) or not isinstance(self.model, Unknown)
        return path if is_told and isinstance(path, str) else None

    # -- processes and hardware ----------------------------------------------------------------------------------

    @property
    def fleet(self) -> Fleet | Unknown:
        """The hardware; Unknown (``"fleet"``) where nothing tells it."""
        return self.inputs.fleet if self.inputs.fleet is not None else Unknown("fleet")

    @property
    def gpus(self) -> int | Unknown:
        """How many GPUs the run has in all; Unknown (``"fleet"``) where nothing tells it."""
        found = self.inputs.fleet.gpus if self.inputs.fleet is not None else self.inputs.gpus
        return Unknown("fleet") if found is None else found

    @cached_property
    def world_size(self) -> object:
        """How many training processes (data-parallel ranks) the run has: as many as the files start; where they leave it open (no
        word, or a variable: ``--nnodes $#``), one for each GPU less those that vLLM has for itself."""
        said, gpus = self.processes_said, self.gpus
        if self.inputs.world is not None:
            return self.inputs.world
        if isinstance(said, int):
            return said
        if isinstance(gpus, Unknown):
            return gpus if said is None else said
        return max(1, gpus - self.reserved_gpus)

    @cached_property
    def processes_said(self) -> int | Unknown | None:
        """The processes that the launcher or accelerate's ``num_processes`` says; None where neither does."""
        return self.inputs.processes

    @property
    def world_is_assumed(self) -> bool:
        """Whether the world size is that of the hardware, for want of a word that says it, or for a reading of one that does."""
        said = self.processes_said
        return self.inputs.world is not None or said is None or (isinstance(said, Unknown) and not is_unknown(self.gpus))

    @cached_property
    def world_is_contradicted(self) -> bool:
        """Whether the files start more processes than the run has GPUs. Then there are two readings: `as_equipped`, with the
        processes that these GPUs hold, and `as_written`, with the GPUs that these processes need."""
        said, gpus = self.processes_said, self.gpus
        return self.inputs.world is None and isinstance(said, int) and isinstance(gpus, int) and said > gpus

    def as_equipped(self) -> Run:
        """This run with one process for each GPU, less those that vLLM has for itself."""
        gpus = self.gpus
        assert isinstance(gpus, int)
        return Run(replace(self.inputs, world=max(1, gpus - self.reserved_gpus)))

    def as_written(self) -> Run:
        """This run on as many cards, of the kind it has, as its files start processes."""
        said, fleet = self.processes_said, self.inputs.fleet
        assert isinstance(said, int)
        cards = said + self.reserved_gpus
        if fleet is None:
            return Run(replace(self.inputs, gpus=cards))
        nodes, rest = divmod(cards, fleet.gpus_per_node)
        wider = replace(fleet, nodes=nodes) if not rest else replace(fleet, nodes=1, gpus_per_node=cards)
        return Run(replace(self.inputs, fleet=wider))

    @cached_property
    def reserved_gpus(self) -> int:
        """Cards that vLLM takes for itself: one where the trainer generates on a GPU of its own (TRL before 0.16, R1-V)."""
        return 1 if self.use_vllm is True and self.vllm == "own_gpu" else 0

    @cached_property
    def takes_cards_behind(self) -> bool:
        """Whether the training script takes cards behind those of the processes: a reward model is put there."""
        return takes_cards_behind(self.inputs.trainer)

    @cached_property
    def beside_vllm_server(self) -> object:
        """Whether a vLLM server may take some of the cards of an assumed world size, so that nothing says how many are left to
        train."""
        mode = self.vllm_mode if self.vllm_mode is not None else self.vllm
        return self.world_is_assumed and self.use_vllm is True and mode == "server"

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
        """Whether all weights are trained: no LoRA, no quantised base, and a step is made."""
        if self.only_evaluates:
            return False
        adapted = self.trains_adapters
        return adapted if is_unknown(adapted) else not adapted

    @cached_property
    def trains_adapters(self) -> object:
        """Whether LoRA adapters are trained: as ``use_peft`` says, and Unknown where the repository has a switch of its own."""
        return Unknown("LoRA by a switch of the repository's own") if self.use_peft is False and self._own_lora else self.use_peft

    @property
    def _own_lora(self) -> bool:
        """Whether the repository's script makes adapters itself, or an option of its own that is written may ask for them."""
        named = (name for name in self.inputs.written if any(word in name for word in _ADAPTER_WORDS))
        return self.inputs.trainer.adapts or any(
            self.is_own(name) and self.in_tables(name) is False and getattr(self, name) not in (False, None) for name in named
        )

    @cached_property
    def only_evaluates(self) -> bool:
        """Whether no step is made: no epoch where no ``max_steps`` stands (transformers' Trainer takes a positive one only, so 0
        is as none), or a ``do_train`` of false that the script asks for."""
        if _is_none_or_less(self.num_train_epochs) and _is_none_or_less(self.max_steps):
            return True
        return self.is_set("do_train") and self.do_train is False and reads(self.inputs.trainer, "do_train")

    @cached_property
    def is_grpo(self) -> object:
        """Whether the trainer samples groups of completions."""
        return self.in_tables("num_generations")


def _is_none_or_less(found: object) -> bool:
    """Whether *found* is a number that is not positive; ``true`` is none."""
    return isinstance(found, int | float) and not isinstance(found, bool) and found <= 0


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
