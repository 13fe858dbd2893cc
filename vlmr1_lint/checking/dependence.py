"""Which options decide a rule, worked out when rules are compiled: what `recall` compares before it asks a rule again.

Everything else that a condition may read (the candidates, the fleet, the DeepSpeed file, which options are written at all) is the
same for the two runs that are compared, so only options whose *values* matter are named.
"""

from __future__ import annotations

from vlmr1_lint.checking.keys import keys_of
from vlmr1_lint.checking.language.trees import chain, parts, reads
from vlmr1_lint.checking.needs import SUSPICIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from vlmr1_lint.checking.language.trees import Tree

__all__ = ["DERIVED", "depends_of"]

DERIVED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("trainer", "entry_seen", "source_seen", "is_copy", "trainer_guessed"), ()),
    **dict.fromkeys(("candidates", "assumptions", "is_grpo"), ()),
    **dict.fromkeys(("uses_deepspeed", "zero_stage", "offload_optimizer", "offload_param"), ()),
    "uses_fsdp": ("fsdp",),
    **dict.fromkeys(("world_size", "world_is_assumed", "reserved_gpus"), ("use_vllm",)),
    "micro_batch": ("use_vllm", "per_device_train_batch_size"),
    "effective_batch": ("use_vllm", "per_device_train_batch_size", "gradient_accumulation_steps"),
    "full_fine_tuning": ("use_peft",),
}
"""Derived facts of a run and the options they follow from; a test watches what `Run` reads for each. Others may follow from
anything."""

SHARED = frozenset(("deepspeed", "accelerate", "launch", "fleet", "samples", "candidates"))
"""Names whose values are the same for runs that are compared."""
ON_DISK = frozenset(("here", "data_problems", "data_rows", "data_images"))
"""Names that say the same of every run while nobody lets rules look at data files; else runs are not compared."""

FORECAST = """
    activation_checkpointing activation_offloading adafactor attn_implementation beta bf16 deepspeed
    ds3_gather_for_generation dtype fp16 freeze_vision_modules fsdp fsdp_config generation_batch_size
    gradient_accumulation_steps gradient_checkpointing gradient_checkpointing_kwargs load_in_4bit load_in_8bit
    lora_dropout lora_modules_to_save lora_r lora_target_modules max_anyres_num max_completion_length max_length
    max_pixels max_prompt_length max_seq_length min_pixels model_init_kwargs model_name_or_path num_generations
    num_iterations optim packing parallelism_config per_device_train_batch_size steps_per_generation sync_ref_model
    torch_dtype use_dora use_liger use_liger_kernel use_liger_loss use_peft use_vllm vllm_device vllm_enable_sleep_mode
    vllm_gpu_memory_utilization vllm_mode vllm_tensor_parallel_size
"""
"""Options that a forecast, a plan or a batch solver can look at: a test holds every name in their source to this list."""
SOLVERS = frozenset(("solve_batch", "legal_world_sizes", "memory_fix", "forecast_with"))
"""Functions that look at the run as a forecast does."""
OF_ENTRY = frozenset(("key", "path", "depth", "value", "text", "comment", "style", "type", "known", "never_read", "note"))
OF_ENTRY |= {"expected", "default", "choices", "reading", "problem", "rejected", "is_flag", "known_to", "nearest_choice"}
OF_ENTRY |= {"renamed_to", "removed_in", "rename_note", "new_name_known", "own", "gone_through"}
"""What an entry says of its own option and no other."""


HERE = ("name", "here")
"""The condition that is false of all runs that are compared."""


class _Anything(Exception):
    """A condition that reads more than options can be named for."""


def depends_of(record: Mapping[str, Any]) -> list[str] | None:
    """The options (and `SUSPICIONS`) whose values decide the rule *record*; None where there is no telling. Of scope
    ``project``: the options that runs must share."""
    if record["scope"] == "project":
        shared = {tuple(names[:2]) for names in record["reads"]}
        return sorted(name for _, name in shared) if all(names[0] == "shared" and len(names) > 1 for names in shared) else None
    if record["scope"] != "run":
        return None
    try:
        return sorted(set(_Reader(record).options()))
    except _Anything:
        return None


class _Reader:
    def __init__(self, record: Mapping[str, Any]) -> None:
        body = record["body"]
        self.lets: dict[str, Tree] = dict(body["let"])
        self.when: Tree = body["when"]
        each: tuple[str | None, Tree] = body["each"] or (None, ("list", ()))
        self.item, self.list = each
        self.keys = keys_of(record)
        self.of_any_entry = ("entries",) in reads(self.list)

    def options(self) -> Iterator[str]:
        if self.when[0] == "and" and HERE in self.when[1]:
            return  # it can hold for no run that is compared
        if self.of_any_entry and self.keys is None:
            raise _Anything
        yield from self.keys or () if self.of_any_entry else ()
        yield from self._below(self.list)
        yield from self._below(self.when)

    def _below(self, tree: Tree) -> Iterator[str]:
        from vlmr1_lint.checking.language.check import called

        if not SOLVERS.isdisjoint(called(tree)):
            yield from FORECAST.split()
        for names in _values(tree):
            if names[0] in self.lets:
                yield from self._below(self.lets[names[0]])
            elif names[0] == self.item:
                self._check_item(names)
            else:
                yield from _named(names)

    def _check_item(self, names: tuple[str, ...]) -> None:
        """The item of a list that is named as a whole may be asked anything; of all entries each only about itself."""
        if self.of_any_entry and (len(names) < 2 or names[1] not in OF_ENTRY):
            raise _Anything


def _values(tree: Tree) -> Iterator[tuple[str, ...]]:
    """The chains whose values *tree* reads: not those that it only asks whether they are written, or exist."""
    own = chain(tree)
    if own is not None:
        yield own
    elif tree[0] == "reference":
        owner = chain(tree[2])
        if owner != ("run",):
            yield (*(owner or ()), tree[3])
    elif tree[0] == "if" and tree[1] == HERE:
        yield from _values(tree[3])
    else:
        for part in parts(tree):
            yield from _values(part)


def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    """The options that the chain *names* depends on. Raises `_Anything`."""
    from vlmr1_lint.checking.facts_schema import schema
    from vlmr1_lint.facts.options import ALIASES
    from vlmr1_lint.training.effective import BEHAVIOURS

    if names[0] in SHARED or names[0] in ON_DISK or names[0] == "entries":
        return ()
    if names[0] == "forecast":
        return tuple(FORECAST.split())
    if names[0] in SUSPICIONS:
        return (names[0],)
    if names[0] == "model":
        return ("model_name_or_path",)
    if names[0] != "run" or len(names) < 2:
        raise _Anything
    if names[1] in DERIVED:
        return DERIVED[names[1]]
    if names[1] in BEHAVIOURS:
        return ()
    if names[1] in schema().options:
        return (names[1], ALIASES[names[1]]) if names[1] in ALIASES else (names[1],)
    raise _Anything
