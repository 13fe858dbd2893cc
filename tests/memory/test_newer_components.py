"""Terms of InternVL, GLM-4.1V and Qwen3-VL one by one, against the real classes run on fake tensors (transformers 4.57.6, and
InternVL's own code). Measured as the difference between two models that differ in one layer or block, or read from a list of all
tensors alive at the peak."""

from __future__ import annotations

import pytest

from vlmr1_lint.memory.activations import adapter_of, layer_cost
from vlmr1_lint.memory.experts import dense_bytes, expert_copies, expert_gradients
from vlmr1_lint.memory.forecast import forecast, image_of, work_of
from vlmr1_lint.memory.generation import prefill_logits
from vlmr1_lint.memory.passes import Passes, Work
from vlmr1_lint.memory.precision import BF16
from vlmr1_lint.memory.setup import Setup
from vlmr1_lint.memory.vision import projector_kept, tower_cost
from vlmr1_lint.models.qwen import QWEN2
from vlmr1_lint.models.table import find_model
from vlmr1_lint.values import replace

GLM, MIXTURE, QWEN3 = (find_model(name) for name in ("GLM-4.1V-9B-Thinking", "Qwen3-VL-30B-A3B-Instruct", "Qwen3-VL-4B-Instruct"))
THREE = find_model("Qwen2.5-VL-3B-Instruct")
QWEN_LM, INTERNLM = (find_model(name) for name in ("InternVL3-8B", "InternVL2_5-8B"))


def peak(moments):
    return max(sum(moment[:3]) for moment in moments)


@pytest.mark.parametrize(
    ("model", "bytes_of_a_layer"),
    [
        (GLM, 531_352_420 - 283_478_884),  # four norms; a fused gate and up; half of each head rotated
        (QWEN3, 372_280_164 - 197_913_444),  # norms of q and k
        (INTERNLM, 470_465_876 - 254_057_812 - 512 * 512),  # v is a view of the fused projection; less its own cos and sin
        (MIXTURE, 1_440_691_200 - 1_207_959_552 - 1024),  # less its experts' copies, and 1,024 bytes that the measuring adds
    ],
)
def test_saved_by_one_layer(model, bytes_of_a_layer):
    """Two layers less one layer, two sequences of 512 tokens, flash attention."""
    assert layer_cost(model, "flash", 512, BF16, None).saved * 1024 == bytes_of_a_layer


@pytest.mark.parametrize(
    ("model", "bytes_of_a_block"), [(GLM, 4_720_268_356 - 4_562_537_796), (QWEN3, 2_343_633_092 - 2_266_806_212)]
)
def test_saved_by_one_block_of_the_tower(model, bytes_of_a_block):
    """Twenty-seven blocks less twenty-six, an image of 40 x 52 patches."""
    assert tower_cost(model.tower, "flash", 2080, BF16).saved * 2080 == bytes_of_a_block


def test_internvit_at_the_peak_of_a_block():
    """Per patch, from the list of tensors: qkv 6,144; five of the width (both norms, attention, its projection, the sum), the
    block's output; both sides of GELU and the gradient of its output, 8,192 each; two gradients of the width."""
    cost = tower_cost(QWEN_LM.tower, "flash", 1025, BF16)
    assert cost.saved + cost.running == pytest.approx(6144 + 6 * 2048 + 3 * 8192 + 2 * 2048, rel=0.002)
    assert cost.checkpoint == 2048


def test_the_projector_of_internvl_stays_trained_beside_a_frozen_tower():
    """16,384 bytes per image token of the norm and its linear, 4 per unit of the language model's width for the rest."""
    assert 4 * projector_kept(QWEN_LM.tower, 2, None) == 16_384 + 4 * 3584
    assert projector_kept(GLM.tower, 2, None) == 0  # the merger is frozen with the tower
    named = adapter_of(QWEN_LM.text, 16, frozenset({"q_proj"}), copy=2, dropout=True)
    assert projector_kept(QWEN_LM.tower, 2, named) == 0


def test_internlm2_casts_its_logits():
    """Its class calls ``logits.float()``: under DeepSpeed too, logits and log-softmax weigh twice what Qwen's do."""
    bare = replace(INTERNLM, text=replace(INTERNLM.text, code=QWEN2))
    full, half = (peak(Passes(Work(model, 2, 1050, 230)).forward()) for model in (INTERNLM, bare))
    assert full - half == pytest.approx(4 * 2 * 1050 * 92_553, rel=0.01)
    assert prefill_logits(INTERNLM.text, 1, 100, "all") == 6 * 100 * 92_553


def test_experts_are_copied_in_every_layer():
    """128 experts x 3 x 2048 x 768 x 2 bytes, as soon as every expert gets a token."""
    assert expert_copies(MIXTURE.text, 1024, BF16) == 1_207_959_552
    assert expert_copies(MIXTURE.text, 4, BF16) == 1_207_959_552 // 4  # 32 of the experts


def test_gradients_of_all_experts_while_one_goes_backward():
    """From the list of tensors: 805.31 MB twice and 402.65 once; one of 128 copies is gone by then."""
    assert expert_gradients(MIXTURE.text, 1024, BF16) == pytest.approx(2 * 805.306e6 + 402.653e6 - 9.437e6, rel=1e-4)


def test_a_reference_model_runs_all_experts():
    """Outside training mode each of 1,200 tokens goes through 128 experts: 2.395 GB measured."""
    assert 1200 * dense_bytes(MIXTURE.text, BF16) == pytest.approx(2.395e9, rel=0.01)
    setup = Setup(MIXTURE, world_size=8, engine="deepspeed", stage=3, checkpointing=True, batch=8, logits="completion")
    setup = replace(setup, reference="shard")
    separate = forecast(setup).instants["reference"]["activations"]
    own = forecast(replace(setup, reference="adapter_off", lora_rank=8)).instants["reference"]["activations"]
    grouped = forecast(replace(setup, experts="grouped")).instants["reference"]["activations"]
    assert separate > 10 * max(own, grouped)


def test_grouped_experts_are_not_copied():
    work = work_of(Setup(MIXTURE), None, 512)
    assert image_of(Setup(MIXTURE)) is not None
    copied, grouped = (peak(Passes(replace(work, experts=kind)).backward()) for kind in ("copied", "grouped"))
    assert copied - grouped > 3e9


@pytest.mark.parametrize(("model", "bytes_per_token"), [(GLM, 197_124), (THREE, 104_456)])
def test_an_adapted_layer_as_it_runs(model, bytes_per_token):
    """Forward with checkpointing and LoRA, per token, solved from measured peaks (5,200 and 614 tokens): eight of the hidden
    width, and eight of the MLP's (silu(gate), the base's output for up, the adapter's, its scaled copy); twelve where gate and
    up are one linear."""
    adapter = adapter_of(model.text, 16, None, copy=2, dropout=True)
    assert layer_cost(model, "flash", 1300, BF16, adapter).inference == pytest.approx(bytes_per_token, abs=10)


def test_the_gradient_of_a_weight_counts_where_tokens_are_few():
    """The down projection of InternLM2-7B: 117.44 MB beside 74.55 MB per gradient of the MLP's width at 2,600 tokens."""
    work = replace(work_of(Setup(INTERNLM), None, 64), checkpointing=True, batch=1, length=2600)
    passes = Passes(work)
    assert passes._running_backward() == passes.layer.running * 2600 + 117_440_512 - 74_547_200
    many = Passes(replace(work, length=8000))
    assert many._running_backward() == many.layer.running * 8000
