"""``accelerate launch --config_file FILE``, as far as it goes without starting the run, then what the run makes of it.

Request: ``config`` (the accelerate YAML), ``launch_flags`` (further words for accelerate launch); ``deepspeed``: a JSON that the
arguments of the run name.
Value: ``launcher`` (which one is called), ``arguments`` (what it is called with), ``environment`` (the ACCELERATE_* variables
that the run gets), ``deepspeed_config`` (what the run's DeepSpeedPlugin makes of all that; null without DeepSpeed).
"""

import os

import accelerate.commands.launch as launch
import accelerate.utils.launch as preparation
import transformers.training_args
from accelerate.utils import DeepSpeedPlugin
from transformers import TrainingArguments

# The run is imagined on GPUs that have bf16; the machine that tests need not have any.
transformers.training_args.is_torch_bf16_gpu_available = lambda: True


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
    config = None
    if request.get("deepspeed"):
        training = TrainingArguments("out", deepspeed=request["deepspeed"], bf16=True, report_to="none")
        config = training.deepspeed_plugin.deepspeed_config
    elif called["launcher"] == "deepspeed_launcher":
        plugin = DeepSpeedPlugin()
        precision = environment.get("ACCELERATE_MIXED_PRECISION", "no")
        plugin.set_mixed_precision(precision)
        config = plugin.deepspeed_config
    return {
        "launcher": called["launcher"],
        "arguments": vars(called["args"]),
        "environment": environment,
        "deepspeed_config": config,
    }
