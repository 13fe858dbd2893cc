"""Plans of whole runs: what they promise holds by the forecast, nothing in them is idle, and nothing is rejected."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from runs import DATA, SFT, TRL, VLM_R1, run_of

from vlmr1_lint.checking.forecasts import memory_fix, solve_batch
from vlmr1_lint.checking.scope import RunScope
from vlmr1_lint.memory.batch import is_legal
from vlmr1_lint.memory.interval import Interval, interval
from vlmr1_lint.planning.legality import Judge
from vlmr1_lint.planning.moves import asker, moves_of, plan_for, reached
from vlmr1_lint.planning.search import merged
from vlmr1_lint.training.run import Run

runs = st.builds(
    lambda gpus, model, deepspeed, batch, steps, group, completion, checkpointing, more: run_of(
        VLM_R1,
        gpus=gpus,
        model_name_or_path=model,
        deepspeed=deepspeed,
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=steps,
        num_generations=group,
        max_completion_length=completion,
        gradient_checkpointing=checkpointing,
        **more,
    ),
    st.sampled_from(["1xA100-80G", "2xRTX4090-24G", "4xA100-40G", "6xA100-40G", "8xRTX4090-24G", "8xH100-80G"]),
    st.sampled_from(["Qwen/Qwen2.5-VL-3B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct", "OpenGVLab/InternVL2_5-4B"]),
    st.sampled_from(["zero2.json", "zero3.json", "offload.json", None]),
    st.sampled_from([1, 2, 4, 7, 8, 16]),
    st.sampled_from([1, 2, 4, 6]),
    st.sampled_from([2, 4, 7, 8]),
    st.sampled_from([256, 1024, 4096]),
    st.booleans(),
    st.sampled_from([{}, {"beta": 0.0}, {"use_peft": True}, {"attn_implementation": None}]),
)


def allowed(run, changes):
    """Whether no rule rejects the changed run that does not reject it as it is; asked anew."""
    return Judge(Run(run.inputs), DATA).allows(changes)


def likely(run, changes):
    found = interval(run.with_changes(changes), DATA)  # not by the asker: that may not be wrong either
    assert isinstance(found, Interval)
    return found


@given(runs)
@settings(max_examples=40, deadline=None)
def test_a_plan_fits_and_no_part_of_it_would(run):
    plan = plan_for(run, asker(run, DATA), Judge(run, DATA))
    assume(plan is not None)
    assert reached(likely(run, plan.changes), margin=False)
    assert allowed(run, plan.changes) or not plan.moves
    for size in range(len(plan.moves)):  # the empty set too: then the run would need no plan
        for part in combinations(plan.moves, size):
            fewer = merged(part)
            assert not (reached(likely(run, fewer), margin=False) and (allowed(run, fewer) or not part))


@given(runs, st.data())
@settings(max_examples=60, deadline=None)
def test_a_search_judges_sets_as_one_by_one(run, data):
    """What is remembered of sets that were asked about, and what a changed run takes over from the run, decides nothing."""
    moves = list(moves_of(run))
    judged = Judge(run, DATA).allows
    for _ in range(8):
        changes = merged(data.draw(st.lists(st.sampled_from(moves), max_size=4))) if moves else {}
        if changes is not None:
            changed = run.with_changes(changes)
            assert judged(changes) == allowed(Run(run.inputs), changes)
            assert vars(interval(changed, DATA)) == vars(interval(Run(changed.inputs), DATA))


def test_a_changed_run_knows_no_value_that_the_change_decides():
    run = run_of({**TRL, "gradient_checkpointing": True}, trainer="trl==1.16.0", gpus="8xA100-80G")
    assert run.gradient_checkpointing is True
    assert run.with_changes({"activation_checkpointing": False}).gradient_checkpointing is False


@given(runs)
@settings(max_examples=40, deadline=None)
def test_moves_keep_the_experiment_unless_they_say_so(run):
    for move in moves_of(run):
        changed = run.with_changes(move.changes)
        if move.cost == "experiment" or not allowed(run, move.changes):
            continue
        assert changed.effective_batch == run.effective_batch
        for option in ("max_completion_length", "max_pixels", "use_peft", "freeze_vision_modules", "beta"):
            assert getattr(changed, option) == getattr(run, option)
        if changed.num_generations != run.num_generations:
            assert 4 <= changed.num_generations < run.num_generations


@given(runs)
@settings(max_examples=40, deadline=None)
def test_what_is_proposed_is_legal(run):
    for move in moves_of(run):
        changed = run.with_changes(move.changes)
        if "num_generations" in move.changes or "per_device_train_batch_size" in move.changes:
            figures = (changed.per_device_train_batch_size, changed.world_size, changed.gradient_accumulation_steps)
            assert is_legal(*figures, changed.num_generations, "micro")


@given(runs, st.sampled_from(["batch", "completion", "checkpointing", "pixels"]))
@settings(max_examples=60, deadline=None)
def test_less_work_never_raises_the_forecast(run, what):
    before = interval(run, DATA)
    assert isinstance(before, Interval)
    if what == "batch":
        assume(run.per_device_train_batch_size > 1)
        changes = {"per_device_train_batch_size": run.per_device_train_batch_size - 1}
    elif what == "completion":
        changes = {"max_completion_length": run.max_completion_length // 2}
    elif what == "checkpointing":
        changes = {"gradient_checkpointing": True}
    else:
        changes = {"max_pixels": 200_704, "max_anyres_num": 1}
    after = interval(run.with_changes(changes), DATA)
    assert isinstance(after, Interval)
    assert after.low <= before.low
    assert after.likely <= before.likely
    # A written limit counts in the high end, an unwritten one does not.
    assert what == "pixels" or after.high <= before.high


@given(runs)
@settings(max_examples=60, deadline=None)
def test_planner_and_batch_solver_choose_the_same_split(run):
    figures = (run.per_device_train_batch_size, run.world_size, run.gradient_accumulation_steps, run.num_generations)
    assume(is_legal(*figures, "micro"))
    before = likely(run, {})
    assume(not reached(before, margin=False))
    batches = [move for move in moves_of(run) if move.name == "batch" and move.cost == "speed"]
    fitting = [move for move in batches if reached(likely(run, move.changes), margin=False)]
    solved = solve_batch(RunScope(run, DATA))
    if fitting:
        best = min(fitting, key=lambda move: move.slowdown)
        assert solved.safety == "safe"
        assert dict(solved.changes) == dict(best.changes)
    else:
        assert solved is None or solved.safety == "unsafe"


@pytest.mark.parametrize("trainer", ["vlm-r1@head", "vlm-r1"])
def test_zero3_is_not_proposed_where_the_reference_cannot_be_loaded(trainer):
    run = run_of(VLM_R1, trainer=trainer, deepspeed="zero2.json")
    higher = {"deepspeed/zero_optimization.stage": 3}
    assert not allowed(run, higher)
    assert allowed(run_of(VLM_R1, trainer=trainer, deepspeed="zero2.json", beta=0.0), higher)


INTERN = {"model_name_or_path": "OpenGVLab/InternVL2_5-4B", "gradient_checkpointing": False}
CRASHING_LORA = [
    (VLM_R1, {**INTERN, "trainer": "vlm-r1@2025-04", "deepspeed": "zero2.json"}),  # no reference: AttributeError (VIS011)
    (VLM_R1, {**INTERN, "trainer": "vlm-r1@2025-04", "deepspeed": None}),
    (VLM_R1, {**INTERN, "trainer": "vlm-r1@2025-04", "gradient_checkpointing": True}),  # MEM022
    (TRL, {"trainer": "trl==1.0.0", "sync_ref_model": True}),  # PEFT008
    (TRL, {"trainer": "trl==0.17.0", "use_liger_loss": True, "model_name_or_path": "Qwen/Qwen2.5-3B"}),  # PEFT011
]


@pytest.mark.parametrize(("options", "more"), CRASHING_LORA)
def test_lora_is_not_proposed_where_the_trainer_stops_at_it(options, more):
    run = run_of(options, **more)
    assert "LoRA" in {move.name for move in moves_of(run)}
    assert not allowed(run, {"use_peft": True})
    plan = plan_for(run, asker(run, DATA), Judge(run, DATA), costs=("experiment",))
    assert plan is None or "use_peft" not in plan.changes


def test_lora_is_proposed_where_it_can_be_trained():
    with_reference = run_of(VLM_R1, **INTERN, trainer="vlm-r1@2025-04")  # ZeRO-3 loads one all the same
    assert allowed(with_reference, {"use_peft": True})
    assert not allowed(with_reference, {"use_peft": True, "gradient_checkpointing": True})
    assert allowed(run_of(VLM_R1, deepspeed="zero2.json"), {"use_peft": True})
    assert allowed(run_of(TRL, trainer="trl==1.0.0"), {"use_peft": True})


def test_a_generation_batch_is_split_where_it_is_what_peaks():
    """TRL generates all accumulation steps' sequences in one call; fewer at once keep groups whole and updates on policy."""
    run = run_of(TRL, trainer="trl==0.21.0", gradient_accumulation_steps=16, num_generations=4, max_completion_length=2048)
    found = {move.changes["steps_per_generation"] for move in moves_of(run) if move.name == "generation batch"}
    assert found == {1, 2, 4, 8}
    assert interval(run.with_changes({"steps_per_generation": 1}), DATA).generation < interval(run, DATA).generation


def test_supervised_runs_are_split_freely():
    run = run_of(SFT, trainer="trl-sft==0.17.0")
    batches = [dict(move.changes) for move in moves_of(run) if move.name == "batch"]
    assert batches == [
        {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4},
        {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 8},
    ]
    assert all(allowed(run, changes) for changes in batches)


def test_a_colocated_vllm_may_sleep_or_take_less():
    shared = {"use_vllm": True, "vllm_mode": "colocate", "vllm_gpu_memory_utilization": 0.6}
    run = run_of(TRL, trainer="trl==1.0.0", **shared)
    moves = {move.name: dict(move.changes) for move in moves_of(run)}
    assert moves["vLLM sleeps"] == {"vllm_enable_sleep_mode": True}
    shares = [move.changes["vllm_gpu_memory_utilization"] for move in moves_of(run) if move.name == "vLLM share"]
    assert shares == [0.5, 0.4, 0.3]  # a fifth of 40 GB would not hold 3B's weights and a cache
    assert interval(run.with_changes(moves["vLLM sleeps"]), DATA).training < interval(run, DATA).training


def test_a_fix_stays_in_one_file_and_needs_no_package():
    run = run_of(VLM_R1, deepspeed=None, attn_implementation=None)
    assert {"attn_implementation", "deepspeed"} <= {name for move in moves_of(run) for name in move.changes}
    fix = memory_fix(RunScope(run, DATA))
    assert fix is None or not {"attn_implementation", "deepspeed"} & fix.changes.keys()
    for deepspeed in ("zero2.json", "zero3.json"):
        run = run_of(VLM_R1, gpus="2xRTX4090-24G", model_name_or_path="Qwen/Qwen2.5-VL-7B-Instruct", deepspeed=deepspeed)
        fix = memory_fix(RunScope(run, DATA))
        assert fix is None or len({name.startswith("deepspeed/") for name in fix.changes}) == 1
