"""What a trainer does with a config, release by release: what decides whether a run starts and what it holds in memory.

The tables are ``claims.json`` of the families' folders. B, N, G, gas: per-device batch, world size, num_generations,
gradient_accumulation_steps.

* ``batch_unit``: what per_device_train_batch_size counts: ``sequences``, or ``prompts`` whose G generations share
  the GPU.
* ``divisibility``: ``micro`` (B x N) % G == 0; ``effective`` (B x N x gas) % G; ``generation_batch``
  (generation_batch_size, else B x N x steps_per_generation, which defaults to gas) % G; ``none``.
* ``eval_divisibility``: ``micro`` (per_device_eval_batch_size x N) % G == 0 if evaluation is on; ``none``.
* ``generation_unit``: sequences that one generate call holds on a GPU: ``micro_batch`` B; ``accumulated_batch`` B x
  gas; ``generation_batch`` B x steps_per_generation; ``group`` B x G.
* ``buffers_inputs``: inputs of all accumulation steps stay on the GPU.
* ``logits``: ``whole_sequence``; ``completion_only`` (if the model's forward has logits_to_keep); ``cut_sequence`` (logits
  of the whole sequence, of which only those of the completion enter the loss); ``fused_lm_head`` (never materialised).
* ``logits_chunked_without_grad``: passes for old and reference log-probabilities go B rows at a time.
* ``reentrant_checkpoints``: gradient checkpoints are reentrant where nothing is written.
* ``reference_under_fsdp``: FSDP keeps the reference ``sharded`` or ``whole``.
* ``liger_option``: the option that replaces the logits by a fused loss, None if there is none.
* ``reference_loader_zero3``, ``reference_loader``: how the reference comes with and without ZeRO-3: ``copy`` of the
  policy, ``policy_class``, or ``AutoModelForCausalLM``, which rejects vision-language models.
* ``reference_with_peft_zero3``: LoRA under ZeRO-3 loads a reference all the same.
* ``reference_at_beta_zero``: a reference is loaded even if beta is 0; ``beta_zero_works``: false if beta 0 raises.
* ``vision_models``: whether the trainer can load a vision-language model at all.
* ``unknown_options``: keys of a file that no class has are ``dropped`` silently or ``rejected`` by the parser as
  scripts call it; ``unknown_options_own_script``: the same for the trainer's own script (``dropped_flags_too``:
  unknown flags vanish as well).
* ``zero3_generation_gather``: the policy is gathered for generation ``always`` or as the ``option``
  ds3_gather_for_generation says.
* ``checkpointing_while_generating``: gradient checkpointing stays on during generation.
* ``gradient_checkpointing_default``, ``default_model_dtype``, ``temperature_fixed`` (None: as written).
* ``vllm``: ``never``, ``own_gpu``, ``server`` or ``colocate``: where vLLM runs if use_vllm is on and no mode is
  written.
* ``sampling_options``: those of top_k, top_p, min_p and repetition_penalty that reach the sampling, sorted.
* ``input_grads``: inputs require gradients ``with_checkpointing``, ``by_peft`` or ``never`` (see `claims.loading`).
* ``lora_targets``: ``found`` by the trainer, whatever is written, or the ``option``; ``none`` without LoRA.
* ``cache_while_checkpointing``: use_cache is ``off``, or what ``model_init_kwargs`` say.
* ``prompt_limit``: max_prompt_length ``cut`` s prompts, cuts a ``copy`` only, is ``reset`` to None, or ``unread``.
* ``attention_override``: model_init_kwargs' attn_implementation is overwritten by the top-level option.
* ``model_by_name``: the class comes from a ``module`` that the script picks by the path's text, from that text itself
  (``class``), from the model's ``config``, or is ``fixed``; ``unknown_model``: other names are ``refused`` or ``taken``.
* ``evaluates``: the trainer can evaluate.
* ``absent_reference_fails``: the model module gets the reference model even where there is none; ``small_images``: see
  `claims.limits`.
* ``resumes``, ``eval_data``, ``data_reader``, ``data_paths``, ``method_count``, ``row_format``, ``row_images``,
  ``reward_lookup``, ``reward_names``, ``model_names``, ``log_path``, ``zero3_patch``: what the family's own script does (see
  `claims.script`, `claims.inputs` and `claims.data`).
* ``checkpointing_by_hand``, ``unused_weights``, ``lora_vision``: see `claims.loading`; ``input_tokens``: see
  `claims.limits`; ``reward_methods``, ``judge``, ``log_names``, ``reward_tasks``: see
  `claims.rewards`.
* ``image_count``, ``text_batches``, ``module_calls``, ``pixel_limit``: see `claims.multimodal`. Their value, and that of
  ``lora_vision`` and ``reward_tasks``, may be a mapping from a text in the model's path (the first that is in it counts).
"""

from __future__ import annotations

from vlmr1_lint.facts.data import parse, text_of
from vlmr1_lint.trainers.families import VARIANTS, family_of
from vlmr1_lint.trainers.options import releases_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["behaviour", "source_of"]

_tables: dict[str, dict[str, Any]] = {}


def behaviour(release: str, name: str) -> Any:
    """What *release* (one of `options.releases`, or of `families.VARIANTS`) does about the behaviour *name*. Raises KeyError."""
    return next(value for value, _ in _values(release, name))


def source_of(release: str, behaviour: str) -> str:
    """Where it was read what *release* does about *behaviour*. Raises KeyError."""
    return next(source for _, source in _values(release, behaviour))


def _table(release: str) -> dict[str, Any]:
    """What the releases of the family of *release* do. Raises KeyError where there is no table of it."""
    family = family_of(release)
    if family is None or not family.claims:
        raise KeyError(release)
    if family.name not in _tables:
        _tables[family.name] = parse(text_of(f"trainers/{family.folder}/claims.json"))
    return _tables[family.name]


def _values(release: str, behaviour: str) -> Iterator[tuple[Any, str]]:
    table, order = VARIANTS.get(release, release), _order(release)
    if table not in order:
        raise KeyError(release)
    lines = _table(release)[behaviour]
    own = [(value_, source) for where, value_, source in lines if release != table and release in where]
    if not own:
        own = [(value_, source) for where, value_, source in lines if any(_covers(span, table, order) for span in where)]
    for value_, source in own:
        yield _frozen(value_), source


def _order(release: str) -> tuple[str, ...]:
    """The releases of the family of *release*, oldest first."""
    family = family_of(release)
    return releases_of(family) if family is not None and family.claims else ()


def _frozen(value_: Any) -> Any:
    if isinstance(value_, dict):
        return {key: _frozen(one) for key, one in value_.items()}
    return tuple(value_) if isinstance(value_, list) else value_


def _covers(span: str, release: str, order: tuple[str, ...]) -> bool:
    first, dots, last = span.partition("..")
    if not dots:
        return span == release
    return order.index(first) <= order.index(release) <= order.index(last)
