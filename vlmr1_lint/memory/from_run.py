"""From a run as its trainer reads it to what the forecast needs. What the run leaves open stays unknown; nothing is guessed.

What a value means is said where it is read; the sources are the trainers' profiles in `facts`.
"""

from __future__ import annotations

from vlmr1_lint.facts.options import paired_transformers
from vlmr1_lint.memory.architecture import architecture_of
from vlmr1_lint.memory.setup import Data, Setup
from vlmr1_lint.training.releases import version_key
from vlmr1_lint.training.trainer import table_release
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.training.run import Run

__all__ = ["setup_of"]


class _Missing(Exception):
    """A fact that the forecast needs is unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__()
        self.unknown = unknown


def setup_of(run: Run, data: Data) -> Setup | Unknown:
    """The `Setup` of *run* as its one candidate trainer reads it (`Run.narrowed`), with samples as *data* says.

    `Unknown` with the names of what is missing: the model, the fleet or world size, an option whose value cannot be resolved, or the trainer
    itself where it samples no completions (the forecast knows GRPO only).
    """
    if run.is_grpo is not True:
        return Unknown("GRPO trainer")
    model = run.model
    if isinstance(model, Unknown):
        return model
    try:
        return Setup(model=architecture_of(model), data=data, **_fields(run))
    except _Missing as missing:
        return missing.unknown


def _need(found: object, name: str) -> Any:
    """*found*, unless it is unknown or None."""
    if found is None:
        raise _Missing(Unknown(name))
    if is_unknown(found):
        raise _Missing(found)  # type: ignore[arg-type]
    return found


def _count(run: Run, name: str) -> int:
    """A positive whole number that the run gives for the option *name*."""
    found = _need(getattr(run, name), name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise _Missing(Unknown(name))
    return found


def _fields(run: Run) -> dict[str, Any]:
    return {**_states(run), **_training(run), **_batch(run), **_generation(run), **_images(run)}


def _states(run: Run) -> dict[str, Any]:
    """Model states: which engine shards what, which weights and optimizer, and how the reference is held."""
    world = _need(run.world_size, "world_size")
    fleet = run.inputs.fleet
    fields: dict[str, Any] = {"world_size": world, "gpus_per_node": fleet.gpus_per_node if fleet else world}
    deepspeed = _need(run.uses_deepspeed, "deepspeed")
    if deepspeed:
        fields |= _deepspeed(run)
    elif _need(run.uses_fsdp, "fsdp"):
        strategy = str(_fsdp_strategy(run)).upper()
        stage = 3 if "FULL" in strategy or "HYBRID" in strategy else 2 if "GRAD" in strategy else 0
        fields |= {"engine": "fsdp", "stage": stage}
    fields["weights"] = _weights(run)
    fields["autocast"] = bool(run.bf16 is True or run.fp16 is True)
    fields["optimizer"] = _optimizer(run)
    fields["reference"] = _reference(run, fields.get("stage", 0))
    return fields


def _deepspeed(run: Run) -> dict[str, Any]:
    def size(*keys: str) -> int | None:
        found = run.deepspeed_value("zero_optimization", *keys)
        if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0:
            return int(found)
        return None  # "auto" or absent

    stage = _need(run.zero_stage, "zero stage")
    fields: dict[str, Any] = {
        "engine": "deepspeed",
        "stage": stage,
        "offload_optimizer": _need(run.offload_optimizer, "offload"),
        "offload_parameters": stage == 3 and _need(run.offload_param, "offload"),
        "overlap_comm": run.deepspeed_value("zero_optimization", "overlap_comm") is True,
        "fp32_gradient_accumulation": run.deepspeed_value("data_types", "grad_accum_dtype") == "fp32",
        "reduce_bucket": size("reduce_bucket_size"),
        "prefetch_bucket": size("stage3_prefetch_bucket_size"),
    }
    if fields["reduce_bucket"] is None and run.deepspeed_value("zero_optimization", "reduce_bucket_size") is None:
        fields["reduce_bucket"] = 500_000_000  # DeepSpeed's own default where the key is absent (runtime/zero/config.py)
    for field, key in (
        ("sub_group_size", "sub_group_size"),
        ("max_live_parameters", "stage3_max_live_parameters"),
        ("max_reuse_distance", "stage3_max_reuse_distance"),
    ):
        given = size(key)
        if given is not None:
            fields[field] = given
    return fields


def _fsdp_strategy(run: Run) -> object:
    accelerate = run.inputs.accelerate
    given = accelerate.view.get("fsdp_config", "fsdp_sharding_strategy") if accelerate is not None else None
    version = accelerate.view.get("fsdp_config", "fsdp_version") if accelerate is not None else None
    if given is None and version in (2, "2"):
        return "FULL_SHARD"  # FSDP2 reshards after forward unless told otherwise
    if given is None:
        return run.fsdp or "FULL_SHARD"
    # accelerate accepts the enum's number too: 1 FULL_SHARD, 2 SHARD_GRAD_OP, 3 NO_SHARD, 4 HYBRID_SHARD
    return (
        {1: "FULL_SHARD", 2: "SHARD_GRAD_OP", 3: "NO_SHARD", 4: "HYBRID_SHARD"}.get(given, given)
        if isinstance(given, int)
        else given
    )


def _weights(run: Run) -> str:
    """The type the base weights are held in. VLM-R1 always loads bf16 and never reads the quantisation options."""
    if _is_vlm_r1(run):
        return "bf16"
    if run.load_in_4bit is True:
        return "4bit"
    if run.load_in_8bit is True:
        return "8bit"
    given = run.dtype if run.is_set("dtype") else run.torch_dtype
    given = run.default_model_dtype if given is None else given
    word = str(_need(given, "dtype")).removeprefix("torch.")
    return "fp32" if word in {"float32", "fp32"} else "bf16"  # published VLM checkpoints are bf16, which "auto" keeps


def _is_vlm_r1(run: Run) -> bool:
    return run.trainer == "vlm-r1"


_OPTIMIZERS = {
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


def _optimizer(run: Run) -> str:
    """DeepSpeed's own (fused) optimizer where its JSON has an ``optimizer`` block, else the trainer's ``optim``."""
    if run.deepspeed_value("optimizer", "type") is not None:
        return "adamw_fused"
    name = _need(run.optim, "optim")
    found = _OPTIMIZERS.get(str(name))
    if found is None:
        raise _Missing(Unknown("optim"))
    return found


def _reference(run: Run, stage: int) -> str:
    """None at beta 0; under ZeRO-3 a shard; with LoRA the policy with its adapter off, unless the trainer loads one all the same."""
    beta = _need(run.beta, "beta")
    if beta == 0 and run.reference_at_beta_zero is not True:
        return "none"
    if _need(run.use_peft, "use_peft"):
        return "shard" if stage == 3 and run.reference_with_peft_zero3 is True else "adapter_off"
    return "shard" if stage == 3 else "copy"


def _training(run: Run) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "checkpointing": bool(_need(run.gradient_checkpointing, "gradient_checkpointing")),
        "attention": _attention(run),
    }
    if _need(run.use_peft, "use_peft"):
        fields |= {"lora_rank": _count(run, "lora_r"), "lora_dropout": float(_need(run.lora_dropout, "lora_dropout"))}
        fields["lora_targets"] = _lora_targets(run)
    if run.freeze_vision_modules is True:
        fields["tower_trained"] = False
    return fields


def _attention(run: Run) -> str:
    """Prompts of unequal length are padded on the left, so flash attention unpads and sdpa gets a mask."""
    given = run.attn_implementation
    word = "sdpa" if given is None else str(_need(given, "attn_implementation"))
    if word.startswith(("flash_attention", "kernels-community/flash")):
        return "flash_padded"
    if word == "eager":
        return "eager"
    return "sdpa_masked"


_PEFT_DEFAULT_TARGETS = frozenset(("q_proj", "v_proj"))
"""What PEFT adapts in Qwen2 where no targets are given (peft utils/constants.py)."""
_ALL_LINEAR = frozenset(("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"))


def _lora_targets(run: Run) -> frozenset[str] | None:
    """None for VLM-R1, whose own finder overwrites what is written."""
    if _is_vlm_r1(run):
        return None
    given = run.lora_target_modules
    if given is None:
        return _PEFT_DEFAULT_TARGETS
    if is_unknown(given):
        raise _Missing(given)  # type: ignore[arg-type]
    words = [given] if isinstance(given, str) else list(given)  # type: ignore[call-overload]
    return _ALL_LINEAR if words == ["all-linear"] else frozenset(str(word) for word in words)


def _batch(run: Run) -> dict[str, Any]:
    """What one GPU computes at once, in sequences whatever the option counts."""
    batch, group = _count(run, "per_device_train_batch_size"), _count(run, "num_generations")
    accumulation = _count(run, "gradient_accumulation_steps")
    iterations = run.num_iterations
    fields: dict[str, Any] = {
        "batch": batch * group if run.batch_unit == "prompts" else batch,
        "accumulation": accumulation,
        "group": group,
        "iterations": iterations if isinstance(iterations, int) else 1,
        "completion": _count(run, "max_completion_length"),
        "input_slots": accumulation if run.buffers_inputs is True else 1,
    }
    liger = run.use_liger_loss is True or (run.logits == "fused_lm_head")
    whole = _need(run.logits, "logits path") == "whole_sequence"
    fields["logits"] = "liger" if liger and not whole else "whole" if whole else "completion"
    fields["keeps_logits"] = _transformers(run) >= (4, 54)
    return fields


def _transformers(run: Run) -> tuple[int, ...]:
    """The transformers release that goes with the candidate trainer."""
    return version_key(paired_transformers(table_release(run.candidates[0])))


def _generation(run: Run) -> dict[str, Any]:
    """Where completions are sampled and what that holds on the training GPU."""
    fields: dict[str, Any] = {"gather_for_generation": True}
    if run.zero3_generation_gather == "option":
        fields["gather_for_generation"] = bool(_need(run.ds3_gather_for_generation, "ds3_gather_for_generation"))
    # Qwen-VL classes take logits_to_keep since transformers 4.54; before, prefill makes logits of the whole prompt (facts: logits).
    fields["prefill_logits"] = "last" if _transformers(run) >= (4, 54) else "all"
    if _need(run.use_vllm, "use_vllm") is True and run.vllm != "never":
        mode = run.vllm_mode if run.is_set("vllm_mode") else run.vllm
        fields["generation"] = "vllm_colocate" if mode == "colocate" else "vllm_server"
        if mode == "colocate":
            fields["vllm_share"] = float(_need(run.vllm_gpu_memory_utilization, "vllm_gpu_memory_utilization"))
            fields["vllm_sleeps"] = run.vllm_enable_sleep_mode is True
    return fields


def _images(run: Run) -> dict[str, Any]:
    """The processor's limits: VLM-R1 sets its own, every other trainer leaves the model's."""
    model = run.model
    assert not isinstance(model, Unknown)
    if run.has_option("max_pixels") is True:
        tiles = run.max_anyres_num
        return {
            "min_pixels": _need(run.min_pixels, "min_pixels"),
            "max_pixels": _need(run.max_pixels, "max_pixels"),
            "max_pixels_set": run.is_set("max_pixels"),
            **({"tiles": tiles} if isinstance(tiles, int) and tiles > 0 else {}),
        }
    return {"min_pixels": model.min_pixels, "max_pixels": model.max_pixels}
