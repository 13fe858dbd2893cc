"""Claims from code: one extractor for each that source can tell, and what a class that says nothing means."""

from __future__ import annotations

from vlmr1_lint.claims import batch, data, generation, inputs, limits, loading, multimodal, reference, rewards, script
from vlmr1_lint.claims.claim import Claim, NotUnderstood
from vlmr1_lint.claims.module import HANDED, modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from vlmr1_lint.claims.code import ClassCode, ScriptCode, TrainerCode

    Found: TypeAlias = tuple[object, str, int]
    """A value, the file that decides it, and the line (1-based)."""

__all__ = ["EXTRACTORS", "of_model", "of_script", "of_trainer"]

_UNDECIDED = object()

EXTRACTORS: Mapping[str, tuple[Callable[[TrainerCode], Found | None], object, tuple[str, ...]]] = {
    "batch_unit": (batch.batch_unit, _UNDECIDED, ("num_return_sequences", "RepeatRandomSampler", "RepeatSampler")),
    "divisibility": (batch.divisibility, "none", ("num_processes", "world_size")),
    "eval_divisibility": (batch.eval_divisibility, "none", ("per_device_eval_batch_size",)),
    "generation_unit": (batch.generation_unit, _UNDECIDED, ("generate", "steps_per_generation", "generation_batch_size")),
    "buffers_inputs": (batch.buffers_inputs, False, ("_buffered_inputs",)),
    "logits": (generation.logits, _UNDECIDED, ("_get_per_token_logps", "logits")),
    "reference_loader": (reference.reference_loader, _UNDECIDED, ("ref_model",)),
    "reference_loader_zero3": (reference.reference_loader_zero3, _UNDECIDED, ("ref_model",)),
    "reference_with_peft_zero3": (reference.reference_with_peft_zero3, _UNDECIDED, ("ref_model",)),
    "reference_at_beta_zero": (reference.reference_at_beta_zero, _UNDECIDED, ("ref_model",)),
    "beta_zero_works": (reference.beta_zero_works, _UNDECIDED, ("ref_model", "ref_per_token_logps")),
    "absent_reference_fails": (reference.absent_reference_fails, False, ("post_model_init",)),
    "vision_models": (loading.vision_models, _UNDECIDED, ("from_pretrained",)),
    "zero3_generation_gather": (generation.zero3_generation_gather, _UNDECIDED, ("unwrap_model_for_generation",)),
    "default_model_dtype": (loading.default_model_dtype, "float32", ("from_pretrained", "torch_dtype", "dtype")),
    "temperature_fixed": (generation.temperature_fixed, _UNDECIDED, ("temperature", "GenerationConfig", "SamplingParams")),
    "vllm": (generation.vllm, "never", ("LLM", "VLLMClient", "use_vllm")),
    "sampling_options": (generation.sampling_options, _UNDECIDED, ("GenerationConfig", "SamplingParams", "generation_config")),
    "input_grads": (loading.input_grads, "never", ("enable_input_require_grads", "gradient_checkpointing_enable")),
    "lora_targets": (loading.lora_targets, "none", ("peft_config", "get_peft_model")),
    "cache_while_checkpointing": (loading.cache_while_checkpointing, "model_init_kwargs", ("use_cache",)),
    "prompt_limit": (limits.prompt_limit, "unread", ("max_prompt_length",)),
    "attention_override": (limits.attention_override, False, ("attn_implementation",)),
    "small_images": (limits.small_images, "kept", ("resize",)),
    "model_by_name": (loading.model_by_name, _UNDECIDED, ("from_pretrained",)),
    "evaluates": (generation.evaluates, False, ("prediction_step", "evaluation_loop", "evaluate")),
    "checkpointing_by_hand": (loading.checkpointing_by_hand, "never", ("_set_gradient_checkpointing",)),
    "unused_weights": (loading.unused_weights, "option", ("ddp_find_unused_parameters",)),
    "input_tokens": (limits.input_tokens, _UNDECIDED, ("num_input_tokens_seen", "data_collator")),
}
"""Claim → its extractor, what a whole trainer that says nothing of it does, and the words that speak of it in a class made from
TRL's trainer."""

_SCRIPT_EXTRACTORS: Mapping[str, Callable[[ScriptCode], Found | None]] = {
    "resumes": script.resumes,
    "eval_data": script.eval_data,
    "data_reader": inputs.data_reader,
    "data_paths": data.data_paths,
    "method_count": data.method_count,
    "row_format": data.row_format,
    "row_images": data.row_images,
    "reward_lookup": inputs.reward_lookup,
    "reward_names": inputs.reward_names,
    "unknown_model": inputs.unknown_model,
    "model_names": inputs.model_names,
    "log_path": inputs.log_path,
    "reward_methods": rewards.reward_methods,
    "judge": rewards.judge,
    "log_names": rewards.log_names,
    "zero3_patch": script.zero3_patch,
}


_MODEL_EXTRACTORS: Mapping[str, tuple[Callable[..., Found | None], object, tuple[str, ...]]] = {
    "image_count": (multimodal.image_count, False, ("prepare_model_inputs",)),
    "text_batches": (multimodal.text_batches, None, ("prepare_model_inputs",)),
    "module_calls": (multimodal.module_calls, "fit", (HANDED,)),
    "lora_vision": (loading.lora_vision, "option", ("peft_config", "get_peft_model")),
    "pixel_limit": (multimodal.pixel_limit, "processor", ("max_pixels",)),
    "reward_tasks": (rewards.reward_tasks, (), ("select_reward_func",)),
}
"""As `EXTRACTORS`, of claims that script, trainer and the module for the model's family decide together."""


def of_trainer(name: str, code: TrainerCode) -> Claim | None:
    """The claim *name* as *code* decides it; None where that leaves it to the library's class that it is made from.

    Raises NotUnderstood, also for claims that no source can tell of a whole trainer.
    """
    known = EXTRACTORS.get(name)
    if known is None:
        return None
    extractor, silent, words = known
    return _decided(extractor(code), code, silent, words)


def _decided(found: Found | None, code: TrainerCode, silent: object, words: tuple[str, ...]) -> Claim | None:
    """The claim that an extractor *found*; else what a trainer that says nothing of it does."""
    if found is not None:
        return Claim(*found)
    if code.is_whole:
        if silent is _UNDECIDED:
            raise NotUnderstood
        return Claim(silent, code.path, 0)
    if code.mentions(*words):
        raise NotUnderstood
    return None


def of_script(name: str, code: ScriptCode) -> Claim | None:
    """The claim *name* as the training script decides it. Raises NotUnderstood."""
    found = _SCRIPT_EXTRACTORS[name](code)
    return None if found is None else Claim(*found)


def of_model(name: str, script: ScriptCode, trainer: TrainerCode, model: str | None) -> Claim | None:
    """The claim *name* as *script*, *trainer* and the module for the family of the *model* at this path (None for any) decide it;
    None where that leaves it to the library's class. Raises NotUnderstood, also where modules differ that may be meant."""
    extractor, silent, words = _MODEL_EXTRACTORS[name]
    taken: tuple[ClassCode | None, ...] = (None,)
    if trainer.mentions(HANDED):
        taken = modules(script, model)
        if not taken and name == "module_calls":
            return Claim("refused", script.path, 0)
    found = [_decided(extractor(script, trainer, module, model), trainer, silent, words) for module in taken]
    values = [None if one is None else (one.value,) for one in found]
    if not found or any(value != values[0] for value in values):
        raise NotUnderstood
    return found[0]
