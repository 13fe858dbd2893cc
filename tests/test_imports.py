"""What a clean run loads: each of these modules would cost it more than its own work does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vlmr1_lint
from vlmr1_lint.rulefiles.build import compile_rules
from vlmr1_lint.rulefiles.compiled import encode, read_rule_files, write_compiled

HEAVY = """
    pydantic ruamel tree_sitter yaml argparse dataclasses inspect typing pathlib subprocess json logging
    importlib.resources ast re
    vlmr1_lint.rulefiles.load vlmr1_lint.language.parse vlmr1_lint.language.check
    vlmr1_lint.rulefiles.schema vlmr1_lint.reporting.report vlmr1_lint.reporting.text vlmr1_lint.fixing vlmr1_lint.serving
    vlmr1_lint.explaining vlmr1_lint.documents.shell vlmr1_lint.documents.yaml.pyyaml
"""
CLEAN = """\
model_name_or_path: /data/models/Qwen2.5-VL-3B-Instruct
output_dir: /data/runs/speed-1
dataset_name: speed
data_file_paths: /data/speed/train-1.jsonl
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
seed: 1
data_seed: 42
dataloader_num_workers: 4
dataloader_pin_memory: true
logging_steps: 5
logging_first_step: true
report_to: [wandb]
run_name: speed-1
save_strategy: steps
save_steps: 100
save_total_limit: 3
"""
"""An args file in which no rule finds anything."""
ZERO3 = """\
{"zero_optimization": {"stage": 3, "stage3_gather_16bit_weights_on_model_save": true}, "bf16": {"enabled": "auto"},
 "gradient_accumulation_steps": "auto", "gradient_clipping": "auto", "train_batch_size": "auto",
 "train_micro_batch_size_per_gpu": "auto"}
"""

PROGRAM = """
import sys
from vlmr1_lint.cli import main
status = main(sys.argv[1:])
print("\\n".join(sorted(sys.modules)))
sys.exit(status)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as it is installed: its rules compiled."""
    folder = tmp_path_factory.mktemp("installed")
    source = Path(vlmr1_lint.__file__).parent
    shutil.copytree(source, folder / "vlmr1_lint", ignore=shutil.ignore_patterns("__pycache__", "_compiled"))
    (folder / "vlmr1_lint" / "rules").mkdir()
    records = compile_rules(read_rule_files(str(source.parent / "rules")))
    write_compiled(str(folder / "vlmr1_lint" / "_compiled"), *encode(records, ""))
    return folder


def loaded(package: Path, folder: Path, *words: str) -> set[str]:
    """The modules in memory after linting ``args.yaml`` in *folder*, in an interpreter that has nothing but *package*."""
    command = [
        sys.executable,
        "-S",
        "-E",
        "-c",
        f"import sys; sys.path.insert(0, {str(package)!r})\n{PROGRAM}",
        *words,
        "args.yaml",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.split())


def heavy(modules: set[str]) -> list[str]:
    return sorted(name for name in HEAVY.split() if name in modules or any(one.startswith(f"{name}.") for one in modules))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "args.yaml").write_text(CLEAN)
    (tmp_path / "zero3.json").write_text(ZERO3)
    return tmp_path


def test_a_clean_run_loads_nothing_heavy(package: Path, folder: Path) -> None:
    modules = loaded(package, folder)
    assert "vlmr1_lint.session" in modules
    assert heavy(modules) == []
    assert not any(name.startswith("vlmr1_lint.memory.") and name != "vlmr1_lint.memory.setup" for name in modules)


def test_a_fleet_loads_the_forecast_and_nothing_else_heavy(package: Path, folder: Path) -> None:
    modules = loaded(package, folder, "--gpus", "8xA100-80G")
    assert "vlmr1_lint.memory.forecast" in modules
    assert heavy(modules) == []


def test_a_plan_loads_nothing_heavy(package: Path, folder: Path) -> None:
    modules = loaded(package, folder, "plan", "--gpus", "8xA100-80G")
    assert "vlmr1_lint.explaining.plan_text" in modules
    assert [name for name in heavy(modules) if name not in ("vlmr1_lint.explaining", "vlmr1_lint.reporting")] == []


def test_the_console_script_ends_at_once_and_whole(folder: Path) -> None:
    """It leaves the interpreter without its ceremony: all that was written must be there, and the status."""
    command = [sys.executable, "-m", "vlmr1_lint"]
    listing = subprocess.run([*command, "rules", "--format", "json"], cwd=folder, capture_output=True, text=True, check=False)
    assert listing.returncode == 0 and len(listing.stdout) > 20_000 and listing.stdout.endswith("\n")
    (folder / "bad.yaml").write_text("num_generations: 8\nreward_funcs: [accuracy]\nlearning_rate: 1e-6\nmax_steps: 1e3\n")
    found = subprocess.run([*command, "bad.yaml"], cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 1 and "max_steps" in found.stdout
    assert subprocess.run([*command, "nowhere.yaml"], cwd=folder, capture_output=True, check=False).returncode == 2
