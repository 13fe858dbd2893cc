"""Runs from text, for tests: an args file and the files that it names, as the command line would read them."""

from __future__ import annotations

import os

from vlmr1_lint.memory.setup import Data
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.rulefiles.catalogue import Catalogue
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

ZERO2 = (
    '{"zero_optimization": {"stage": 2, "reduce_bucket_size": 2e8}, "optimizer": {"type": "AdamW"}, "bf16": {"enabled": "auto"}}'
)
ZERO3 = '{"zero_optimization": {"stage": 3, "reduce_bucket_size": "auto", "sub_group_size": 1e9}, "bf16": {"enabled": "auto"}}'
OFFLOAD = (
    '{"zero_optimization": {"stage": 3, "offload_optimizer": {"device": "cpu"}, "offload_param": {"device": "cpu"}},'
    ' "optimizer": {"type": "AdamW"}, "bf16": {"enabled": "auto"}}'
)
FILES = {"zero2.json": ZERO2, "zero3.json": ZERO3, "offload.json": OFFLOAD}

VLM_R1 = {
    "model_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct",
    "data_file_paths": "data.jsonl",
    "image_folders": "images",
    "deepspeed": "zero3.json",
    "bf16": True,
    "attn_implementation": "flash_attention_2",
    "gradient_checkpointing": True,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 2,
    "num_generations": 8,
    "max_completion_length": 1024,
}
"""Options of VLM-R1's shape."""
TRL = {
    "model_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct",
    "reward_funcs": "accuracy",
    "deepspeed": "zero2.json",
    "bf16": True,
    "torch_dtype": "bfloat16",
    "attn_implementation": "flash_attention_2",
    "gradient_checkpointing": True,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 4,
    "num_generations": 8,
    "max_completion_length": 512,
    "beta": 0.04,
}
SFT = {
    "model_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct",
    "dataset_name": "data",
    "deepspeed": "zero2.json",
    "torch_dtype": "bfloat16",
    "bf16": True,
    "attn_implementation": "flash_attention_2",
    "gradient_checkpointing": True,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 2,
    "packing": False,
    "max_seq_length": 4096,
}


def run_of(options, *, trainer="vlm-r1@head", gpus="4xA100-40G", files=None, **more):
    """The one run of an args file with *options*; *more* overrides them, None removes an option."""
    written = {name: value for name, value in {**options, **more}.items() if value is not None}
    text = "".join(f"{name}: {_yaml(value)}\n" for name, value in written.items())
    return _run_in("args.yaml", text, files, Given(gpus=gpus, trainer=trainer))


def run_of_script(text, *, trainer="vlm-r1@head", gpus="4xA100-40G", files=None):
    """The one run of a launch script."""
    return _run_in("run.sh", text, files, Given(gpus=gpus, trainer=trainer))


def _run_in(name, text, files, given):
    root = os.path.realpath("/nowhere")
    overlays = {name: text, **FILES, **(files or {})}
    sources = Sources(root, {os.path.join(root, path): content.encode() for path, content in overlays.items()})
    (run,) = Session(sources, [os.path.join(root, name)], Preferences(given, catalogue=Catalogue(()))).runs()
    return run


def _yaml(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


DATA = Data()


ZERO3_SETUP = {
    "world_size": 4,
    "engine": "deepspeed",
    "stage": 3,
    "reference": "shard",
    "attention": "flash_repeated_padded",
    "batch": 8,
    "accumulation": 2,
    "completion": 1024,
    "max_pixels": 12_845_056,
}
"""Fields of `Setup`: full fine-tuning under ZeRO-3 on four cards, as VLM-R1's guide starts."""
