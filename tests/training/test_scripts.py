"""Runs from launch scripts: which trainer reads the flags, how many processes there are, which files belong to them."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.candidates.entryscript import kind_by_name
from vlmr1_lint.candidates.trainer import from_selector, reads
from vlmr1_lint.documents.library import Library
from vlmr1_lint.documents.recognise import recognise
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.run import Run
from vlmr1_lint.training.runs import Hints, Target, find_runs
from vlmr1_lint.unknown import is_unknown
from vlmr1_lint.values import replace

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


@pytest.mark.parametrize(
    ("flag", "pin", "family"),
    [
        ("--reward_funcs accuracy --use_vllm true --vllm_device auto --vllm_max_model_len 4096", "trl==0.15.2", "trl"),
        # the releases that know vllm_device have no reward_funcs of their own
        ("--reward_funcs accuracy --use_vllm true --vllm_device auto --vllm_max_model_len 4096", "", "trl"),
        ("--max_pixels 401408", "trl==0.15.2", "r1-v"),
    ],
)
def test_only_an_option_that_trl_never_had_speaks_for_r1_v(tmp_path, flag, pin, family):
    files = {"src/open_r1/grpo.py": GRPO, "requirements.txt": pin + "\n"}
    run = run_of(tmp_path, f"torchrun --nproc_per_node 8 src/open_r1/grpo.py {FLAGS} {flag} --num_generations 8\n", files)
    assert run.trainer == family
    assert family != "trl" or not pin or run.candidates == (pin,)


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


def test_the_script_that_is_launched_picks_the_trainer_of_r1_v(tmp_path):
    package = "src/r1-v/src/open_r1"
    picks = "from vllm_modified import Qwen2VLGRPOVLLMTrainerModified\n" + PICKS.format("Modified")
    files = {
        f"{package}/grpo.py": GRPO + PICKS.format(""),
        f"{package}/grpo_vllm.py": GRPO + picks,
        f"{package}/trainer/grpo_trainer.py": TRAINER,
        f"{package}/trainer/vllm_grpo_trainer.py": VLLM_TRAINER.format("", COUNTS),
        # another of that name is in the package, and not what the script imports
        f"{package}/trainer/vllm_modified_old.py": VLLM_TRAINER.format("Modified", COUNTS),
        f"{package}/vllm_modified.py": VLLM_TRAINER.format("Modified", 1),
    }
    script = f"torchrun --nproc_per_node 4 src/open_r1/{{}}.py {FLAGS} --use_vllm true\n"
    assert run_of(tmp_path, script.format("grpo_vllm"), files).candidates == ("r1-v@vllm",)
    assert run_of(tmp_path, script.format("grpo"), files).candidates == ("r1-v@vllm-2025-02",)
    del files[f"{package}/vllm_modified.py"]
    (tmp_path / package / "vllm_modified.py").unlink()
    assert run_of(tmp_path, script.format("grpo_vllm"), files).candidates == ("r1-v@vllm-2025-02",)


def test_without_its_source_r1_v_is_its_main_branch(tmp_path):
    flags = f"{FLAGS} --max_pixels 401408 --use_vllm true"
    assert run_of(tmp_path, f"torchrun --nproc_per_node 4 src/open_r1/grpo.py {flags}\n").candidates == ("r1-v@vllm",)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("/path/to/Mine/src/mine/open_r1/grpo.py", True),
        ("/home/$USER/Mine/src/mine/open_r1/grpo.py", True),
        ("/mine/open_r1/grpo.py", False),
        ("/grpo.py", False),
    ],
)
def test_a_script_under_another_machines_folder_is_that_of_the_repository(tmp_path, script, found):
    files = {"src/mine/open_r1/grpo.py": GRPO, "src/mine/open_r1/trainer/grpo_trainer.py": TRAINER, "grpo.py": GRPO}
    assert run_of(tmp_path, f"torchrun {script} {FLAGS}\n", files).entry_seen is found


def test_a_package_of_another_name_is_found_below_src(tmp_path):
    files = {"src/mine/src/open_r1/grpo.py": GRPO, "src/mine/src/open_r1/trainer/grpo_trainer.py": TRAINER}
    assert run_of(tmp_path, f"torchrun src/open_r1/grpo.py {FLAGS}\n", files).candidates == ("r1-v",)


def test_the_trainer_beside_the_script_whatever_its_package_is_called(tmp_path):
    files = {"src/video_r1/grpo.py": GRPO, "src/video_r1/trainer/grpo_trainer.py": TRAINER}
    assert run_of(tmp_path, f"torchrun src/video_r1/grpo.py {FLAGS}\n", files).candidates == ("r1-v",)


def args_run(folder, text, files):
    for name, content in {**files, "recipes/grpo.yaml": text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    sources = Sources(str(folder))
    library = Library(sources)
    path = os.path.join(sources.root, "recipes/grpo.yaml")
    return find_runs([Target(path, library.document(path), "args")], library, lambda _: Hints())


VLM_TRAINER = """\
class VLMGRPOTrainer(Trainer):
    def __init__(self, args):
        self.ref_model = AutoModelForCausalLM.from_pretrained("x")
        global_batch_size = args.per_device_train_batch_size * num_processes
"""
CHECK = """\
        possible_values = [n_gen for n_gen in range(2, global_batch_size + 1) if (global_batch_size) % n_gen == 0]
        if self.num_generations not in possible_values:
            raise ValueError(f"{possible_values}")
        if self.args.eval_strategy != "no":
            possible_values = [n_gen for n_gen in range(2, 9)]
            if self.num_generations not in possible_values:
                raise ValueError("eval")
"""
REGISTERS = VLM_TRAINER.replace(
    "        self.ref_model", "        AutoModelForCausalLM.register(config_class=A, model_class=B)\n        self.ref_model"
)
COPY = "class MyGRPOTrainer(Trainer):\n    def __init__(self): pass\n"


@pytest.mark.parametrize(
    ("trainer", "copied", "candidates"),
    [
        (VLM_TRAINER + CHECK, False, ("vlm-r1",)),
        (VLM_TRAINER + "        names = [a for a in b]\n" + CHECK, True, ("vlm-r1",)),
        (VLM_TRAINER.replace("global_batch", "names = [a for a in b]\n        global_batch") + CHECK, False, ("vlm-r1",)),
        (
            VLM_TRAINER + CHECK.replace("        if self.num", "        # if self.num", 1).replace("    raise", "    # raise", 1),
            True,
            ("vlm-r1",),
        ),
        (REGISTERS + CHECK, False, ("vlm-r1@2025-04",)),
    ],
)
def test_a_forks_trainer_is_read_for_what_it_refuses_and_loads(tmp_path, trainer, copied, candidates):
    folder = "src/open-r1-multimodal/src/open_r1"
    files = {f"{folder}/grpo_jsonl.py": GRPO, f"{folder}/trainer/grpo_trainer.py": trainer}
    run = run_of(tmp_path, f"cd src/open-r1-multimodal\ntorchrun --nproc_per_node 2 src/open_r1/grpo_jsonl.py {FLAGS}\n", files)
    assert (run.is_copy, run.candidates) == (copied, candidates)


@pytest.mark.parametrize(
    ("trainer", "copied"),
    [
        (COPY, True),
        (COPY.replace("(Trainer)", "(Base)") + "class Base(transformers.Trainer): pass\n", True),
        ("from trl import GRPOTrainer\n" + COPY.replace("(Trainer)", "(GRPOTrainer)"), False),
        ("from trl import GRPOTrainer as MyGRPOTrainer\n", False),
        ("class MyTrainerCallback(Trainer): pass\nfrom trl import GRPOTrainer as MyGRPOTrainer\n", False),
    ],
)
def test_a_repositorys_own_trainer_counts_as_it_likes(tmp_path, trainer, copied):
    files = {
        "train_grpo.py": "from mine import MyGRPOTrainer\nMyGRPOTrainer()\n" + GRPO,
        "mine.py": trainer,
        "requirements.txt": "trl==0.17.0\n",
    }
    run = run_of(tmp_path, f"torchrun --nproc_per_node 2 train_grpo.py {FLAGS} --num_generations 8\n", files)
    assert run.is_copy is copied
    # What it does not do is not done; how it computes logits nobody can tell from a class that does not say.
    assert run.behaviour("eval_divisibility") == ("none" if copied else "micro")
    assert is_unknown(run.behaviour("logits")) is copied
    assert run.has_option("answer_key") is True


@pytest.mark.parametrize(
    ("script", "module", "trainer", "copied"),
    [
        ("src/open_r1/grpo_noisy.py", "noisy.py", COPY, True),
        ("src/open_r1/grpo_jsonl.py", "noisy.py", COPY, False),
        ("src/open_r1/grpo_noisy.py", "noisy.py", COPY.replace("GRPO", "GRPOVLLM"), False),  # upstream's, for vLLM
        ("src/open_r1/grpo_noisy.py", "noisy.py", "", False),
        ("src/open_r1/grpo_noisy.py", "grpo_trainer.py", None, False),
        ("src/open_r1/sft.py", "noisy.py", COPY, False),
        ("src/train.py", "noisy.py", COPY, False),  # VLM-R1's demo
    ],
)
def test_a_script_out_of_reach_may_start_another_trainer_of_the_repository(tmp_path, script, module, trainer, copied):
    files = {"src/open_r1/trainer/grpo_trainer.py": VLM_TRAINER}
    if trainer is not None:
        files[f"src/open_r1/trainer/{module}"] = trainer
    flags = f"{FLAGS} --num_generations 1" if script != "src/open_r1/sft.py" else f"{FLAGS} --packing true"
    run = run_of(tmp_path, f"torchrun --nproc_per_node 8 {script} {flags}\n", files)
    assert run.is_copy is copied
    assert is_unknown(run.divisibility) is (copied or run.trainer == "trl-sft")


READS = "        self.log_completions = {}args.log_completions\n"
READING = COPY.replace(" pass\n", "\n" + READS.format(""))


@pytest.mark.parametrize(
    ("trainer", "script", "beside", "read"),
    [
        (VLM_TRAINER, "", "", False),
        (VLM_TRAINER + READS.format(""), "", "", True),
        (VLM_TRAINER + READS.format("self."), "", "", True),
        (VLM_TRAINER + READS.format("None  # "), "", "", False),
        (VLM_TRAINER + READS.format("my"), "", "", True),
        (VLM_TRAINER + READS.replace("completions\n", "completions_to\n").format(""), "", "", False),
        (VLM_TRAINER, "print(training_args.log_completions)\n", "", True),
        (VLM_TRAINER, "from open_r1.trainer.mine import MyGRPOTrainer\nMyGRPOTrainer()\n", READING, True),
        (VLM_TRAINER, "from open_r1.trainer.mine import MyGRPOTrainer\nMyGRPOTrainer()\n", COPY, False),
        (VLM_TRAINER, "", READING, False),  # nobody starts it
    ],
)
def test_what_a_fork_reads_of_the_options_that_vlm_r1_never_does(tmp_path, trainer, script, beside, read):
    files = {
        "src/open_r1/trainer/grpo_trainer.py": trainer,
        "src/open_r1/trainer/mine.py": beside,
        "src/open_r1/grpo_mine.py": GRPO + script,
    }
    run = run_of(tmp_path, f"torchrun --nproc_per_node 8 src/open_r1/grpo_mine.py {FLAGS} --num_generations 8\n", files)
    assert run.trainer == "vlm-r1"
    assert reads(run.inputs.trainer, "log_completions") is read


@pytest.mark.parametrize(("text", "copied"), [(COPY, True), (COPY.replace("(Trainer)", "(trl.GRPOTrainer)"), False)])
def test_a_trainer_in_the_repository_of_an_args_file(tmp_path, text, copied):
    (run,) = args_run(tmp_path, RECIPE + "num_generations: 8\nmax_completion_length: 9\n", {"src/mine/trainer/grpo.py": text})
    assert run.is_copy is copied


RECIPE = "model_name_or_path: Qwen/Qwen2.5-1.5B\nper_device_train_batch_size: 1\nmax_steps: 10\n"


def test_an_args_file_may_write_what_the_scripts_of_its_repository_add(tmp_path):
    text = RECIPE + "num_generations: 8\nanswer_key: letter\nreward_key: x\n"
    files = {"setup.py": 'deps = ["trl==0.14.0"]\n', "src/mine/grpo.py": GRPO}
    (run,) = args_run(tmp_path, text, files)
    assert (run.has_option("answer_key"), run.has_option("reward_key")) == (True, False)
    assert run.candidates == ("trl==0.14.0",)
    assert not run.entry_seen


def test_the_grpo_options_of_a_repository_make_no_grpo_of_its_sft_files(tmp_path):
    own = "@dataclass\nclass GRPOConfig(Args):\n    num_generations: int = 8\n    jsonl_path: str = ''\n"
    text = RECIPE + "packing: true\nmax_seq_length: 4096\njsonl_path: a.json\n"
    (run,) = args_run(tmp_path, text, {"src/open_r1/trainer/grpo_config.py": own})
    assert run.trainer == "trl-sft"
    assert run.has_option("num_generations") is True
    assert run.is_grpo is False


@pytest.mark.parametrize(("more", "runs"), [("", 1), ("piston: a\nblock: 2\ncutoff: 3\n", 0)])
def test_an_args_file_of_another_program_is_no_run(tmp_path, more, runs):
    assert len(args_run(tmp_path, RECIPE + more, {})) == runs


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


CLASSES = (
    "from dataclasses import dataclass\nfrom transformers import {base}\n@dataclass\nclass Mine({base}):\n    cutoff: int = 1\n"
)
TRAIN = "def train():\n    parser = transformers.HfArgumentParser((Mine,))\n"


def test_the_function_that_parses_may_come_from_another_module(tmp_path):
    files = {
        "llava/train/train_mem.py": "from llava.train.train import train\ntrain(attn_implementation='flash_attention_2')\n",
        "llava/train/train.py": CLASSES.format(base="TrainingArguments") + TRAIN,
        "src/open_r1/trainer/grpo_trainer.py": TRAINER,
    }
    script = f"deepspeed llava/train/train_mem.py {FLAGS} --cutoff 2\n"
    assert runs_of(tmp_path, script, files) == []
    files["llava/train/train.py"] = CLASSES.format(base="SFTConfig").replace("transformers", "trl") + TRAIN
    run = run_of(tmp_path, script, files)
    assert run.entry_seen
    assert run.has_option("cutoff") is True
    assert {name.partition("==")[0] for name in run.candidates} == {"trl-sft"}


def test_a_function_of_that_name_that_parses_nothing_says_nothing(tmp_path):
    files = {
        "main.py": "from llava.train import train\n",
        "llava/train.py": CLASSES.format(base="TrainingArguments") + "def train():\n    pass\n" + TRAIN.replace("train", "other"),
    }
    assert not run_of(tmp_path, f"torchrun main.py {FLAGS}\n", files).entry_seen


@pytest.mark.parametrize("call", ["argparse.ArgumentParser()", "fire.Fire(main)", "tyro.cli(Args)"])
def test_a_script_with_a_command_line_of_its_own_is_none_of_ours(tmp_path, call):
    assert runs_of(tmp_path, f"torchrun train.py {FLAGS}\n", {"train.py": f"args = {call}\n"}) == []


@pytest.mark.parametrize(("name", "runs"), [("PipelineArguments", 0), ("GRPOScriptArguments", 1)])
def test_a_script_none_of_whose_classes_is_in_reach(tmp_path, name, runs):
    files = {"train.py": f"from far.away import {name}\nHfArgumentParser(({name},))\n"}
    assert len(runs_of(tmp_path, f"torchrun train.py {FLAGS}\n", files)) == runs


def test_the_trainer_of_the_repository_does_not_know_a_script_out_of_reach(tmp_path):
    files = {"src/open_r1/trainer/grpo_trainer.py": TRAINER}
    run = run_of(tmp_path, f"torchrun /far/away/grpo.py {FLAGS}\n", files)
    assert (run.candidates, run.entry_seen, run.source_seen) == (("r1-v",), False, True)


STRANGERS = "--conversation_template qwen2 --block_size 512 --dataset_path data"


@pytest.mark.parametrize(
    ("flags", "runs"),
    [
        (STRANGERS, 0),
        (STRANGERS.rpartition(" --")[0], 1),
        ("--max_seq_length 512 --packing true --dataset_num_proc 4 --dataset_text_field text", 1),
        ("--dataset_mixture data --max_length 512 --dataset_num_proc 4 --precompute_ref_log_probs true", 1),
        (f"{STRANGERS} --num_generations 8", 1),
        (f"{STRANGERS} --data_file_paths a.jsonl", 1),
        (f"{STRANGERS} --temperature 1.0 --use_vllm true --vllm_gpu_memory_utilization 0.5", 0),
    ],
)
def test_options_that_no_trainer_has_make_a_command_another_programs(tmp_path, flags, runs):
    assert len(runs_of(tmp_path, f"torchrun train.py {FLAGS} {flags}\n")) == runs


FOUND = '    if list(Path(training_args.output_dir).glob("checkpoint-*"))'


@pytest.mark.parametrize(
    ("lines", "resumes"),
    [
        ([FOUND + ":", "        t.train(resume_from_checkpoint=True)", "    else:", "        t.train()"], "checkpoint"),
        ([FOUND + " and training_args.resume_from_checkpoint:", "        t.train(resume_from_checkpoint=True)"], "both"),
        (["    t.train()", "    # t.train(resume_from_checkpoint=True)"], "never"),
        (["    t.train(resume_from_checkpoint=training_args.resume_from_checkpoint)"], "option"),
    ],
)
def test_when_the_script_resumes(tmp_path, lines, resumes):
    files = {"train_grpo.py": GRPO + "\n".join(["def main(t, training_args):", *lines, ""])}
    run = run_of(tmp_path, f"torchrun train_grpo.py {FLAGS}\n", files)
    assert run.resumes == resumes
    assert run.decided_by("resumes").startswith("train_grpo.py:")


def test_nobody_knows_when_a_script_out_of_reach_resumes(tmp_path):
    assert is_unknown(run_of(tmp_path, f"torchrun train_grpo.py {FLAGS}\n").resumes)


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


@pytest.mark.parametrize(("trainer", "value"), [("vlm-r1", "steps"), ("trl==1.16.0", "no")])
def test_the_old_name_of_eval_strategy_decides_where_it_is_read(tmp_path, trainer, value):
    files = {"src/open_r1/grpo_jsonl.py": ""}
    run = run_of(tmp_path, f"torchrun --nproc_per_node 2 src/open_r1/grpo_jsonl.py {FLAGS} --evaluation_strategy steps\n", files)
    run = Run(replace(run.inputs, trainer=from_selector(trainer, "test")))
    assert run.eval_strategy == value
    if value == "steps":
        assert run.with_changes({"evaluation_strategy": "epoch"}).eval_strategy == "epoch"


def test_a_key_of_a_yaml_file_is_no_abbreviation(tmp_path):
    script = "accelerate launch sft.py --config sft.yaml{}\n"
    files = {"sft.yaml": "model_name_or_path: m\noutput_dir: out\nmax_seq_length: 8\npacking: false\nsplit: train\n"}
    assert "split" in run_of(tmp_path, script.format(""), files).inputs.written
    assert "split_batches" in run_of(tmp_path, script.format(" --split_b true"), files).inputs.written
