"""The arguments of a training script, read by the parser and the classes that the script uses; then DeepSpeed's share of them.

Request: ``path`` (args file) or ``flags``; ``classes``: ``trl``, ``trl-sft``, ``trl-dpo`` or ``vlm-r1`` (which needs
``vlm_r1``, a folder with its source tree); ``world_size``; ``as_written``: leave out what the example leaves out;
``finalize``: also what the Trainer does to the DeepSpeed config when training starts; ``internvl``: for a model whose config has
its sizes in llm_config; ``lacks``: what the imagined GPU does not compute in, ``bf16`` or ``tf32``.
Value: every argument, ``yaml`` (what PyYAML alone makes of the file), ``environment`` (what became of its ``env``) and
``deepspeed_config`` (what reaches DeepSpeed).
"""

import ast
import os
import sys
import types

import torch
import transformers.training_args
import yaml
from transformers import TrainingArguments
from trl import TrlParser

HIDDEN_SIZE = 2048
"""Hidden size of Qwen2.5-VL-3B, which "auto" bucket sizes are computed from."""

STEPS = 100
"""Training steps of the imagined run."""

NEEDED = {"output_dir": "out", "dataset_name": "any", "model_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct"}
"""Options that some release requires and that examples about something else leave out."""

# The run is imagined on GPUs that have bf16 and tf32; the machine that tests need not have any.
transformers.training_args.is_torch_bf16_gpu_available = lambda: True
transformers.training_args.is_torch_tf32_available = lambda: True


def answer(request):
    size = request.get("world_size") or 1
    TrainingArguments.world_size = property(lambda self: size)
    lacking(request.get("lacks"), request)
    values = {"yaml": written(request)}
    groups = read(request)
    values["environment"] = {name: os.environ.get(name) for name in (values["yaml"] or {}).get("env") or {}}
    for group in groups:
        values.update({name: getattr(group, name, None) for name in group.__dataclass_fields__})
        if isinstance(group, TrainingArguments):
            values["train_batch_size"] = group.train_batch_size
            values["deepspeed_config"] = deepspeed_config(group, request) if request.get("finalize") else None
    return values


def lacking(what, request):
    """Makes the imagined GPU an older one."""
    if what == "tf32":
        transformers.training_args.is_torch_tf32_available = lambda: False
    elif what == "bf16":
        parser(request)  # packages that are imported with it look for a GPU of their own
        transformers.training_args.is_torch_bf16_gpu_available = lambda: False
        torch.cuda.is_available = lambda: True  # transformers 4 asks for bf16 only where there is a GPU


def written(request):
    """What PyYAML makes of the args file, None without one."""
    if not request.get("path"):
        return None
    with open(request["path"], encoding="utf-8") as file:
        return yaml.safe_load(file)


def read(request, classes=None):
    """The script's argument objects, script arguments first; *classes* where the script's module is at hand."""
    argv = list(request.get("flags") or [])
    if request.get("path"):
        argv += ["--config", request["path"]]
    if not request.get("as_written"):
        for name, value in NEEDED.items():
            if not any(word.startswith("--" + name) for word in argv) and name not in (written(request) or {}):
                argv += ["--" + name, value]
    of_script = TrlParser(classes) if classes else parser(request)
    return of_script.parse_args_and_config(argv)


def parser(request):
    """The parser of the script: TRL's own scripts make theirs themselves."""
    which = request["classes"]
    if which == "vlm-r1":
        return TrlParser(vlm_r1_classes(request["vlm_r1"]))
    if which == "trl-sft":
        from trl.scripts.sft import make_parser
    elif which == "trl-dpo":
        from trl.scripts.dpo import make_parser
    else:
        from trl.scripts.grpo import make_parser
    return make_parser()


def vlm_r1_classes(source):
    """VLM-R1's three classes. grpo_jsonl.py imports far more than they need, so only their definitions are run."""
    names = {"GRPOScriptArguments", "GRPOModelConfig"}
    space = types.ModuleType("vlm_r1_arguments")
    sys.modules[space.__name__] = space
    exec(
        "from dataclasses import dataclass, field\nfrom typing import Optional\nfrom trl import ModelConfig, ScriptArguments\n",
        space.__dict__,
    )
    for path, wanted in (("grpo_jsonl.py", names), ("trainer/grpo_config.py", None)):
        file = os.path.join(source, "src/open-r1-multimodal/src/open_r1", path)
        with open(file, encoding="utf-8") as text:
            tree = ast.parse(text.read(), file)
        if wanted is not None:
            tree.body = [node for node in tree.body if getattr(node, "name", None) in wanted]
        exec(compile(tree, file, "exec"), space.__dict__)
    return space.GRPOScriptArguments, space.GRPOConfig, space.GRPOModelConfig


def deepspeed_config(training, request):
    """What DeepSpeed is handed: the file with what Trainer and accelerate put in when training starts."""
    config = getattr(training, "hf_deepspeed_config", None)
    if config is None:
        return None
    size = types.SimpleNamespace(hidden_size=HIDDEN_SIZE)
    model = types.SimpleNamespace(config=types.SimpleNamespace(llm_config=size) if request.get("internvl") else size)
    config.trainer_config_finalize(training, model, STEPS)
    return config.config
