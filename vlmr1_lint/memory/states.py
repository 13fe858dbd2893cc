"""Model states: parameters, gradients, optimizer, reference, gathered and communication buffers. Bytes per GPU.

Three regimes are told apart:

1. DeepSpeed bf16: weights 2, gradients 2, fp32 master and two moments 12 bytes per trained parameter, sharded by stage
   (``stage_1_and_2.py``, ``stage3.py``; docs "Memory requirements": 2P + 16..18 T / N).
2. Weights loaded in bf16 without DeepSpeed: AdamW's moments are bf16 too, 8 bytes per trained parameter; DDP's buckets hold
   a second copy of all gradients (``gradient_as_bucket_view=False``).
3. fp32 weights under autocast: 16 bytes per trained parameter, and DDP's buckets.

FSDP under mixed precision is the third, sharded (`_fsdp`).
"""

from __future__ import annotations

from vlmr1_lint.memory.parameters import largest_gathered, lora_parameters, trained_without_tower
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.setup import Setup

__all__ = ["States", "adapters", "broadcast_copies", "model_states", "paged_states", "separate_tensors", "trained_parameters"]

# bitsandbytes nf4 with nested constants: 4 bits, and 8 bits per 64 values, and 32 bits per 16,384 (QLoRA paper, section 3).
BYTES_4BIT = 0.5 + 1 / 64 + 4 / 16384
# Bytes from which on DDP sends parameters in a bucket of their own (torch/nn/parallel/distributed.py, broadcast_bucket_size).
BROADCAST_BUCKET = 250 * 2**20
# DeepSpeed's "auto" for stage3_prefetch_bucket_size: 0.9 * hidden^2 elements (transformers integrations/deepspeed.py).
PREFETCH_FACTOR = 0.9


@value
class States:
    """Bytes per GPU. ``step`` is what the optimizer step adds; ``gathered`` is live during forward and backward;
    ``policy`` is what generation gathers of the policy (0 where it gathers nothing more); ``accumulated`` is the gradients that
    earlier micro-batches of an update leave."""

    parameters: int
    gradients: int
    optimizer: int
    reference: int
    gathered: int
    communication: int
    step: int
    policy: int
    accumulated: int


def adapters(setup: Setup) -> int:
    """LoRA parameters, 0 for full fine-tuning."""
    return lora_parameters(setup.model, setup.lora_rank, setup.lora_targets) if setup.lora_rank else 0


def trained_parameters(setup: Setup) -> int:
    """Parameters with a gradient."""
    if setup.lora_rank:
        return adapters(setup) + setup.modules_to_save
    return setup.model.params_total if setup.tower_trained else trained_without_tower(setup.model)


def model_states(setup: Setup) -> States:
    """All states of one GPU."""
    trained, extra = trained_parameters(setup), adapters(setup) + (setup.modules_to_save if setup.lora_rank else 0)
    if setup.engine == "deepspeed":
        return _deepspeed(setup, trained, extra)
    if setup.engine == "fsdp":
        return _fsdp(setup, trained, extra)
    return _unsharded(setup, trained, extra)


def _deepspeed(setup: Setup, trained: int, extra: int) -> States:
    """Regime 1. Offloading the optimizer takes master, moments and gradients off the GPU; offloading parameters the shards."""
    ranks, stage = setup.world_size, setup.stage
    total = setup.model.params_total + extra
    weights = 2 * total if setup.weights in {"bf16", "fp32"} else _quantised(setup) + 2 * extra
    shard = weights // ranks if stage == 3 else weights
    accumulated = 4 if setup.fp32_gradient_accumulation else 2
    part = trained // ranks if stage >= 1 else trained
    gradients = accumulated * (part if stage >= 2 else trained)
    master = 4 + _moments(setup, 4)
    # Stage 3 keeps one sub-group's gradients in fp32 while it steps; stages 1 and 2 the whole partition. Where the JSON has no
    # optimizer, torch's AdamW runs, whose foreach path makes a temporary of that size again.
    stepped = min(setup.sub_group_size, part) if stage == 3 else part
    step = 4 * stepped * (2 if setup.optimizer == "adamw" else 1)
    optimizer = master * part
    if setup.offload_optimizer:
        gradients, optimizer, step = (gradients if stage < 2 else 0), 0, 0
    if stage == 3 and setup.offload_parameters:
        shard = 0
    return States(
        parameters=shard,
        gradients=gradients,
        optimizer=optimizer,
        reference=_reference(setup, 2 * setup.model.params_total),
        gathered=_gathered(setup, total) if stage == 3 else 0,
        communication=_buckets(setup),
        step=step,
        policy=2 * total if stage == 3 and setup.gather_for_generation else 0,
        accumulated=gradients,
    )


def _gathered(setup: Setup, total: int) -> int:
    """Gathered by ZeRO-3 while training: what is used again within ``max_reuse_distance`` stays, which around the turn from
    forward to backward is half that distance of parameters; at least the head; one more layer; the prefetch bucket.
    Source: ``partitioned_param_coordinator.py``. Never more than ``max_live_parameters`` unless one module is larger."""
    model = setup.model
    kept = max(setup.max_reuse_distance // 2, model.embedding) + model.layer_total
    live = max(min(kept, setup.max_live_parameters, total), min(largest_gathered(model), total))
    prefetch = setup.prefetch_bucket if setup.prefetch_bucket is not None else int(PREFETCH_FACTOR * model.text.hidden**2)
    return 2 * (live + min(prefetch, total))


def _buckets(setup: Setup) -> int:
    """The bucket in which gradients wait to be reduced; two with ``overlap_comm`` in stages 1 and 2. "auto" means hidden^2."""
    if setup.world_size == 1:
        return 0
    bucket = setup.reduce_bucket if setup.reduce_bucket is not None else setup.model.text.hidden**2
    trained = trained_parameters(setup)
    return 2 * min(bucket, trained) * (2 if setup.overlap_comm and setup.stage in {1, 2} else 1)


def _fsdp(setup: Setup, trained: int, extra: int) -> States:
    """FSDP: under mixed precision accelerate holds what is trained in fp32, however it was loaded, and computes in bf16 copies
    (``accelerator.py`` prepare_model, ``utils/fsdp_utils.py`` fsdp2_prepare_model); else all is in the type that was loaded.

    The root unit stays gathered from its first forward on (torch's ``_runtime_utils.py``), and for generation is gathered in full
    precision (TRL, summon_full_params); every other unit comes and goes, the next one on its way. Between the micro-batches of
    an update gradients wait unsharded in the computing type (transformers' Trainer accumulates under ``no_sync``).
    """
    ranks = (setup.shard_ranks or setup.world_size) if setup.stage else 1
    loaded = 4 if setup.weights == "fp32" else 2
    size = 4 if setup.autocast or setup.lora_rank else loaded
    computed = 2 if setup.autocast else loaded
    total = setup.model.params_total + extra
    held = size * trained + loaded * (total - trained)
    gradients, optimizer = size * trained // ranks, _moments(setup, size) * trained // ranks
    shard, step = held // ranks, 0 if setup.optimizer == "adamw_fused" else size * trained // ranks
    if setup.offload_parameters:
        shard = gradients = optimizer = step = 0
    root, layer = _root(setup, total), 0 if setup.units == "whole" else setup.model.layer_total
    live = min(root + 2 * layer, total) if setup.stage == 3 else total
    # Without shards only the copies in another type are made, and kept.
    gathered = computed * live if setup.stage or computed != size else 0
    reference = loaded * setup.model.params_total
    if setup.reference == "shard":
        kept = min(root, setup.model.params_total) if setup.stage == 3 else setup.model.params_total
        reference = (0 if setup.offload_parameters else reference // ranks) + computed * kept
    return States(
        parameters=shard,
        gradients=gradients,
        optimizer=optimizer,
        reference=reference if setup.reference in {"copy", "shard"} else 0,
        gathered=gathered,
        communication=computed * min(layer or total, trained),
        step=step,
        policy=min(size * root + 2 * computed * layer, size * total) if setup.stage == 3 else 0,
        accumulated=max(computed * trained, gradients),
    )


def _root(setup: Setup, total: int) -> int:
    """Parameters of FSDP's root unit: embedding and head, and the tower where its blocks are no units of their own."""
    model = setup.model
    if setup.units == "whole":
        return total
    return model.embedding * (1 if model.text.tied else 2) + (model.params_vision if setup.units == "language" else 0)


def _unsharded(setup: Setup, trained: int, extra: int) -> States:
    """Regimes 2 and 3: everything on every GPU; with several GPUs DDP's buckets double the gradients. Adapters are fp32."""
    size = 4 if setup.weights == "fp32" or setup.lora_rank else 2
    base = {"bf16": 2 * setup.model.params_total, "fp32": 4 * setup.model.params_total}.get(setup.weights) or _quantised(setup)
    gradients = size * trained * (2 if setup.world_size > 1 else 1)
    step = size * trained if setup.optimizer == "adamw" else 0
    reference = _reference(setup, base)
    return States(
        parameters=base + 4 * extra,
        gradients=gradients,
        optimizer=_moments(setup, size) * trained,
        reference=reference,
        gathered=0,
        communication=0,
        step=step,
        policy=0,
        accumulated=gradients,
    )


def separate_tensors(setup: Setup) -> tuple[int, ...]:
    """For each copy of the model that is held as one tensor for each weight: bytes of an element. DeepSpeed and FSDP hold what
    they train, and stage 3 everything, in flat buffers; packed weights are left out."""
    loaded = {"bf16": 2, "fp32": 4}.get(setup.weights, 0)
    if not loaded or setup.engine == "fsdp" or setup.stage == 3:
        return ()
    reference = (loaded,) if setup.reference == "copy" else ()
    if setup.lora_rank:
        return (loaded, *reference)
    if setup.engine == "deepspeed":
        return reference
    moments = (loaded,) * {"adamw": 3, "adamw_fused": 2}.get(setup.optimizer, 0)
    return (loaded, loaded, *moments, *reference)


def broadcast_copies(setup: Setup, states: States) -> int:
    """What DDP's first broadcast of all parameters, frozen ones too, leaves in the allocator's cache before torch 2.8.

    ``_broadcast_coalesced`` copies parameters into buckets and lets two be under way; but NCCL's ``record_stream`` keeps the
    allocator from reusing a bucket until the GPU is through, and the CPU is long ahead by then: every bucket gets memory of its
    own (meta-pytorch/torchtune pull 843; gone with pytorch/pytorch pull 148590). An embedding that comes first, and is larger
    than a bucket, is sent without a copy. Nothing fails of it: the allocator gives back what it only caches.
    """
    if setup.engine != "none" or setup.world_size == 1 or not setup.records_streams:
        return 0
    embedding = 2 * setup.model.embedding
    alone = setup.model.tower is None and setup.weights != "fp32" and embedding >= BROADCAST_BUCKET
    return states.parameters - (embedding if alone else 0)


def _moments(setup: Setup, size: int) -> int:
    """Bytes of optimizer state per trained parameter beyond a master copy. Paged states leave the GPU when it fills."""
    if setup.optimizer == "adamw_8bit":
        return 2
    if setup.optimizer in {"paged_adamw", "paged_adamw_8bit", "adafactor", "sgd"}:
        return 0
    return 2 * size


def paged_states(setup: Setup) -> int:
    """Bytes of optimizer states per GPU that bitsandbytes keeps in managed memory: on the GPU while it has room, else on the
    host (two moments of 4 bytes, or of 1)."""
    each = {"paged_adamw": 8, "paged_adamw_8bit": 2}.get(setup.optimizer, 0)
    sharded = setup.engine != "none" and setup.stage > 0
    return each * trained_parameters(setup) // ((setup.shard_ranks or setup.world_size) if sharded else 1)


def _quantised(setup: Setup) -> int:
    """bitsandbytes replaces every linear but the head; embeddings, norms and the head stay in bf16."""
    model = setup.model
    kept = model.embedding * (1 if model.text.tied else 2)
    per_weight = BYTES_4BIT if setup.weights == "4bit" else 1
    return int((model.params_total - kept) * per_weight) + 2 * kept


def _reference(setup: Setup, full: int) -> int:
    if setup.reference == "copy":
        return full
    if setup.reference == "shard":
        return 0 if setup.offload_parameters else full // setup.world_size
    return 0
