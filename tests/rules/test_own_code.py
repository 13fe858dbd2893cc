"""Rules leave alone what the repository's own code decides: kinds of wrong findings from repositories that were drawn by chance.

docs/precision-draw.md lists the findings. The repositories here are written for these tests.
"""

from __future__ import annotations

import json

import pytest

RECIPE = """\
model_name_or_path: Qwen/Qwen2.5-1.5B-Instruct
reward_funcs: [accuracy]
num_generations: 4
per_device_train_batch_size: 4
max_completion_length: 512
"""
CONFIGS = """\
from dataclasses import dataclass
import trl

@dataclass
class GRPOConfig(trl.GRPOConfig):
    stop_words: str | None = None
    generation_batch_size: int = 10
    flavour: str = ""
"""
SCRIPT = """\
from mine.configs import GRPOConfig
from trl import GRPOTrainer, ModelConfig, ScriptArguments, TrlParser

def main(script_args, training_args, model_args):
    {body}

main(*TrlParser((ScriptArguments, GRPOConfig, ModelConfig)).parse_args_and_config())
"""


def rules(lint, *words: str) -> set[str]:
    lint(*words, "--format", "json")
    return {finding["rule"] for finding in json.loads(lint.out)["findings"]}


@pytest.mark.parametrize(
    ("body", "written", "found"),
    [
        ("load(script_args.dataset_name)", "dataset_name: [a, b]\n", True),
        ("[load(name) for name in script_args.dataset_name]", "dataset_name: [a, b]\n", False),
        ("# for name in script_args.dataset_name", "dataset_name: [a, b]\n", True),
        ("train()", "stop_words: [a, b]\n", False),
        ("train()", "stop_words: {a: b}\n", True),
        ("train()", "run_name: [a, b]\n", True),
    ],
)
def test_a_list_that_the_script_goes_through_or_that_only_its_class_calls_a_word(lint, body, written, found):
    lint.write("src/mine/grpo.py", SCRIPT.format(body=body))
    lint.write("src/mine/configs.py", CONFIGS)
    lint.write("recipes/a.yaml", RECIPE + written)
    assert ("YML021" in rules(lint, "recipes/a.yaml")) is found


@pytest.mark.parametrize(("own", "found"), [(True, False), (False, True)])
def test_generation_batch_size_of_a_class_of_the_repository(lint, own, found):
    """It may be how many completions one call generates, and no multiple of a step."""
    lint.write("setup.py", 'deps = ["trl==0.19.1"]\n')
    lint.write("src/mine/configs.py", CONFIGS if own else CONFIGS.replace("    generation_batch_size: int = 10\n", ""))
    lint.write("recipes/a.yaml", RECIPE + "generation_batch_size: 10\nflavour: x\n")
    assert ("GRP010" in rules(lint, "recipes/a.yaml", "--gpus", "4xA100-80G")) is found


def test_fields_of_a_class_that_does_not_parse_are_options(lint):
    lint.write("setup.py", 'deps = ["trl==0.16.0"]\n')
    broken = CONFIGS.replace('flavour: str = ""', 'flavour: str = "').replace("stop_words", "reward_funcs")
    lint.write("src/mine/configs.py", broken)
    lint.write("recipes/a.yaml", RECIPE + "flavour: x\n")
    assert rules(lint, "recipes/a.yaml").isdisjoint({"KEY001", "KEY025"})


COPY = """\
class GRPOTrainer(Trainer):
    def compute_loss(self, model, inputs):
        return self.loss(model, inputs)
"""


@pytest.mark.parametrize(("folder", "found"), [("trainer", False), ("trainers", False), ("kept", True)])
def test_a_copied_trainer_checks_what_it_likes(lint, folder, found):
    lint.write("setup.py", 'deps = ["trl==0.18.2"]\n')
    lint.write(f"src/mine/{folder}/grpo.py", COPY)
    lint.write("recipes/a.yaml", RECIPE + "eval_strategy: steps\nper_device_eval_batch_size: 1\nnum_iterations: 2\n")
    assert ("GRP004" in rules(lint, "recipes/a.yaml", "--gpus", "2xA100-80G")) is found


R1_V = """\
class Qwen2VLGRPOTrainer(Trainer):
    def __init__(self, args):
        self.generation_config = GenerationConfig(do_sample=True, temperature=1)

    def compute_loss(self, model, inputs):
        with unwrap_model_for_generation(model, self.accelerator) as unwrapped:
            return unwrapped.generate(**inputs, generation_config=self.generation_config)
"""
FOR_VLLM = """\
class Qwen2VLGRPOVLLMTrainerModified(Trainer):
    def __init__(self, args):
        self.use_vllm = args.use_vllm
        self.sampling_params = SamplingParams(temperature=args.temperature)

    def compute_loss(self, model, inputs):
        return self.llm.generate(inputs, sampling_params=self.sampling_params)
"""
PICKS = """\
from mine.trainer import Qwen2VLGRPOTrainer, Qwen2VLGRPOVLLMTrainerModified
from trl import GRPOConfig, ModelConfig, ScriptArguments, TrlParser
script_args, training_args, model_args = TrlParser((ScriptArguments, GRPOConfig, ModelConfig)).parse_args_and_config()
trainer_cls = Qwen2VLGRPOTrainer if not training_args.use_vllm else Qwen2VLGRPOVLLMTrainerModified
"""


@pytest.mark.parametrize(
    "text", [FOR_VLLM, FOR_VLLM + "x = " + "(" * 120 + ")" * 120 + "\n"], ids=["read", "too deep to be read"]
)
@pytest.mark.parametrize(("use", "found"), [("true", False), ("false", True)])
def test_the_trainer_beside_r1_vs_reads_a_run_with_vllm(lint, text, use, found):
    """Of a script that nobody finds, too: it picks one of both by use_vllm."""
    lint.write("src/r1-v/src/open_r1/trainer/grpo_trainer.py", R1_V)
    lint.write("src/r1-v/src/open_r1/trainer/vllm_grpo_trainer.py", text)
    lint.write("src/r1-v/src/open_r1/grpo.py", PICKS)
    lint.write(
        "run.sh",
        "torchrun --nproc_per_node 4 $HERE/somewhere/grpo.py --model_name_or_path Qwen/Qwen2-VL-2B-Instruct --max_pixels 401408"
        f" --num_generations 8 --use_vllm {use} --temperature 0.7\n",
    )
    assert ("KEY004" in rules(lint, "run.sh")) is found
    assert "GEN001" not in rules(lint, "run.sh")


@pytest.mark.parametrize(("there", "found"), [(True, True), (False, False)])
def test_options_of_a_config_out_of_reach_are_no_defaults(lint, there, found):
    """A --config that is not in the repository may say anything: no figure is made of defaults."""
    if there:
        lint.write("mine.yaml", "num_generations: 8\n")
    lint.write(
        "zero2.yaml", "distributed_type: DEEPSPEED\ncompute_environment: LOCAL_MACHINE\ndeepspeed_config: {zero_stage: 2}\n"
    )
    lint.write(
        "run.sh",
        "accelerate launch --config_file zero2.yaml src/grpo.py --config mine.yaml --reward_funcs accuracy --bf16 true"
        " --model_name_or_path Qwen/Qwen2.5-7B-Instruct --torch_dtype bfloat16 --beta 0.04\n",
    )
    assert ("MEM003" in rules(lint, "run.sh", "--gpus", "4xA100-40G", "--trainer", "trl==0.18.2")) is found


def test_what_becomes_of_a_newer_name_is_not_said_where_it_is_not_known(lint):
    lint.write("setup.py", 'deps = ["trl==0.15.2"]\n')
    options = "bf16: true\ngradient_accumulation_steps: 1\nlearning_rate: 1.0e-05\npacking: true\nmax_length: 16384\n"
    lint.write("sft.yaml", f"model_name_or_path: Qwen/Qwen2.5-1.5B\n{options}")
    lint("sft.yaml", "--format", "json")
    (finding,) = [one for one in json.loads(lint.out)["findings"] if one["rule"] == "KEY011"]
    assert "dropped, or refused from TRL 0.19 on" in finding["message"]
