"""Files of runs that tests of ``plan`` plan."""

from __future__ import annotations

VLM = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data.jsonl
image_folders: images
deepspeed: zero3.json
bf16: true
attn_implementation: flash_attention_2
gradient_checkpointing: true
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
num_generations: 8
max_completion_length: 2048
"""
ZERO3 = '{\n  "zero_optimization": {"stage": 3},\n  "bf16": {"enabled": "auto"}\n}\n'
TRL = """\
model_name_or_path: Qwen/Qwen2.5-7B-Instruct
dataset_name: open-r1/OpenR1-Math-220k
bf16: true
torch_dtype: bfloat16
gradient_checkpointing: true
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
num_generations: 8
max_completion_length: 1024
"""
Z2 = """\
compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  zero_stage: 2
num_processes: 8
"""
TORCHRUN = """\
torchrun --nproc_per_node 8 --nnodes 1 src/open_r1/grpo_jsonl.py --deepspeed zero3.json --output_dir out \\
  --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --data_file_paths a.jsonl --image_folders images \\
  --per_device_train_batch_size 8 --num_generations 8 --bf16 --gradient_checkpointing true
"""
