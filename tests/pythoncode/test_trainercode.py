"""Claims as a run answers them: from the code that its command starts, else from the tables of releases."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.unknown import is_unknown

TRAINER = "src/open_r1/trainer/grpo_trainer.py"
SCRIPT = "src/open_r1/grpo_mine.py"
COMMAND = (
    f"torchrun --nproc_per_node 4 {SCRIPT} --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --num_generations 4"
    " --max_completion_length 512 {flags}\n"
)
IMPORTS = "from trl import GRPOConfig, GRPOTrainer, ModelConfig, TrlParser\n"
PARSING = "args, training_args, model_args = TrlParser((GRPOConfig, GRPOConfig, ModelConfig)).parse_args_and_config()\n"


BY_MODEL = """\
    def compute_loss(self, model, inputs):
        with unwrap_model_for_generation(model, self.accelerator) as unwrapped:
            return unwrapped.generate(**inputs, generation_config=self.generation_config)
"""
BY_VLLM = """\
    def compute_loss(self, model, inputs):
        return self.llm.generate(inputs, sampling_params=self.sampling_params)
"""


def lines_of(*lines: str, name: str = "VLMGRPOTrainer", base: str = "Trainer") -> str:
    body = "".join(f"        {line}\n" for line in lines) or "        pass\n"
    return f"class {name}({base}):\n    def __init__(self, args):\n{body}{BY_VLLM if 'sampling_params' in body else BY_MODEL}\n"


def run_of(folder: Path, files: dict[str, str], entry: str = "run.sh", **given: object):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".git").mkdir(exist_ok=True)
    sources = Sources(str(folder))
    preferences = load_preferences(Given(**given), sources, None, without_settings=True)
    (run,) = Session(sources, [str(folder / entry)], preferences).runs()
    return run


def started(trainer: str, script: str = "VLMGRPOTrainer(args=training_args).train()\n", flags: str = "") -> dict[str, str]:
    imports = "from open_r1.trainer import VLMGRPOTrainer, VLMGRPOVLLMTrainer\n"
    return {
        "run.sh": COMMAND.format(flags=flags),
        SCRIPT: IMPORTS + imports + PARSING + script,
        "src/open_r1/trainer/__init__.py": "from .grpo_trainer import VLMGRPOTrainer, VLMGRPOVLLMTrainer\n",
        TRAINER: trainer,
    }


@pytest.mark.parametrize(
    ("line", "temperature"),
    [
        ("self.generation_config = GenerationConfig(do_sample=True, temperature=1)", 1.0),
        ("self.generation_config = GenerationConfig(do_sample=True, temperature=0.7)", 0.7),
        ("self.generation_config = GenerationConfig(do_sample=True, temperature=args.temperature)", None),
    ],
)
def test_the_code_that_runs_decides_and_says_where(tmp_path, line, temperature):
    run = run_of(tmp_path, started(lines_of("self.args = args", line)))
    assert run.temperature_fixed == temperature
    assert run.decided_by("temperature_fixed") == f"{TRAINER}:4"


def test_code_that_nobody_understands_is_unknown_and_never_what_a_release_does(tmp_path):
    run = run_of(tmp_path, started(lines_of("self.generation_config = GenerationConfig(temperature=anneal(args))")))
    assert is_unknown(run.temperature_fixed)
    assert run.temperature_fixed.missing == {"trainer code"}


def test_a_class_made_from_trls_does_what_trl_does_where_it_says_nothing(tmp_path):
    files = started(lines_of("super().__init__(args)", base="GRPOTrainer")) | {"requirements.txt": "trl==0.17.0\n"}
    run = run_of(tmp_path, files)
    assert run.divisibility == "effective"
    assert run.decided_by("divisibility") == "trl 0.17.0"


def test_a_class_made_from_trls_that_speaks_of_a_claim_is_read(tmp_path):
    files = started(
        lines_of("super().__init__(args)", "self.generation_config = GenerationConfig(temperature=0.5)", base="GRPOTrainer")
    )
    run = run_of(tmp_path, files | {"requirements.txt": "trl==0.17.0\n"})
    assert run.temperature_fixed == 0.5


def test_of_two_classes_the_one_for_vllm_reads_a_run_with_vllm(tmp_path):
    trainer = lines_of("self.generation_config = GenerationConfig(temperature=1)") + lines_of(
        "self.sampling_params = SamplingParams(temperature=args.temperature)", name="VLMGRPOVLLMTrainer"
    )
    script = "cls = VLMGRPOVLLMTrainer if training_args.use_vllm else VLMGRPOTrainer\ncls(args=training_args).train()\n"
    assert run_of(tmp_path, started(trainer, script)).temperature_fixed == 1.0
    assert run_of(tmp_path, started(trainer, script, flags="--use_vllm true")).temperature_fixed is None


ARGS = "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\ndata_file_paths: a.jsonl\nnum_generations: 4\n"
RESUMING = (
    'if list(pathlib.Path(training_args.output_dir).glob("checkpoint-*")):\n'
    "    trainer.train(resume_from_checkpoint=True)\nelse:\n    trainer.train()\n"
)


def package(scripts: dict[str, str]) -> dict[str, str]:
    return {
        "args.yaml": ARGS,
        TRAINER: lines_of("batch = args.per_device_train_batch_size * num_processes"),
        **{f"src/open_r1/{name}": IMPORTS + PARSING + text for name, text in scripts.items()},
    }


def test_for_an_args_file_all_scripts_that_may_read_it_must_agree(tmp_path):
    reads = "files = args.data_file_paths\n"
    run = run_of(tmp_path, package({"one.py": reads + RESUMING, "two.py": reads + RESUMING}), "args.yaml")
    assert run.resumes == "checkpoint"
    run = run_of(tmp_path, package({"one.py": reads + RESUMING, "two.py": reads + "trainer.train()\n"}), "args.yaml")
    assert is_unknown(run.resumes)


def test_a_script_that_does_not_know_the_files_options_does_not_read_it(tmp_path):
    files = package({"one.py": "files = args.data_file_paths\n" + RESUMING, "two.py": "trainer.train()\n"})
    assert run_of(tmp_path, files, "args.yaml").resumes == "checkpoint"


def test_of_a_script_out_of_reach_only_the_familys_own_name_speaks(tmp_path):
    command = "torchrun {script} --model_name_or_path Qwen2.5-VL-3B-Instruct --num_generations 4 --data_file_paths a.jsonl\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "other").mkdir()
    run = run_of(tmp_path / "own", {"run.sh": command.format(script="src/open_r1/grpo_jsonl.py")})
    assert (run.resumes, run.decided_by("resumes")) == ("checkpoint", "vlm-r1, vlm-r1@2025-04")
    run = run_of(tmp_path / "other", {"run.sh": command.format(script="src/open_r1/grpo_hallucination.py")})
    assert run.resumes.missing == {"training script"}


DEEP = "limits = " + "(" * 300 + "1" + ")" * 300 + "\n"
"""More brackets than are parsed: see pythoncode/source.py."""


@pytest.mark.parametrize(
    ("name", "claim", "value"),
    [(SCRIPT, "resumes", "checkpoint"), (TRAINER, "temperature_fixed", 1.0)],
    ids=["script", "trainer"],
)
def test_code_that_is_not_parsed_is_unknown_and_named_if_asked(lint, tmp_path, name, claim, value):
    trainer = lines_of("self.generation_config = GenerationConfig(temperature=1)")
    files = started(trainer, "trainer = VLMGRPOTrainer(args=training_args)\n" + RESUMING)
    assert getattr(run_of(tmp_path, files), claim) == value
    files[name] += DEEP
    assert getattr(run_of(tmp_path, files), claim).missing == {"trainer code"}
    lint("run.sh", "--verbose")
    assert lint.err.count(f"{name}: trainer code that is not read: ") == 1
    lint("run.sh", "--verbose", "--lang", "zh")
    assert f"{name}：训练代码未读取：" in lint.err
    lint("run.sh")
    assert name not in lint.err


MODULES = """\
class Base:
    def prepare_model_inputs(self, processing_class, texts, images):
        if len(images) > 0:
            return processing_class(text=texts, images=images)
        else:
            return processing_class(text=texts)
class Qwen(Base):
    pass
class Intern(Base):
    def prepare_model_inputs(self, processing_class, texts, images):
        tiles = []
        for image in images:
            tiles.append(image)
        return torch.cat(tiles)
"""
PICKING = """\
from open_r1.vlm_modules import *
def module_of(path):
    if "qwen" in path.lower():
        return Qwen
    return Intern
"""
WITH_IMAGES = """\
class VLMGRPOTrainer(Trainer):
    def __init__(self, vlm_module):
        self.vlm_module = vlm_module
    def _prepare_inputs(self, inputs):
        images = []
        for row in inputs:
            images.append(row["image"])
        return self.vlm_module.prepare_model_inputs(self.processing_class, inputs, images)
"""


def with_modules(model: str, script: str = "from open_r1.picking import module_of\n") -> dict[str, str]:
    start = "module = module_of(model_args.model_name_or_path)\nVLMGRPOTrainer(vlm_module=module()).train()\n"
    return {
        **started(WITH_IMAGES, script + start),
        "run.sh": COMMAND.format(flags="").replace("Qwen/Qwen2.5-VL-3B-Instruct", model),
        "src/open_r1/picking.py": PICKING,
        "src/open_r1/vlm_modules/__init__.py": "from .modules import Qwen, Intern\n",
        "src/open_r1/vlm_modules/modules.py": MODULES,
    }


@pytest.mark.parametrize(
    ("model", "value", "line"),
    [
        ("Qwen/Qwen2.5-VL-3B-Instruct", "text", 6),
        ("OpenGVLab/InternVL3-2B", "fails", 14),
        ("${WEIGHTS}/Qwen2.5-VL-3B-Instruct", "text", 6),
    ],
)
def test_the_module_for_the_models_family_is_followed(tmp_path: Path, model: str, value: str, line: int):
    run = run_of(tmp_path, with_modules(model))
    place = f"src/open_r1/vlm_modules/modules.py:{line}"
    assert (run.text_batches, run.decided_by("text_batches")) == (value, place)


@pytest.mark.parametrize("model", ["${MODEL}", "$1"])
def test_of_modules_that_may_be_meant_all_must_agree(tmp_path: Path, model: str):
    assert is_unknown(run_of(tmp_path, with_modules(model)).text_batches)


def test_a_function_that_modules_import_from_each_other_is_followed_once(tmp_path: Path):
    stars = "".join(f"from open_r1.m{number} import *\n" for number in range(20))
    ring = {f"src/open_r1/m{number}.py": stars for number in range(20)}
    assert is_unknown(run_of(tmp_path, {**with_modules("Qwen/Qwen2.5-VL-3B-Instruct", stars), **ring}).text_batches)


def test_the_table_has_a_value_for_each_text_in_the_models_path(tmp_path: Path):
    lines = "model_name_or_path: {model}\ndata_file_paths: a.jsonl\nnum_generations: 8\n"
    values = {}
    for model in ("Qwen/Qwen2-VL-2B", "OpenGVLab/InternVL3-2B", "org/other"):
        run = run_of(tmp_path, {"args.yaml": lines.format(model=model)}, "args.yaml", trainer="vlm-r1@head")
        values[model] = run.text_batches, run.lora_vision
    assert values["Qwen/Qwen2-VL-2B"] == ("text", "left_out") and values["OpenGVLab/InternVL3-2B"] == ("fails", "left_out")
    assert is_unknown(values["org/other"][0]) and values["org/other"][1] == "left_out"
