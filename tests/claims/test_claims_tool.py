"""The tool that reads claims from upstream's releases, on a small upstream of our own and on the real one where it is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from claim_sources import PROMPTS

TOOL = Path(__file__).parents[2] / "tools" / "facts" / "claims.py"
UPSTREAM = "VLMR1_LINT_UPSTREAM"
"""The variable that names a folder of unpacked TRL wheels and of clones, as the tool takes it."""

CONFIG = "class GRPOConfig(TrainingArguments):\n    beta: float = 0.04\n"
SCRIPT = "trainer = GRPOTrainer(train_dataset=rows)\ntrainer.train()\n"


def run(*words: str) -> tuple[int, str]:
    """The tool's exit status, and what it prints."""
    done = subprocess.run([sys.executable, str(TOOL), *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def write_release(folder: Path, trainer: str) -> None:
    """An unpacked wheel of TRL 0.14.0 whose trainer is *trainer*."""
    package = folder / "trl-0.14.0" / "trl"
    sources = {"trainer/grpo_trainer.py": trainer, "trainer/grpo_config.py": CONFIG, "scripts/grpo.py": SCRIPT}
    for name, text in sources.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")


def test_a_difference_is_printed_with_its_place(tmp_path: Path) -> None:
    write_release(tmp_path, PROMPTS.replace("PromptsGRPOTrainer", "GRPOTrainer"))
    line = 1 + next(at for at, text in enumerate(PROMPTS.split("\n")) if "prompt_ids = prompt_ids[" in text)
    status, text = run(str(tmp_path))
    assert status == 1
    assert f"trl==0.14.0: prompt_limit is 'copy' (trl/trainer/grpo_trainer.py:{line}), the table says 'cut'" in text
    assert "eval_data is 'never' (trl/scripts/grpo.py:1), the table says 'dataset_test_split'" in text
    assert "batch_unit" not in text and text.endswith("differences\n")


def test_code_that_is_no_longer_understood_is_a_difference(tmp_path: Path) -> None:
    write_release(
        tmp_path, PROMPTS.replace("PromptsGRPOTrainer", "GRPOTrainer").replace("temperature=args.", "temperature=self.")
    )
    assert "temperature_fixed" not in run(str(tmp_path))[1]
    write_release(tmp_path, PROMPTS.replace("PromptsGRPOTrainer", "GRPOTrainer").replace("args.temperature", "self.now()"))
    assert (
        "trl==0.14.0: temperature_fixed is 'not understood' (the code has changed), the table says None" in run(str(tmp_path))[1]
    )


def test_one_release_of_several_can_be_asked_for(tmp_path: Path) -> None:
    write_release(tmp_path, PROMPTS.replace("PromptsGRPOTrainer", "GRPOTrainer"))
    assert run(str(tmp_path), "vlm-r1") == (2, "0 releases read, 0 differences\n")


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    assert run(str(tmp_path)) == (2, "0 releases read, 0 differences\n")
    status, text = run(str(tmp_path / "absent"))
    assert status == 2 and "python tools/facts/claims.py FOLDER" in text


@pytest.mark.packages
def test_the_table_says_what_the_releases_do() -> None:
    folder = os.environ.get(UPSTREAM)
    if not folder:
        pytest.skip(f"{UPSTREAM} names no folder of releases")
    status, text = run(folder)
    assert status == 0, text
