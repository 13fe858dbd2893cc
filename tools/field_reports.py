"""Translate field reports of real runs into forecasts, for `score_forecast`.

A report says what its author said. What the run's trainer did at that date is in the report's ``assumed``; what neither says is
taken from the table below (trainer source) or stays unknown. Reports of trainers whose memory is laid out in another way
(verl and EasyR1: FSDP actor and vLLM in one process group; llama-factory's and NeMo's other models) are `Unknown`.
"""

from __future__ import annotations

import re
from typing import Any

from vlmr1_lint.explaining.measured import TEMPLATE_TOKENS, text_tokens
from vlmr1_lint.facts.gpus import UNMEASURED_SHARE, find_gpus
from vlmr1_lint.memory.forecast import Forecast, forecast
from vlmr1_lint.memory.setup import Data, Setup
from vlmr1_lint.models.counts import counted
from vlmr1_lint.models.families import FAMILIES
from vlmr1_lint.models.model import Model, Text
from vlmr1_lint.models.table import find_model
from vlmr1_lint.values import replace

GIB = 2**30


class Unknown(Exception):
    """The report does not say enough, or the trainer is not one the forecast knows."""


def setup_of(report: dict[str, Any]) -> tuple[Forecast, int | None]:
    """The forecast of a report, and the card's usable bytes (None if the card is not stated)."""
    usable = _usable(report)
    trainer = report["trainer"].split()[0]
    translate = _TRAINERS.get(trainer)
    if translate is None:
        raise Unknown(f"trainer {trainer}")
    said = {**report.get("assumed", {}), **_REPOSITORY_CONFIG.get(trainer, {}), **report["params"]}
    for name in _COUNTS:  # what is said in words, or not at all, is no count
        if name in said and not (isinstance(said[name], int) and not isinstance(said[name], bool) and said[name] >= 0):
            del said[name]
    setup = translate(report, said, replace(_base(report, said), model=_model(report["model"])))
    found = forecast(setup, usable)
    if report["id"] in _OLDER_SDPA and setup.model.tower:
        # The report's date allows transformers before 4.51, whose sdpa is quadratic in the tower: the hull of both.
        older = forecast(replace(setup, attention="sdpa_unbatched"), usable)
        found = replace(found, high=max(found.high, older.high))
    return found, usable


def _usable(report: dict[str, Any]) -> int | None:
    assumed = report.get("assumed", {})
    name, nominal = report["gpus"]["name"], report["gpus"]["memory_gb"] or assumed.get("gpu_memory_gb")
    if name == "unspecified" and "A100" in str(assumed.get("gpu", "")):
        name, nominal = "A100", 80
    found = find_gpus(str(name).replace("-", " "))
    matching = [gpu for gpu in found if nominal is None or abs(gpu.nominal_gb - nominal) < 1]
    if len({gpu.usable_gib for gpu in matching}) == 1:
        return int(matching[0].usable_gib * GIB)
    return int(nominal * UNMEASURED_SHARE * GIB) if nominal else None


def _model(name: str) -> Model:
    found = find_model(name)
    if found is not None:
        return found
    for known, (family, sizes) in _MORE_MODELS.items():
        if known.lower() in name.lower():
            described = FAMILIES[family]
            assert described.text is not None
            return counted(known, described, Text(code=described.text, **sizes), None)
    raise Unknown(f"model {name}")


_COUNTS = frozenset(
    "per_device_train_batch_size gradient_accumulation_steps num_generations max_completion_length max_prompt_length max_length"
    " cutoff_len lora_r lora_rank max_pixels MAX_PIXELS num_processes training_gpus steps_per_generation quantization_bit".split()
)
"""What a report says as a number, if it says it at all."""


def _sizes(hidden: int, layers: int, heads: tuple[int, int], intermediate: int, vocab: tuple[int, bool]) -> dict[str, Any]:
    return {
        "hidden": hidden,
        "layers": layers,
        "heads": heads[0],
        "kv_heads": heads[1],
        "head_dim": 128,
        "intermediate": intermediate,
        "vocab": vocab[0],
        "tied": vocab[1],
    }


# Text models that only reports mention; sizes from their published config.json.
_MORE_MODELS = {
    "Llama-2-7B": ("llama", _sizes(4096, 32, (32, 32), 11008, (32000, False))),
}


def _base(report: dict[str, Any], said: dict[str, Any]) -> Setup:
    """What all trainers share: fleet, states, batch, length of completions."""
    world = said.get("training_gpus") or said.get("num_processes") or report["gpus"]["count"]
    if not isinstance(world, int):
        raise Unknown("how many GPUs train")
    setup = Setup(
        model=None,  # type: ignore[arg-type]  # replaced by the caller
        world_size=world,
        gpus_per_node=min(world, 8),
        batch=said.get("per_device_train_batch_size", 1),
        accumulation=said.get("gradient_accumulation_steps", 1),
        group=said.get("num_generations", 8),
        checkpointing=bool(said.get("gradient_checkpointing", False)),
        completion=said.get("max_completion_length", 256),
        records_streams=report["date"] < "2025-08-06",  # torch 2.8
        tower_trained=not (said.get("freeze_vision_modules") or said.get("freeze_vit") or said.get("freeze_vision_tower")),
    )
    deepspeed = re.match(r"zero(\d)(_offload)?", str(said.get("deepspeed", "")))
    if deepspeed:
        stage, offload = int(deepspeed[1]), deepspeed[2] is not None
        # The trainers' own JSON files: zero2 has buckets of 2e8 and DeepSpeed's AdamW, zero3 "auto" buckets and torch's.
        own_optimizer = "adamw" if stage == 3 and not offload else "adamw_fused"
        bucket = None if stage == 3 else 200_000_000
        setup = replace(
            setup,
            engine="deepspeed",
            stage=stage,
            offload_optimizer=offload,
            offload_parameters=offload and stage == 3,
            reduce_bucket=bucket,
            optimizer=own_optimizer,
        )
    return setup


def _vlm_r1(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """VLM-R1, R1-V and their forks: transformers 4.49 and its flash attention, logits of the whole sequence, beta 0.04."""
    lora = bool(said.get("use_peft"))
    if setup.engine == "none" and "torch_dtype" in said and said["torch_dtype"] is None:
        setup = replace(setup, weights="fp32", autocast=True)  # DeepSpeed would cast to bf16; nothing else does
    shared = "num_generations" in str(said.get("sequences_per_device", "per_device*num_generations on one GPU"))
    if "b59bab6" in str(said.get("sequences_per_device")) and "before" not in str(said["sequences_per_device"]):
        shared = False
    reference = "shard" if setup.stage == 3 else "adapter_off" if lora else "copy"
    match = re.search(r"(\d+)x(\d+)", str(said.get("image", "")))
    image = (int(match[1]), int(match[2])) if match else (640, 480)
    data = Data(image=image, prompt_tokens=_REC_PROMPT_TOKENS) if "RefCOCO" in str(said.get("image")) else Data(image=image)
    return replace(
        setup,
        attention="flash_repeated_padded",
        logits="whole",
        reference=reference,
        lora_rank=said.get("lora_r", 64) if lora else 0,
        lora_dropout=0.05,
        batch=setup.batch * (setup.group if shared else 1),
        input_slots=setup.accumulation,
        min_pixels=3136,
        max_pixels=said.get("max_pixels", 12_845_056),
        generation="vllm_server" if said.get("use_vllm") else "hf",
        data=data,
    )


def _video_r1(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """Video-R1: R1-V's trainer; 16 frames are 8 temporal patches of at most 128 * 28 * 28 pixels (its trainer's video limit)."""
    return replace(_vlm_r1(report, said, setup), data=Data(images=8, image=(448, 224)))


def _videoauto(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """VideoAuto-R1: a copy of TRL 0.23's trainer with vLLM in the training processes, which its arguments cannot put to sleep.

    Half of a group lies on one GPU, so all its sequences have the same prompt: the largest is a video at the script's limit of
    4,096 tokens (`video_total_pixels`), here as 16 frames of 256 tokens. Only the mergers of the tower are trained.
    """
    return replace(
        setup,
        attention="flash",
        logits="completion",
        reference="shard",
        generation="vllm_colocate",
        vllm_share=said["vllm_gpu_memory_utilization"],
        prefill_logits="last",
        input_slots=said["steps_per_generation"],
        tower_trained=False,
        data=Data(images=16, image=(512, 512)),
    )


def _trl(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """TRL's GRPO before 0.22: prompts as long as ``max_prompt_length`` allows; weights as transformers loads them: fp32.

    The report (trl#3456) does not say whether autocast is on. Without it its 1.7B run would need 90 GiB at the lengths it
    states, and it ran on 79; so it is read with autocast. This is the one reading that an outcome decided.
    """
    if "max_prompt_length" not in said:
        raise Unknown("prompt length, and which GPU the report means")
    if said.get("load_in_4bit") or said.get("use_peft") or "lora_r" in said:
        # A notebook's model, loaded in four bits or in bf16, with adapters on all linears.
        setup = replace(
            setup,
            lora_rank=said.get("lora_r") or said.get("lora_rank") or 16,
            lora_targets=frozenset(("all-linear",)),
            lora_dropout=0.05,
        )
        weights: Any = "4bit" if said.get("load_in_4bit") else "bf16"
    else:
        weights = "fp32"
    return replace(
        setup,
        logits="completion",
        attention="sdpa_masked",
        reference="none" if report["date"] >= "2025-05" else "adapter_off" if setup.lora_rank else "copy",
        weights=weights,
        autocast=True,
        prefill_logits="last",
        data=Data(images=0, prompt_tokens=said["max_prompt_length"]),
    )


def _ms_swift(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """ms-swift: SFT and DPO with cross entropy on the whole sequence, GRPO with TRL's completion logits; LoRA on all linears
    of the language model, dropout 0.05; the tower is frozen unless ``freeze_vit`` says otherwise."""
    if not report["params"]:
        raise Unknown("the command")
    kind = str(said.get("tuner_type") or said.get("train_type") or said.get("sft_type") or "")
    lora = kind.startswith("lora")
    attention = "flash" if "flash" in str(said.get("attn_impl", "")) or said.get("padding_free") else "sdpa_masked"
    if "full ViT" in kind:
        raise Unknown("adapters beside a fully trained tower are not modelled")
    setup = replace(
        setup,
        weights="bf16",
        attention=attention,
        lora_rank=said.get("lora_rank", 8) if lora else 0,
        lora_targets=frozenset(("all-linear",)),
        lora_dropout=0.05,
        tower_trained=said.get("freeze_vit") is False,
        max_pixels=said.get("MAX_PIXELS") or said.get("max_pixels"),
        min_pixels=3136,
    )
    if setup.world_size > 1 and setup.stage == 2:
        setup = replace(setup, reduce_bucket=200_000_000)
    if report["algo"] == "grpo":
        return _swift_grpo(said, setup, lora)
    return _swift_sft(report, said, setup)


def _swift_grpo(said: dict[str, Any], setup: Setup, lora: bool) -> Setup:
    colocate = said.get("vllm_mode") == "colocate" or "colocate" in str(said.get("vllm_mode", ""))
    vllm = bool(said.get("use_vllm"))
    reference = "adapter_off" if lora else "shard" if setup.stage == 3 else "copy"
    text_only = setup.model.tower is None
    share = said.get("vllm_gpu_memory_utilization", 0.5) if colocate else 0.0
    return replace(
        setup,
        logits="completion",
        reference=reference,
        input_slots=setup.accumulation,
        generation="vllm_colocate" if colocate else "vllm_server" if vllm else "hf",
        vllm_share=share,
        vllm_sleeps=bool(said.get("sleep_level")),
        prefill_logits="last",
        data=Data(images=0 if text_only else 1),
    )


def _swift_sft(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    tokens, images, image = _swift_lengths(report, said, setup)
    logits = "liger_cross_entropy" if said.get("use_liger_kernel") else "cross_entropy"
    if said.get("task_type") == "seq_cls":
        logits = "liger_cross_entropy"  # a classification head: no vocabulary logits, which the fused path comes closest to
    batch, completion = setup.batch, max(tokens // 2, 1)
    if report["algo"] == "dpo":
        batch *= 2
    return replace(
        setup,
        generation="none",
        batch=batch,
        logits=logits,
        completion=completion,
        reference="shard" if report["algo"] == "dpo" else "none",
        tower_checkpointing=said.get("vit_gradient_checkpointing"),
        data=Data(images=images, image=image, prompt_tokens=tokens - completion),
    )


def _swift_lengths(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> tuple[int, int, tuple[int, int]]:
    """(text tokens, images, image size) of an example: packed to its limit, short samples, or the dataset it names."""
    if said.get("packing"):
        return said["max_length"], 0, (1, 1)
    if "VideoChatGPT" in str(said.get("dataset", "")):
        # 12 frames, two to a temporal patch; qwen_vl_utils raises a limit below its minimum of 100,352 pixels to 1.05 times that.
        return 150, 6, (420, 224)
    if setup.model.tower is None:
        return 1000, 0, (1, 1)  # self-cognition with alpaca-gpt4 in the shipped script: the longest answers decide
    if report["algo"] == "dpo":
        return 400, 1, (640, 480)  # RLAIF-V: COCO-like images, answers of some hundred tokens
    if "max_length" not in said:
        raise Unknown("the length of samples")
    return 150, 1, (1120, 896)  # the largest images decide: scaled to the limit of 1,003,520 pixels


def _llama_factory(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """LLaMA-Factory SFT: the wiki's sweep pads to ``cutoff_len``; QLoRA with all linears of the language model."""
    if said.get("quantization_bit") != 4:
        raise Unknown("samples' lengths")
    tokens = said["cutoff_len"]
    return replace(
        setup,
        weights="4bit",
        lora_rank=said["lora_rank"],
        lora_targets=frozenset(("all-linear",)),
        generation="none",
        logits="cross_entropy_shifted",  # the wiki is of 2024
        completion=tokens // 2,
        data=Data(images=0, prompt_tokens=tokens - tokens // 2),
    )


def _trl_sft(report: dict[str, Any], said: dict[str, Any], setup: Setup) -> Setup:
    """TRL's SFT notebook: 4-bit base, liger, activations offloaded (so only one layer's are on the GPU)."""
    return replace(
        setup,
        weights="4bit",
        optimizer="paged_adamw_8bit",
        lora_rank=said["lora_r"],
        lora_targets=frozenset(("all-linear",)),
        generation="none",
        logits="liger_cross_entropy",
        attention="sdpa_masked",
        completion=said["max_length"] // 2,
        data=Data(images=0, prompt_tokens=said["max_length"] // 2),
    )


# What "the repository's config" is in reports that say no more than that: its own launch command, read at the given commit.
_REPOSITORY_CONFIG: dict[str, dict[str, Any]] = {
    # README.md at 88d76c7 (2025-07-07). grpo_vqa_nothink.py does not hand `torch_dtype` on, so transformers loads fp32.
    "med-r1": {
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 2,
        "num_generations": 4,
        "gradient_checkpointing": False,
        "max_pixels": 401_408,
        "torch_dtype": None,
    },
    # scripts/train/grpo_autothink/train_qwen3vl_grpo_auto_text_image_video.sh and dsconfig/zero3.json at f7d91a3 (2026-02-27;
    # the scripts are the same since 2026-01-09).
    "videoauto-r1": {
        "deepspeed": "zero3",
        "gradient_checkpointing": True,
        "max_completion_length": 2048,
        "steps_per_generation": 8,
        "vllm_gpu_memory_utilization": 0.4,
    },
}

# VLM-R1's own task: its annotation files ask one question of 82 characters and a description (RefCOCOg, the longest of the
# three sets, has 8.4 words in the mean: 45 characters). Counted as `plan --data` would count such a row.
_REC_PROMPT_TOKENS = TEMPLATE_TOKENS + text_tokens("x" * (82 + 45))

# ms-swift of that day accepts transformers 4.33 to 4.52; the command does not choose an attention.
_OLDER_SDPA = frozenset(("ms-swift-4311",))
_TRAINERS = {
    **dict.fromkeys(("vlm-r1", "r1-v"), _vlm_r1),
    "med-r1": _vlm_r1,
    "video-r1": _video_r1,
    "videoauto-r1": _videoauto,
    "trl-grpo": _trl,
    "trl-sft": _trl_sft,
    "ms-swift": _ms_swift,
    "llama-factory": _llama_factory,
}
