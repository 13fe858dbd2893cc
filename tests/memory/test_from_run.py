"""From a run to what the forecast needs: engines, regimes, references, trainers. Each case names only the fields it is about."""

from __future__ import annotations

import pytest
from runs import DATA, SFT, TRL, VLM_R1, run_of, run_of_script

from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.unknown import Unknown

R1_V = {name: value for name, value in VLM_R1.items() if name not in {"data_file_paths", "image_folders"}}


def fields(options, expected, *, data=DATA, **more):
    setup = setup_of(run_of(options, **more), data)
    assert not isinstance(setup, Unknown), setup
    return {name: getattr(setup, name) for name in expected}


ENGINES = {
    "ZeRO-3, torch's AdamW": (
        {},
        {"engine": "deepspeed", "stage": 3, "optimizer": "adamw", "reduce_bucket": None, "world_size": 4, "weights": "bf16"},
    ),
    "ZeRO-2, DeepSpeed's AdamW": (
        {"deepspeed": "zero2.json"},
        {"engine": "deepspeed", "stage": 2, "optimizer": "adamw_fused", "reduce_bucket": 200_000_000},
    ),
    "ZeRO-3 with everything offloaded; the bucket's default": (
        {"deepspeed": "offload.json"},
        {"stage": 3, "offload_optimizer": True, "offload_parameters": True, "reduce_bucket": 500_000_000},
    ),
    "DDP, weights in bf16": ({"deepspeed": None}, {"engine": "none", "stage": 0, "weights": "bf16", "autocast": True}),
    "8-bit Adam": ({"deepspeed": None, "optim": "adamw_bnb_8bit"}, {"optimizer": "adamw_8bit"}),
}


@pytest.mark.parametrize("name", ENGINES)
def test_engines(name):
    more, expected = ENGINES[name]
    assert fields(VLM_R1, expected, **more) == expected


REFERENCES = [
    ({}, "shard"),
    ({"deepspeed": "zero2.json"}, "copy"),
    ({"deepspeed": None}, "copy"),
    ({"beta": 0.0}, "none"),
    ({"deepspeed": "zero2.json", "use_peft": True}, "adapter_off"),
    ({"use_peft": True}, "shard"),  # VLM-R1 asks for ZeRO-3 before it asks for PEFT
]


@pytest.mark.parametrize(("more", "expected"), REFERENCES)
def test_the_reference(more, expected):
    assert fields(VLM_R1, ("reference",), **more) == {"reference": expected}


def test_trl_asks_for_peft_first_since_0_19():
    more = {"use_peft": True, "deepspeed": "zero3.json"}
    assert fields(TRL, ("reference",), trainer="trl==0.18.2", **more) == {"reference": "shard"}
    assert fields(TRL, ("reference",), trainer="trl==0.20.0", **more) == {"reference": "adapter_off"}


ATTENTION = [
    ("vlm-r1@head", "flash_attention_2", "flash_repeated_padded"),
    ("trl==0.21.0", "flash_attention_2", "flash_padded"),
    ("vlm-r1@head", None, "sdpa_unbatched"),
    ("trl==0.18.2", "sdpa", "sdpa_masked"),
    ("vlm-r1@head", "eager", "eager_unbatched"),
    ("trl==0.20.0", "eager", "eager_unbatched"),  # transformers 4.53
    ("trl==0.21.0", "eager", "eager"),
]


@pytest.mark.parametrize(("trainer", "written", "expected"), ATTENTION)
def test_attention_by_release(trainer, written, expected):
    options = VLM_R1 if trainer.startswith("vlm") else TRL
    assert fields(options, ("attention",), trainer=trainer, attn_implementation=written) == {"attention": expected}


def test_text_models_never_repeated_keys():
    found = fields(TRL, ("attention", "keeps_logits"), trainer="trl==0.17.0", model_name_or_path="Qwen/Qwen2.5-3B")
    assert found == {"attention": "flash_padded", "keeps_logits": True}


LOGITS = [
    ("vlm-r1@head", "Qwen2.5-VL-3B-Instruct", "whole", False),
    ("trl==0.20.0", "Qwen2.5-VL-3B-Instruct", "completion", False),  # transformers 4.53: the class takes no logits_to_keep
    ("trl==0.21.0", "Qwen2.5-VL-3B-Instruct", "completion", True),
    ("trl==0.29.1", "Qwen2-VL-2B-Instruct", "completion", True),
    ("trl==0.28.0", "Qwen2-VL-2B-Instruct", "completion", False),
    ("trl==1.0.0", "Qwen2.5-VL-3B-Instruct", "completion_in_place", True),
    ("trl==1.16.0", "Qwen2.5-VL-3B-Instruct", "liger", True),
    ("trl==1.0.0", "InternVL3-2B", "completion_in_place", False),
]


@pytest.mark.parametrize(("trainer", "model", "path", "keeps"), LOGITS)
def test_logits_by_release_and_model(trainer, model, path, keeps):
    options = VLM_R1 if trainer.startswith("vlm") else TRL
    found = fields(options, ("logits", "keeps_logits", "prefill_logits"), trainer=trainer, model_name_or_path=model)
    assert found == {"logits": path, "keeps_logits": keeps, "prefill_logits": "last" if keeps else "all"}


def test_the_liger_option_of_each_release():
    assert fields(TRL, ("logits",), trainer="trl==0.21.0", use_liger_loss=True) == {"logits": "liger"}
    assert fields(TRL, ("logits",), trainer="trl==0.21.0", use_liger_kernel=True) == {"logits": "completion"}
    assert fields(TRL, ("logits",), trainer="trl==0.28.0", use_liger_kernel=True) == {"logits": "liger"}


TEXT = {"model_name_or_path": "Qwen/Qwen2.5-3B"}
PROMPT_LIMITS = [
    ("trl==0.14.0", {**TEXT, "max_prompt_length": 128}, 128),
    ("trl==0.25.1", {**TEXT, "max_prompt_length": 128}, 128),
    ("trl==0.25.1", TEXT, 512),  # by default
    ("trl==0.25.1", {**TEXT, "max_prompt_length": "null"}, None),
    ("trl==0.26.2", {**TEXT, "max_prompt_length": 128}, None),  # only warned of
    ("trl==1.0.0", TEXT, None),  # gone
    ("trl==0.21.0", {}, 512),
    ("trl==0.17.0", {}, None),  # loads no images: what a fork of it does to their tokens nobody knows
    ("vlm-r1@head", {"max_prompt_length": 128}, None),
    ("r1-v", {"max_prompt_length": 128, "per_device_train_batch_size": 1}, None),  # cuts a copy
]


@pytest.mark.parametrize(("trainer", "more", "limit"), PROMPT_LIMITS)
def test_which_trainers_cut_prompts(trainer, more, limit):
    options = TRL if trainer.startswith("trl") else VLM_R1
    assert fields(options, ("prompt_limit",), trainer=trainer, **more) == {"prompt_limit": limit}


GENERATED = [
    ("vlm-r1@head", {}, 8, 2),
    ("trl==0.17.0", {}, 16, 4),
    ("trl==0.21.0", {}, 16, 4),
    ("trl==0.21.0", {"steps_per_generation": 2}, 8, 2),
    ("trl==0.21.0", {"generation_batch_size": 128}, 32, 8),
    ("r1-v", {"per_device_train_batch_size": 1}, 8, 1),
]


@pytest.mark.parametrize(("trainer", "more", "generated", "slots"), GENERATED)
def test_sequences_of_one_generate_call(trainer, more, generated, slots):
    options = TRL if trainer.startswith("trl") else VLM_R1
    found = fields(options, ("generated", "input_slots"), trainer=trainer, **more)
    assert found == {"generated": generated, "input_slots": slots}


def test_a_batch_of_prompts_holds_their_groups():
    assert fields(VLM_R1, ("batch",), trainer="r1-v", per_device_train_batch_size=1) == {"batch": 8}


def test_vllm():
    shared = {"use_vllm": True, "vllm_gpu_memory_utilization": 0.4}
    names = ("generation", "vllm_share")
    assert fields(TRL, names, trainer="trl==0.21.0", **shared) == {"generation": "vllm_server", "vllm_share": 0.0}
    colocated = {"generation": "vllm_colocate", "vllm_share": 0.4}
    assert fields(TRL, names, trainer="trl==0.21.0", vllm_mode="colocate", **shared) == colocated
    assert fields(TRL, names, trainer="trl==1.0.0", **shared) == colocated
    assert fields(VLM_R1, ("generation",), use_vllm=True) == {"generation": "hf"}  # VLM-R1 has no vLLM path


def test_the_newer_name_of_checkpointing_decides():
    names, newest = ("checkpointing",), "trl==1.16.0"
    assert fields(TRL, names, trainer=newest, activation_checkpointing=False) == {"checkpointing": False}
    assert fields(TRL, names, trainer=newest, gradient_checkpointing=False) == {"checkpointing": False}
    both = {"gradient_checkpointing": False, "activation_checkpointing": True}
    assert fields(TRL, names, trainer=newest, **both) == {"checkpointing": True}
    assert fields(TRL, names, trainer="trl==1.0.0", **both) == {"checkpointing": False}  # no such option yet


DTYPES = [
    ("trl==0.25.1", {"torch_dtype": None}, "fp32"),
    ("trl==0.26.2", {"torch_dtype": None}, "fp32"),
    ("trl==1.16.0", {"torch_dtype": None}, "fp32"),
    ("trl==1.16.0", {"torch_dtype": None, "dtype": "bfloat16"}, "bf16"),
    ("trl==1.16.0", {"torch_dtype": None, "model_init_kwargs": '{"dtype": "bfloat16"}'}, "bf16"),
    ("trl==0.21.0", {"torch_dtype": None, "model_init_kwargs": '{"torch_dtype": "float32"}'}, "fp32"),
    ("r1-v", {"torch_dtype": "bfloat16"}, "fp32"),  # never passed on
]


@pytest.mark.parametrize(("trainer", "more", "weights"), DTYPES)
def test_what_the_weights_are_loaded_as(trainer, more, weights):
    assert fields(TRL, ("weights",), trainer=trainer, **more) == {"weights": weights}


def test_vllm_of_r1_v_has_a_card_of_its_own_unless_it_is_given_one_that_trains():
    names = ("generation", "vllm_share", "world_size", "batch", "logits", "keeps_logits")
    more = {"use_vllm": True, "per_device_train_batch_size": 1, "max_prompt_length": 512}
    apart = {"generation": "vllm_server", "vllm_share": 0.0, "world_size": 3, "batch": 8, "logits": "completion"}
    assert fields(R1_V, names, trainer="r1-v", **more) == {**apart, "keeps_logits": False}
    assert fields(R1_V, names, trainer="r1-v", vllm_device="cuda:3", **more) == {**apart, "keeps_logits": False}
    shared = fields(R1_V, names, trainer="r1-v", vllm_device="cuda:0", **more)
    assert (shared["generation"], shared["vllm_share"]) == ("vllm_colocate", 0.9)
    without = fields(R1_V, names, trainer="r1-v", **{**more, "use_vllm": False})
    assert (without["generation"], without["world_size"], without["logits"]) == ("hf", 4, "whole")


def test_before_2025_02_26_a_batch_of_r1_v_with_vllm_counts_sequences():
    found = fields(R1_V, ("batch", "generation"), trainer="r1-v@vllm-2025-02", use_vllm=True, per_device_train_batch_size=8)
    assert found == {"batch": 8, "generation": "vllm_server"}


def test_the_tower_is_checkpointed_since_transformers_4_47():
    assert fields(TRL, ("tower_checkpointing",), trainer="trl==0.14.0") == {"tower_checkpointing": False}
    assert fields(VLM_R1, ("tower_checkpointing",)) == {"tower_checkpointing": None}


def test_lora():
    names = ("lora_rank", "lora_targets", "modules_to_save")
    peft = {"use_peft": True, "lora_r": 16, "lora_target_modules": "all-linear"}
    found = fields(TRL, names, trainer="trl==1.0.0", **peft)
    assert found["lora_rank"] == 16
    assert found["lora_targets"] == {"all-linear"}
    assert fields(VLM_R1, names, **peft)["lora_targets"] is None
    saved = fields(TRL, names, trainer="trl==1.0.0", lora_modules_to_save="lm_head", **peft)
    assert saved["modules_to_save"] == 151936 * 2048
    assert missing(TRL, trainer="trl==1.0.0", lora_modules_to_save="merger", **peft) == {"lora_modules_to_save"}


TOWERS = [
    ("trl==0.21.0", {"gradient_checkpointing": False}, True),
    ("trl==0.21.0", {}, False),  # reentrant by transformers' default
    ("trl==0.21.0", {"gradient_checkpointing_kwargs": "{use_reentrant: false}"}, True),
    ("trl==0.26.2", {}, False),
    ("trl==0.27.2", {}, True),
    ("trl==0.28.0", {}, True),
    ("trl==0.28.0", {"deepspeed": "zero3.json"}, False),
    ("trl==1.0.0", {"deepspeed": "zero3.json"}, True),  # transformers 5 makes the tower's input require gradients
]


@pytest.mark.parametrize(("trainer", "more", "reached"), TOWERS)
def test_whether_adapters_in_the_tower_get_gradients(trainer, more, reached):
    peft = {"use_peft": True, "lora_target_modules": "all-linear"}
    assert fields(TRL, ("tower_trained",), trainer=trainer, **peft, **more) == {"tower_trained": reached}


IMAGES = [
    ({}, (3136, 12_845_056)),
    ({"max_pixels": 401408}, (3136, 401408)),
]


@pytest.mark.parametrize(("more", "expected"), IMAGES)
def test_pixel_limits(more, expected):
    names = ("min_pixels", "max_pixels")
    assert tuple(fields(VLM_R1, names, **more).values()) == expected


SUPERVISED = [
    ("trl-sft==0.17.0", {}, "cross_entropy_shifted", 0),
    ("trl-sft==0.19.1", {}, "cross_entropy", 0),
    ("trl-sft==0.19.1", {"use_liger_kernel": True}, "liger_cross_entropy", 0),
    ("trl-sft==0.17.0", {"model_name_or_path": "Qwen/Qwen2.5-3B"}, "cross_entropy", 4096 - 256),
    ("trl-sft==1.0.0", {"model_name_or_path": "Qwen/Qwen2.5-3B", "max_seq_length": None}, "cross_entropy", 1024 - 256),
    ("trl-sft==0.14.0", {"model_name_or_path": "Qwen/Qwen2.5-3B", "max_seq_length": None}, "cross_entropy", 1024 - 256),
]


@pytest.mark.parametrize(("trainer", "more", "path", "completion"), SUPERVISED)
def test_supervised_training(trainer, more, path, completion):
    expected = {
        "logits": path,
        "completion": completion,
        "batch": 4,
        "group": 1,
        "generation": "none",
        "reference": "none",
        "input_slots": 2,
    }
    assert fields(SFT, expected, trainer=trainer, **more) == expected


def test_supervised_weights_are_fp32_where_no_type_is_written():
    assert fields(SFT, ("weights",), trainer="trl-sft==0.17.0", torch_dtype=None) == {"weights": "fp32"}
    assert fields(SFT, ("weights",), trainer="trl-sft==0.17.0") == {"weights": "bf16"}


def missing(options, **more):
    setup = setup_of(run_of(options, **more), DATA)
    assert isinstance(setup, Unknown)
    return set(setup.missing)


def test_what_is_missing_is_named():
    assert missing(VLM_R1, model_name_or_path="my/own-model") == {"model"}
    assert missing(VLM_R1, gpus=None) == {"fleet"}
    assert missing(VLM_R1, deepspeed=None, optim="lion_32bit") == {"optim"}
    assert missing(VLM_R1, max_completion_length="${LENGTH}") == {"${LENGTH}"}
    assert missing(TRL, trainer="trl==0.21.0", steps_per_generation=2, generation_batch_size=32) == {"generation_batch_size"}
    # accelerate's configuration may shard it
    assert missing(TRL, trainer="trl==0.21.0", deepspeed=None) == {"accelerate configuration"}
    assert missing({**SFT, "beta": 0.1}, trainer="trl-dpo==0.17.0") == {"GRPO or SFT trainer"}


NOT_MODELLED = [
    (SFT, "trl-sft==0.17.0", {"packing": True}, "how images are packed"),
    (SFT, "trl-sft==1.16.0", {"activation_offloading": True}, "what activation offload saves"),
    (TRL, "trl==1.16.0", {"use_peft": True, "use_dora": True}, "what DoRA needs"),
]


@pytest.mark.parametrize(("options", "trainer", "more", "name"), NOT_MODELLED)
def test_what_is_not_modelled_is_unknown(options, trainer, more, name):
    assert missing(options, trainer=trainer, **more) == {name}


def test_packed_text_and_unused_dora_are_modelled():
    text = {"packing": True, "model_name_or_path": "Qwen/Qwen2.5-3B"}
    assert fields(SFT, ("batch",), trainer="trl-sft==0.17.0", **text) == {"batch": 4}
    assert fields(TRL, ("lora_rank",), trainer="trl==1.16.0", use_dora=True) == {"lora_rank": 0}


def test_one_gpu_shards_nothing():
    expected = {"engine": "none", "world_size": 1}
    assert fields(TRL, expected, trainer="trl==0.21.0", deepspeed=None, gpus="1xA100-80G") == expected


def test_the_data_is_handed_on():
    data = Data(images=2, image=(1280, 720), prompt_tokens=400, given=True)
    assert fields(VLM_R1, ("data",), data=data) == {"data": data}


def test_since_transformers_5_the_checkpoint_decides_the_type():
    """TRL 0.29 writes float32 by its own default; a fork without that default would load bf16."""
    assert fields(SFT, ("weights",), trainer="trl-sft==1.0.0", torch_dtype=None) == {"weights": "fp32"}


@pytest.mark.parametrize(
    ("trainer", "more", "known"),
    [
        ("vlm-r1", {"bf16": True}, True),
        ("vlm-r1", {"bf16": False}, False),
        ("vlm-r1", {"bf16": False, "fp16": True}, True),
        ("vlm-r1", {"bf16": False, "deepspeed": {"zero_optimization": {"stage": 2}, "bf16": {"enabled": True}}}, True),
        ("vlm-r1", {"bf16": False, "deepspeed": {"zero_optimization": {"stage": 2}}}, False),
        ("trl==0.24.0", {}, True),  # bf16 unless fp16, where neither is written
        ("trl==0.24.0", {"bf16": False}, False),
        ("trl==0.17.0", {}, False),
    ],
)
def test_deepspeed_in_fp32_is_not_forecast_as_bf16(trainer, more, known):
    base = {name: value for name, value in (VLM_R1 if trainer == "vlm-r1" else TRL).items() if name != "bf16"}
    setup = setup_of(run_of(base, trainer=trainer, **more), DATA)
    if known:
        assert not isinstance(setup, Unknown), setup
    else:
        assert isinstance(setup, Unknown) and set(setup.missing) == {"what DeepSpeed needs in fp32"}


@pytest.mark.parametrize("written", [None, "all-linear"])
def test_supervised_runs_take_the_lora_targets_that_are_written(written):
    """Claims are about trainers of groups; SFT's option is read as it stands."""
    more = {"use_peft": True, **({"lora_target_modules": written} if written else {})}
    found = fields(SFT, ("lora_targets",), trainer="trl-sft==0.17.0", **more)["lora_targets"]
    assert found == frozenset([written] if written else ["q_proj", "v_proj"])


@pytest.mark.parametrize(
    ("said", "segments"),
    [
        ("PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True", "expandable"),
        ("PYTORCH_ALLOC_CONF=max_split_size_mb:512,expandable_segments:True", "expandable"),
        ("PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:512", "fixed"),
        ("OTHER=expandable_segments:True", "fixed"),
    ],
)
def test_what_a_script_exports_to_the_allocator(said, segments):
    options = "--model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --data_file_paths d.jsonl --image_folders i --num_generations 8"
    script = f"export {said}\ntorchrun --nproc_per_node=4 grpo_jsonl.py {options} --deepspeed zero3.json --bf16\n"
    assert setup_of(run_of_script(script), Data()).segments == segments


def test_packed_samples_are_of_one_length():
    text = {**SFT, "model_name_or_path": "Qwen/Qwen2.5-3B"}
    assert setup_of(run_of(text, trainer="trl-sft==0.24.0", packing=True), Data()).lengths == "packed"
    assert setup_of(run_of(text, trainer="trl-sft==0.24.0", packing=False), Data()).lengths == "vary"


def test_data_named_as_videos_is_of_frames_unless_described():
    from vlmr1_lint.memory.samples import of_videos

    videos = run_of(VLM_R1, data_file_paths="/data/Video-R1-260k.json")
    assert of_videos(videos, Data()) == Data(images=8, image=(448, 224))
    assert of_videos(videos, of_videos(videos, Data())) == of_videos(videos, Data())
    assert of_videos(videos, Data(given=True)) == Data(given=True)
    assert of_videos(videos, Data(images=2)) == Data(images=2)
    assert of_videos(run_of(VLM_R1, data_file_paths="/video/rec.jsonl"), Data()) == Data()
    assert of_videos(run_of(VLM_R1), Data()) == Data()
