"""From a run to its model states: who shards what, in which types, with which optimizer, and how the reference is held."""

from __future__ import annotations

from vlmr1_lint.memory.needed import Missing, need_count, need_flag, need_number, need_text, transformers_of
from vlmr1_lint.memory.supervised import is_supervised
from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.trainers.profiles import behaviour
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypedDict

    from vlmr1_lint.memory.setup import Engine, Optimizer, Reference, Weights
    from vlmr1_lint.training.run import Run

    class Sharded(TypedDict, total=False):
        """Fields of `Setup`: which engine shards what."""

        engine: Engine
        stage: int
        shard_ranks: int
        units: Literal["layers", "language", "whole"]
        offload_optimizer: bool
        offload_parameters: bool
        overlap_comm: bool
        fp32_gradient_accumulation: bool
        reduce_bucket: int | None
        prefetch_bucket: int | None
        sub_group_size: int
        max_live_parameters: int
        max_reuse_distance: int

    class States(Sharded, total=False):
        """Fields of `Setup`: all model states."""

        world_size: int
        gpus_per_node: int
        records_streams: bool
        weights: Weights
        autocast: bool
        segments: Literal["fixed", "expandable"]
        optimizer: Optimizer
        reference: Reference


__all__ = ["half_precision", "states"]


def states(run: Run) -> States:
    """Model states: which engine shards what, which weights and optimizer, and how the reference is held."""
    world, fleet = need_count(run, "world_size"), run.inputs.fleet
    per_node = fleet.gpus_per_node if fleet else world
    deepspeed = need_flag(run.uses_deepspeed, "deepspeed")
    sharded: Sharded = {}
    if deepspeed:
        _needs_half_precision(run)
        sharded = _deepspeed(run)
    elif need_flag(run.uses_fsdp, "fsdp"):
        sharded = _fsdp(run, world, per_node)
    elif world > 1 and _may_be_sharded(run):
        raise Missing(Unknown("accelerate configuration"))
    weights, engine = _weights(run), sharded.get("engine", "none")
    if engine == "fsdp" and weights in {"4bit", "8bit"}:
        # accelerate 1.15 leaves integers out of the shards; in which type TRL stores four bits differs by release.
        raise Missing(Unknown("how FSDP shards quantised weights"))
    return {
        **sharded,
        "world_size": world,
        "gpus_per_node": per_node,
        # transformers 4.55 and torch 2.8 are of the same week (2025-08-05 and 06).
        "records_streams": not deepspeed and transformers_of(run) < (4, 55),
        "weights": weights,
        "autocast": half_precision(run) or _mixed_by_accelerate(run),
        "segments": _segments(run),
        "optimizer": _optimizer(run),
        "reference": _reference(run, engine, sharded.get("stage", 0)),
    }


def _segments(run: Run) -> Literal["fixed", "expandable"]:
    """What the launch exports to torch's allocator (``PYTORCH_ALLOC_CONF`` since torch 2.9)."""
    exported = run.inputs.launch.environment if run.inputs.launch is not None else {}
    said = (exported.get("PYTORCH_ALLOC_CONF"), exported.get("PYTORCH_CUDA_ALLOC_CONF"))
    return "expandable" if any(isinstance(one, str) and "expandable_segments:true" in one.lower() for one in said) else "fixed"


def half_precision(run: Run) -> bool:
    """Whether the trainer's own options turn bf16 or fp16 on. From TRL 0.20 on bf16 is None where it is not written, and on then
    unless fp16 is (grpo_config.py ``__post_init__``)."""
    return run.bf16 is True or run.fp16 is True or (run.bf16 is None and run.has_option("bf16") is True)


def _needs_half_precision(run: Run) -> None:
    """Raises `Missing` for DeepSpeed in fp32, whose states and activations are not modelled: its JSON turns neither type on, or
    leaves it to the options (``auto``, or no such block: accelerate adds one), and those do not either."""
    said = [run.deepspeed_value(name, "enabled") for name in ("bf16", "fp16")]
    if True in said or _mixed_by_accelerate(run) or half_precision(run):
        return
    if all(found is False for found in said) or not any(map(is_unknown, (*said, run.bf16, run.fp16))):
        raise Missing(Unknown("what DeepSpeed needs in fp32"))


def _mixed_by_accelerate(run: Run) -> bool:
    """Whether accelerate's command or configuration turns mixed precision on: what it says stands where the trainer's options say
    nothing (``training_args.py`` ACCELERATE_MIXED_PRECISION)."""
    launch, accelerate = run.inputs.launch, run.inputs.accelerate
    said: list[object] = [launch.mixed_precision] if launch is not None else []
    said += [accelerate.view.mixed_precision] if accelerate is not None else []
    return any(found in {"bf16", "fp16"} for found in said if isinstance(found, str))


def _fsdp(run: Run, world: int, per_node: int) -> Sharded:
    from vlmr1_lint.memory.fsdp import sharding_of

    found = sharding_of(run, world, per_node)
    return {
        "engine": "fsdp",
        "stage": found.stage,
        "shard_ranks": found.ranks,
        "units": found.units,
        "offload_parameters": found.offloads,
    }


DEEPSPEED_BUCKET = 500_000_000
"""Elements of reduce_bucket_size where the JSON leaves it to DeepSpeed (deepspeed runtime/zero/config.py)."""


def _may_be_sharded(run: Run) -> bool:
    """Whether something out of sight may shard the model: accelerate's configuration, to which TRL's recipes leave that."""
    if run.inputs.accelerate is not None:
        return False
    if run.inputs.launch is not None:
        return run.inputs.launch.launcher == "accelerate"
    family = family_of(run.trainer)
    return family is None or not family.flags


def _deepspeed(run: Run) -> Sharded:
    def size(*keys: str) -> int | None:
        found = run.deepspeed_value("zero_optimization", *keys)
        if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0:
            return int(found)
        return None  # "auto" or absent

    stage = int(need_number(run.zero_stage, "zero stage"))
    fields: Sharded = {
        "engine": "deepspeed",
        "stage": stage,
        "offload_optimizer": need_flag(run.offload_optimizer, "offload"),
        "offload_parameters": stage == 3 and need_flag(run.offload_param, "offload"),
        "overlap_comm": run.deepspeed_value("zero_optimization", "overlap_comm") is True,
        "fp32_gradient_accumulation": run.deepspeed_value("data_types", "grad_accum_dtype") == "fp32",
        "reduce_bucket": size("reduce_bucket_size"),
        "prefetch_bucket": size("stage3_prefetch_bucket_size"),
    }
    if fields["reduce_bucket"] is None and run.deepspeed_value("zero_optimization", "reduce_bucket_size") is None:
        fields["reduce_bucket"] = DEEPSPEED_BUCKET
    if (group := size("sub_group_size")) is not None:
        fields["sub_group_size"] = group
    if (live := size("stage3_max_live_parameters")) is not None:
        fields["max_live_parameters"] = live
    if (distance := size("stage3_max_reuse_distance")) is not None:
        fields["max_reuse_distance"] = distance
    return fields


def _weights(run: Run) -> Weights:
    """The type the base weights are held in."""
    if run.load_in_4bit is True and _reads(run, "load_in_4bit"):
        return "4bit"
    if run.load_in_8bit is True and _reads(run, "load_in_8bit"):
        return "8bit"
    given = _written_dtype(run)
    if given is None:
        given = _default_dtype(run)
    word = need_text(given, "dtype").removeprefix("torch.")
    return "fp32" if word in {"float32", "fp32"} else "bf16"  # published VLM checkpoints are bf16, which "auto" keeps


def _written_dtype(run: Run) -> object:
    """The dtype that reaches from_pretrained: of ``model_init_kwargs``, else of the options that the trainer reads (R1-V passes
    no ``torch_dtype`` on); None where none is written."""
    inner = run.model_init_kwargs
    if isinstance(inner, dict):
        found = inner.get("dtype", inner.get("torch_dtype"))
        if found is not None:
            return found
    name = "dtype" if run.is_set("dtype") else "torch_dtype"
    return getattr(run, name) if _reads(run, name) else None


def _reads(run: Run, name: str) -> bool:
    """Whether the trainer reads the option, as far as the tables and the repository's code tell."""
    option = run.option(name)
    return option is None or isinstance(option, Unknown) or option.read


def _default_dtype(run: Run) -> object:
    """What the weights are loaded as where no dtype is written."""
    if not is_supervised(run):
        return run.default_model_dtype
    if run.dtype is not None:
        return run.dtype  # TRL 0.27's ModelConfig: float32
    # from_pretrained without a dtype: fp32, and since transformers 5 as the checkpoint has it.
    return "auto" if transformers_of(run) >= (5,) else "float32"


_OPTIMIZERS: dict[str, Optimizer] = {
    "adamw_torch": "adamw",
    "adamw_hf": "adamw",
    "adamw_torch_fused": "adamw_fused",
    "adamw_apex_fused": "adamw_fused",
    "adamw_8bit": "adamw_8bit",
    "adamw_bnb_8bit": "adamw_8bit",
    "paged_adamw_32bit": "paged_adamw",
    "paged_adamw": "paged_adamw",
    "paged_adamw_8bit": "paged_adamw_8bit",
    "adafactor": "adafactor",
    "sgd": "sgd",
}
"""transformers' ``OptimizerNames`` whose states we know (training_args.py)."""


def _optimizer(run: Run) -> Optimizer:
    """DeepSpeed's own (fused) optimizer where its JSON has an ``optimizer`` block, else the trainer's ``optim``."""
    if run.deepspeed_value("optimizer", "type") is not None:
        return "adamw_fused"
    found = _OPTIMIZERS.get(need_text(run.optim, "optim"))
    if found is None:
        raise Missing(Unknown("optim"))
    return found


def _reference(run: Run, engine: str, stage: int) -> Reference:
    """None at beta 0; under ZeRO-3 a shard; with LoRA the policy with its adapter off, unless the trainer loads one all the
    same. FSDP shards it since TRL 0.18 (``prepare_fsdp``); before, it was prepared for evaluation, which wraps nothing."""
    if is_supervised(run):
        return "none"
    if need_number(run.beta, "beta") == 0 and run.reference_at_beta_zero is not True:
        return "none"
    sharded = stage == 3
    if engine == "fsdp":
        sharded = stage > 0 and behaviour(run.candidates[0], "reference_under_fsdp") == "sharded"
    if need_flag(run.trains_adapters, "use_peft"):
        return "shard" if sharded and run.reference_with_peft_zero3 is True else "adapter_off"
    return "shard" if sharded else "copy"
