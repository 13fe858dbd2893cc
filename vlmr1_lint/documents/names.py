"""Names by which a file is recognised, as data: recognition must not load the option tables (1 MB) to reject a foreign file.

A test holds OPTIONS equal to the tables in `vlmr1_lint.facts`.
"""

from __future__ import annotations

__all__ = ["ACCELERATE", "DEEPSPEED", "MODEL_CONFIG", "NAMES_NEEDED", "OPTIONS", "SPECIFIC", "TRAINER_STATE", "are_ours"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

NAMES_NEEDED = 3
"""Known names that make a file ours, where names alone decide (design, section 1)."""

OPTIONS = frozenset(
    """
    accelerator_config activation_checkpointing activation_checkpointing_kwargs activation_offloading adafactor
    adam_beta1 adam_beta2 adam_epsilon arrow_cache_dir assistant_only_loss attn_implementation auto_find_batch_size
    average_tokens_across_devices base_model_attribute_name batch_eval_metrics benchmarks beta bf16 bf16_full_eval
    bnb_4bit_quant_storage bnb_4bit_quant_type cache_implementation callbacks cast_lm_head_to_fp32 chars_per_token
    chat_template chat_template_kwargs chat_template_path code_eval_scoring_mode code_eval_test_batch_size code_language
    code_provider completion_only_loss cosine_max_len cosine_max_value_correct cosine_max_value_wrong
    cosine_min_value_correct cosine_min_value_wrong data_file_paths data_seed dataloader_drop_last dataloader_in_order
    dataloader_multiprocessing_context dataloader_num_workers dataloader_persistent_workers dataloader_pin_memory
    dataloader_prefetch_factor dataset_batch_size dataset_config dataset_kwargs dataset_mixture dataset_name
    dataset_num_proc dataset_prompt_column dataset_streaming dataset_test_split dataset_text_field dataset_train_split
    datasets ddp_backend ddp_broadcast_buffers ddp_bucket_cap_mb ddp_find_unused_parameters ddp_static_graph ddp_timeout
    debug deepspeed delta disable_dropout disable_tqdm discopop_tau dispatch_batches do_eval do_predict do_train
    ds3_gather_for_generation dtype e2b_router_url enable_jit_checkpoint entropy_coef entropy_coef_delta
    entropy_coef_max entropy_coef_min entropy_target eos_token epsilon epsilon_high eval_accumulation_steps eval_delay
    eval_do_concat_batches eval_on_start eval_packing eval_steps eval_strategy eval_use_gather_object
    evaluation_strategy f_alpha_divergence_coef f_divergence_type force_use_ref_model fp16 fp16_backend fp16_full_eval
    fp16_opt_level freeze_vision_modules fsdp fsdp_config fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap
    full_determinism generate_during_eval generation_batch_size generation_kwargs gradient_accumulation_steps
    gradient_checkpointing gradient_checkpointing_kwargs gradient_checkpointing_use_reentrant greater_is_better
    group_by_length half_precision_backend hub_always_push hub_model_id hub_model_revision hub_private_repo hub_revision
    hub_strategy hub_token ignore_bias_buffers ignore_data_skip image_folders image_root importance_sampling_level
    include_for_metrics include_inputs_for_metrics include_num_input_tokens_seen include_tokens_per_second ioi_provider
    is_encoder_decoder is_reward_customized_from_vlm_module jit_mode_eval label_names label_pad_token_id label_smoothing
    label_smoothing_factor ld_alpha learning_rate length_column_name liger_kernel_config load_best_model_at_end
    load_in_4bit load_in_8bit local_rank log_completions log_completions_hub_repo log_level log_level_replica
    log_multimodal log_on_each_node log_unique_prompts logging_dir logging_first_step logging_nan_inf_filter
    logging_steps logging_strategy lora_alpha lora_dropout lora_modules_to_save lora_r lora_target_modules
    lora_target_parameters lora_task_type loss_type loss_weights lr_scheduler_kwargs lr_scheduler_type
    mask_truncated_completions max_anyres_num max_completion_len max_completion_length max_grad_norm max_length
    max_pixels max_prompt_length max_seq_length max_steps max_tool_calling_iterations metric_for_best_model min_p
    min_pixels model_adapter_name model_init_kwargs model_name_or_path model_revision morph_router_url mp_parameters
    multi_objective_aggregation neftune_noise_alpha no_cuda num_completions_to_print num_generations
    num_generations_eval num_iterations num_of_sequences num_train_epochs off_policy_mask_threshold optim optim_args
    optim_target_modules output_dir overwrite_hub_revision overwrite_output_dir packing packing_strategy
    pad_to_multiple_of pad_token padding_free padding_value parallel_code_exec_per_proc parallelism_config past_index
    per_device_eval_batch_size per_device_train_batch_size per_gpu_eval_batch_size per_gpu_train_batch_size
    precompute_ref_batch_size precompute_ref_log_probs prediction_loss_only project push_to_hub push_to_hub_model_id
    push_to_hub_organization push_to_hub_revision push_to_hub_token ray_scope ref_adapter_name ref_model_init_kwargs
    ref_model_mixup_alpha ref_model_sync_steps reference_free remove_unused_columns repetition_max_penalty
    repetition_n_grams repetition_penalty report_to restore_callback_states_from_checkpoint resume_from_checkpoint
    reward_funcs reward_method reward_model_name_or_path reward_weights router_aux_loss_coef rpo_alpha run_name
    sapo_temperature_neg sapo_temperature_pos save_on_each_node save_only_model save_safetensors save_steps
    save_strategy save_total_limit scale_rewards seed shuffle_dataset skip_memory_metrics soft_punish_cache
    split_batches steps_per_generation streaming sync_ref_model system_prompt task_type temperature test_split_size tf32
    tools top_entropy_quantile top_k top_p torch_compile torch_compile_backend torch_compile_mode torch_dtype
    torch_empty_cache_steps torchdynamo tp_size tpu_metrics_debug tpu_num_cores trackio_bucket_id trackio_space_id
    trackio_static_space_id train_sampling_strategy transformers_continuous_batching_config truncation_mode
    trust_remote_code use_adaptive_entropy use_bias_correction_kl use_bnb_nested_quant use_cache use_cpu use_dora
    use_ipex use_legacy_prediction_loop use_liger use_liger_kernel use_liger_loss use_logits_to_keep use_mps_device
    use_num_logits_to_keep use_peft use_rslora use_transformers_continuous_batching use_transformers_paged use_vllm
    use_weighting val_split_ratio vespo_k_neg vespo_k_pos vespo_lambda_neg vespo_lambda_pos vllm_device vllm_dtype
    vllm_enable_prefix_caching vllm_enable_sleep_mode vllm_gpu_memory_utilization vllm_group_port
    vllm_guided_decoding_regex vllm_importance_sampling_cap vllm_importance_sampling_clip_max
    vllm_importance_sampling_clip_min vllm_importance_sampling_correction vllm_importance_sampling_mode
    vllm_max_model_len vllm_max_model_length vllm_mode vllm_model_impl vllm_server_base_url vllm_server_host
    vllm_server_port vllm_server_timeout vllm_structured_outputs_regex vllm_tensor_parallel_size vlm_trainer
    wandb_entity wandb_log_unique_prompts wandb_project wandb_run_group warmup_ratio warmup_steps weight_decay
    """.split()
)
"""Every option of TRL's GRPO, SFT and DPO scripts, VLM-R1, R1-V, open-r1 and the alignment handbook, in any release."""

SPECIFIC = frozenset(
    """
    per_device_train_batch_size per_device_eval_batch_size gradient_accumulation_steps gradient_checkpointing
    gradient_checkpointing_kwargs num_train_epochs lr_scheduler_type num_generations max_prompt_length
    max_completion_length reward_funcs val_split_ratio use_vllm vllm_mode steps_per_generation dataset_mixture
    save_total_limit freeze_vision_modules dataset_mixer
    """.split()
)
"""Those that only such trainers have: one of them must be there. ``output_dir`` or ``seed`` say nothing."""

DEEPSPEED = frozenset(
    """
    zero_optimization train_micro_batch_size_per_gpu train_batch_size gradient_accumulation_steps gradient_clipping
    fp16 bf16 steps_per_print wall_clock_breakdown optimizer scheduler zero_allow_untested_optimizer
    zero_force_ds_cpu_optimizer communication_data_type activation_checkpointing flops_profiler
    """.split()
)
"""Top-level keys of a DeepSpeed configuration (deepspeed/runtime/constants.py)."""

ACCELERATE = frozenset(
    """
    compute_environment distributed_type num_processes num_machines machine_rank main_process_ip main_process_port
    main_training_function mixed_precision deepspeed_config fsdp_config megatron_lm_config rdzv_backend same_network
    downcast_bf16 dynamo_config use_cpu gpu_ids tpu_env tpu_use_cluster tpu_use_sudo enable_cpu_affinity debug
    """.split()
)
"""Top-level keys of a configuration written by ``accelerate config`` (accelerate/commands/config/config_args.py)."""

MODEL_CONFIG = ("architectures", "model_type", "transformers_version")
"""Top-level keys of a model's config.json; in YAML a fork's arguments may be called so."""
TRAINER_STATE = frozenset(("global_step", "log_history"))
"""Keys that transformers' ``TrainerState`` writes into the ``trainer_state.json`` of each checkpoint (trainer_callback.py)."""


def are_ours(names: Collection[str]) -> bool:
    """Whether options of these names are a training's: enough known ones, one of which only such trainers have."""
    return len(OPTIONS.intersection(names)) >= NAMES_NEEDED and not SPECIFIC.isdisjoint(names)
