"""A repository with open files, linted as the server lints it."""

from __future__ import annotations

from pathlib import Path

from vlmr1_lint.preferences import Given
from vlmr1_lint.serving.analysis import Analysis, Asked, Opened, analyse

ARGS = """\
output_dir: /path/to/output/runs/my-vlm-run
model_name_or_path: /path/to/models/Qwen2.5-VL-3B-Instruct
dataset_name: my-dataset
data_file_paths: /path/to/data/train.jsonl
image_folders: /path/to/images
max_prompt_length: 1024
per_device_train_batch_size: 1
gradient_accumulation_steps: 2
logging_steps: 1
bf16: true
report_to: wandb
gradient_checkpointing: false
deepspeed: /path/to/config/zero3.json
attn_implementation: flash_attention_2
max_pixels: 401408
max_steps: 500
run_name: my-vlm-run
save_steps: 100
save_total_limit: 3
save_only_model: true
num_generations: 8
"""
"""An args file of the shape of VLM-R1's multinode example: MEM001 and GRP001 on four cards of 40 GB."""


class Desk:
    """Files on the disk, and files that are open with other text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: dict[str, Opened] = {}

    def write(self, name: str, text: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def open(self, name: str, text: str | None = None, version: int = 1) -> None:
        path = self.folder / name
        shown = path.read_bytes().decode("utf-8-sig") if text is None else text
        self.opened[name] = Opened(path.as_uri(), version, str(path), shown)

    def analyse(self, encoding: str = "utf-16", **given: object) -> Analysis:
        return analyse(str(self.folder), list(self.opened.values()), Asked(Given(**given)), encoding)  # type: ignore[arg-type]
