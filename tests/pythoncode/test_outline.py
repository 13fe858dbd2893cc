"""Upstream's files whose answers a table holds: the same as from their source, which is not parsed; all made by today's code."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS
from vlmr1_lint.facts import data as data_files
from vlmr1_lint.facts import upstream
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.pythoncode import outline, source
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.unknown import Unknown

TOOL = Path(__file__).parents[2] / "tools" / "facts" / "upstream_code.py"

SCRIPT = """\
from dataclasses import dataclass, field
from typing import Optional
from open_r1.trainer import VLMGRPOTrainer
from open_r1.vlm_modules import Qwen, Intern
from trl import GRPOConfig, ModelConfig, TrlParser

@dataclass
class Arguments(ScriptArguments):
    data_file_paths: str = field(default=None)
    shards: int = 4
    names: Optional[list[str]] = field(default_factory=list)

@dataclass
class Config(GRPOConfig):
    patience: float = 0.5

def get_vlm_module(model_name_or_path):
    if "qwen" in model_name_or_path.lower():
        return Qwen
    elif "internvl" in model_name_or_path.lower():
        return Intern
    raise ValueError(model_name_or_path)

def main(args, training_args, model_args):
    vlm_module_cls = get_vlm_module(model_args.model_name_or_path)
    if args.is_reward_customized_from_vlm_module:
        rewards = [vlm_module_cls.select_reward_func(name, args.task_type) for name in args.reward_funcs]
    trainer = VLMGRPOTrainer(args=training_args, train_dataset=rows, vlm_module=vlm_module_cls())
    trainer.train(resume_from_checkpoint=training_args.resume_from_checkpoint)

if __name__ == "__main__":
    main(*TrlParser((Arguments, Config, ModelConfig)).parse_args_and_config())
"""
TRAINER = """\
class VLMGRPOTrainer(Trainer):
    def __init__(self, args, vlm_module):
        self.vlm_module = vlm_module
        self.max_prompt_length = None
        self.generation_config = GenerationConfig(do_sample=True, temperature=0.8)
        self.sampling = strange(args)
        groups = args.per_device_train_batch_size * self.accelerator.num_processes
        if groups % self.num_generations != 0:
            raise ValueError(groups)

    def compute_loss(self, model, inputs):
        with unwrap_model_for_generation(model, self.accelerator) as unwrapped:
            return unwrapped.generate(**inputs, generation_config=self.generation_config)
"""
MODULE = """\
class NAME(Base):
    @staticmethod
    def select_reward_func(func, task_type):
        match task_type:
            case "TASK":
                return len
            case _:
                raise ValueError(task_type)
"""
FILES = {
    "src/open_r1/vlm_modules/__init__.py": "from .qwen import Qwen\nfrom .intern import Intern\n",
    "src/open_r1/vlm_modules/qwen.py": MODULE.replace("NAME", "Qwen").replace("TASK", "rec"),
    "src/open_r1/vlm_modules/intern.py": MODULE.replace("NAME", "Intern").replace("TASK", "odLength"),
    "src/open_r1/grpo_mine.py": SCRIPT,
    "src/open_r1/trainer/__init__.py": "from .grpo_trainer import *\n",
    "src/open_r1/trainer/grpo_trainer.py": TRAINER,
}
FLAGS = "--model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --num_generations 4 --max_completion_length 512 --shards 2 --patience 1"
COMMAND = f"torchrun --nproc_per_node 4 src/open_r1/grpo_mine.py {FLAGS}\n"
ARGS = "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\ndata_file_paths: a.jsonl\nnum_generations: 4\n"


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("upstream_code", TOOL)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def forget() -> None:
    """Empty the caches, which hold what the table says."""
    for cache in (upstream.code_of, outline._outline, source.tree, source.signs_of):
        cache.cache_clear()


@pytest.fixture(autouse=True)
def own_caches():
    yield
    forget()


def answers(folder: Path, entry: str) -> dict[str, object]:
    """Every claim with its place, and what else the source says of the run."""
    forget()
    sources = Sources(str(folder))
    preferences = load_preferences(Given(), sources, None, without_settings=True)
    (run,) = Session(sources, [str(folder / entry)], preferences).runs()
    trainer, code = run.inputs.trainer, run.inputs.trainer.code
    assert code is not None
    said: dict[str, object] = {name: code.claim(name, vllm=False, own=frozenset()) for name in CLAIMS if name not in MODEL_CLAIMS}
    if entry == "run.sh":  # an args file may be read by any script of the package, which no table has
        asked = [(name, model) for name in MODEL_CLAIMS for model in (None, "a/Qwen2.5-VL-3B", "a/InternVL3-2B", "a/unheard-of")]
        said |= {f"{name} of {model}": code.claim(name, vllm=False, own=frozenset(), model=model) for name, model in asked}
    said |= {"options": dict(trainer.own), "candidates": trainer.candidates, "copy": trainer.is_copy, "files": code.files()}
    return said | {"text": trainer.text, "complete": trainer.entry_seen}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    for name, text in {**FILES, "run.sh": COMMAND, "args.yaml": ARGS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    author = ("-c", "user.name=a", "-c", "user.email=a@b.invalid")
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "files"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    return folder


@pytest.mark.parametrize("entry", ["run.sh", "args.yaml"])
def test_a_file_of_the_table_is_answered_as_its_source_would_be_and_not_parsed(repository, tmp_path, monkeypatch, entry):
    extracted = answers(repository, entry)
    table = tmp_path / "table.jsonl"
    assert tool().main([f"{repository}@HEAD", "--to", str(table)]) == 0
    monkeypatch.setattr(upstream, "CODE", table.name)
    monkeypatch.setitem(data_files._lines, table.name, b"\n" + table.read_bytes())
    with monkeypatch.context() as patched:
        patched.setattr(source.ast, "parse", lambda *_: pytest.fail("a file of the table was parsed"))
        known = answers(repository, entry)
    assert known == extracted
    assert len([one for one in known.values() if one is not None]) > 20
    if entry == "run.sh":
        assert known["reward_tasks of a/Qwen2.5-VL-3B"].value == ("rec",)
        assert known["reward_tasks of a/InternVL3-2B"].value == ("odLength",)
        other = repository / "src/open_r1/vlm_modules/qwen.py"
        other.write_text(other.read_text(encoding="utf-8").replace("rec", "ic"), encoding="utf-8")
        assert answers(repository, entry)["reward_tasks of a/Qwen2.5-VL-3B"].value == ("ic",)
        # A file that is found before upstream's counts, though all of upstream's are as they were.
        other.write_text(FILES["src/open_r1/vlm_modules/qwen.py"], encoding="utf-8")
        (repository / "src/open_r1/vlm_modules.py").write_text("class Qwen:\n    pass\n", encoding="utf-8")
        assert isinstance(answers(repository, entry)["reward_tasks of a/Qwen2.5-VL-3B"], Unknown)
        (repository / "src/open_r1/vlm_modules.py").unlink()
    changed = repository / "src/open_r1/trainer/grpo_trainer.py"
    changed.write_text(TRAINER.replace("0.8", "0.9"), encoding="utf-8")
    assert answers(repository, entry)["temperature_fixed"].value == 0.9


def test_the_table_was_made_by_the_extractors_as_they_are():
    head = data_files.line_of(upstream.CODE, tool().MADE_BY)
    told = "the code that answers questions about Python has changed: run tools/facts/upstream_code.py (its head says how)"
    assert head["stamp"] == tool().stamp(), told


def test_a_source_that_json_would_change_is_left_out_of_the_table():
    row_of = tool().row_of
    assert row_of(b"@dataclass\nclass A:\n    x: int = 1\n")["options"] == [["A", "x", "int", False, 3, 1]]
    assert row_of(b"@dataclass\nclass A:\n    x: tuple = (1, 2)\n") is None
    assert row_of(b"limits = " + b"(" * 300 + b")" * 300) is None


def test_a_file_that_upstream_never_had_is_in_no_table():
    assert upstream.code_of(TRAINER.encode()) is None
