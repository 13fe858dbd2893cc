"""The forecast: bytes per GPU at each instant, as an interval, and the verdict against a card.

The peak is the largest instant, never a sum of all terms. *low* is what cannot be avoided (64 completion tokens, no margin);
*likely* is every completion at its limit; *high* is likely with what the allocator adds (`allocator`), and no less than what
nvidia-smi will show in the first fifty steps.
The image is data and no part of the interval: all ends take the stated or assumed one. Where samples were measured, they take
the median, the 95th percentile and the largest.
"""

from __future__ import annotations

from vlmr1_lint.memory.activations import adapter_of
from vlmr1_lint.memory.allocator import EARLY_STEPS, FRAGMENTATION, FRAGMENTATION_EXPANDABLE, GROWN_STEPS, grown, rounding
from vlmr1_lint.memory.generation import cache_bytes, cache_remains, prefill_logits, sampling_bytes
from vlmr1_lint.memory.host import host_memory
from vlmr1_lint.memory.parameters import largest_gathered
from vlmr1_lint.memory.passes import Passes, Step, Work
from vlmr1_lint.memory.precision import AUTOCAST, BF16, FP32
from vlmr1_lint.memory.samples import image_of, sampled
from vlmr1_lint.memory.states import broadcast_copies, model_states, paged_states, separate_tensors, trained_parameters
from vlmr1_lint.memory.vision import tower_adapter
from vlmr1_lint.units import GIB
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from vlmr1_lint.memory.images import ImageCost
    from vlmr1_lint.memory.setup import Setup
    from vlmr1_lint.memory.states import States

    Verdict = Literal["oom", "likely-oom", "tight", "fits", "unknown"]
    Terms = dict[str, int]

__all__ = ["INSTANTS", "TERMS", "Forecast", "forecast", "image_of", "work_of"]

INSTANTS = ("load", "reference", "generation", "forward", "backward", "optimizer_step", "save")
TERMS = (
    "parameters",
    "gradients",
    "optimizer",
    "reference",
    "gathered",
    "activations",
    "vision_activations",
    "logits",
    "buffered_inputs",
    "kv_cache",
    "vllm_pool",
    "communication",
    "context",
)

# The measured constants (bytes). A process with torch, cuBLAS and flash-attention loaded holds 0.4 to 0.6 GiB on A100 and
# H100 before any tensor (nvidia-smi of an idle process); NCCL's channels and buffers take some 0.4 GiB more.
CONTEXT_BYTES = int(0.5 * GIB)
NCCL_BYTES = int(0.4 * GIB)
# The most that is reported: a driver without lazy loading loads every kernel, more than 1,000 MB (pytorch/pytorch#107667); with
# one NCCL communicator 1.6 GB in all (NVIDIA/nccl#864).
MOST_CONTEXT_BYTES = 1 * GIB
MOST_CONTEXT_AND_NCCL_BYTES = int(1.6e9)
# AgileRL measured the floor of a card while vLLM sleeps: 0.88 to 0.94 GiB on L4 and 1.20 to 1.31 on A100 (its profiling rig,
# fixtures of 2025), of which the training process's own context is CONTEXT_BYTES.
SLEEPING_VLLM_BYTES = int(0.7 * GIB)
# What no run avoids: the bare context of a recent driver.
LEAST_CONTEXT_BYTES = int(0.3 * GIB)
# vLLM's graphs come on top of its share: "CUDA graphs can take additional 1~3 GiB memory per GPU" (its own log line).
LEAST_GRAPH_BYTES, MOST_GRAPH_BYTES = 1 * GIB, 3 * GIB
LEAST_COMPLETION_TOKENS = 64

_DYNAMIC = ("gathered", "activations", "vision_activations", "logits", "kv_cache")
_SAMPLING = ("generation", "reference")
_STATIC = ("parameters", "gradients", "optimizer", "reference", "vllm_pool", "communication", "context")


@value
class Forecast:
    """An interval in bytes per GPU. ``instant`` is where *likely* peaks; ``instants`` are the terms of *likely* by instant;
    ``host`` is host RAM per node at load, step and save; ``image_tokens`` is per image in *likely*.

    ``reserved`` is what nvidia-smi shows on a card with room to spare: torch's allocator keeps what earlier instants freed, and
    the optimizer step's buffers of gigabytes do not fit into what activations left behind. *high* is never below it. ``grown`` is
    what it may show by step `allocator.GROWN_STEPS`, where lengths vary and segments cannot expand. Both end at the card, and so
    does their part in *high*: before it fails, the allocator gives back what it only caches. ``unbounded`` is what they would be
    on a card without end, for `on`: *high*'s own, what nvidia-smi shows within fifty steps, ``reserved`` and ``grown``."""

    low: int
    likely: int
    high: int
    instant: str
    instants: dict[str, Terms]
    host: dict[str, int]
    image_tokens: int
    reserved: int
    grown: int
    unbounded: tuple[int, int, int, int]

    def on(self, card: int) -> Forecast:
        """The same need on another card (bytes). A colocated vLLM takes a share of the card: then the need is not the same."""
        return replace(self, **_bounded(self.likely, card, *self.unbounded))

    def verdict(self, usable: int | None) -> Verdict:
        """Against a card with *usable* bytes: ``unknown`` without one."""
        if usable is None:
            return "unknown"
        if self.low > usable:
            return "oom"
        if self.likely > usable:
            return "likely-oom"
        return "tight" if self.high > usable else "fits"


def forecast(setup: Setup, card: int | None = None) -> Forecast:
    """The forecast of *setup*. *card* is the card's memory in bytes: vLLM takes a share of it, and ``reserved`` ends there."""
    states = model_states(setup)
    share = int(setup.vllm_share * card) if card and setup.generation == "vllm_colocate" else 0
    graphs = LEAST_GRAPH_BYTES if share else 0
    likely_image = image_of(setup)
    answers = min(setup.completion, setup.data.completion_tokens or setup.completion)
    worst = _instants(setup, states, likely_image, answers, share + graphs)
    likely = worst.terms
    totals = {name: sum(terms.values()) for name, terms in likely.items()}
    instant = max(totals, key=totals.__getitem__)

    usual = sampled(setup, setup.data.low)
    low_instants = _instants(usual, states, image_of(usual), min(answers, LEAST_COMPLETION_TOKENS), share).terms
    low = max(sum(terms.values()) - terms["context"] for terms in low_instants.values()) + LEAST_CONTEXT_BYTES

    extreme = sampled(setup, setup.data.high)
    highest = worst
    if extreme is not setup or answers < setup.completion:
        highest = _instants(extreme, states, image_of(extreme), setup.completion, share + graphs)
    # What comes on top of either figure: a larger context, vLLM's other graphs, and the ends of segments.
    rounded = sum(rounding(setup.model, size) for size in separate_tensors(setup))
    context = likely["load"]["context"]
    more = (MOST_CONTEXT_AND_NCCL_BYTES if setup.world_size > 1 else MOST_CONTEXT_BYTES) - context
    more += MOST_GRAPH_BYTES - LEAST_GRAPH_BYTES if share else 0
    high = max(_with_margin(setup, terms, highest.largest) for terms in (*highest.terms.values(), highest.fragmented))

    reserved = _reserved(setup, states, worst) + rounded
    # Memory that DDP's first broadcast left is used again by whatever comes later.
    reserved = max(reserved, states.parameters + context + broadcast_copies(setup, states), totals[instant])
    early = later = reserved
    if setup.segments == "fixed" and setup.lengths == "vary":
        early, later = reserved + grown(worst.varying, EARLY_STEPS), reserved + grown(worst.varying, GROWN_STEPS)

    unbounded = (high + rounded + more, early + more, reserved, later)
    # Paged states stay where there is room.
    paged = paged_states(setup)
    spilled = paged if card is None else min(paged, max(totals[instant] + paged - card, 0))
    return Forecast(
        low=min(low, totals[instant]),
        likely=totals[instant],
        instant=instant,
        instants=likely,
        host=host_memory(setup, spilled),
        image_tokens=likely_image.tokens if likely_image else 0,
        unbounded=unbounded,
        **_bounded(totals[instant], card, *unbounded),
    )


def _bounded(likely: int, card: int | None, room: int, early: int, reserved: int, later: int) -> dict[str, int]:
    """*high*, ``reserved`` and ``grown`` of a `Forecast` on *card*."""
    end = max(card, likely) if card is not None else max(early, later)
    return {"high": max(room, min(early, end)), "reserved": min(reserved, end), "grown": min(later, end)}


def _reserved(setup: Setup, states: States, worst: _Worst) -> int:
    """Segments after the first steps: all that is held at the optimizer step, and what the largest pass leaves.

    One tensor as large as the largest is there twice: smaller ones cut up the block that the step before had left for it, unless
    the optimizer step left others for them. A KV cache leaves what it outgrew, which activations use, but not logits.
    """
    step = worst.terms["optimizer_step"]
    passes = max(_dynamic(terms) for terms in worst.terms.values())
    logits = max(worst.terms["forward"]["logits"], worst.terms["backward"]["logits"])
    twice = worst.largest if setup.segments == "fixed" else 0
    return sum(step.values()) - states.step + max(states.step, twice) + max(passes, worst.remains + logits)


def work_of(setup: Setup, image: ImageCost | None, completion: int) -> Work:
    """What one GPU trains on at once, given the image and the length of completions."""
    return _work(setup, image, completion, setup.batch)


def _work(setup: Setup, image: ImageCost | None, completion: int, batch: int) -> Work:
    images = batch * setup.data.images if image else 0
    shown = image.tokens * setup.data.images if image else 0
    text, limit = setup.data.prompt_tokens, setup.prompt_limit
    length = shown + (text if limit is None else min(text, max(limit - shown, 0))) + completion
    deepspeed = setup.engine == "deepspeed"
    precision = BF16  # FSDP casts its units to bf16 itself
    if setup.weights == "fp32" and not deepspeed and not (setup.engine == "fsdp" and setup.autocast):
        precision = AUTOCAST if setup.autocast else FP32
    adapter = tower = None
    if setup.lora_rank:
        # PEFT keeps adapters in fp32 (autocast_adapter_dtype); DeepSpeed casts the module to bf16, autocast each product.
        copy = 2 if deepspeed or setup.autocast else 4
        dropout = setup.lora_dropout > 0
        adapter = adapter_of(setup.model.text, setup.lora_rank, setup.lora_targets, copy=copy, dropout=dropout)
        if setup.model.tower is not None and setup.tower_trained:
            tower = tower_adapter(setup.model.tower, setup.lora_rank, setup.lora_targets, copy=copy, dropout=dropout)
    return Work(
        model=setup.model,
        batch=batch,
        length=length,
        completion=completion,
        patches=image.patches * images if image else 0,
        image_patches=image.patches if image else 0,
        image_tokens=image.tokens * images if image else 0,
        attention=setup.attention,
        path=setup.logits,
        checkpointing=setup.checkpointing,
        tower_checkpointing=setup.checkpointing if setup.tower_checkpointing is None else setup.tower_checkpointing,
        tower_trained=setup.tower_trained and not setup.lora_rank,
        adapter=adapter,
        precision=precision,
        logit=max(precision.compute, 4 if setup.autocast and not deepspeed else 2),
        pixel=2 if deepspeed else 4,
        keeps_logits=setup.keeps_logits,
        experts=setup.experts,
        evaluates=setup.reference in {"copy", "shard"} and not setup.lora_rank,
        tower_adapter=tower,
    )


def _dynamic(terms: Terms) -> int:
    return sum(terms[name] for name in _DYNAMIC)


def _with_margin(setup: Setup, terms: Terms, largest: int) -> int:
    """The room that the allocator needs for *terms*: it cannot use some of what is free, and has no block for the largest tensor
    once smaller ones have cut up the one it had. Where segments expand there is only a little of the former."""
    total, comes_and_goes = sum(terms.values()), _dynamic(terms)
    if setup.segments == "expandable":
        return total + int(FRAGMENTATION_EXPANDABLE * comes_and_goes)
    return total + int(FRAGMENTATION * (comes_and_goes - terms["logits"])) + min(largest, terms["logits"])


@value
class _Worst:
    """The terms of every instant, each at its worst step; those of backward where fragmentation counts too, which grows with
    activations and not with gradients; the largest tensor of the passes; logits at their most, which vary in length, without the
    gradient of the head, which does not; and what outgrown KV caches leave."""

    terms: dict[str, Terms]
    fragmented: Terms
    largest: int
    varying: int
    remains: int


def _instants(setup: Setup, states: States, image: ImageCost | None, completion: int, pool: int) -> _Worst:
    """Every instant of the run, with images and completions as given, beside a vLLM that holds *pool*."""
    work = work_of(setup, image, completion)
    passes = Passes(work)
    buffered = _buffered(setup, work)
    trained = trained_parameters(setup)
    fixed = {
        "parameters": states.parameters,
        "gradients": 0,
        "optimizer": states.optimizer,
        "reference": states.reference,
        "gathered": 0,
        "activations": 0,
        "vision_activations": 0,
        "logits": 0,
        "buffered_inputs": 0,
        "kv_cache": 0,
        # A sleeping vLLM frees its pool while the policy trains, but for its own context.
        "vllm_pool": SLEEPING_VLLM_BYTES if setup.vllm_sleeps else pool,
        "communication": states.communication,
        "context": CONTEXT_BYTES + (NCCL_BYTES if setup.world_size > 1 else 0),
    }
    # Gradients of earlier micro batches stay; ZeRO-3 allocates its partition for good (stage3.py, grad_partitions_flat_buffer).
    kept = setup.accumulation > 1 or (setup.engine == "deepspeed" and setup.stage == 3)
    before = states.accumulated if kept else 0

    def gradients(step: Step) -> int:
        return before if kept else states.gradients * step.graded // max(trained, 1)

    def at(steps: list[Step], gathered: int = states.gathered, share: float = 0) -> Terms:
        worst = max(steps, key=lambda step: (1 + share) * (step.activations + step.vision + step.logits) + gradients(step))
        return {
            **fixed,
            "gradients": gradients(worst),
            "gathered": gathered,
            "activations": worst.activations,
            "vision_activations": worst.vision,
            "logits": worst.logits,
            "buffered_inputs": buffered,
        }

    whole = states.policy
    module = 2 * largest_gathered(setup.model) if setup.stage == 3 else 0
    result: dict[str, Terms] = {"load": {**fixed, "vllm_pool": pool, "gathered": module}}
    if setup.reference != "none":
        result["reference"] = at(passes.reference())
    remains = 0
    if setup.generation == "hf":
        sampled = passes if setup.generated in {0, setup.batch} else Passes(_work(setup, image, completion, setup.generated))
        result["generation"] = _generating(setup, at, sampled, whole or states.gathered)
        one = sampled.work
        if setup.cache_while_generating and setup.segments == "fixed":
            remains = cache_remains(one.model.text, one.batch, one.length - one.completion, one.length)
    elif setup.generation != "none":  # the weights go to vLLM module by module
        result["generation"] = {**fixed, "gathered": module, "gradients": before, "vllm_pool": pool}
    result["forward"] = at(passes.forward())
    backward = passes.backward()
    result["backward"] = at(backward)
    result["optimizer_step"] = {**fixed, "gradients": states.gradients, "optimizer": states.optimizer + states.step}
    result["save"] = {**fixed, "gathered": module, "gradients": before}
    if setup.engine == "fsdp":  # nothing is left of gradients between updates, where DDP and ZeRO keep their buffers
        between = ["save"] if (setup.generated or setup.batch) < setup.batch * setup.accumulation else ["save", *_SAMPLING]
        for name in between:
            if name in result:
                result[name]["gradients"] = 0
    return _Worst(
        terms=result,
        fragmented=at(backward, share=FRAGMENTATION),
        largest=passes.logits.largest,
        varying=max(passes.logits.loss, passes.logits.inference),
        remains=remains,
    )


def _generating(setup: Setup, at: Callable[..., Terms], passes: Passes, gathered: int) -> Terms:
    """Prefill (logits of the prompt, one layer's or the tower's working memory) or the last decoded token, whichever is more."""
    work = passes.work
    text, prompt = work.model.text, work.length - work.completion
    cached = setup.cache_while_generating
    prefill = at(passes.inference(prompt, prefill_logits(text, work.batch, prompt, setup.prefill_logits)), gathered)
    prefill["kv_cache"] = cache_bytes(text, work.batch, prompt) if cached else 0
    decode = at([Step((0, 0, sampling_bytes(text, work.batch), 0))], gathered)
    if cached:
        decode["kv_cache"] = cache_bytes(text, work.batch, work.length)
    else:  # every token recomputes the whole sequence
        again = prefill_logits(text, work.batch, work.length, setup.prefill_logits)
        decode = at(passes.inference(work.length, again), gathered)
    return max(prefill, decode, key=lambda terms: sum(terms.values()))


def _buffered(setup: Setup, work: Work) -> int:
    """Inputs of the other slots that the trainer keeps on the GPU: pixels, ids, masks, and log-probabilities."""
    tower = work.model.tower
    pixels = work.pixel * tower.channels * work.patches if tower else 0
    tokens = work.batch * (24 * work.length + 16 * work.completion)
    return (setup.input_slots - 1) * (pixels + tokens)
