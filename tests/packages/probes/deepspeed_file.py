"""A DeepSpeed JSON on its way into DeepSpeed: read by transformers, filled in by the Trainer and by accelerate, then DeepSpeed's.

Request: ``path``; ``alone``: DeepSpeed reads the file itself, nothing is filled in; ``world_sizes``: processes to try, the first
that DeepSpeed takes counts (default: one); ``arguments``: options of the Trainer, which otherwise agree with the file;
``without``: a dotted path: is all the same without that key?
Value: ``zero3`` and ``offload`` (what transformers thinks), ``scheduler`` (who makes it: ``deepspeed`` or ``trainer``),
``filled`` (the config that reaches DeepSpeed), ``deepspeed`` (what DeepSpeed makes of it), ``ignored`` (the answer to
``without``).
"""

import copy
import json
import types
from enum import Enum

import deepspeed.runtime.config
import torch
import transformers.training_args
from accelerate.utils import DeepSpeedPlugin, DummyScheduler
from deepspeed.runtime.config import DeepSpeedConfig
from transformers import TrainingArguments
from transformers.integrations.deepspeed import deepspeed_optim_sched

HIDDEN_SIZE = 2048
"""Hidden size of Qwen2.5-VL-3B, which "auto" bucket sizes are computed from."""

STEPS = 100
"""Training steps of the imagined run."""

# The run is imagined on GPUs that have bf16; the machine that tests need not have any.
transformers.training_args.is_torch_bf16_gpu_available = lambda: True


def answer(request):
    value = {}
    if request.get("alone"):
        config = request["path"]
    else:
        training = TrainingArguments("out", deepspeed=request["path"], **arguments(request))
        value["zero3"] = training.hf_deepspeed_config.is_zero3()
        value["offload"] = training.hf_deepspeed_config.is_offload()
        config = value["filled"] = filled(training)
        value["scheduler"] = scheduler(training)
    value["deepspeed"] = tried(config, request.get("world_sizes") or [1])
    if request.get("without"):
        with open(request["path"]) as file:
            rest = json.load(file)
        *parents, last = request["without"].split(".")
        holder = rest
        for key in parents:
            holder = holder[key]
        del holder[last]
        with open("without.json", "w") as file:
            json.dump(rest, file)
        other = answer({**request, "path": "without.json", "without": None})
        value["ignored"] = other["deepspeed"] == value["deepspeed"]
    return value


def arguments(request):
    """Options of the Trainer that agree with the file, so that only what the file itself says is looked at."""
    with open(request["path"]) as file:
        config = json.load(file)
    agreed = {}
    for key, option in (
        ("train_micro_batch_size_per_gpu", "per_device_train_batch_size"),
        ("gradient_accumulation_steps", "gradient_accumulation_steps"),
        ("gradient_clipping", "max_grad_norm"),
    ):
        if isinstance(config.get(key), (int, float)):
            agreed[option] = config[key]
    for precision in ("bf16", "fp16"):
        section = config.get(precision)
        if isinstance(section, dict) and section.get("enabled") is True:
            agreed[precision] = True
    return {"bf16": "bf16" not in agreed and "fp16" not in agreed, "report_to": "none", **agreed, **request.get("arguments", {})}


def filled(training):
    """The config as Trainer and accelerate (`Accelerator._prepare_deepspeed`) hand it to deepspeed.initialize."""
    model = types.SimpleNamespace(config=types.SimpleNamespace(hidden_size=HIDDEN_SIZE))
    training.hf_deepspeed_config.trainer_config_finalize(training, model, STEPS)
    plugin = DeepSpeedPlugin(hf_ds_config=training.hf_deepspeed_config)
    plugin.fill_match(
        "gradient_accumulation_steps", must_match=False, gradient_accumulation_steps=training.gradient_accumulation_steps
    )
    micro = training.per_device_train_batch_size
    plugin.deepspeed_config_process(
        must_match=False,
        **{
            "gradient_clipping": 1.0,
            "zero_optimization.stage3_gather_16bit_weights_on_model_save": False,
            "train_micro_batch_size_per_gpu": micro,
            "train_batch_size": micro * training.gradient_accumulation_steps * training.world_size,
        },
    )
    return plugin.deepspeed_config


def scheduler(training):
    """Who makes the learning rate scheduler: DeepSpeed, where it gets a dummy without a function that makes the Trainer's."""
    weights = torch.nn.Parameter(torch.zeros(1))
    trainer = types.SimpleNamespace(create_optimizer=lambda: torch.optim.AdamW([weights]), create_scheduler=lambda **_: "its own")
    config = copy.deepcopy(training.hf_deepspeed_config)
    _, made = deepspeed_optim_sched(trainer, config, training, STEPS, [weights])
    return "deepspeed" if isinstance(made, DummyScheduler) and made.lr_scheduler_callable is None else "trainer"


def tried(config, world_sizes):
    problem = None
    for size in world_sizes:
        deepspeed.runtime.config.dist.get_rank = lambda: 0
        deepspeed.runtime.config.dist.get_world_size = lambda size=size: size
        try:
            return {**state(DeepSpeedConfig(copy.deepcopy(config))), "world_size": size}
        except AssertionError as found:
            problem = found
    raise problem


def state(thing):
    """All that DeepSpeed's config object holds, sections too, without its copy of the file."""
    if hasattr(thing, "model_dump"):
        thing = thing.model_dump()
    elif type(thing).__module__.startswith("deepspeed") and hasattr(thing, "__dict__") and not isinstance(thing, (type, Enum)):
        thing = {key: value for key, value in vars(thing).items() if key != "_param_dict"}
    return {key: state(value) for key, value in thing.items()} if isinstance(thing, dict) else thing
