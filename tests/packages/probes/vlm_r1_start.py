"""VLM-R1's own start: grpo_jsonl.py with the arguments and rows of an example, then its trainer and its module for the model
family, made in earnest. Only what would be downloaded is small: the model is a Qwen2.5-VL of a few thousand random weights.

Request: ``path`` or ``flags``, ``vlm_r1``; ``rewards``: make no trainer, but ask every reward function about one answer, in the
environment that the example's script exports. Value: ``rewards``: how many answered.
"""

import importlib
import json
import os
import re
from types import SimpleNamespace
from unittest import mock

import arguments
import datasets
import tiny
import vlm_r1
from trainer import leave_out_deepspeed
from transformers import Qwen2_5_VLForConditionalGeneration

MAP = datasets.Dataset.map
ROW = {"conversations": [{"value": "question"}, {"value": "answer"}]}


class Small:
    """What models are loaded with."""

    @staticmethod
    def from_pretrained(*_, **__):
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained("model", attn_implementation="eager")
        model.conv_template, model.num_image_token = SimpleNamespace(sep="<eos>"), 1  # InternVL's own code has them
        return model


def answer(request):
    datasets.Dataset.map = lambda self, function, num_proc=None, **more: MAP(self, function, **more)
    leave_out_deepspeed(request.get("path"))
    module = vlm_r1.load(request["vlm_r1"], "grpo_jsonl")
    module.initialize_tokenizer = lambda path: None
    groups = arguments.read(request, (module.GRPOScriptArguments, module.GRPOConfig, module.GRPOModelConfig))
    groups[0].data_file_paths, groups[0].image_folders = "rows.jsonl", "images"
    with open("rows.jsonl", "w") as file:
        file.write(f"{json.dumps(ROW)}\n" * 8)
    try:
        module.main(*groups)
    except vlm_r1.Reached as reached:
        given = reached.given
    if request.get("rewards"):
        (script,) = (text for name, text in request["files"].items() if name.endswith(".sh"))
        return {"rewards": ask(given["reward_funcs"], dict(re.findall(r'export (\w+)="?([^"\n]*)', script)))}
    groups[1].use_cpu = True
    start(given)
    return {}


def start(given):
    tiny.vision_model("model")
    loaders = {"AutoModel": Small, "AutoConfig": mock.MagicMock(), "Glm4vForConditionalGeneration": Small}
    loaders["AutoProcessor"] = SimpleNamespace(from_pretrained=lambda *_, **__: tiny.tokenizer())
    for name in ("Qwen2_5_VLForConditionalGeneration", "Qwen2VLForConditionalGeneration"):
        loaders[name] = Small
    for name, loader in loaders.items():
        for script in ("qwen_module", "internvl_module", "glm_module"):
            home = importlib.import_module(f"open_r1.vlm_modules.{script}")
            if hasattr(home, name):
                setattr(home, name, loader)
    importlib.import_module("open_r1.trainer.grpo_trainer").VLMGRPOTrainer(**given)


def ask(functions, environment):
    os.environ.update(environment)
    completion = [[{"role": "assistant", "content": "<think>x</think><answer>answer</answer>"}]]
    row = {
        "solution": ["<answer> answer </answer>"],
        "problem": ["question"],
        "accu_reward_method": ["default"],
        "image_path": [None],
    }
    for function in functions:
        function(completions=completion, prompts=[["question"]], **row)
    return len(functions)
