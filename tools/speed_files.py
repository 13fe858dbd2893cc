"""The files that `tools/speed.py` measures on, from a fixed seed: what people keep in repositories that train with GRPO.

``python tools/speed_files.py FOLDER [COUNT]`` writes them.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SEED = 20261125

ALWAYS = {
    "model_name_or_path": ("Qwen/Qwen2.5-VL-3B-Instruct", "/data/models/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2-VL-2B-Instruct"),
    "num_generations": ("8", "4"),
    "per_device_train_batch_size": ("8",),
    "gradient_checkpointing": ("true",),
    "bf16": ("true",),
    "deepspeed": ("zero2.json",),
    "attn_implementation": ("flash_attention_2",),
    "max_completion_length": ("256", "512", "700", "1024"),
    "save_steps": ("100", "200", "250", "500"),
    "num_train_epochs": ("1", "2", "3"),
    "dataset_name": ("refs", "counting", "charts", "this_is_not_used"),
    "max_pixels": ("401408", "802816", "1003520"),
}
"""What every args file writes, and values that nothing is wrong with."""

SOMETIMES = {
    "gradient_accumulation_steps": ("1", "2", "4", "8"),
    "beta": ("0.0",),
    "learning_rate": ("1.0e-6", "0.000001", "5.0e-7", "2.0e-6"),
    "weight_decay": ("0.0", "0.01", "0.1"),
    "adam_beta1": ("0.9",),
    "adam_beta2": ("0.95", "0.99", "0.999"),
    "max_grad_norm": ("0.5", "1.0", "5.0"),
    "lr_scheduler_type": ("cosine", "linear", "constant"),
    "warmup_ratio": ("0.03", "0.05", "0.1"),
    "torch_dtype": ("bfloat16",),
    "min_pixels": ("3136",),
    "seed": ("1", "7", "42", "1234", "3407"),
    "data_seed": ("1", "42"),
    "dataloader_num_workers": ("0", "2", "4"),
    "dataloader_pin_memory": ("true", "false"),
    "logging_steps": ("1", "5", "10"),
    "logging_first_step": ("true", "false"),
    "report_to": ("[wandb]", "wandb", "[tensorboard]", "none"),
    "save_strategy": ("steps",),
    "save_total_limit": ("2", "3", "5"),
    "ddp_timeout": ("1800", "3600", "7200"),
    "max_prompt_length": ("1024", "2048"),
    "optim": ("adamw_torch",),
    "log_level": ("info", "warning"),
    "disable_tqdm": ("true", "false"),
    "remove_unused_columns": ("false",),
    "adam_epsilon": ("0.00000001",),
    "val_split_ratio": ("0.0",),
    "push_to_hub": ("false",),
    "overwrite_output_dir": ("false",),
    "tf32": ("true",),
    "logging_nan_inf_filter": ("true",),
    "prediction_loss_only": ("false",),
}
"""What some write."""

FAULTS = (
    ("gradient_checkpointing", "flase"),
    ("lr_scheduler_type", "cosin"),
    ("bf16", "auto"),
    ("temprature", "0.9"),
    ("report_to", "wandbb"),
    ("save_strategy", "step"),
    ("warmup_ratio", "10"),
    ("save_only_model", "true"),
    ("fp16", "true"),
    ("attn_implementation", "flash_attention2"),
    ("eval_strategy", "steps"),
    ("load_best_model_at_end", "true"),
    ("logging_strategy", "step"),
    ("max_pixels", "1e6"),
    ("num_generations", "1"),
    ("optim", "adamw"),
    ("resume_from_checkpoint", '"False"'),
    ("reward_funcs", "acuracy"),
    ("temperature", "0"),
    ("torch_dtype", "float16"),
    ("use_vllm", "true"),
)
"""What is wrong in one file or another: option and value."""

ZERO2 = """\
{"bf16": {"enabled": "auto"}, "zero_optimization": {"stage": STAGE, "overlap_comm": true, "reduce_bucket_size": BUCKET},
 "gradient_clipping": "auto", "train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto",
 "gradient_accumulation_steps": "auto", "steps_per_print": STEPS}
"""
ACCELERATE = """\
compute_environment: LOCAL_MACHINE
distributed_type: DEEPSPEED
deepspeed_config:
  zero_stage: STAGE
  gradient_accumulation_steps: ACCUMULATION
mixed_precision: bf16
num_machines: 1
num_processes: PROCESSES
main_process_port: PORT
"""
SCRIPT = """\
#!/bin/bash
set -e
cd "$(dirname "$0")"
export WANDB_PROJECT=NAME
MODEL=Qwen/Qwen2.5-VL-3B-Instruct
OUT=runs/NAME
mkdir -p $OUT
torchrun --nproc_per_node=8 --nnodes=1 --master_port=PORT src/open_r1/grpo_jsonl.py \\
    --model_name_or_path $MODEL \\
    --output_dir $OUT \\
FLAGS    --run_name NAME
echo done
"""
FOREIGN = (
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: NAME\nspec:\n  ports:\n    - port: PORT\n      protocol: TCP\n",
    "name: NAME\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n",
    "services:\n  NAME:\n    image: nginx\n    ports:\n      - PORT:80\n    environment:\n      MODE: production\n",
)
SCHEMA = '{"type": "object", "properties": {"num_generations": {"type": "integer"}}}\n'


@dataclass(frozen=True)
class Many:
    """A folder of many files, and what they are."""

    folder: str
    title: str


@dataclass(frozen=True)
class Files:
    """Everything written below *folder*."""

    folder: Path
    many: Sequence[Many]


def args_of(chance: random.Random, name: str, *, faults: int) -> str:
    """An args file that differs from the others: what every one writes and some of the rest, in any order, and *faults*."""
    written = {option: chance.choice(values) for option, values in ALWAYS.items()}
    written |= {option: chance.choice(values) for option, values in SOMETIMES.items() if chance.random() < 0.6}
    written |= {"output_dir": f"runs/{name}", "run_name": name}
    written |= {"data_file_paths": f"/data/{name}/train.jsonl", "image_folders": f"/data/{name}/images"}
    written |= dict(chance.sample(FAULTS, faults))
    lines = [f"{option}: {value}" for option, value in written.items()]
    chance.shuffle(lines)
    if chance.random() < 0.3:
        lines.insert(chance.randrange(len(lines)), f"# {name}: as in the paper")
    return "\n".join(lines) + "\n"


def script_of(chance: random.Random, name: str, *, faults: int) -> str:
    """A launch script with such options as flags."""
    args = args_of(chance, name, faults=faults).splitlines()
    pairs = [line.split(": ", 1) for line in args if not line.startswith("#")]
    mine = [(option, value) for option, value in pairs if option not in {"model_name_or_path", "output_dir", "run_name"}]
    flags = "".join(f"    --{option} {value.strip('[]')} \\\n" for option, value in mine)
    return SCRIPT.replace("NAME", name).replace("FLAGS", flags).replace("PORT", str(chance.randrange(20000, 30000)))


def json_of(chance: random.Random) -> str:
    """A DeepSpeed file."""
    values = (str(chance.choice((1, 2))), str(chance.randrange(10**8, 10**9)), str(chance.randrange(1, 2000)))
    text = ZERO2
    for word, value in zip(("STAGE", "BUCKET", "STEPS"), values, strict=True):
        text = text.replace(word, value)
    return text if chance.random() < 0.5 else text.replace('"auto", "train_micro', '64, "train_micro')


def accelerate_of(chance: random.Random) -> str:
    """An accelerate YAML."""
    values = chance.choice("23"), chance.choice("124"), chance.choice("48"), str(chance.randrange(20000, 30000))
    text = ACCELERATE
    for word, value in zip(("STAGE", "ACCUMULATION", "PROCESSES", "PORT"), values, strict=True):
        text = text.replace(word, value)
    return text


def foreign_of(chance: random.Random, name: str) -> str:
    """A file of another program."""
    return chance.choice(FOREIGN).replace("NAME", name).replace("PORT", str(chance.randrange(20000, 30000)))


def _put(folder: Path, files: Iterator[tuple[str, str]]) -> None:
    folder.mkdir(parents=True)
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")


def _args_files(chance: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """*count* args files, every other one with one to three faults, and the DeepSpeed file that they name."""
    yield "zero2.json", ZERO2.replace("STAGE", "2").replace("BUCKET", "500000000").replace("STEPS", "100")
    for number in range(count):
        name = f"args{number:05}"
        yield f"{name}.yaml", args_of(chance, name, faults=chance.choice((1, 1, 2, 3)) if number % 2 else 0)


def _monorepo(chance: random.Random) -> Iterator[tuple[str, str]]:
    """200 scripts, 50 DeepSpeed files, 100 args files, 20 accelerate files and 80 of other programs."""
    yield from _args_files(chance, 100)
    for number in range(200):
        name = f"run{number:03}"
        yield f"{name}.sh", script_of(chance, name, faults=chance.choice((1, 2)) if number % 2 else 0)
    for number in range(50):
        yield f"ds{number:02}.json", json_of(chance)
    for number in range(20):
        yield f"accelerate{number:02}.yaml", accelerate_of(chance)
    for number in range(80):
        yield f"service{number:02}.yaml", foreign_of(chance, f"service{number:02}")


def _one(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Files that are linted alone."""
    yield "zero2.json", ZERO2.replace("STAGE", "2").replace("BUCKET", "500000000").replace("STEPS", "100")
    sound = args_of(chance, "one", faults=0)
    yield "clean.yaml", sound
    yield "findings.yaml", sound.replace("save_strategy: steps", "").strip() + "\nsave_strategy: step\ntemprature: 0.9\n"
    yield "clean.sh", script_of(chance, "one", faults=0)
    yield "foreign.yaml", foreign_of(chance, "one")
    yield "clean.py", "import os\n\nprint(os.getcwd())\n"
    yield "schema.json", SCHEMA


def write(folder: Path, count: int) -> Files:
    """Write all of it below *folder*, with *count* files where there are many."""
    _put(folder / "one", _one(random.Random(SEED)))
    _put(folder / "distinct", _args_files(random.Random(SEED), count))
    chance = random.Random(SEED)
    _put(folder / "foreign", ((f"f{number:05}.yaml", foreign_of(chance, f"f{number:05}")) for number in range(count)))
    _put(folder / "monorepo", _monorepo(random.Random(SEED)))
    return Files(
        folder,
        (
            Many("distinct", f"{count} args files that differ, half of them with findings"),
            Many("monorepo", "A monorepo: 200 scripts, 51 JSON and 200 YAML files (yamllint reads the YAML alone)"),
            Many("foreign", f"{count} files of other programs"),
        ),
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
