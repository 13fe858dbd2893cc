"""Small trainers and a training script of our own, and what the extractors say of them with some of their lines changed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import ScriptCode, TrainerCode
from vlmr1_lint.claims.extract import of_script, of_trainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlmr1_lint.claims.claim import Claim

NOT_UNDERSTOOD = "not understood"
LIBRARY = "left to the library"

ROWS = """
class RowsGRPOTrainer(Trainer):
    def __init__(self, model, args, peft_config=None, attn_implementation="sdpa", torch_dtype="bfloat16"):
        model_init_kwargs = args.model_init_kwargs or {}
        model_init_kwargs["attn_implementation"] = attn_implementation
        if model_init_kwargs.get("torch_dtype") is None:
            model_init_kwargs["torch_dtype"] = torch_dtype
        model_init_kwargs["use_cache"] = False if args.gradient_checkpointing else model_init_kwargs.get("use_cache")
        model_cls = self.vlm_module.get_model_class(model, model_init_kwargs)
        model = model_cls.from_pretrained(model, **model_init_kwargs)
        if peft_config is not None:
            peft_config.target_modules = linear_layers(model)
            model = get_peft_model(model, peft_config)
        if args.gradient_checkpointing:
            model = self.checkpointed(model)
        self.beta = args.beta
        if self.beta == 0.0:
            self.ref_model = None
        elif is_deepspeed_zero3_enabled():
            self.ref_model = AutoModelForCausalLM.from_pretrained(model_id, **model_init_kwargs)
        elif is_peft_model(model):
            self.ref_model = None
        else:
            self.ref_model = create_reference_model(model)
        self.max_prompt_length = None
        self.num_generations = args.num_generations
        self.generation_config = GenerationConfig(max_new_tokens=args.max_completion_length, do_sample=True, temperature=1)
        self._buffered_inputs = [None] * args.gradient_accumulation_steps
        super().__init__(model=model, args=args)
        rows = args.per_device_train_batch_size * self.accelerator.num_processes
        groups = [size for size in range(2, rows + 1) if rows % size == 0]
        if self.num_generations not in groups:
            raise ValueError(rows)
        rows = args.per_device_eval_batch_size * self.accelerator.num_processes
        if rows % self.num_generations != 0:
            raise ValueError(rows)
        if self.ref_model is not None:
            self.ref_model = prepare_deepspeed(self.ref_model, self.accelerator)

    def checkpointed(self, model):
        model.gradient_checkpointing_enable()
        model.enable_input_require_grads()
        return model

    def _get_train_sampler(self):
        return RepeatRandomSampler(data_source=self.train_dataset, mini_repeat_count=self.num_generations)

    def _get_per_token_logps(self, model, input_ids, attention_mask, **images):
        return log_probabilities(model(input_ids=input_ids, attention_mask=attention_mask, **images).logits)

    def completions(self, model, prompt_inputs):
        with unwrap_model_for_generation(model, self.accelerator) as unwrapped:
            return unwrapped.generate(**prompt_inputs, generation_config=self.generation_config)

    def losses(self, model, ids):
        if self.beta == 0.0:
            ref_per_token_logps = None
        else:
            ref_per_token_logps = self._get_per_token_logps(self.ref_model, ids)
        if ref_per_token_logps is not None:
            ref_per_token_logps = ref_per_token_logps[:, 1:]
        return ref_per_token_logps
"""
"""A trainer whose sampler repeats the prompts: a row of the batch is a sequence."""

PROMPTS = """
class PromptsGRPOTrainer(Trainer):
    def __init__(self, model, args, peft_config=None):
        model_init_kwargs = args.model_init_kwargs or {}
        if "Qwen2-VL" in model_id:
            model = Qwen2VLForConditionalGeneration.from_pretrained(model, **model_init_kwargs)
        else:
            model = AutoModelForCausalLM.from_pretrained(model, **model_init_kwargs)
        if peft_config is not None:
            model = get_peft_model(model, peft_config)
        if is_deepspeed_zero3_enabled():
            self.ref_model = Qwen2VLForConditionalGeneration.from_pretrained(model_id, **model_init_kwargs)
        elif peft_config is None:
            self.ref_model = create_reference_model(model)
        else:
            self.ref_model = None
        self.max_prompt_length = args.max_prompt_length
        self.num_generations = args.num_generations
        self.generation_config = GenerationConfig(num_return_sequences=self.num_generations, temperature=args.temperature)
        self.warm_config = GenerationConfig(max_new_tokens=1, temperature=0.1)

    def compute_loss(self, model, inputs):
        prompt_inputs = self.processing_class(inputs)
        prompt_ids = prompt_inputs["input_ids"]
        if self.max_prompt_length is not None:
            prompt_ids = prompt_ids[:, -self.max_prompt_length :]
        with unwrap_model_for_generation(model, self.accelerator) as unwrapped:
            unwrapped.generate(**prompt_inputs, generation_config=self.warm_config)
            completions = unwrapped.generate(**prompt_inputs, generation_config=self.generation_config)

        def get_per_token_logps(model, input_ids, logits_to_keep):
            return log_probabilities(model(input_ids).logits[:, -logits_to_keep:])

        return get_per_token_logps(model, completions, 8)
"""
"""A trainer that makes num_generations sequences of each row."""

ENGINE = """
class GroupsGRPOVLLMTrainer(Trainer):
    def __init__(self, model, args):
        self.num_generations = args.num_generations
        self.generation_config = GenerationConfig(num_return_sequences=self.num_generations, temperature=0.3)
        self.llm = LLM(model=model.name_or_path, device=args.vllm_device)
        self.sampling_params = SamplingParams(temperature=args.temperature, max_tokens=args.max_completion_length)

    def _prepare_inputs(self, inputs):
        with unwrap_model_for_generation(self.model, self.accelerator, gather_deepspeed3_params=False) as unwrapped:
            self.llm.load_weights(unwrapped.state_dict())
        if self.args.use_vllm:
            sampling_params = copy.deepcopy(self.sampling_params)
            sampling_params.n = self.num_generations
            return self.llm.generate(inputs, sampling_params=sampling_params)
        return self.model.generate(**inputs, generation_config=self.generation_config)
"""
"""A class that scripts start for use_vllm only."""

OPTIONS = """
class OurGRPOTrainer(GRPOTrainer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
"""
"""A class made from TRL's that changes nothing."""

SCRIPT = """
registry_of_rewards = {"accuracy": accuracy_reward}

def accuracy_reward(completions, **kwargs):
    if os.getenv("DEBUG_MODE") == "true":
        log_path = os.getenv("LOG_PATH")
        with open(log_path, "a") as f:
            f.write("accuracy")
    return [1.0 for _ in completions]

def module_of(model_name):
    if "qwen" in model_name.lower():
        return QwenModule
    elif "internvl" in model_name.lower():
        return InternModule
    else:
        raise ValueError(model_name)

def main(script_args, training_args, model_args):
    reward_funcs = [registry_of_rewards[name] for name in script_args.reward_funcs]
    rows = [script_args.val_split_ratio]
    for data_file in script_args.data_file_paths.split(":"):
        with open(data_file) as f:
            for line in f:
                rows.append(json.loads(line))
    trainer = RowsGRPOTrainer(
        model=model_args.model_name_or_path,
        train_dataset=splits["train"],
        eval_dataset=splits.get("validation") if training_args.eval_strategy != "no" else None,
    )
    if list(pathlib.Path(training_args.output_dir).glob("checkpoint-*")):
        trainer.train(resume_from_checkpoint=True)
    else:
        trainer.train()
"""
"""A training script."""


def changed(source: str, old: str, new: str) -> str:
    """*source* with the one text *old* in it replaced, whose lines keep their indentation."""
    assert not old or source.count(old) == 1, (old, source.count(old))
    return source.replace(old, new) if old else source


def trainer_code(source: str, config: str = "") -> TrainerCode:
    """The last class of *source*, made from the one before it if there are two, with the class of the options in *config*."""
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)][::-1]
    base = classes[-1].bases[0]
    assert isinstance(base, ast.Name)
    options = ast.parse(config).body
    assert not options or isinstance(options[0], ast.ClassDef)
    of_options = ("trainer/config.py", options[0]) if options and isinstance(options[0], ast.ClassDef) else None
    return TrainerCode([("trainer/ours.py", one) for one in classes], base.id, of_options)


def claimed(name: str, source: str, config: str = "") -> object:
    """What the trainer's *source* says of the claim *name*."""
    return _value(lambda: of_trainer(name, trainer_code(source, config)))


def of_our_script(name: str, source: str) -> object:
    """What the script's *source* says of the claim *name*."""
    return _value(lambda: of_script(name, ScriptCode("train.py", ast.parse(source))))


def _value(ask: Callable[[], Claim | None]) -> object:
    try:
        claim = ask()
    except NotUnderstood:
        return NOT_UNDERSTOOD
    return LIBRARY if claim is None else claim.value
