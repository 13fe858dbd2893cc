"""Files that tests of several rooms lint."""

from __future__ import annotations

MULTINODE = """\
output_dir: /path/to/output/runs/my-vlm-run
model_name_or_path: /path/to/models/Qwen2.5-VL-3B-Instruct
dataset_name: my-dataset
data_file_paths: /path/to/data/train.jsonl
image_folders: /path/to/images
max_prompt_length: 1024
per_device_train_batch_size: 1
gradient_accumulation_steps: 2
logging_steps: 1
bf16: true
report_to: wandb
gradient_checkpointing: false
deepspeed: /path/to/config/zero3.json
attn_implementation: flash_attention_2
max_pixels: 401408
max_steps: 500
run_name: my-vlm-run
save_steps: 100
save_total_limit: 3
save_only_model: true
num_generations: 8
"""
"""An args file of the shape of VLM-R1's multinode example, with its two faults on small fleets."""
