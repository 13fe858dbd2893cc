#!/bin/bash
# Referring expressions with VLM-R1 on four GPUs. Nothing is wrong with this one.
set -e
cd "$(dirname "$0")/../.."

MODEL=/data/models/Qwen2.5-VL-3B-Instruct
RUN=qwen2_5-vl-3b-rec

torchrun --nproc_per_node 4 --nnodes 1 \
    src/open-r1-multimodal/src/open_r1/grpo_jsonl.py \
    --output_dir /data/runs/$RUN \
    --run_name $RUN \
    --model_name_or_path $MODEL \
    --dataset_name refcoco \
    --data_file_paths /data/refcoco/train.jsonl \
    --image_folders /data/coco \
    --is_reward_customized_from_vlm_module true \
    --task_type rec \
    --reward_funcs accuracy format \
    --num_generations 8 \
    --per_device_train_batch_size 8 \
    --gradient_accumulation_steps 2 \
    --gradient_checkpointing true \
    --max_completion_length 512 \
    --learning_rate 1.0e-6 \
    --num_train_epochs 2 \
    --beta 0.0 \
    --bf16 true \
    --attn_implementation flash_attention_2 \
    --logging_steps 5 \
    --save_steps 100 \
    --save_total_limit 3 \
    --report_to wandb \
    --deepspeed examples/multinode/zero3.json
