"""``accelerate launch --config_file FILE``, as far as it goes without starting the run, then what the run makes of it.

Request: ``config`` (the accelerate YAML), ``launch_flags`` (further words for accelerate launch), ``flags`` (the training
script's words, null to leave the run out).
Value: ``launcher`` (which one is called), ``arguments`` (what it is called with), ``environment`` (the ACCELERATE_* variables
that the run gets), ``deepspeed_config`` (what the run hands to DeepSpeed, null without DeepSpeed; DeepSpeed has taken it),
``precision`` (what the run then trains in, null without ``flags`` and with DeepSpeed).
"""

import os

import accelerate.utils.launch as preparation
import arguments
import deepspeed_file
from accelerate.commands import launch
from accelerate.utils import DeepSpeedPlugin
from transformers import TrainingArguments
from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig


def answer(request):
    called = {}
    prepare = {
        "deepspeed_launcher": lambda args: preparation.prepare_deepspeed_cmd_env(args)[1],
        "multi_gpu_launcher": preparation.prepare_multi_gpu_env,
        "simple_launcher": lambda args: preparation.prepare_simple_launcher_cmd_env(args)[1],
    }
    for name, of in prepare.items():
        setattr(launch, name, lambda args, name=name, of=of: called.update(launcher=name, args=args, environment=of(args)))
    words = ["--config_file", request["config"], *request.get("launch_flags", []), "script.py"]
    launch.launch_command(launch.launch_command_parser().parse_args(words))
    environment = {key: text for key, text in called["environment"].items() if key.startswith(("ACCELERATE_", "FSDP_"))}
    os.environ.update(environment)
    config = precision = None
    if request.get("flags") is not None and called["launcher"] == "multi_gpu_launcher":
        precision = precision_of(request)
    if request.get("flags") is not None and called["launcher"] == "deepspeed_launcher":
        config = run(request)
    elif called["launcher"] == "deepspeed_launcher":
        plugin = DeepSpeedPlugin()
        plugin.set_mixed_precision(environment.get("ACCELERATE_MIXED_PRECISION", "no"))
        config = plugin.deepspeed_config
    if config is not None:
        sizes = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps")
        deepspeed_file.tried({**config, **dict.fromkeys(sizes, 1)}, [1])  # "auto" of these is filled in later
    return {
        "launcher": called["launcher"],
        "arguments": vars(called["args"]),
        "environment": environment,
        "deepspeed_config": config,
        "precision": precision,
    }


def precision_of(request):
    """The precision that the run's arguments leave for accelerate: transformers 4 in its variable, 5 in an attribute."""
    training = next(group for group in arguments.read(request) if isinstance(group, TrainingArguments))
    return getattr(training, "mixed_precision", None) or os.environ["ACCELERATE_MIXED_PRECISION"]


def run(request):
    """The DeepSpeed config of the run with the arguments in ``flags``, when its training starts."""
    training = next(group for group in arguments.read(request) if isinstance(group, TrainingArguments))
    plugin = training.deepspeed_plugin
    if getattr(training, "hf_deepspeed_config", None) is None:  # as Trainer.__init__ does where accelerate brings DeepSpeed
        plugin.hf_ds_config = HfTrainerDeepSpeedConfig(plugin.hf_ds_config.config)
        plugin.hf_ds_config.trainer_config_process(training)
        training.hf_deepspeed_config = plugin.hf_ds_config
    return arguments.deepspeed_config(training, request)
