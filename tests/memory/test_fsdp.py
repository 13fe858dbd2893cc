"""FSDP: what accelerate's configuration and the trainer's own option say of it, and what a GPU then holds."""

from __future__ import annotations

import os

import pytest
from runs import DATA, TRL, Catalogue, Given, Preferences, Session, Sources, run_of

from vlmr1_lint.memory.forecast import forecast
from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.memory.host import host_memory
from vlmr1_lint.memory.setup import Setup
from vlmr1_lint.memory.states import model_states
from vlmr1_lint.models.table import find_model
from vlmr1_lint.planning.moves import moves_of
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

CONFIG = "compute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\n"
LAUNCH = "accelerate launch --config_file fsdp.yaml grpo.py --config args.yaml\n"


def launched(inner=(), outer=("num_processes: 4",), *, gpus="4xA100-80G", trainer="trl==1.0.0", **more):
    """A script that starts the args file with an accelerate configuration of FSDP."""
    root = os.path.realpath("/nowhere")
    written = {name: value for name, value in {**TRL, "deepspeed": None, **more}.items() if value is not None}
    text = "".join(f"{name}: {str(value).lower() if isinstance(value, bool) else value}\n" for name, value in written.items())
    config = CONFIG + "".join(f"{line}\n" for line in outer) + "fsdp_config:\n" + "".join(f"  {line}\n" for line in inner)
    files = {"run.sh": LAUNCH, "fsdp.yaml": config, "args.yaml": text}
    sources = Sources(root, {os.path.join(root, name): content.encode() for name, content in files.items()})
    preferences = Preferences(Given(gpus=gpus, trainer=trainer), catalogue=Catalogue(()))
    (run,) = Session(sources, [os.path.join(root, "run.sh")], preferences).runs()
    return run


WRAPPED = "fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP"
ACCELERATE = [  # lines of fsdp_config; stage, units, offload
    (["fsdp_sharding_strategy: FULL_SHARD", WRAPPED], (3, "layers", False)),
    ([WRAPPED, "fsdp_transformer_layer_cls_to_wrap: Qwen2_5_VLDecoderLayer"], (3, "language", False)),
    ([WRAPPED, "fsdp_transformer_layer_cls_to_wrap: Qwen2_5_VLDecoderLayer,Qwen2_5_VLVisionBlock"], (3, "layers", False)),
    (["fsdp_sharding_strategy: 2"], (2, "whole", False)),
    (["fsdp_sharding_strategy: NO_SHARD", WRAPPED], (0, "layers", False)),
    # `accelerate launch` hands FULL_SHARD on where no strategy is written, and that is asked first
    (["fsdp_reshard_after_forward: SHARD_GRAD_OP", WRAPPED], (3, "layers", False)),
    (["fsdp_version: 2", WRAPPED, "fsdp_offload_params: true"], (3, "layers", True)),
    (["fsdp_version: 2", WRAPPED, "fsdp_reshard_after_forward: false"], (2, "layers", False)),
    (["fsdp_version: 2", WRAPPED, "fsdp_sharding_strategy: SHARD_GRAD_OP"], (3, "layers", False)),  # read by FSDP1 only
]


@pytest.mark.parametrize(("inner", "expected"), ACCELERATE)
def test_what_accelerate_says(inner, expected):
    setup = setup_of(launched(inner), DATA)
    assert setup.engine == "fsdp"
    assert (setup.stage, setup.units, setup.offload_parameters) == expected


OWN = [  # the trainer, its own options; stage, units, ranks
    ("trl==0.17.0", {"fsdp": "full_shard auto_wrap"}, (3, "layers", 16)),
    ("trl==0.17.0", {"fsdp": "shard_grad_op"}, (2, "whole", 16)),
    ("trl==0.17.0", {"fsdp": "hybrid_shard auto_wrap"}, (3, "layers", 8)),
    ("trl==0.17.0", {"fsdp": "no_shard auto_wrap"}, (0, "layers", 16)),
    ("trl==1.16.0", {"fsdp": "full_shard auto_wrap", "fsdp_config": "{reshard_after_forward: false}"}, (2, "layers", 16)),
]


@pytest.mark.parametrize(("trainer", "more", "expected"), OWN)
def test_what_the_trainer_says_itself(trainer, more, expected):
    setup = setup_of(run_of(TRL, trainer=trainer, gpus="2x8xA100-80G", deepspeed=None, **more), DATA)
    assert (setup.stage, setup.units, setup.shard_ranks) == expected


def test_hybrid_sharding_stays_within_a_node():
    hybrid = launched([WRAPPED, "fsdp_sharding_strategy: HYBRID_SHARD"], ["num_processes: 16"], gpus="2x8xA100-80G")
    assert setup_of(hybrid, DATA).shard_ranks == 8
    mesh = ["num_processes: 16", "parallelism_config:", "  parallelism_config_dp_replicate_size: 4"]
    run = launched(["fsdp_version: 2", WRAPPED], mesh, gpus="2x8xA100-80G")
    assert setup_of(run, DATA).shard_ranks == 4


UNKNOWN = [
    (["fsdp_auto_wrap_policy: SIZE_BASED_WRAP"], {}, "fsdp_auto_wrap_policy"),
    (["fsdp_sharding_strategy: SOME_SHARD"], {}, "fsdp_sharding_strategy"),
    (["fsdp_version: 2", "fsdp_reshard_after_forward: FULL_SHARD"], {}, "fsdp_reshard_after_forward"),
    ([WRAPPED], {"use_peft": True, "load_in_4bit": True}, "how FSDP shards quantised weights"),
    ([WRAPPED, "fsdp_activation_checkpointing_offload: true"], {}, "what activation offload saves"),
    ([WRAPPED], {"fsdp": "full_shard", "fsdp_config": "fsdp.json"}, "fsdp_config"),
]


@pytest.mark.parametrize(("inner", "more", "name"), UNKNOWN)
def test_what_it_leaves_open_is_named(inner, more, name):
    found = setup_of(launched(inner, **more), DATA)
    assert isinstance(found, Unknown)
    assert name in found.missing


def test_a_model_shared_by_tensor_parallel_ranks_is_unknown():
    mesh = ["num_processes: 4", "parallelism_config:", "  parallelism_config_tp_size: 2"]
    found = setup_of(launched(["fsdp_version: 2", WRAPPED], mesh), DATA)
    assert isinstance(found, Unknown)
    assert "parallelism_config" in found.missing


def test_it_checkpoints_what_it_wraps():
    lines = [WRAPPED, "fsdp_activation_checkpointing: true"]
    run = launched(lines, gradient_checkpointing=False)
    setup = setup_of(run, DATA)
    assert (setup.checkpointing, setup.tower_checkpointing) == (True, None)
    assert "gradient checkpointing" not in {move.name for move in moves_of(run)}  # transformers refuses both
    language = [*lines, "fsdp_transformer_layer_cls_to_wrap: Qwen2_5_VLDecoderLayer"]
    setup = setup_of(launched(language, gradient_checkpointing=False), DATA)
    assert (setup.checkpointing, setup.tower_checkpointing) == (True, False)
    assert setup_of(launched([WRAPPED], gradient_checkpointing=False), DATA).checkpointing is False


def test_accelerates_mixed_precision_counts_where_the_trainer_says_nothing():
    outer = ["num_processes: 4", "mixed_precision: bf16"]
    assert setup_of(launched([WRAPPED], outer, trainer="trl==0.17.0", bf16=None), DATA).autocast is True
    assert setup_of(launched([WRAPPED], trainer="trl==0.17.0", bf16=None), DATA).autocast is False


REFERENCES = [("trl==0.17.0", {}, "copy"), ("trl==0.18.2", {}, "shard"), ("trl==0.20.0", {"use_peft": True}, "adapter_off")]


@pytest.mark.parametrize(("trainer", "more", "expected"), REFERENCES)
def test_the_reference_is_sharded_since_trl_0_18(trainer, more, expected):
    assert setup_of(launched([WRAPPED], trainer=trainer, **more), DATA).reference == expected


SEVEN = find_model("Qwen2.5-VL-7B-Instruct")
FULL = Setup(SEVEN, world_size=8, engine="fsdp", stage=3, shard_ranks=8, optimizer="adamw_fused")
ROOT = 2 * SEVEN.embedding


def held(setup):
    states = model_states(setup)
    return states.parameters + states.gradients + states.optimizer


def test_what_is_trained_is_held_in_fp32():
    """accelerate upcasts under mixed precision: 4 bytes of weights, 4 of gradients and 8 of Adam, over eight ranks."""
    assert held(FULL) == pytest.approx(16 * SEVEN.params_total / 8, abs=8)
    assert held(replace(FULL, autocast=False)) == pytest.approx(8 * SEVEN.params_total / 8, abs=8)
    assert held(replace(FULL, stage=0)) == 16 * SEVEN.params_total
    assert held(replace(FULL, shard_ranks=4)) == pytest.approx(16 * SEVEN.params_total / 4, abs=8)
    lora = replace(FULL, lora_rank=16)
    assert held(lora) == pytest.approx(2 * SEVEN.params_total / 8, rel=0.05)


def test_what_is_gathered():
    states = model_states(FULL)
    assert states.gathered == 2 * (ROOT + 2 * SEVEN.layer_total)
    assert states.policy == 4 * ROOT + 4 * SEVEN.layer_total  # the root in fp32
    assert model_states(replace(FULL, units="language")).gathered == states.gathered + 2 * SEVEN.params_vision
    for whole in (replace(FULL, stage=2), replace(FULL, units="whole"), replace(FULL, stage=0)):
        assert model_states(whole).gathered == 2 * SEVEN.params_total
    assert model_states(replace(FULL, stage=0, autocast=False)).gathered == 0


def test_gradients_wait_unsharded_between_micro_batches():
    once, twice = forecast(FULL).instants, forecast(replace(FULL, accumulation=2)).instants
    assert twice["forward"]["gradients"] == 2 * SEVEN.params_total
    assert once["forward"]["gradients"] == 0
    assert once["optimizer_step"] == twice["optimizer_step"]


def test_no_gradients_wait_between_updates():
    generated = forecast(replace(FULL, batch=2, accumulation=4, generated=8, reference="shard")).instants
    assert {name: generated[name]["gradients"] for name in ("generation", "reference", "save")} == {
        "generation": 0,
        "reference": 0,
        "save": 0,
    }
    within = forecast(replace(FULL, batch=2, accumulation=4, generated=4)).instants
    assert (within["generation"]["gradients"], within["save"]["gradients"]) == (2 * SEVEN.params_total, 0)


def test_a_reference_is_sharded_as_it_was_loaded():
    sharded = model_states(replace(FULL, reference="shard")).reference
    assert sharded == 2 * SEVEN.params_total // 8 + 2 * ROOT
    assert (
        model_states(replace(FULL, reference="shard", stage=2)).reference == 2 * SEVEN.params_total // 8 + 2 * SEVEN.params_total
    )
    assert model_states(replace(FULL, reference="copy")).reference == 2 * SEVEN.params_total


def test_offloaded_states_lie_in_host_memory():
    offloaded = replace(FULL, offload_parameters=True)
    assert held(offloaded) == 0
    assert host_memory(offloaded)["step"] == 16 * SEVEN.params_total
