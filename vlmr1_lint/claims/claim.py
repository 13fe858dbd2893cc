"""The closed list of claims, and what one says.

A claim is one named behaviour of a trainer: what its batch counts, at which temperature it samples, whether it resumes by itself.
Where the repository holds the trainer's code, an extractor reads the claim from it (`extract`); else the table of releases
(`claims.json` in its folder of `trainers`) says it. Code that no extractor understands leaves a claim unknown, and never to the
table.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLAIMS", "MODEL_CLAIMS", "SCRIPT_CLAIMS", "Claim", "NotUnderstood"]


@value
class Claim:
    """What a claim's value is, and where that was read.

    value  as in the tables (`trainers.profiles` says what each may be)
    path   the file that decides it, as findings name files
    line   1-based line of the deciding statement; 0 where it follows from what the file does not do
    """

    value: object
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class NotUnderstood(Exception):
    """The code says something about a claim that no extractor knows how to read."""


CLAIMS: Mapping[str, tuple[str, str]] = {
    "batch_unit": ("str", "what per_device_train_batch_size counts"),
    "divisibility": ("str", "which batch must be a multiple of num_generations"),
    "eval_divisibility": ("str", "the same for evaluation"),
    "generation_unit": ("str", "sequences of one generate call on a GPU"),
    "buffers_inputs": ("bool", "inputs of all accumulation steps stay on the GPU"),
    "logits": ("str", "the path from hidden states to the loss"),
    "reference_loader": ("str", "how the reference model is loaded"),
    "reference_loader_zero3": ("str", "the same under ZeRO-3"),
    "reference_with_peft_zero3": ("bool", "LoRA under ZeRO-3 loads a reference all the same"),
    "reference_at_beta_zero": ("bool", "a reference is loaded even if beta is 0"),
    "beta_zero_works": ("bool", "beta 0 raises no error"),
    "absent_reference_fails": ("bool", "the model module gets the reference model even where there is none"),
    "vision_models": ("bool", "the trainer can load a vision-language model"),
    "zero3_generation_gather": ("str", "the policy is gathered for generation under ZeRO-3"),
    "default_model_dtype": ("str", "dtype of the policy where none is written"),
    "temperature_fixed": ("float|None", "the sampling temperature, null where the option decides"),
    "vllm": ("str", "where vLLM runs if use_vllm is on"),
    "sampling_options": ("list[str]", "which of min_p, repetition_penalty, top_k and top_p reach the sampling"),
    "input_grads": ("str", "who makes inputs require gradients, for LoRA with reentrant checkpoints"),
    "lora_targets": ("str", "which layers LoRA adapts"),
    "cache_while_checkpointing": ("str", "who decides use_cache under gradient checkpointing"),
    "prompt_limit": ("str", "what becomes of max_prompt_length"),
    "attention_override": ("bool", "attn_implementation in model_init_kwargs is overwritten"),
    "small_images": ("str", "what becomes of images of less than 28 pixels"),
    "model_by_name": ("str", "how the class of the policy is found"),
    "evaluates": ("bool", "whether the trainer can evaluate"),
    "checkpointing_by_hand": ("str", "where InternVL's gradient checkpointing is switched on part by part, and the option off"),
    "unused_weights": ("str", "who decides whether DDP looks for unused weights"),
    "input_tokens": ("str", "whether include_num_input_tokens_seen counts anything"),
    "image_count": ("bool", "a batch with another number of images than of sequences, and some, stops the run"),
    "text_batches": (
        "str|None",
        "what becomes of a batch without images; null where no module for the model's family makes the inputs",
    ),
    "module_calls": (
        "str",
        "which method of the module for the model's family the trainer calls with other arguments than it takes",
    ),
    "lora_vision": ("str", "what LoRA does to the vision tower"),
    "pixel_limit": ("str", "where the largest size of an image comes from"),
    "reward_tasks": ("list[str]", "the task types for which the module for the model's family has reward functions"),
    "resumes": ("str", "when the training script resumes from a checkpoint"),
    "eval_data": ("str", "where the training script takes evaluation data from"),
    "data_reader": ("str", "how the training script reads its data"),
    "data_paths": ("str", "how the training script splits data_file_paths and image_folders"),
    "method_count": ("str", "what becomes of another number of reward methods than of data files"),
    "row_format": ("str", "what the training script makes of a row"),
    "row_images": ("str", "what the training script makes of a row's image"),
    "reward_lookup": ("str", "what becomes of the names in reward_funcs"),
    "reward_names": ("list[str]", "the names that reward_funcs may give"),
    "unknown_model": ("str", "what becomes of a model path that names no known family"),
    "model_names": ("list[str]", "the families that the training script looks for in the model's path"),
    "reward_methods": ("list[str]", "the names in reward_method that the script knows; others get the default reward"),
    "judge": ("str", "how the reward method llm asks a server"),
    "log_path": ("str", "what reward functions do with LOG_PATH under DEBUG_MODE"),
    "log_names": ("str", "how reward functions name the files of LOG_PATH"),
    "zero3_patch": ("str", "when the training script patches Qwen2.5-VL for rows without an image under ZeRO-3"),
    "checkpointing_while_generating": ("bool", "gradient checkpointing stays on during generation"),
    "unknown_options": ("str", "what becomes of keys that no argument class has"),
    "unknown_options_own_script": ("str", "the same for the trainer's own script"),
}
"""Every claim: its type, in the words of `trainers.options.Option.type`, and the question that it answers."""

SCRIPT_CLAIMS = frozenset(
    {
        *("resumes", "eval_data", "data_reader", "data_paths", "method_count", "row_format", "row_images"),
        *("reward_lookup", "reward_names", "unknown_model", "model_names", "log_path", "zero3_patch"),
        *("reward_methods", "judge", "log_names"),
    }
)
"""Claims that the training script decides, and not the trainer's class."""

MODEL_CLAIMS = frozenset(("image_count", "text_batches", "module_calls", "lora_vision", "pixel_limit", "reward_tasks"))
"""Claims that may differ from model to model: script, trainer and the module for the model's family decide them together. In the
tables their value may be a mapping, from the text in the model's path by which the script picks the module to the value."""
