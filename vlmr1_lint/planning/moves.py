"""What could be changed about a run to make it need less memory, and what such a change costs.

The order of the ladder is the field's own: checkpointing first, then fewer sequences at once, then sharding over more, offload
last; then what changes the experiment.
"""

from __future__ import annotations

from vlmr1_lint.memory.batch import SMALLEST_SAFE_GROUP, is_legal, same_group_splits, smaller_groups
from vlmr1_lint.memory.fsdp import fsdp_checkpoints
from vlmr1_lint.memory.interval import Interval, interval
from vlmr1_lint.memory.needed import Missing, is_count
from vlmr1_lint.memory.states_of_run import half_precision
from vlmr1_lint.planning.legality import batch_rule, figures_of, once
from vlmr1_lint.planning.search import COSTS, Move, Plan, find_plan
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from typing import TypeVar

    from vlmr1_lint.memory.setup import Data
    from vlmr1_lint.planning.legality import Judge
    from vlmr1_lint.planning.search import Cost
    from vlmr1_lint.training.run import Run

    Ask = Callable[[Mapping[str, object]], Interval | Unknown]
    Answer = TypeVar("Answer")

__all__ = ["NEEDS_MORE", "asker", "moves_of", "plan_for", "reached"]

STAGE = "deepspeed/zero_optimization.stage"

OFFLOAD_OPTIMIZER = "deepspeed/zero_optimization.offload_optimizer.device"
OFFLOAD_PARAM = "deepspeed/zero_optimization.offload_param.device"
SUB_GROUP = "deepspeed/zero_optimization.sub_group_size"
FLASH = "attn_implementation"
SMALL_SUB_GROUP = 100_000_000
"""Elements of a sub-group that ZeRO-3's step works on at once: a tenth of DeepSpeed's default (memory-notes: about 6 GiB on
3B)."""
FEWEST_COMPLETION_TOKENS = 256
PIXEL_LIMITS = (1_003_520, 401_408, 200_704)
"""Pixels of an image: 1,280, 512 and 256 tokens of Qwen2.5-VL (784 pixels a token)."""

# How much longer a step takes with a move, as a share: an order between moves of a class, not a measurement.
CHECKPOINTING_SLOWDOWN = 0.3
SUB_GROUP_SLOWDOWN = 0.02
BATCH_SLOWDOWN_PER_HALVING = 0.1
GROUP_SLOWDOWN = 0.5
STAGE_SLOWDOWN = 0.2
OFFLOAD_OPTIMIZER_SLOWDOWN = 1.5
OFFLOAD_ALL_SLOWDOWN = 3.0
VLLM_SLEEP_SLOWDOWN = 0.05
VLLM_SHARE_SLOWDOWN = 0.1
UNGATHERED_SLOWDOWN = 10.0

VLLM_ROOM = 1.5
"""A share of the card that vLLM is given is at least its bf16 weights and half of that again, for its cache."""
VLLM_SHARES = (0.5, 0.4, 0.3, 0.2)


NEEDS_MORE = frozenset((FLASH, "deepspeed"))
"""Options whose new value needs a package or a file that may not be there: a person can see to that, a fix cannot."""
ZERO_FILES = {"zero2.json": 2, "zero3.json": 3}
"""DeepSpeed files by the names that VLM-R1 ships them under, and their stages."""


def moves_of(run: Run) -> list[Move]:
    """Every move that *run* leaves open, in the order of the ladder. Options whose values are unknown are left alone."""
    lists = (_free, _batches, _generation_batches, _sharding, _vllm, _ungathered, _experiments)
    return [move for moves in lists for move in moves(run)]


def _free(run: Run) -> Iterator[Move]:
    if run.gradient_checkpointing is False and not _fsdp_checkpoints(run):  # transformers refuses both
        yield Move("gradient checkpointing", {"gradient_checkpointing": True}, "free", CHECKPOINTING_SLOWDOWN)
    if run.attn_implementation in {None, "sdpa", "eager"} and _flash_runs(run):
        yield Move("attention", {FLASH: "flash_attention_2"}, "free")
    group = run.deepspeed_value("zero_optimization", "sub_group_size")
    large = not isinstance(group, int | float) or group > SMALL_SUB_GROUP
    if run.zero_stage == 3 and run.offload_optimizer is False and large and not is_unknown(group):
        yield Move("sub-group size", {SUB_GROUP: SMALL_SUB_GROUP}, "free", SUB_GROUP_SLOWDOWN)


def _fsdp_checkpoints(run: Run) -> bool:
    try:
        return fsdp_checkpoints(run)
    except Missing:
        return False


def _flash_runs(run: Run) -> bool:
    """Whether the card and the weights take flash attention; whether the package is installed no file tells."""
    fleet = run.inputs.fleet
    return run.has_option(FLASH) is True and half_precision(run) and fleet is not None and fleet.gpu.flash_attention_2 is True


def _batches(run: Run) -> Iterator[Move]:
    """Smaller per-device batches at the same sequences per update; smaller groups where the group is what forbids them."""
    batch, world, steps, group = figures = figures_of(run)
    rule = batch_rule(run)
    if rule is None or not all(map(is_count, figures)):
        return
    assert isinstance(batch, int) and isinstance(world, int) and isinstance(steps, int) and isinstance(group, int)
    seen = set()
    for kept in (group, *smaller_groups(batch, world, steps, group, rule)):
        # A split that a larger group allows too is no reason to shrink it.
        for fewer, more in same_group_splits(batch, world, steps, kept, rule):
            if fewer < batch and fewer not in seen:
                seen.add(fewer)
                slowdown = BATCH_SLOWDOWN_PER_HALVING * batch / fewer + (GROUP_SLOWDOWN if kept < group else 0)
                yield Move("batch", _batch(run, fewer, more, kept), _cost_of_group(kept, group), slowdown)


def _cost_of_group(group: int, before: int) -> Cost:
    return "speed" if group in {before, *range(SMALLEST_SAFE_GROUP, before)} else "experiment"


def _batch(run: Run, batch: int, steps: int, group: int) -> dict[str, object]:
    new = {"per_device_train_batch_size": batch, "gradient_accumulation_steps": steps}
    if run.is_grpo is not False:
        new["num_generations"] = group
    return {name: figure for name, figure in new.items() if getattr(run, name) != figure}


def _generation_batches(run: Run) -> Iterator[Move]:
    """Fewer micro-batches generated at once (TRL since 0.18): more generate calls over the same sequences of an update."""
    batch, world, steps, group = figures = figures_of(run)
    if run.divisibility != "generation_batch" or run.use_vllm is not False or not all(map(is_count, figures)):
        return
    if run.is_set("generation_batch_size") or run.is_set("steps_per_generation"):
        return
    assert isinstance(batch, int) and isinstance(world, int) and isinstance(steps, int) and isinstance(group, int)
    for fewer in range(steps - 1, 0, -1):
        if steps % fewer == 0 and is_legal(batch, world, fewer, group, "effective"):
            slowdown = BATCH_SLOWDOWN_PER_HALVING * steps / fewer
            yield Move("generation batch", {"steps_per_generation": fewer}, "speed", slowdown)


def _sharding(run: Run) -> Iterator[Move]:
    """Higher stages and offload; for runs without DeepSpeed first of all DeepSpeed."""
    stage = run.zero_stage
    if run.uses_deepspeed is False and run.uses_fsdp is False and run.has_option("deepspeed") is True and run.world_size != 1:
        for file, named in ZERO_FILES.items():
            yield Move("DeepSpeed", {"deepspeed": file}, "speed", STAGE_SLOWDOWN * named)
    if run.uses_deepspeed is not True or not isinstance(stage, int):
        return
    for higher in range(max(stage, 1) + 1, 4):
        yield Move("ZeRO stage", {STAGE: higher}, "speed", STAGE_SLOWDOWN * higher)
    if run.offload_optimizer is False:
        yield Move("offload", {OFFLOAD_OPTIMIZER: "cpu"}, "speed", OFFLOAD_OPTIMIZER_SLOWDOWN)
        if stage == 3:
            yield Move("offload", {OFFLOAD_OPTIMIZER: "cpu", OFFLOAD_PARAM: "cpu"}, "speed", OFFLOAD_ALL_SLOWDOWN)


def _vllm(run: Run) -> Iterator[Move]:
    """A vLLM in the same process: it can sleep while the policy trains, or take a smaller share of the card."""
    model, share, fleet = run.model, run.vllm_gpu_memory_utilization, run.inputs.fleet
    mode = run.vllm_mode if run.is_set("vllm_mode") else run.vllm
    if run.use_vllm is not True or mode != "colocate" or isinstance(model, Unknown) or fleet is None:
        return
    if run.has_option("vllm_enable_sleep_mode") is True and run.vllm_enable_sleep_mode is False:
        yield Move("vLLM sleeps", {"vllm_enable_sleep_mode": True}, "speed", VLLM_SLEEP_SLOWDOWN)
    least = VLLM_ROOM * 2 * model.params_total / (fleet.gpu.usable_gib * GIB)
    if isinstance(share, float) and run.vllm_tensor_parallel_size in {None, 1}:
        for smaller in VLLM_SHARES:
            if least <= smaller < share:
                yield Move("vLLM share", {"vllm_gpu_memory_utilization": smaller}, "speed", VLLM_SHARE_SLOWDOWN * share / smaller)


def _ungathered(run: Run) -> Iterator[Move]:
    """Generation under ZeRO-3 without gathering the policy first, where the trainer has that option: every token gathers every
    layer."""
    gathers = run.zero_stage == 3 and run.use_vllm is False and run.zero3_generation_gather == "option"
    if gathers and run.ds3_gather_for_generation is True:
        yield Move("ungathered generation", {"ds3_gather_for_generation": False}, "speed", UNGATHERED_SLOWDOWN)


def _experiments(run: Run) -> Iterator[Move]:
    length = run.max_completion_length
    if isinstance(length, int):
        for part in (2, 4):
            if length // part >= FEWEST_COMPLETION_TOKENS:
                yield Move("completion length", {"max_completion_length": length // part}, "experiment")
    pixels = run.max_pixels
    if isinstance(pixels, int) and run.has_option("max_pixels") is True:
        yield from (Move("pixels", {"max_pixels": limit}, "experiment") for limit in PIXEL_LIMITS if limit < pixels)
    if run.has_option("freeze_vision_modules") is True and run.freeze_vision_modules is False and run.use_peft is False:
        yield Move("vision tower", {"freeze_vision_modules": True}, "experiment")
    if run.use_peft is False and run.has_option("use_peft") is True:
        yield Move("LoRA", {"use_peft": True}, "experiment")


def reached(found: Interval, *, margin: bool) -> bool:
    """Whether a forecast meets the planner's target: *likely* within the card, or with *margin* *high*."""
    return (found.high if margin else found.likely) <= found.usable


def asker(run: Run, data: Data) -> Ask:
    """The forecast of *run* with changes, each set of changes forecast once."""
    return once(lambda changes: interval(run.with_changes(changes) if changes else run, data))


def plan_for(
    run: Run,
    ask: Ask,
    judge: Judge,
    *,
    margin: bool = False,
    costs: Collection[str] = COSTS,
    only: Callable[[str], bool] = lambda name: True,
) -> Plan | None:
    """The smallest set of moves of the classes *costs* that makes *run* fit; None if none does, or nothing can be forecast.

    *ask* forecasts (`asker`), *judge* asks the rules. *only* tells which options may be changed: a fix can change one file, a
    person several. Where the run is below a documented minimum, the plan ends that too, if any plan does.
    """

    def fits(changes: Mapping[str, object]) -> bool:
        found = ask(changes)
        return isinstance(found, Interval) and reached(found, margin=margin)

    moves = [move for move in moves_of(run) if move.cost in costs and all(map(only, move.changes))]
    if not judge.meets_minimum({}):
        plan = find_plan(moves, lambda changes: fits(changes) and judge.meets_minimum(changes), judge.allows)
        if plan is not None:
            return plan
    return find_plan(moves, fits, judge.allows)
