"""One line of a trainer decides each claim: with another line the answer is another, or none."""

from __future__ import annotations

import pytest
from claim_sources import ENGINE, LIBRARY, NOT_UNDERSTOOD, OPTIONS, PROMPTS, ROWS, changed, claimed, trainer_code

from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS, SCRIPT_CLAIMS
from vlmr1_lint.claims.extract import EXTRACTORS, of_trainer

PLAIN = {
    "batch_unit": ("sequences", "prompts", "prompts"),
    "divisibility": ("micro", "none", "none"),
    "eval_divisibility": ("micro", "none", "none"),
    "generation_unit": ("micro_batch", "group", "group"),
    "buffers_inputs": (True, False, False),
    "logits": ("whole_sequence", "cut_sequence", NOT_UNDERSTOOD),
    "reference_loader": ("copy", "copy", NOT_UNDERSTOOD),
    "reference_loader_zero3": ("AutoModelForCausalLM", "policy_class", NOT_UNDERSTOOD),
    "reference_with_peft_zero3": (True, True, NOT_UNDERSTOOD),
    "reference_at_beta_zero": (False, True, NOT_UNDERSTOOD),
    "beta_zero_works": (True, True, NOT_UNDERSTOOD),
    "absent_reference_fails": (False, False, False),
    "vision_models": (True, True, NOT_UNDERSTOOD),
    "zero3_generation_gather": ("always", "always", "never"),
    "default_model_dtype": ("bfloat16", "float32", "float32"),
    "temperature_fixed": (1.0, None, None),
    "vllm": ("never", "never", "own_gpu"),
    "sampling_options": ((), (), ()),
    "input_grads": ("with_checkpointing", "never", "never"),
    "lora_targets": ("found", "option", "none"),
    "cache_while_checkpointing": ("off", "model_init_kwargs", "model_init_kwargs"),
    "prompt_limit": ("reset", "copy", "unread"),
    "attention_override": (True, False, False),
    "small_images": ("kept", "kept", "kept"),
    "model_by_name": ("module", "class", NOT_UNDERSTOOD),
    "evaluates": (False, False, False),
    "checkpointing_by_hand": ("never", "never", "never"),
    "unused_weights": ("option", "option", "option"),
    "input_tokens": (NOT_UNDERSTOOD, NOT_UNDERSTOOD, NOT_UNDERSTOOD),
}
"""Claim → what `ROWS`, `PROMPTS` and `ENGINE` say."""


def test_every_claim_of_a_trainer_is_here() -> None:
    assert set(PLAIN) == set(EXTRACTORS) and set(EXTRACTORS) <= set(CLAIMS) - SCRIPT_CLAIMS - MODEL_CLAIMS


@pytest.mark.parametrize("name", PLAIN)
def test_as_it_is(name: str) -> None:
    assert tuple(claimed(name, source) for source in (ROWS, PROMPTS, ENGINE)) == PLAIN[name]


@pytest.mark.parametrize("name", PLAIN)
def test_a_class_that_says_nothing_leaves_it_to_trl(name: str) -> None:
    assert claimed(name, OPTIONS) == LIBRARY


GENERATE = "unwrapped.generate(**prompt_inputs, generation_config=self.generation_config)"
REPEATS = "mini_repeat_count=self.num_generations"
SAMPLING = "do_sample=True, temperature=1)"
LIMIT = "        self.max_prompt_length = None\n"
HANDS_ON = "self.vlm_module.post_model_init(self.ref_model, processing_class)\n"
SMALL = "        w, h = image.size\n        if w < 28 or h < 28:\n            size = enlarged(w, h)\n"
RESIZE = "image = image.resize(size)\n"
SWITCHED = "            model.vision_model.gradient_checkpointing = True\n            args.gradient_checkpointing = False\n"
STARTS = "        super().__init__(model=model, args=args)\n"
COLLATES = "        super().__init__(model=model, args=args, data_collator=collated)\n"
IN_ROWS = [
    (
        "checkpointing_by_hand",
        LIMIT,
        f"        if is_peft_model(model):\n            pass\n        else:\n{SWITCHED}",
        "without_peft",
    ),
    ("checkpointing_by_hand", LIMIT, f"        if model.is_internvl:\n{SWITCHED}", "always"),
    ("checkpointing_by_hand", LIMIT, f"        if is_peft_model(model):\n{SWITCHED}", NOT_UNDERSTOOD),
    ("checkpointing_by_hand", LIMIT, "        args.gradient_checkpointing = False\n", NOT_UNDERSTOOD),
    ("unused_weights", LIMIT, "        args.ddp_find_unused_parameters = True\n", "trainer"),
    ("unused_weights", LIMIT, "        model = DDP(model, find_unused_parameters=True)\n", NOT_UNDERSTOOD),
    ("input_tokens", STARTS, f"        def collated(rows):\n            return rows\n{COLLATES}", "uncounted"),
    ("input_tokens", STARTS, COLLATES.replace("collated", "identity"), "uncounted"),
    ("input_tokens", STARTS, f"        def collated(rows):\n            return rows[0]\n{COLLATES}", NOT_UNDERSTOOD),
    ("input_tokens", STARTS, COLLATES, NOT_UNDERSTOOD),
    ("input_tokens", LIMIT, "        self.state.num_input_tokens_seen += count(model)\n", "counted"),
    ("input_tokens", LIMIT, "        log(self.state.num_input_tokens_seen)\n", NOT_UNDERSTOOD),
    ("absent_reference_fails", LIMIT, f"        {HANDS_ON}", True),
    ("absent_reference_fails", LIMIT, f"        if self.ref_model is not None:\n            {HANDS_ON}", False),
    ("absent_reference_fails", LIMIT, f"        if self.beta:\n            {HANDS_ON}", NOT_UNDERSTOOD),
    ("small_images", LIMIT, f"{SMALL}        {RESIZE}", "shrink_others"),
    ("small_images", LIMIT, f"{SMALL}            {RESIZE}", "enlarged"),
    ("small_images", LIMIT, SMALL, NOT_UNDERSTOOD),
    ("small_images", LIMIT, f"{SMALL}            {RESIZE}        {RESIZE}", NOT_UNDERSTOOD),
    ("small_images", LIMIT, f"        {RESIZE}", "kept"),
    ("batch_unit", REPEATS, "mini_repeat_count=1", NOT_UNDERSTOOD),
    ("batch_unit", REPEATS, "mini_repeat_count=self.copies", NOT_UNDERSTOOD),
    ("batch_unit", SAMPLING, "num_return_sequences=self.num_generations)", NOT_UNDERSTOOD),
    ("batch_unit", SAMPLING, "num_return_sequences=self.extra)", NOT_UNDERSTOOD),
    ("batch_unit", "_get_train_sampler(", "_get_eval_sampler(", NOT_UNDERSTOOD),
    ("batch_unit", "generation_config=self.generation_config", "**settings", NOT_UNDERSTOOD),
    ("divisibility", "        if self.num_generations not in groups:\n            raise ValueError(rows)\n", "", "none"),
    (
        "divisibility",
        "rows = args.per_device_train_batch_size *",
        "rows = args.gradient_accumulation_steps * args.per_device_train_batch_size *",
        "effective",
    ),
    (
        "divisibility",
        "rows = args.per_device_train_batch_size *",
        "rows = 2 * args.per_device_train_batch_size *",
        NOT_UNDERSTOOD,
    ),
    (
        "divisibility",
        "rows = args.per_device_train_batch_size *",
        "steps = args.steps_per_generation\n        rows =",
        NOT_UNDERSTOOD,
    ),
    (
        "divisibility",
        "rows = args.per_device_train_batch_size * self.accelerator.num_processes\n        groups",
        "assert args.per_device_train_batch_size % self.num_generations == 0\n        groups",
        NOT_UNDERSTOOD,
    ),
    ("eval_divisibility", "args.per_device_eval_batch_size", "args.eval_rows", "none"),
    ("eval_divisibility", "self._buffered_inputs", "self.generation_batch_size", NOT_UNDERSTOOD),
    ("generation_unit", "def checkpointed", "def get_train_dataloader", NOT_UNDERSTOOD),
    (
        "generation_unit",
        "def checkpointed(self, model):",
        "def get_train_dataloader(self, model):\n        self.loader(self._train_batch_size * self.args.steps_per_generation)",
        "generation_batch",
    ),
    (
        "generation_unit",
        "def checkpointed(self, model):",
        "def get_train_dataloader(self, model):\n"
        "        self.loader(self._train_batch_size * self.args.gradient_accumulation_steps)",
        "accumulated_batch",
    ),
    ("buffers_inputs", "self._buffered_inputs", "self.kept", False),
    ("logits", "model(input_ids=input_ids,", "model(input_ids=input_ids, logits_to_keep=8,", "completion_only"),
    ("logits", "model(input_ids=input_ids,", "model(input_ids=input_ids, fused_lm_head=True,", "fused_lm_head"),
    ("logits", "attention_mask, **images):", "attention_mask, logits_to_keep, **images):", "cut_sequence"),
    ("logits", "model(input_ids=input_ids,", "self.heads(input_ids=input_ids,", NOT_UNDERSTOOD),
    ("reference_loader", "create_reference_model(model)", "create_model_from_path(model_id)", "policy_class"),
    ("reference_loader", "create_reference_model(model)", "reference", NOT_UNDERSTOOD),
    ("reference_loader", "elif is_peft_model(model):", "elif args.share:", NOT_UNDERSTOOD),
    ("reference_loader_zero3", "AutoModelForCausalLM.from_pretrained", "model_cls.from_pretrained", "policy_class"),
    ("reference_loader_zero3", "self.beta = args.beta", "AutoModelForCausalLM.register(OurConfig, OurModel)", "policy_class"),
    (
        "reference_loader_zero3",
        "elif is_deepspeed_zero3_enabled():",
        "elif is_deepspeed_zero3_enabled() or self.is_fsdp_enabled:",
        "AutoModelForCausalLM",
    ),
    (
        "reference_with_peft_zero3",
        "elif is_deepspeed_zero3_enabled():",
        "elif is_deepspeed_zero3_enabled() and peft_config is None:",
        False,
    ),
    (
        "reference_at_beta_zero",
        "if self.beta == 0.0:\n            self.ref",
        "if args.alone:\n            self.ref",
        NOT_UNDERSTOOD,
    ),
    (
        "reference_at_beta_zero",
        "if self.beta == 0.0:\n            self.ref",
        "if self.beta < 0:\n            self.ref",
        NOT_UNDERSTOOD,
    ),
    ("reference_at_beta_zero", "elif is_deepspeed_zero3_enabled():", "if is_deepspeed_zero3_enabled():", True),
    (
        "reference_at_beta_zero",
        "if self.beta == 0.0:\n            self.ref",
        "if self.beta == 0.0 and not is_deepspeed_zero3_enabled():\n            self.ref",
        NOT_UNDERSTOOD,
    ),
    ("beta_zero_works", "        if ref_per_token_logps is not None:\n            ref", "        ref", False),
    ("vision_models", "self.vlm_module.get_model_class(model, model_init_kwargs)", "AutoModelForCausalLM", False),
    ("vision_models", "self.vlm_module.get_model_class(model, model_init_kwargs)", "pick(model)", NOT_UNDERSTOOD),
    (
        "vision_models",
        "self.vlm_module.get_model_class(model, model_init_kwargs)",
        "getattr(transformers, config.architectures[0])",
        True,
    ),
    (
        "zero3_generation_gather",
        "(model, self.accelerator)",
        "(model, gather_deepspeed3_params=self.args.ds3_gather_for_generation)",
        "option",
    ),
    (
        "zero3_generation_gather",
        "(model, self.accelerator)",
        '(model, gather_deepspeed3_params=getattr(args, "ds3_gather_for_generation", True))',
        "option",
    ),
    ("zero3_generation_gather", "(model, self.accelerator)", "(model, gather_deepspeed3_params=self.big)", NOT_UNDERSTOOD),
    (
        "zero3_generation_gather",
        "with unwrap_model_for_generation(model, self.accelerator)",
        "with self.accelerator.unwrap_model(model)",
        NOT_UNDERSTOOD,
    ),
    ("default_model_dtype", 'torch_dtype="bfloat16"', "torch_dtype=None", "float32"),
    ("default_model_dtype", '["torch_dtype"] = torch_dtype', '["torch_dtype"] = torch.float16', "float16"),
    ("default_model_dtype", '["torch_dtype"] = torch_dtype', '["torch_dtype"] = best_dtype()', NOT_UNDERSTOOD),
    ("temperature_fixed", "temperature=1)", "temperature=0.7)", 0.7),
    ("temperature_fixed", "temperature=1)", "temperature=self.args.temperature)", None),
    ("temperature_fixed", "temperature=1)", "top_p=0.9)", 1.0),
    ("temperature_fixed", "temperature=1)", 'temperature=getattr(args, "temperature", 1.0))', None),
    ("temperature_fixed", "temperature=1)", "temperature=args.temperature if args.temperature is not None else 1.0)", None),
    ("temperature_fixed", "temperature=1)", "temperature=args.temperature if args.hot else 1.0)", NOT_UNDERSTOOD),
    ("temperature_fixed", "temperature=1)", "temperature=self.schedule())", NOT_UNDERSTOOD),
    ("temperature_fixed", "generation_config=self.generation_config", "temperature=self.generation_config.temperature", 1.0),
    ("temperature_fixed", "return " + GENERATE, "self.generation_config.temperature = 0.2\n            return " + GENERATE, 0.2),
    (
        "temperature_fixed",
        "return " + GENERATE,
        "if self.cold:\n                self.generation_config.temperature = 0.2\n            return " + GENERATE,
        NOT_UNDERSTOOD,
    ),
    (
        "temperature_fixed",
        "return " + GENERATE,
        "if self.cold:\n                unwrapped.generate(**prompt_inputs, do_sample=False, temperature=0)\n"
        "            return " + GENERATE,
        1.0,
    ),
    (
        "temperature_fixed",
        "return " + GENERATE,
        "for one in [self.generation_config, GenerationConfig(temperature=0.5)]:\n"
        "                unwrapped.generate(**prompt_inputs, generation_config=one)",
        NOT_UNDERSTOOD,
    ),
    (
        "temperature_fixed",
        "GenerationConfig(max_new_tokens=args.max_completion_length, do_sample=True, temperature=1)",
        "GenerationConfig.from_pretrained(model)",
        NOT_UNDERSTOOD,
    ),
    ("vllm", "self._buffered_inputs", "self.use_vllm", NOT_UNDERSTOOD),
    (
        "vllm",
        "self._buffered_inputs =",
        'self.llm = LLM(model, distributed_executor_backend="external_launcher")\n        self.kept =',
        "colocate",
    ),
    ("vllm", "self._buffered_inputs =", "self.vllm_client = VLLMClient(args.vllm_server_host)\n        self.kept =", "server"),
    ("vllm", "self._buffered_inputs =", "self.llm = LLM(model)\n        self.kept =", NOT_UNDERSTOOD),
    ("sampling_options", SAMPLING, "top_p=self.args.top_p, top_k=50)", ("top_p",)),
    ("sampling_options", SAMPLING, "min_p=0.0 if args.min_p is None else args.min_p)", ("min_p",)),
    ("sampling_options", SAMPLING, "**settings)", NOT_UNDERSTOOD),
    ("input_grads", "        model.enable_input_require_grads()\n", "", "never"),
    ("lora_targets", "peft_config.target_modules = linear_layers(model)", "pass", "option"),
    ("cache_while_checkpointing", '["use_cache"] = False if', '["use_cache"] = True if', NOT_UNDERSTOOD),
    (
        "temperature_fixed",
        "return " + GENERATE,
        "self.generation_config.temperature = self.generation_config.temperature\n            return " + GENERATE,
        NOT_UNDERSTOOD,
    ),
    ("temperature_fixed", "generation_config=self.generation_config", "**inputs_of(prompt_inputs)", NOT_UNDERSTOOD),
    (
        "cache_while_checkpointing",
        "def checkpointed(self, model):",
        "def checkpointed(self, model):\n        model.config.use_cache = False",
        "off",
    ),
    ("prompt_limit", "self.max_prompt_length = None", "self.max_prompt_length = 2048", NOT_UNDERSTOOD),
    ("prompt_limit", "self.max_prompt_length = None", "self.longest = None", "unread"),
    ("attention_override", 'model_init_kwargs["attn_implementation"] = attn', 'kept["attn_implementation"] = attn', False),
    (
        "attention_override",
        'model_init_kwargs["attn_implementation"] = attn',
        'if attn_implementation:\n            model_init_kwargs["attn_implementation"] = attn',
        NOT_UNDERSTOOD,
    ),
    ("model_by_name", "self.vlm_module.get_model_class(model, model_init_kwargs)", "model_cls_of(model)", NOT_UNDERSTOOD),
    ("model_by_name", "self.vlm_module.get_model_class(model, model_init_kwargs)", "Qwen2VLForConditionalGeneration", "fixed"),
    ("model_by_name", "self.vlm_module.get_model_class(model, model_init_kwargs)", "AutoModelForVision2Seq", "config"),
    ("evaluates", "def completions(", "def prediction_step(", True),
]
"""Claim, a text in `ROWS`, what it is changed to, and what the trainer says then."""


@pytest.mark.parametrize(("name", "old", "new", "value"), IN_ROWS)
def test_with_another_line(name: str, old: str, new: str, value: object) -> None:
    assert claimed(name, changed(ROWS, old, new)) == value


IN_PROMPTS = [
    ("batch_unit", "num_return_sequences=self.num_generations", "num_return_sequences=1", NOT_UNDERSTOOD),
    ("batch_unit", "num_return_sequences=self.num_generations", "num_return_sequences=self.num_generations // 2", NOT_UNDERSTOOD),
    (
        "generation_unit",
        "completions = unwrapped.generate(",
        "for _ in range(self.num_generations):\n                completions = unwrapped.generate(",
        "group",
    ),
    (
        "generation_unit",
        "num_return_sequences=self.num_generations, temperature=args.temperature)\n",
        "temperature=1)\n",
        NOT_UNDERSTOOD,
    ),
    ("temperature_fixed", "max_new_tokens=1, ", "", NOT_UNDERSTOOD),
    ("temperature_fixed", "self.num_generations = args", "self.temperature = 0.9\n        self.num_generations = args", None),
    ("prompt_limit", "prompt_ids = prompt_ids[:,", 'prompt_inputs["input_ids"] = prompt_ids[:,', "cut"),
    ("prompt_limit", "completions = unwrapped.generate(**prompt_inputs,", "completions = unwrapped.generate(prompt_ids,", "cut"),
    ("prompt_limit", "prompt_ids = prompt_ids[:, -self.max_prompt_length :]", "log(self.max_prompt_length)", "unread"),
    (
        "input_grads",
        "        if peft_config is not None:",
        "        model.gradient_checkpointing_enable()\n        if peft_config is not None:",
        "by_peft",
    ),
    ("input_grads", "        if is_deepspeed", "        model.gradient_checkpointing_enable()\n        if is_deepspeed", "never"),
    ("model_by_name", 'if "Qwen2-VL" in model_id:', "if args.vision:", NOT_UNDERSTOOD),
    (
        "model_by_name",
        'if "Qwen2-VL" in model_id:\n            model = Qwen2VLForConditionalGeneration',
        "if True:\n            model = AutoModelForCausalLM",
        "config",
    ),
    (
        "model_by_name",
        "            model = AutoModelForCausalLM.",
        "            model = Qwen2VLForConditionalGeneration.",
        "class",
    ),
    ("reference_loader", "create_reference_model(model)", "None", NOT_UNDERSTOOD),
    ("logits", "input_ids, logits_to_keep)", "input_ids)", "whole_sequence"),
    ("vision_models", "class PromptsGRPOTrainer(Trainer)", "class PromptsGRPOTrainer(GRPOTrainer)", True),
]


@pytest.mark.parametrize(("name", "old", "new", "value"), IN_PROMPTS)
def test_of_groups_with_another_line(name: str, old: str, new: str, value: object) -> None:
    assert claimed(name, changed(PROMPTS, old, new)) == value


IN_ENGINE = [
    ("batch_unit", "            sampling_params.n = self.num_generations\n", "", NOT_UNDERSTOOD),
    (
        "batch_unit",
        "            sampling_params.n = self.num_generations\n",
        "            for _ in range(self.num_generations):\n"
        "                self.llm.generate(inputs, sampling_params=sampling_params)\n",
        "prompts",
    ),
    (
        "batch_unit",
        "if self.args.use_vllm:",
        "naive = False\n        if naive:\n            self.llm.generate(inputs, self.unknown)\n        if self.args.use_vllm:",
        "prompts",
    ),
    ("temperature_fixed", "SamplingParams(temperature=args.temperature, ", "SamplingParams(", 1.0),
    ("temperature_fixed", "class GroupsGRPOVLLMTrainer", "class GroupsGRPOTrainer", NOT_UNDERSTOOD),
    (
        "temperature_fixed",
        "SamplingParams(temperature=args.temperature, max_tokens=args.max_completion_length)",
        "SamplingParams(**chosen)",
        NOT_UNDERSTOOD,
    ),
    (
        "temperature_fixed",
        "self.sampling_params = SamplingParams(temperature=args.temperature, max_tokens=args.max_completion_length)",
        'chosen = {"temperature": 0.4}\n        chosen.update(args.generation_kwargs)\n'
        "        self.sampling_params = SamplingParams(**chosen)",
        0.4,
    ),
    (
        "temperature_fixed",
        "self.sampling_params = SamplingParams(temperature=args.temperature, max_tokens=args.max_completion_length)",
        'chosen = {"temperature": 0.4}\n        chosen.update(more)\n        self.sampling_params = SamplingParams(**chosen)',
        0.4,
    ),
    (
        "sampling_options",
        "self.sampling_params = SamplingParams(temperature=args.temperature, max_tokens=args.max_completion_length)",
        'chosen = {"temperature": 0.4}\n        chosen.update(more)\n        self.sampling_params = SamplingParams(**chosen)',
        NOT_UNDERSTOOD,
    ),
    ("zero3_generation_gather", "gather_deepspeed3_params=False", "gather_deepspeed3_params=True", "always"),
    ("vllm", "device=args.vllm_device", "tensor_parallel_size=2", NOT_UNDERSTOOD),
]


@pytest.mark.parametrize(("name", "old", "new", "value"), IN_ENGINE)
def test_of_vllm_with_another_line(name: str, old: str, new: str, value: object) -> None:
    assert claimed(name, changed(ENGINE, old, new)) == value


CONFIG = """
class OurConfig(TrainingArguments):
    vllm_mode: str = field(default="server")

    def __post_init__(self):
        if self.generation_batch_size % self.num_generations != 0:
            raise ValueError(self.num_generations)
        rows = self.per_device_eval_batch_size * world
        groups = [size for size in range(2, rows + 1) if rows % size == 0]
        if self.num_generations not in groups:
            raise ValueError(rows)
"""


def test_trl_checks_batches_in_the_class_of_its_options() -> None:
    source = changed(
        PROMPTS, "self.num_generations = args", "self.steps = args.steps_per_generation\n        self.num_generations = args"
    )
    assert claimed("divisibility", source) == claimed("eval_divisibility", source) == NOT_UNDERSTOOD
    assert claimed("divisibility", source, CONFIG) == "generation_batch"
    assert claimed("eval_divisibility", source, CONFIG) == "micro"
    assert claimed("eval_divisibility", source, changed(CONFIG, "if self.num_generations not in groups", "if rows < 1")) == "none"
    engines = changed(
        source, "self.steps =", "self.llm = LLM(model)\n        self.vllm_client = VLLMClient()\n        self.steps ="
    )
    assert (claimed("vllm", engines), claimed("vllm", engines, CONFIG)) == (NOT_UNDERSTOOD, "server")


def test_a_class_made_from_trl_that_says_something_of_it() -> None:
    for name, text, value in [
        ("temperature_fixed", "self.generation_config.temperature = 0.9", NOT_UNDERSTOOD),
        ("attention_override", "self.attn_implementation = 1", NOT_UNDERSTOOD),
        ("evaluates", "self.batch = 4", LIBRARY),
        ("reference_loader", "self.ref_model = None", NOT_UNDERSTOOD),
    ]:
        assert claimed(name, OPTIONS + f"        {text}\n") == value, name


def test_a_derived_class_hides_what_it_defines_anew() -> None:
    head = "\nclass OursGRPOTrainer(RowsGRPOTrainer):\n    def completions(self, model, inputs):\n"
    derived = f"{head}        return elsewhere(model, inputs)\n"
    assert claimed("temperature_fixed", ROWS + derived) == NOT_UNDERSTOOD
    assert (
        claimed("temperature_fixed", ROWS + derived.replace("elsewhere(model, inputs)", "super().completions(model, inputs)"))
        == 1.0
    )
    assert claimed("divisibility", ROWS + derived) == "micro"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("batch_unit", "RepeatRandomSampler("),
        ("temperature_fixed", "temperature=1)"),
        ("divisibility", "rows = args.per_device_train_batch_size"),
        ("lora_targets", "peft_config.target_modules ="),
        ("zero3_generation_gather", "with unwrap_model_for_generation"),
        ("reference_loader_zero3", "AutoModelForCausalLM.from_pretrained"),
        ("prompt_limit", "self.max_prompt_length = None"),
    ],
)
def test_a_claim_says_the_line_that_decides_it(name: str, text: str) -> None:
    claim = of_trainer(name, trainer_code(ROWS))
    assert claim is not None and text in ROWS.split("\n")[claim.line - 1]
    assert str(claim) == f"trainer/ours.py:{claim.line}"


def test_what_the_code_does_not_do_has_no_line() -> None:
    claim = of_trainer("evaluates", trainer_code(ROWS))
    assert claim is not None and (claim.value, str(claim)) == (False, "trainer/ours.py")
