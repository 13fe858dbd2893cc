"""Measures what a run costs beside an empty Python and beside yamllint, interleaved in one go: CPU time, medians, ratios.

Installs this repository and yamllint into a temporary environment, as users have them, unless ``--programs`` names the folder
of programs of an environment that has both. Not a test: figures depend on the machine, and only ratios carry over.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FLEET = "8xA100-80G"

CLEAN = """\
model_name_or_path: /data/models/Qwen2.5-VL-3B-Instruct
output_dir: /data/runs/speed-{number}
dataset_name: speed
data_file_paths: /data/speed/train-{number}.jsonl
image_folders: /data/speed/images
is_reward_customized_from_vlm_module: true
task_type: rec
reward_funcs: [accuracy, format]
max_prompt_length: 1024
max_completion_length: 512
num_generations: 8
per_device_train_batch_size: 8
gradient_accumulation_steps: 2
gradient_checkpointing: true
beta: 0.0
learning_rate: 1.0e-6
num_train_epochs: 2
weight_decay: 0.01
adam_beta1: 0.9
adam_beta2: 0.999
max_grad_norm: 1.0
lr_scheduler_type: cosine
warmup_ratio: 0.03
bf16: true
torch_dtype: bfloat16
attn_implementation: flash_attention_2
deepspeed: zero3.json
max_pixels: 401408
min_pixels: 3136
seed: {number}
data_seed: 42
dataloader_num_workers: 4
dataloader_pin_memory: true
logging_steps: 5
logging_first_step: true
report_to: [wandb]
run_name: speed-{number}
save_strategy: steps
save_steps: 100
save_total_limit: 3
"""
"""A sound args file of 40 keys: no rule finds anything in it."""

ZERO3 = """\
{"bf16": {"enabled": "auto"}, "zero_optimization": {"stage": 3, "stage3_gather_16bit_weights_on_model_save": true},
 "gradient_clipping": "auto", "train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto",
 "gradient_accumulation_steps": "auto"}
"""


@dataclass(frozen=True)
class Cost:
    """What one process and those it waited for used: CPU seconds (user and system), peak resident memory in MiB.

    The peak is never below this program's own, about 15 MiB: a new process starts as a copy of its parent.
    """

    seconds: float
    mebibytes: float


def cost(words: Sequence[str], folder: Path) -> Cost:
    """Run *words* in *folder*. It must find nothing, or the figures would be of another job."""
    # Without compiled modules every start would compile them, which no user has to wait for twice.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    with process.stdout as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(words)}: status {process.returncode}\n{told.decode(errors='replace')[:2000]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def interleaved(commands: Mapping[str, Sequence[str]], folder: Path, rounds: int) -> dict[str, list[Cost]]:
    """The costs of every command, one run of each per round, after one round that only warms the disk's cache."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, words in commands.items():
            found = cost(words, folder)
            if number:
                costs[name].append(found)
    return costs


def table(title: str, costs: Mapping[str, Sequence[Cost]], bases: Sequence[str]) -> None:
    """Print medians, and each as a ratio to the median of every one of *bases*."""
    print(f"\n{title}")
    print(f"  {'':34}{'CPU ms':>10}{'MiB':>8}" + "".join(f"{f'x {base}':>24}" for base in bases))
    medians = {name: statistics.median(one.seconds for one in found) for name, found in costs.items()}
    for name, found in costs.items():
        ratios = "".join(f"{medians[name] / medians[base]:>24.3f}" for base in bases)
        print(f"  {name:34}{1000 * medians[name]:>10.1f}{max(one.mebibytes for one in found):>8.1f}{ratios}")


def installed(folder: Path) -> Path:
    """The programs of a new environment in *folder* that has this repository and yamllint."""
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", REPOSITORY, "yamllint"], check=True)
    return programs


def generate(folder: Path, count: int) -> None:
    """*count* args files of 40 keys and the DeepSpeed file that they name."""
    folder.mkdir()
    (folder / "zero3.json").write_text(ZERO3, encoding="utf-8")
    for number in range(count):
        (folder / f"args{number:04}.yaml").write_text(CLEAN.replace("{number}", str(number)), encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--programs", type=Path, help="folder with python, vlmr1-lint and yamllint")
    options.add_argument("--rounds", type=int, default=21, help="runs of each command on one file (default 21)")
    options.add_argument("--many-rounds", type=int, default=3, help="runs of each command on many files (default 3)")
    options.add_argument("--count", type=int, default=1000, help="how many files are many (default 1000)")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = given.programs.absolute() if given.programs else installed(folder / "environment")
        python, lint, yamllint = (str(programs / program) for program in ("python", "vlmr1-lint", "yamllint"))
        generate(folder / "one", 1)
        generate(folder / "many", given.count)

        one = {
            "python -c pass": [python, "-c", "pass"],
            "yamllint": [yamllint, "-d", "relaxed", "args0000.yaml"],
            "vlmr1-lint": [lint, "args0000.yaml"],
            f"vlmr1-lint --gpus {FLEET}": [lint, "--gpus", FLEET, "args0000.yaml"],
        }
        table(
            f"one clean file, cold, {given.rounds} rounds",
            interleaved(one, folder / "one", given.rounds),
            ("python -c pass", "yamllint"),
        )
        many = {
            "yamllint": [yamllint, "-d", "relaxed", "."],
            "vlmr1-lint": [lint, "."],
            f"vlmr1-lint --gpus {FLEET}": [lint, "--gpus", FLEET, "."],
        }
        table(
            f"{given.count} args files of 40 keys, {given.many_rounds} rounds",
            interleaved(many, folder / "many", given.many_rounds),
            ("yamllint",),
        )


if __name__ == "__main__":
    main()
