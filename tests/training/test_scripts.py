"""Runs from launch scripts: which trainer reads the flags, how many processes there are, which files belong to them."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.documents.library import Library
from vlmr1_lint.documents.recognise import recognise
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.entryscript import kind_by_name
from vlmr1_lint.training.runs import Hints, Target, find_runs

FLAGS = "--model_name_or_path Qwen/Qwen2-VL-2B-Instruct --per_device_train_batch_size 1 --max_prompt_length 512"


def runs_of(folder, script, files=None, hints=None):
    for name, text in {**(files or {}), "run.sh": script}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sources = Sources(str(folder))
    library = Library(sources)
    path = os.path.join(sources.root, "run.sh")
    target = Target(path, library.document(path), "launch")
    return find_runs([target], library, lambda _: hints or Hints())


def run_of(folder, script, files=None):
    (run,) = runs_of(folder, script, files)
    return run


# -- which trainer -----------------------------------------------------------------------------------------------

TRAINER = """\
from transformers import Qwen2VLForConditionalGeneration
class Qwen2VLGRPOTrainer:
    def __init__(self):
        self.ref_model = Qwen2VLForConditionalGeneration.from_pretrained("x")
"""

GRPO = """\
from dataclasses import dataclass, field
from trl import GRPOConfig, ModelConfig, ScriptArguments, TrlParser

@dataclass
class GRPOScriptArguments(ScriptArguments):
    answer_key: str = field(default="answer")

parser = TrlParser((GRPOScriptArguments, GRPOConfig, ModelConfig))
"""


def test_the_trainer_of_the_repository_reads_the_flags_of_its_script(tmp_path):
    files = {"src/r1-v/src/open_r1/grpo.py": GRPO, "src/r1-v/src/open_r1/trainer/grpo_trainer.py": TRAINER}
    run = run_of(tmp_path, f"torchrun --nproc_per_node 8 src/open_r1/grpo.py {FLAGS}\n", files)
    assert run.candidates == ("r1-v",)
    assert run.entry_seen


PICKS = "cls = Qwen2VLGRPOTrainer if not training_args.use_vllm else Qwen2VLGRPOVLLMTrainer{}\n"
VLLM_TRAINER = """\
class Qwen2VLGRPOVLLMTrainer{}:
    def __init__(self, args):
        global_batch_size = {}
"""
COUNTS = "args.per_device_train_batch_size * num_processes"


@pytest.mark.parametrize(
    ("picks", "vllm", "flag", "candidates"),
    [
        (PICKS.format("Modified"), VLLM_TRAINER.format("Modified", 1), "--use_vllm true", ("r1-v@vllm",)),
        (PICKS.format(""), VLLM_TRAINER.format("", COUNTS), "--use_vllm true", ("r1-v@vllm-2025-02",)),
        (PICKS.format(""), VLLM_TRAINER.format("", COUNTS), "--use_vllm false", ("r1-v",)),
        (PICKS.format(""), VLLM_TRAINER.format("", COUNTS), "", ("r1-v",)),
        (PICKS.format(""), VLLM_TRAINER.format("", COUNTS), "--use_vllm $1", ("r1-v", "r1-v@vllm-2025-02")),
        ("", "", "--use_vllm true", ("r1-v@no-vllm",)),
    ],
)
def test_use_vllm_picks_the_trainer_of_r1_v(tmp_path, picks, vllm, flag, candidates):
    package = "src/r1-v/src/open_r1"
    files = {f"{package}/grpo.py": GRPO + picks, f"{package}/trainer/grpo_trainer.py": TRAINER}
    files[f"{package}/trainer/vllm_grpo_trainer.py"] = vllm
    run = run_of(tmp_path, f"torchrun --nproc_per_node 4 src/open_r1/grpo.py {FLAGS} {flag}\n", files)
    assert run.candidates == candidates


def test_without_its_source_r1_v_is_its_main_branch(tmp_path):
    flags = f"{FLAGS} --max_pixels 401408 --use_vllm true"
    assert run_of(tmp_path, f"torchrun --nproc_per_node 4 src/open_r1/grpo.py {flags}\n").candidates == ("r1-v@vllm",)


def test_a_package_of_another_name_is_found_below_src(tmp_path):
    files = {"src/mine/src/open_r1/grpo.py": GRPO, "src/mine/src/open_r1/trainer/grpo_trainer.py": TRAINER}
    assert run_of(tmp_path, f"torchrun src/open_r1/grpo.py {FLAGS}\n", files).candidates == ("r1-v",)


def test_cd_leads_to_the_script(tmp_path):
    files = {"a/b/open_r1/grpo.py": GRPO, "a/b/open_r1/trainer/grpo_trainer.py": TRAINER}
    assert run_of(tmp_path, f"cd a/b\ntorchrun open_r1/grpo.py {FLAGS}\n", files).candidates == ("r1-v",)


@pytest.mark.parametrize(
    ("script", "flags", "family"),
    [
        ("src/open_r1/grpo_jsonl.py", FLAGS, "vlm-r1"),
        ("src/open_r1/grpo_rec.py", FLAGS, "vlm-r1"),
        ("src/open_r1/grpo.py", f"{FLAGS} --max_pixels 401408", "r1-v"),
        ("src/open_r1/grpo.py", FLAGS, "trl"),
        ("train_grpo.py", f"{FLAGS} --data_file_paths a.jsonl", "vlm-r1"),
        ("src/open_r1/sft.py", f"{FLAGS} --bf16 true", "trl-sft"),
        ("scripts/train_dpo.py", FLAGS, "trl-dpo"),
    ],
)
def test_the_name_of_the_script_where_its_source_is_out_of_reach(tmp_path, script, flags, family):
    run = run_of(tmp_path, f"torchrun --nproc_per_node 8 {script} {flags}\n")
    assert {name.partition("==")[0].partition("@")[0] for name in run.candidates} == {family}


@pytest.mark.parametrize(
    ("script", "kind"),
    [("a/grpo_rec.py", "grpo"), ("train-sft.py", "sft"), ("trl dpo", "dpo"), ("ppo.py", None), ("sft_or_dpo.py", None)],
)
def test_kind_by_name(script, kind):
    assert kind_by_name(script) == kind


def test_fields_of_the_scripts_own_classes_are_options(tmp_path):
    files = {
        "src/train/train_grpo.py": "from src.params import Args\nHfArgumentParser((Args,))\n",
        "src/params.py": "from trl import GRPOConfig as Base\n@dataclass\nclass Args(Base):\n    freeze_llm: bool = False\n",
    }
    run = run_of(tmp_path, f"deepspeed src/train/train_grpo.py {FLAGS} --freeze_llm True\n", files)
    assert run.entry_seen
    assert run.has_option("freeze_llm") is True
    assert {name.partition("==")[0] for name in run.candidates} == {"trl"}


def test_a_script_whose_classes_are_all_its_own_is_none_of_ours(tmp_path):
    files = {
        "train_sft.py": "from transformers import TrainingArguments\n"
        "@dataclass\nclass Args(TrainingArguments):\n    lora_rank: int = 8\nHfArgumentParser((Args,))\n"
    }
    assert runs_of(tmp_path, f"deepspeed train_sft.py {FLAGS} --lora_rank 8\n", files) == []


def test_a_class_out_of_reach_leaves_unknown_options_open(tmp_path):
    files = {"grpo.py": "from mine import Mine\nfrom trl import GRPOConfig, TrlParser\nTrlParser((Mine, GRPOConfig))\n"}
    assert not run_of(tmp_path, f"torchrun grpo.py {FLAGS}\n", files).entry_seen


def test_a_module_is_a_path(tmp_path):
    files = {"open_r1/grpo.py": GRPO, "open_r1/trainer/grpo_trainer.py": TRAINER}
    assert run_of(tmp_path, f"torchrun -m open_r1.grpo {FLAGS}\n", files).candidates == ("r1-v",)


# -- recognition -------------------------------------------------------------------------------------------------


def test_a_loop_over_a_yaml_file_starts_training():
    text = b'while IFS=": " read -r key value; do\n  args="$args --$key $value"\ndone < demo_args.yaml\ntorchrun train.py $args\n'
    assert recognise("demo.sh", text).kind == "launch"


@pytest.mark.parametrize(
    "text", [b"deepspeed --module openrlhf.cli.train_sft --learning_rate 5e-6 --num_generations 8\n", b"ls\n"]
)
def test_foreign_scripts(text):
    assert recognise("run.sh", text).kind is None
