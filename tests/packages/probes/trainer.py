"""The trainer itself, made with the arguments of an example and a model of a few thousand random weights; it takes no step.

Request: as for the probe `arguments`. ``world_size`` processes are pretended, there is one.
``evaluate``: evaluate once; ``checkpoints``, ``generate``: numbers for the value's ``kept`` and ``tokens`` (see below);
``own_attention``: VLM-R1's trainer is given the attention that its script would give it; ``vision``: TRL's trainer is given a
vision-language model with a processor of its tokenizer alone; ``load``: save the adapter, and load it with PEFT's class for
language models.
Value: ``reference``: whether there is a reference model; ``all_trained``: no weight is frozen; ``kept``; ``tokens``; of the model
``dtype``, ``attention``, ``quantized`` and ``adapted`` (names of the modules with an adapter); ``generation``: the settings that
it samples with; ``vllm``: whether vLLM was imported.
"""

import copy
import os
import sys
import types

import accelerate
import arguments
import peft as peft_models
import tiny
import torch
import transformers.trainer_utils
import trl
from datasets import Dataset
from transformers import AutoTokenizer, Qwen2_5_VLForConditionalGeneration, TrainingArguments


def answer(request):
    size = request.get("world_size") or 1
    accelerate.Accelerator.num_processes = property(lambda self: size)
    TrainingArguments.world_size = property(lambda self: size)
    TrainingArguments.n_gpu = property(lambda self: 1)
    leave_out_deepspeed(request.get("path"))
    groups = arguments.read(request)
    training = next(group for group in groups if isinstance(group, TrainingArguments))
    script = groups[0]
    peft = trl.get_peft_config(groups[2])
    training.use_cpu = True
    rows = Dataset.from_list([{"prompt": "hello"}] * 64)
    evaluated = rows if training.eval_strategy != "no" else None
    names = getattr(script, "reward_funcs", None) or ["accuracy"]
    rewards = [lambda completions, **_: [0.0] * len(completions) for _ in names]
    if request["classes"] == "vlm-r1":
        if not script.val_split_ratio:
            evaluated = None  # grpo_jsonl.py makes a validation split for a ratio above 0 alone
        attention = groups[2].attn_implementation if request.get("own_attention") else "eager"
        made = vlm_r1_trainer(request["vlm_r1"], rewards, training, rows, evaluated, peft, attention)
    else:
        (tiny.vision_model if request.get("vision") else tiny.text_model)("model")
        made = trl.GRPOTrainer(
            model="model",
            reward_funcs=rewards,
            args=training,
            train_dataset=rows,
            eval_dataset=evaluated,
            processing_class=tiny.processor() if request.get("vision") else tiny.tokenizer(),
            peft_config=peft,
        )
    if request.get("evaluate"):
        made.evaluate()
    if request.get("load"):
        made.save_model("adapter")
        peft_models.AutoPeftModelForCausalLM.from_pretrained("adapter")
    return {
        "reference": made.ref_model is not None,
        "all_trained": all(weights.requires_grad for weights in made.model.parameters()),
        "kept": kept_checkpoints(made, request["checkpoints"]) if request.get("checkpoints") else None,
        "tokens": longest(made, request["generate"]) if request.get("generate") else None,
        "dtype": str(made.model.dtype),
        "attention": made.model.config._attn_implementation,
        "quantized": getattr(made.model, "quantization_method", None) is not None,
        "adapted": adapted(made.model),
        "generation": made.generation_config.to_dict(),
        "vllm": "vllm" in sys.modules,
    }


def adapted(model):
    """The last parts of the names of modules that have an adapter."""
    return sorted({name.split(".lora_A")[0].rpartition(".")[2] for name, _ in model.named_parameters() if ".lora_A" in name})


def kept_checkpoints(made, number):
    """How many of *number* checkpoints are left when the trainer has made room for a new one."""
    for step in range(number):
        os.makedirs(f"run/checkpoint-{step + 1}")
    if hasattr(made, "_rotate_checkpoints"):
        made._rotate_checkpoints(output_dir="run")
    else:
        transformers.trainer_utils.rotate_checkpoints("run", save_total_limit=made.args.save_total_limit)
    return len(os.listdir("run"))


def longest(made, prompt):
    """Tokens of a sequence, prompt included, that the trainer's settings generate from *prompt* tokens without an end token."""
    settings = copy.deepcopy(made.generation_config)
    settings.eos_token_id = None
    made.model.generation_config.eos_token_id = None
    tokens = made.model.generate(torch.full((1, prompt), 3), generation_config=settings)
    return tokens.shape[1]


def leave_out_deepspeed(path):
    """What is looked at here comes with and without DeepSpeed, which would want its processes and a compiler."""
    if path:
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith("deepspeed:")]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)


def vlm_r1_trainer(source, rewards, training, rows, evaluated, peft, attention):
    """VLM-R1's trainer. Its modules for model families are left out, being about images; a small one stands for them."""
    root = os.path.join(source, "src/open-r1-multimodal/src/open_r1")
    for name, path in (("open_r1", root), ("open_r1.vlm_modules", root + "/vlm_modules"), ("open_r1.trainer", root + "/trainer")):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [path]
    from open_r1.trainer.grpo_trainer import VLMGRPOTrainer
    from open_r1.vlm_modules.vlm_module import VLMBaseModule

    answers = {
        "get_vlm_key": "qwen",
        "get_model_class": Qwen2_5_VLForConditionalGeneration,
        "get_processing_class": AutoTokenizer,
        "get_vision_modules_keywords": ["visual"],
        "get_custom_multimodal_keywords": [],
        "get_non_generate_params": [],
        "get_custom_processing_keywords": [],
        "prepare_prompt": None,
        "prepare_model_inputs": None,
        "get_question_template": "",
    }
    module = type("Module", (VLMBaseModule,), {name: lambda self, *_, value=value: value for name, value in answers.items()})
    tiny.vision_model("model")
    return VLMGRPOTrainer(
        model="model",
        reward_funcs=rewards,
        args=training,
        vlm_module=module(),
        train_dataset=rows,
        eval_dataset=evaluated,
        peft_config=peft,
        attn_implementation=attention,
    )
