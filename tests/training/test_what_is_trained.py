"""Whether all weights are trained: not without a step, and unknown where the repository has a switch of its own for LoRA."""

from __future__ import annotations

import pytest
from runs import DATA, SFT, TRL, VLM_R1, run_of, run_of_script

from vlmr1_lint.memory.from_run import setup_of
from vlmr1_lint.unknown import Unknown, is_unknown

PARSED = "from trl import {names}, TrlParser\n\nargs = TrlParser(({names})).parse_args_and_config()\n"
SFT_SCRIPT = PARSED.format(names="SFTConfig, ModelConfig") + "model = get_peft_model(model, LoraConfig(r=16))\n"
GOVERNED = PARSED.format(names="SFTConfig, ModelConfig") + "peft = LoraConfig(r=16) if model_args.use_peft else None\n"
SWITCH = """\
from dataclasses import dataclass
from trl import SFTConfig, TrlParser


@dataclass
class OwnArguments:
    model_name_or_path: str = ""
    adapter_enabled: bool = False
    adapter_name: str | None = None


TrlParser((OwnArguments, SFTConfig)).parse_args_and_config()
"""


def known(run):
    """What is known of *run*: whether all weights are trained, and whether its memory is forecast."""
    return run.full_fine_tuning, not isinstance(setup_of(run.narrowed(run.candidates[0]), DATA), Unknown)


@pytest.mark.parametrize("options", [VLM_R1, TRL, SFT])
def test_no_epoch_is_evaluation_only(options):
    trainer = "vlm-r1@head" if options is VLM_R1 else "trl==0.17.0" if options is TRL else "trl-sft==0.17.0"
    assert known(run_of(options, trainer=trainer)) == (True, True)
    assert known(run_of(options, trainer=trainer, num_train_epochs=0)) == (False, False)
    assert known(run_of(options, trainer=trainer, num_train_epochs=0, max_steps=10)) == (True, True)
    assert known(run_of(options, trainer=trainer, max_steps=0)) == (True, True), "0 is as if no number were written"
    assert known(run_of(options, trainer=trainer, do_train=False)) == (True, True), (
        "a script that does not ask trains all the same"
    )


@pytest.mark.parametrize(("script", "trains_all"), [(SFT_SCRIPT, None), (GOVERNED, True)])
def test_adapters_that_the_script_makes_itself(script, trains_all):
    run = run_of({**SFT, "lora_r": 16}, trainer=None, files={"scripts/train_sft.py": script})
    assert is_unknown(run.full_fine_tuning) if trains_all is None else run.full_fine_tuning is trains_all
    assert known(run)[1] is (trains_all is True)


@pytest.mark.parametrize(
    ("written", "trains_all"),
    [({"adapter_enabled": True}, None), ({"adapter_enabled": False}, True), ({}, True), ({"model_adapter_name": "one"}, True)],
)
def test_an_option_of_its_own_that_switches_adapters_on(written, trains_all):
    run = run_of({**SFT, **written}, trainer=None, files={"scripts/train_sft.py": SWITCH})
    assert is_unknown(run.full_fine_tuning) if trains_all is None else run.full_fine_tuning is trains_all


LAUNCH = """\
torchrun --nproc_per_node 4 scripts/train_sft.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --dataset_name data \\
  --output_dir out --per_device_train_batch_size 4 --gradient_accumulation_steps 2 --do_train False
"""


@pytest.mark.parametrize(
    ("more", "trains_all"),
    [("", True), ("if args.do_train:\n    train()\n", False), ("peft = LoraConfig(r=16)\n", None)],
)
def test_what_the_script_that_is_started_does(more, trains_all):
    script = PARSED.format(names="SFTConfig, ModelConfig") + more
    run = run_of_script(LAUNCH, trainer=None, files={"scripts/train_sft.py": script})
    assert is_unknown(run.full_fine_tuning) if trains_all is None else run.full_fine_tuning is trains_all
