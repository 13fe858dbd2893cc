"""What the trainer would take: groups that divide, a reference model that can be loaded, LoRA that it can train.

A planner asks it before it proposes anything.
"""

from __future__ import annotations

from vlmr1_lint.memory.batch import is_legal
from vlmr1_lint.memory.needed import is_count
from vlmr1_lint.training.trainer import VLM_R1
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from vlmr1_lint.memory.batch import Divisibility
    from vlmr1_lint.training.run import Run

    Answer = TypeVar("Answer")

__all__ = ["STAGE", "allowed", "batch_rule", "figures_of", "judge", "loses_reference", "once"]

STAGE = "deepspeed/zero_optimization.stage"


def figures_of(run: Run) -> tuple[object, object, object, object]:
    """Per-device batch, world size, accumulation and group; an SFT run has groups of one."""
    group = 1 if run.is_grpo is False else run.num_generations
    return run.per_device_train_batch_size, run.world_size, run.gradient_accumulation_steps, group


def batch_rule(run: Run) -> Divisibility | None:
    """What the trainer divides by the group, in the solver's words; None where it is unknown or a generation batch is written."""
    if run.is_grpo is False:
        return "none"
    found = run.divisibility
    if found == "generation_batch":
        return None if run.is_set("generation_batch_size") or run.is_set("steps_per_generation") else "effective"
    return found if found in {"micro", "effective", "none"} else None


def allowed(run: Run, changes: Mapping[str, object]) -> bool:
    """Whether the trainer would take *run* with *changes*: no ZeRO-3 where its loader rejects the reference, no LoRA that it
    cannot train, groups that divide."""
    changed = run.with_changes(changes)
    if changed.zero_stage == 3 and run.zero_stage != 3 and loses_reference(changed):
        return False
    if lora_crashes(changed) and not lora_crashes(run):
        return False
    figures = figures_of(changed)
    if changed.is_grpo is False:
        return True
    if "steps_per_generation" in changes:
        return _generation_is_whole(changed, figures)
    rule = batch_rule(changed)
    if rule is None or not all(map(is_count, figures)):
        return not {"per_device_train_batch_size", "num_generations"} & changes.keys()
    return is_legal(*figures, rule)  # type: ignore[arg-type]


def _generation_is_whole(changed: Run, figures: tuple[object, ...]) -> bool:
    """Whether the micro-batches generated at once hold whole groups, and an update whole generations: so nothing grows stale."""
    batch, world, steps, group = figures
    at_once = changed.steps_per_generation
    if not all(map(is_count, (*figures, at_once))):
        return False
    assert isinstance(batch, int) and isinstance(world, int) and isinstance(steps, int) and isinstance(group, int)
    assert isinstance(at_once, int)
    return steps % at_once == 0 and is_legal(batch, world, at_once, group, "effective")


def loses_reference(run: Run) -> bool:
    """Whether any candidate's reference loader fails under ZeRO-3: AutoModelForCausalLM knows no vision-language model."""
    beta, model = run.beta, run.model
    if beta == 0 or isinstance(model, Unknown) or model.tower is None:
        return False
    return run.reference_loader_zero3 != "policy_class"


def lora_crashes(run: Run) -> bool:
    """Whether any candidate stops at *run* because it uses LoRA.

    VLM-R1's InternVL module sets an attribute on the reference model whether there is one or not, and below ZeRO-3 LoRA has none
    (VIS011); with LoRA transformers asks InternVL's own code for the checkpointing that it lacks (MEM022). TRL has no reference
    to synchronise (PEFT008), and 0.17 no liger loss for adapters (PEFT011).
    """
    if run.use_peft is not True:
        return False
    of_vlm_r1 = any(name.startswith(VLM_R1) for name in run.candidates)
    if of_vlm_r1 and not isinstance(run.model, Unknown) and run.model.family == "internvl":
        return run.zero_stage != 3 or run.gradient_checkpointing is True
    return run.sync_ref_model is True or (run.use_liger_loss is True and NO_LIGER_FOR_LORA in run.candidates)


NO_LIGER_FOR_LORA = "trl==0.17.0"


DECIDING = frozenset(
    (
        "per_device_train_batch_size",
        "gradient_accumulation_steps",
        "num_generations",
        "steps_per_generation",
        "deepspeed",
        "use_peft",
        "gradient_checkpointing",
        STAGE,
    )
)
"""The options that `allowed` looks at."""


def judge(run: Run) -> Callable[[Mapping[str, object]], bool]:
    """`allowed` for *run*, which a search asks of hundreds of sets that differ in nothing that it looks at."""
    judged = once(lambda changes: allowed(run, changes))
    return lambda changes: judged({name: new for name, new in changes.items() if name in DECIDING})


def once(ask: Callable[[Mapping[str, object]], Answer]) -> Callable[[Mapping[str, object]], Answer]:
    """*ask*, which is asked about each set of changes once."""
    known: dict[frozenset[tuple[str, object]], Answer] = {}

    def asked(changes: Mapping[str, object]) -> Answer:
        key = frozenset(changes.items())
        if key not in known:
            known[key] = ask(changes)
        return known[key]

    return asked
