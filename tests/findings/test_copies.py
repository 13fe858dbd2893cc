"""Which findings are about files that nobody here wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlmr1_lint.documents.model import Span
from vlmr1_lint.facts import upstream
from vlmr1_lint.facts.upstream import digest
from vlmr1_lint.findings.copies import Copies
from vlmr1_lint.findings.finding import Finding, Place
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.sources.discovery import discover

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: a.jsonl
image_folders: images
num_generations: 8
gradient_checkpointing: false
save_only_model: true
deepspeed: zero3.json
"""
ZERO3 = '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": "auto"}\n'
TRAINER = """\
class VLMGRPOTrainer(Trainer):
    def __init__(self, args):
        size = args.per_device_train_batch_size * num_processes
        if size % self.num_generations:
            raise ValueError
"""
FILES = {"args.yaml": ARGS, "zero3.json": ZERO3, "src/open_r1/trainer/grpo_trainer.py": TRAINER}
CHANGED = {"args.yaml": "# ours\n", "zero3.json": "\n", "src/open_r1/trainer/grpo_trainer.py": "# ours\n"}


@pytest.fixture(autouse=True)
def known(monkeypatch):
    table = {digest(text.encode()): "VLM-R1" for text in FILES.values()}
    monkeypatch.setattr(upstream, "_table", lambda: table)


def found(folder: Path, files: dict[str, str], **given: object) -> dict[str, str]:
    """Rule → upstream of what is found in the folder with *files*."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".git").mkdir()
    sources = Sources(str(folder))
    preferences = load_preferences(Given(**given), sources, None, without_settings=True)
    paths = discover([str(folder)], lambda _: False).files
    return {one.rule: one.upstream for one in Session(sources, paths, preferences).lint().findings}


def test_a_warning_about_unchanged_files_and_an_unchanged_trainer_is_upstreams(tmp_path):
    assert found(tmp_path, FILES)["MEM025"] == "VLM-R1"


@pytest.mark.parametrize("name", FILES)
def test_it_is_ours_where_any_of_the_runs_files_differs(tmp_path, name):
    assert found(tmp_path, {**FILES, name: FILES[name] + CHANGED[name]})["MEM025"] == ""


def test_an_error_is_never_folded(tmp_path):
    wrong = ARGS.replace("num_generations: 8", "num_generations: 8\nper_device_train_batch_size: 3")
    upstream._table()[digest(wrong.encode())] = "VLM-R1"
    assert found(tmp_path, {**FILES, "args.yaml": wrong}, gpus="4xA100-80G")["GRP001"] == ""


class OfHardware:
    """A rule of which the reads are all that is asked."""

    scope = "run"
    reads = (("run", "num_generations"), ("forecast", "verdict"))


@pytest.mark.parametrize(("gpus", "upstreams"), [(None, "VLM-R1"), ("8xA100-80G", "")])
def test_what_rests_on_the_users_hardware_is_never_folded(tmp_path, gpus, upstreams):
    found(tmp_path, FILES)
    sources = Sources(str(tmp_path))
    session = Session(
        sources, [str(tmp_path / "args.yaml")], load_preferences(Given(gpus=gpus), sources, None, without_settings=True)
    )
    (run,) = session.runs()
    place = Place(run.inputs.document, "num_generations", Span(0, 1))
    finding = Finding("TST001", "test-rule", "warning", "m", place)
    assert Copies(sources).marked(finding, run, OfHardware()).upstream == upstreams
