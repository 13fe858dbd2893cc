"""The same answer whatever is named: an entry alone, its folder, or the repository give the same findings for its runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.sources.discovery import discover

TRAINER = """\
class VLMGRPOTrainer(Trainer):
    def __init__(self, args):
        self.generation_config = GenerationConfig(temperature={temperature})
        size = args.per_device_train_batch_size * num_processes
        if size % self.num_generations:
            raise ValueError

    def compute_loss(self, model, inputs):
        return model.generate(**inputs, generation_config=self.generation_config)
"""
SCRIPT = """\
import pathlib
from trl import GRPOConfig, ModelConfig, TrlParser
from open_r1.trainer import VLMGRPOTrainer
args, training_args, model_args = TrlParser((GRPOConfig, ModelConfig)).parse_args_and_config()
VLMGRPOTrainer(args=training_args).train({resume})
"""
ZERO3 = '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": "auto"}\n'

OPTIONS = st.fixed_dictionaries(
    {"num_generations": st.sampled_from([4, 8]), "per_device_train_batch_size": st.sampled_from([1, 3])},
    optional={
        "data_file_paths": st.just("a.jsonl"),
        "temperature": st.sampled_from([0.7, 1.0]),
        "max_completion_length": st.just(512),
        "max_length": st.just(512),
        "save_only_model": st.booleans(),
        "resume_from_checkpoint": st.booleans(),
        "eval_strategy": st.sampled_from(["no", "steps"]),
        "deepspeed": st.sampled_from(["zero3.json", "configs/zero3.json"]),
        "reward_weights": st.just([1.0, 0.5]),
    },
)
AROUND = st.fixed_dictionaries(
    {},
    optional={
        "setup.py": st.sampled_from(["trl==0.14.0", "trl==0.17.0"]).map(lambda pin: f"setup(install_requires=['{pin}'])\n"),
        "requirements.txt": st.sampled_from(["trl==0.17.0\n", "trl==0.26.1\n"]),
        "setup.sh": st.just("pip install --upgrade trl\n"),
        "zero3.json": st.just(ZERO3),
        "src/open_r1/trainer/grpo_trainer.py": st.sampled_from(["0.7", "1", "args.temperature", "anneal()"]).map(
            lambda value: TRAINER.format(temperature=value)
        ),
        "src/open_r1/trainer/__init__.py": st.just("from .grpo_trainer import VLMGRPOTrainer\n"),
        "src/open_r1/grpo_jsonl.py": st.sampled_from(["", "resume_from_checkpoint=True"]).map(
            lambda given: SCRIPT.format(resume=given)
        ),
    },
)


def found(root: Path, named: list[str], entry: str) -> list[tuple[object, ...]]:
    """What is found in *entry* where the paths *named* are linted."""
    sources = Sources(str(root))
    preferences = load_preferences(Given(gpus="4xA100-80G", preset="strict"), sources, None, without_settings=True)
    files = discover([str(root / name) for name in named], lambda _: False).files
    result = Session(sources, files, preferences).lint()
    assert result.troubles == ()
    return [
        (one.rule, one.severity, one.message, one.place.entry, one.place.key, one.upstream)
        for one in result.findings
        if one.place.document.path == entry
    ]


@settings(max_examples=25, deadline=None)
@given(OPTIONS, AROUND, st.booleans())
def test_the_same_findings_whatever_is_named(options, around, launched):
    flags = " ".join(f"--{name} {str(value).replace(',', ' ').strip('[]')}" for name, value in options.items())
    model = "Qwen/Qwen2.5-VL-3B-Instruct"
    entries = {
        True: ("configs/run.sh", f"torchrun --nproc_per_node 4 src/open_r1/grpo_jsonl.py --model_name_or_path {model} {flags}\n"),
        False: (
            "configs/args.yaml",
            "".join(f"{name}: {value}\n" for name, value in {"model_name_or_path": model, **options}.items()),
        ),
    }
    entry, text = entries[launched]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, content in {**around, entry: text}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        (root / ".git").mkdir()
        alone = found(root, [entry], entry)
        assert found(root, ["configs"], entry) == alone
        assert found(root, ["."], entry) == alone
