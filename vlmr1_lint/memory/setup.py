"""What the forecast needs to know about a run: plain values, independent of how any file is read.

A field that the run does not tell is the caller's to decide; nothing here stands in for an unknown model or fleet.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from vlmr1_lint.memory.activations import Attention
    from vlmr1_lint.memory.experts import Experts
    from vlmr1_lint.memory.logits import Path
    from vlmr1_lint.models.model import Model

    Engine = Literal["none", "deepspeed", "fsdp"]
    Weights = Literal["bf16", "fp32", "8bit", "4bit"]
    Optimizer = Literal["adamw", "adamw_fused", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "adafactor", "sgd"]
    Reference = Literal["none", "adapter_off", "copy", "shard"]
    Generation = Literal["none", "hf", "vllm_server", "vllm_colocate"]

__all__ = ["Data", "Sample", "Setup"]


@value
class Sample:
    """One sample: images, (width, height) of each in pixels, and text tokens of the prompt."""

    images: int
    image: tuple[int, int]
    prompt_tokens: int


@value
class Data:
    """What the samples look like. ``image`` is (width, height) in pixels; ``given`` says that the user gave it.
    ``prompt_tokens`` is text only; image tokens are added by the processor's rule.

    Where samples were measured, these are the 95th percentile, ``low`` the median and ``high`` the largest of what was seen;
    ``origin`` says of what. ``completion_tokens``: how long answers really get, where the user says so (for *likely*).
    """

    images: int = 1
    image: tuple[int, int] = (640, 480)
    prompt_tokens: int = 256
    given: bool = False
    low: Sample | None = None
    high: Sample | None = None
    origin: str = ""
    completion_tokens: int | None = None


@value
class Setup:
    """One run. Sizes of buckets and groups are in elements, lengths in tokens, ``vllm_share`` is a fraction of the card.

    ``batch`` counts the *sequences* one GPU computes at once, whatever the trainer's option counts. ``reference`` is how the
    reference policy is held: not at all, as the policy with its adapters off, as a full copy on each GPU, or as a shard
    (also one that the trainer loads without need). ``generated`` is how many sequences one generate call holds (0: ``batch``).
    ``stage`` is DeepSpeed's ZeRO stage, or FSDP's sharding: 3 if weights are gathered unit by unit, 2 if they stay gathered until
    backward, 0 if nothing is sharded; over ``shard_ranks`` (0: all), in ``units`` of single layers, of layers with the tower in
    the root, or as a whole. ``lora_targets`` None is VLM-R1's own finder. ``experts`` is how a mixture of experts takes its
    weights. ``input_slots`` is how many batches of inputs the trainer keeps on the GPU. ``prompt_limit``: tokens to which the
    trainer cuts a prompt, of which image tokens are kept.
    ``records_streams``: torch is older than 2.8 (`states.broadcast_copies`). ``segments``: whether the allocator's can expand
    (PYTORCH_CUDA_ALLOC_CONF). ``lengths``: whether batches differ in length, or are packed to one.
    """

    model: Model
    world_size: int = 1
    gpus_per_node: int = 8
    # model states
    engine: Engine = "none"
    stage: int = 0
    shard_ranks: int = 0
    units: Literal["layers", "language", "whole"] = "layers"
    offload_optimizer: bool = False
    offload_parameters: bool = False
    weights: Weights = "bf16"
    autocast: bool = True
    optimizer: Optimizer = "adamw"
    sub_group_size: int = 1_000_000_000
    reduce_bucket: int | None = None
    prefetch_bucket: int | None = None
    max_live_parameters: int = 1_000_000_000
    max_reuse_distance: int = 1_000_000_000
    overlap_comm: bool = False
    fp32_gradient_accumulation: bool = False
    reference: Reference = "none"
    records_streams: bool = False
    segments: Literal["fixed", "expandable"] = "fixed"
    lengths: Literal["vary", "packed"] = "vary"
    # what is trained
    lora_rank: int = 0
    lora_targets: frozenset[str] | None = None
    lora_dropout: float = 0.0
    modules_to_save: int = 0
    tower_trained: bool = True
    checkpointing: bool = False
    tower_checkpointing: bool | None = None
    attention: Attention = "flash"
    experts: Experts = "copied"
    # the loss
    batch: int = 1
    accumulation: int = 1
    group: int = 8
    iterations: int = 1
    completion: int = 512
    prompt_limit: int | None = None
    logits: Path = "whole"
    keeps_logits: bool = True
    # generation
    generation: Generation = "hf"
    generated: int = 0
    gather_for_generation: bool = True
    prefill_logits: Literal["all", "last"] = "all"
    cache_while_generating: bool = True
    vllm_share: float = 0.0
    vllm_sleeps: bool = False
    input_slots: int = 1
    # images
    min_pixels: int | None = None
    max_pixels: int | None = None
    tiles: int = 12
    data: Data = Data()
