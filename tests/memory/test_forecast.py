"""The interval, the verdict, and what must never raise the forecast."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from runs import ZERO3_SETUP

from vlmr1_lint.memory.forecast import INSTANTS, TERMS, forecast, image_of, work_of
from vlmr1_lint.memory.setup import Data, Setup
from vlmr1_lint.models.table import all_models
from vlmr1_lint.values import replace

GIB = 2**30
MODELS = {model.name: model for model in all_models()}
DEMO = Setup(MODELS["Qwen2.5-VL-3B"], **ZERO3_SETUP, input_slots=2, min_pixels=3136)


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("rank", [0, 16])
def test_every_model_and_instant(name, rank):
    found = forecast(replace(DEMO, model=MODELS[name], lora_rank=rank, lora_dropout=0.05))
    assert tuple(found.instants) == INSTANTS
    for terms in found.instants.values():
        assert tuple(terms) == TERMS
        assert all(value >= 0 for value in terms.values())
    assert 0 < found.low <= found.likely <= found.high
    assert found.likely == max(sum(terms.values()) for terms in found.instants.values())
    assert found.likely <= found.reserved


def test_documented_minimum():
    """VLM-R1#70: 3B, ZeRO-3, eight sequences per GPU, on four A100-40G: checkpointing decides.

    From simulated rows without context: 89.5 GiB off, 25.1 on (about 1,024 tokens); ours are longer, with context.
    """
    short = replace(DEMO, completion=377)  # 391 + 256 + 377 = 1,024 tokens
    usable = int(39.38 * GIB)
    off, on = forecast(short, usable), forecast(replace(short, checkpointing=True), usable)
    assert off.likely / GIB == pytest.approx(89.5, rel=0.05)
    assert on.likely / GIB == pytest.approx(25.1, rel=0.05)
    assert off.verdict(usable) == "oom"  # with answers of 64 tokens too
    assert on.verdict(usable) == "fits"


def test_verdicts():
    found = replace(forecast(DEMO), low=10, likely=20, high=30)
    assert [found.verdict(usable) for usable in (9, 15, 25, 30, None)] == ["oom", "likely-oom", "tight", "fits", "unknown"]


def test_the_image_is_data_and_no_part_of_the_interval():
    """Stated or assumed, all three ends take the same one; a limit that the image is within changes nothing."""
    assumed, stated = forecast(DEMO), forecast(replace(DEMO, data=Data(given=True)))
    assert (stated.low, stated.likely, stated.high) == (assumed.low, assumed.likely, assumed.high)
    limited = forecast(replace(DEMO, max_pixels=401_408))
    assert (limited.low, limited.likely, limited.high) == (assumed.low, assumed.likely, assumed.high)
    larger = forecast(replace(DEMO, data=Data(image=(1280, 960), given=True)))
    assert larger.low > assumed.low and larger.likely > assumed.likely and larger.high > assumed.high


def test_the_interval_holds_what_nvidia_smi_will_show():
    assert forecast(DEMO).high >= forecast(DEMO).reserved > forecast(DEMO).likely
    assert forecast(DEMO, 10 * 2**30).reserved <= max(10 * 2**30, forecast(DEMO).likely)


@pytest.mark.parametrize(
    ("limit", "images", "length"),
    [(None, 1, 391 + 400), (512, 1, 512), (300, 1, 391), (300, 0, 300), (512, 0, 400)],  # 391 tokens of one image are kept
)
def test_cut_prompts(limit, images, length):
    setup = replace(DEMO, prompt_limit=limit, data=Data(images=images, prompt_tokens=400))
    assert work_of(setup, image_of(setup), 100).length == length + 100


def test_paged_states_spill_into_host_memory_where_the_card_is_full():
    setup = replace(DEMO, stage=2, reference="none", optimizer="paged_adamw", gpus_per_node=4, checkpointing=True)
    states = 8 * setup.model.params_total // 4
    found = forecast(setup)
    assert forecast(setup, found.likely + states).host["step"] == 0
    assert forecast(setup, found.likely + states - GIB).host["step"] == 4 * GIB
    assert forecast(setup, found.likely // 2).host["step"] == found.host["step"] == 4 * states
    assert forecast(replace(setup, optimizer="adamw"), GIB).host["step"] == 0


def test_no_reference_no_instant():
    found = forecast(replace(DEMO, reference="none"))
    assert "reference" not in found.instants
    assert found.instants["backward"]["reference"] == 0


def test_reserved_ends_at_the_card():
    found = forecast(replace(DEMO, checkpointing=True))
    card = (found.likely + found.reserved) // 2
    assert forecast(replace(DEMO, checkpointing=True), card).reserved == card


setups = st.builds(
    lambda model, world, stage, batch, steps, completion, image, images, flags, reference: replace(
        DEMO,
        model=MODELS[model],
        world_size=world,
        stage=stage,
        batch=batch,
        accumulation=steps,
        completion=completion,
        checkpointing=flags[0],
        lora_rank=16 if flags[1] else 0,
        lora_dropout=0.05,
        tower_trained=flags[2],
        reference=reference if stage < 3 else "shard",
        data=Data(images=images, image=image),
        logits=flags[3],
        attention=flags[4],
    ),
    st.sampled_from(
        ["Qwen2.5-VL-3B", "Qwen2.5-VL-7B", "Qwen2-VL-2B", "Qwen3-VL-8B", "InternVL2.5-4B", "GLM-4.1V-9B", "Qwen2.5-7B"]
    ),
    st.integers(2, 16),
    st.sampled_from([0, 1, 2, 3]),
    st.integers(2, 16),
    st.integers(1, 8),
    st.integers(64, 4096),
    st.tuples(st.integers(56, 3000), st.integers(56, 3000)),
    st.integers(0, 3),
    st.tuples(
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["whole", "completion", "completion_in_place", "liger"]),
        st.sampled_from(["flash_repeated_padded", "flash", "sdpa_masked", "eager", "sdpa_unbatched", "eager_unbatched"]),
    ),
    st.sampled_from(["none", "copy"]),
)


def ends(setup):
    found = forecast(setup)
    return found.low, found.likely, found.high


def never_raises(before, after):
    assert all(new <= old for old, new in zip(ends(before), ends(after), strict=True))


@given(setups, st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_more_gpus_never_raise_it(setup, more):
    never_raises(setup, replace(setup, world_size=setup.world_size + more))


@given(setups)
@settings(max_examples=60, deadline=None)
def test_a_smaller_batch_never_raises_it(setup):
    never_raises(setup, replace(setup, batch=setup.batch - 1))


@given(setups, st.integers(1, 64))
@settings(max_examples=60, deadline=None)
def test_shorter_completions_never_raise_it(setup, less):
    never_raises(setup, replace(setup, completion=max(1, setup.completion - less)))


@given(setups, st.sampled_from([3_000_000, 1_003_520, 401_408]))
@settings(max_examples=60, deadline=None)
def test_fewer_pixels_never_raise_it(setup, limit):
    never_raises(setup, replace(setup, max_pixels=limit))


@given(setups)
@settings(max_examples=60, deadline=None)
def test_checkpointing_never_raises_it(setup):
    never_raises(replace(setup, checkpointing=False), replace(setup, checkpointing=True))


@given(setups)
@settings(max_examples=60, deadline=None)
def test_a_higher_stage_never_raises_it(setup):
    """Up to ZeRO-2 always. ZeRO-3 gathers the policy for generation on top of its shards, and layers while training: it is
    lower where the model is large against what is gathered, and without gathering for generation."""
    lower = replace(setup, stage=min(setup.stage, 1), reference="none")
    never_raises(lower, replace(lower, stage=lower.stage + 1))


@given(setups)
@settings(max_examples=60, deadline=None)
def test_zero3_never_raises_the_training_instants_of_a_large_model(setup):
    assume(setup.model.params_total > 6_000_000_000 and setup.world_size >= 4)
    two, three = replace(setup, stage=2, reference="none"), replace(setup, stage=3, reference="none")
    before, after = forecast(two).instants, forecast(three).instants
    for instant in ("forward", "backward"):
        assert sum(after[instant].values()) <= sum(before[instant].values())


@given(setups)
@settings(max_examples=60, deadline=None)
def test_offload_and_sub_groups_never_raise_it(setup):
    never_raises(setup, replace(setup, offload_optimizer=True))
    never_raises(setup, replace(setup, sub_group_size=100_000_000))


@given(setups)
@settings(max_examples=60, deadline=None)
def test_the_peak_is_an_instant_never_a_sum_of_all_terms(setup):
    found = forecast(setup)
    everything = sum(max(terms[name] for terms in found.instants.values()) for name in TERMS)
    assert found.likely <= everything
    assert found.likely == sum(found.instants[found.instant].values())


def test_segments_that_expand_neither_grow_nor_lose_much():
    fixed, expandable = forecast(DEMO), forecast(replace(DEMO, segments="expandable"))
    assert (fixed.likely, fixed.low) == (expandable.likely, expandable.low)
    assert expandable.high < fixed.high
    assert fixed.grown > fixed.reserved + 2 * GIB
    assert expandable.grown == expandable.reserved
    assert forecast(replace(DEMO, lengths="packed")).grown == forecast(DEMO).reserved


def test_vlm_r1_164():
    """VLM-R1#164 (3B, ZeRO-3, two sequences, no checkpointing, four H20): 48.8 GiB at the start, and growing."""
    found = forecast(replace(DEMO, batch=2, accumulation=1), 95 * GIB)
    assert found.reserved / GIB == pytest.approx(48.8, rel=0.05)
    assert found.low / GIB < 48.8 < found.high / GIB < found.grown / GIB


def test_what_is_cached_ends_at_each_card():
    found = forecast(replace(DEMO, checkpointing=True))
    for card in (found.likely + GIB, found.reserved + GIB, found.grown + GIB):
        assert found.on(card) == forecast(replace(DEMO, checkpointing=True), card)
    assert found.on(found.likely + GIB).reserved == found.likely + GIB


def test_colocated_vllm_has_graphs_beside_its_share():
    """vLLM's own log line: "CUDA graphs can take additional 1~3 GiB memory per GPU"."""
    colocated = replace(DEMO, generation="vllm_colocate", vllm_share=0.3, checkpointing=True)
    found = forecast(colocated, 80 * GIB)
    assert found.instants["backward"]["vllm_pool"] == 24 * GIB + GIB
    alone = forecast(replace(colocated, generation="vllm_server", vllm_share=0), 80 * GIB)
    assert found.low - alone.low <= 24 * GIB
