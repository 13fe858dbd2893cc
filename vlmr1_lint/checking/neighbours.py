"""Where a missing option is put: after a written one that it belongs with."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["neighbour"]

_TOPICS = (
    "model_name_or_path model_revision torch_dtype dtype attn_implementation use_peft lora_r lora_alpha lora_dropout"
    " lora_target_modules freeze_vision_modules",
    "per_device_train_batch_size gradient_accumulation_steps num_generations num_iterations max_prompt_length"
    " max_completion_length",
    "bf16 fp16 tf32 gradient_checkpointing gradient_checkpointing_kwargs torch_empty_cache_steps deepspeed"
    " ds3_gather_for_generation",
    "learning_rate lr_scheduler_type warmup_ratio warmup_steps max_grad_norm beta epsilon epsilon_high",
    "num_train_epochs max_steps seed data_seed",
    "logging_steps logging_strategy logging_first_step report_to run_name log_completions",
    "eval_strategy eval_steps per_device_eval_batch_size val_split_ratio do_eval",
    "save_strategy save_steps save_total_limit save_only_model output_dir overwrite_output_dir",
    "use_vllm vllm_mode vllm_gpu_memory_utilization vllm_device vllm_max_model_len",
    "data_file_paths image_folders dataset_name max_pixels min_pixels max_anyres_num",
)
"""Options that people write beside each other, in the usual order."""

_TOPIC_OF = {name: topic.split() for topic in _TOPICS for name in topic.split()}


def neighbour(name: str, written: Collection[str]) -> str | None:
    """The written option after which *name* belongs: the closest of its topic before it, else after it; None where none is
    written."""
    topic = _TOPIC_OF.get(name)
    if topic is None:
        return None
    at = topic.index(name)
    return next((one for one in (*reversed(topic[:at]), *topic[at + 1 :]) if one in written), None)
