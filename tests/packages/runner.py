"""Interpreters that have released trainers installed, and the probes that run in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

PROBES = Path(__file__).parent / "probes"

INTERPRETERS = {"pinned": "VLMR1_LINT_PINNED_PYTHON", "newest": "VLMR1_LINT_NEWEST_PYTHON"}
"""Version → the environment variable that names its interpreter.

pinned: what VLM-R1 pins (trl 0.17.0, transformers 4.49.0, deepspeed 0.15.4, accelerate 1.2.1); newest: trl 1.16.0, transformers
5.23.0, deepspeed 0.19.8, accelerate 1.15.0.
"""

VLM_R1 = "VLMR1_LINT_VLM_R1"
"""The environment variable that names a checkout (or a bare repository) of VLM-R1."""

SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "DS_BUILD_OPS": "0",
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "WANDB_MODE": "disabled",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""What a probe's environment says beside what pytest was started with: no network, no GPU, nothing compiled."""

FOREIGN = ("ACCELERATE_", "FSDP_", "WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_", "PYTHONPATH", "DEEPSPEED_", "DS_")
"""Beginnings of variables that a probe must not inherit: they would change what the trainers read."""


class Interpreter:
    """One interpreter; ``ask`` starts a probe in it when it is first asked for. Use as a context manager."""

    def __init__(self, python: str) -> None:
        self.python = python
        self._probes: dict[str, subprocess.Popen[str]] = {}
        self._stack = ExitStack()  # leaving a Popen closes its pipes and waits for it

    def __enter__(self) -> Interpreter:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, probe: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer of *probe* (see probes/serving.py): ``value``, ``error``, ``output``."""
        process = self._probes.get(probe)
        if process is None:
            kept = {key: text for key, text in os.environ.items() if not key.startswith(FOREIGN)}
            process = self._probes[probe] = self._stack.enter_context(
                subprocess.Popen(
                    [self.python, str(PROBES / "serving.py"), probe],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env={**kept, **SETTINGS},
                    text=True,
                )
            )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the probe {probe} ended under {self.python}, see its standard error")
        answer: dict[str, Any] = json.loads(line)
        return answer


def write_vlm_r1(repository: str, folder: Path) -> str:
    """The committed source tree of *repository* under *folder*, whether it has a work tree or not. Returns the folder."""
    packed = subprocess.run(["git", "-C", repository, "archive", "HEAD", "src"], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)
    return str(folder)
