"""Which TRL releases may be installed: every place that installs is read, and contradictions are kept."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.candidates.installs import installs
from vlmr1_lint.candidates.pins import allowed, conclude, pins
from vlmr1_lint.documents.library import Library
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.runs import Hints, find_trainer

GRPO = frozenset(("num_generations", "max_completion_length", "torch_dtype", "vllm_device"))
NEWEST = allowed(">=0")[-1]


def repository(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Sources(str(folder))


def trainer(folder, files, written=GRPO):
    sources = repository(folder, files)
    return find_trainer(os.path.join(str(folder), "args.yaml"), written, Library(sources), Hints())


def wanted(folder, name, text):
    found = installs(os.path.join(str(folder), "args.yaml"), repository(folder, {name: text}))
    return [(one.versions, one.latest) for one in found]


def concluded(folder, files, entry="args.yaml"):
    found = pins(os.path.join(str(folder), entry), repository(folder, files))
    return None if found is None else conclude(found)


def test_a_pin_narrows_what_names_leave_open(tmp_path):
    assert trainer(tmp_path, {"requirements.txt": "trl==0.16.1\n"}).candidates == ("trl==0.16.1",)


def test_a_pin_beats_names_that_its_release_lacks(tmp_path):
    found = trainer(tmp_path, {"requirements.txt": "trl==1.16.0\n"})
    assert found.candidates == ("trl==1.16.0",)
    assert found.evidence == "requirements.txt pins trl==1.16.0"


@pytest.mark.parametrize("text", ["numpy\n", "trl\n", "# trl==0.16.1\n", "trlx==0.16.1\n", "my-trl==0.16.1\n"])
def test_without_a_pin_the_trainer_is_a_guess(tmp_path, text):
    assert trainer(tmp_path, {"requirements.txt": text}).guessed


def test_a_pinned_trainer_is_no_guess(tmp_path):
    assert not trainer(tmp_path, {"requirements.txt": "trl==0.16.1\n"}).guessed


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("requirements.txt", "trl[vllm] >= 0.17, < 0.20  # not 0.21\n", [(">=0.17,<0.20", "")]),
        ("requirements-dev.txt", "trl==0.14.0 ; python_version > '3.9'\n", [("==0.14.0", "")]),
        ("requirements/train.txt", "trl==0.14.0\n", [("==0.14.0", "")]),
        ("docs/requirements.txt", "trl==0.14.0\n", []),
        ("notes.txt", "trl==0.14.0\n", []),
        ("requirements.txt", "trl @ git+https://github.com/huggingface/trl@main\n", [("", "git")]),
        ("requirements.txt", "git+https://github.com/huggingface/trl.git@v0.17.0#egg=trl\n", [("==0.17.0", "")]),
        ("requirements.txt", "-e git+https://github.com/huggingface/trl.git@69ad852#egg=trl\n", [("", "a commit")]),
        ("setup.py", '"""pip install trl==0.9.0"""\nDEPS = ["trl==0.14.0"]  # "trl==0.1"\n', [("==0.14.0", "")]),
        ("setup.py", 'setup(install_requires=["trl @ git+https://github.com/huggingface/trl.git@main"])\n', [("", "git")]),
        ("setup.cfg", "[options]\ninstall_requires =\n    torch\n    trl>=0.14\n", [(">=0.14", "")]),
        ("pyproject.toml", '[project]\ndependencies = ["trl==0.14.0"]\n', [("==0.14.0", "")]),
        ("pyproject.toml", '[project.optional-dependencies]\ntrain = ["trl~=0.17.0"]\n', [("~=0.17.0", "")]),
        ("pyproject.toml", '[dependency-groups]\ndev = ["trl<0.20"]\n', [("<0.20", "")]),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntrl = "^0.17"\n', [(">=0.17,<0.18", "")]),
        ("pyproject.toml", '[tool.poetry.group.train.dependencies]\ntrl = {version = "0.17.0"}\n', [("==0.17.0", "")]),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["trl==0.14.0"]\n[tool.uv.sources]\ntrl = {git = "https://github.com/x/trl"}\n',
            [("", "git")],
        ),
        ("pyproject.toml", '[project]\ndescription = "trl==0.14.0"\n', []),
        ("pyproject.toml", "[project\ntrl", []),
        ("uv.lock", '[[package]]\nname = "trl"\nversion = "0.17.0"\n', [("==0.17.0", "")]),
        ("setup.sh", "pip install torch \\\n  trl==0.14.0\n", [("==0.14.0", "")]),
        ("setup.sh", "pip install --upgrade pip wheel\npip install trl\n", [("", "")]),
        ("setup.sh", "python -m pip install -qU trl vllm\n", [("", "--upgrade")]),
        ("setup.sh", "pip install --upgrade trl==0.17.0\n", [("==0.17.0", "")]),
        ("setup.sh", "# pip install trl==0.14.0\necho trl==0.15.0\n", []),
        ("setup.sh", 'uv pip install "trl >= 0.17"; echo trl==0.3\n', [(">=0.17", "")]),
        ("install.sh", "pip install trl>=0.17\n", [("", "")]),  # bash writes a file called =0.17
        ("Makefile", "install:\n\tpip install git+https://github.com/huggingface/trl.git\n", [("", "git")]),
        ("Dockerfile.train", "RUN pip install trl==0.14.0 && rm -rf /tmp/trl\n", [("==0.14.0", "")]),
        ("environment.yml", "dependencies:\n- x::trl=0.14\n- pip:\n  - trl==0.14.0\n", [("==0.14.*", ""), ("==0.14.0", "")]),
    ],
)  # fmt: skip
def test_what_each_place_asks_for(tmp_path, name, text, found):
    assert wanted(tmp_path, name, text) == found


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ("==0.17.1", ("0.17.0",)),
        ("==0.18.0.dev0", ("0.18.2",)),
        ("==0.22.*", ("0.22.2",)),
        ("~=0.14.0", ("0.14.0",)),
        (">=0.16,<0.18", ("0.16.1", "0.17.0")),
        ("<=0.15.1", ("0.14.0", "0.15.2")),
        ("==1.7.0", ("1.5.1", "1.10.0")),
        ("==0.9.6", ()),
        (">=99", (NEWEST,)),
        ("==x", None),
    ],
)
def test_releases_that_a_specifier_allows(versions, found):
    assert allowed(versions) == found


def test_places_that_agree_are_believed_together(tmp_path):
    found = concluded(
        tmp_path, {"setup.py": 'D = ["trl>=0.14"]', "requirements.txt": "trl==0.17.0\n", "run.sh": "pip install trl"}
    )
    assert (found.versions, found.contested) == (("0.17.0",), False)
    assert found.evidence == "requirements.txt pins trl==0.17.0"


def test_places_that_contradict_each_other_leave_what_each_allows(tmp_path):
    found = concluded(tmp_path, {"setup.py": 'D = ["trl==0.14.0"]', "requirements.txt": "trl==0.16.1\n"})
    assert (found.versions, found.contested) == (("0.14.0", "0.16.1"), True)
    assert found.evidence == "the places that install trl contradict each other: requirements.txt ==0.16.1, setup.py ==0.14.0"


@pytest.mark.parametrize("last", ["pip install --upgrade trl", "pip install git+https://github.com/huggingface/trl.git"])
def test_an_upgrade_or_the_source_opens_the_range(tmp_path, last):
    found = concluded(tmp_path, {"setup.py": 'D = ["trl==0.26.1"]', "setup.sh": f"pip install -e .\n{last}\n"})
    assert (found.versions[0], found.versions[-1], found.contested) == ("0.26.2", NEWEST, True)


def test_a_tag_is_its_release(tmp_path):
    found = concluded(tmp_path, {"requirements.txt": "git+https://github.com/huggingface/trl.git@v0.17.0\n"})
    assert (found.versions, found.contested) == (("0.17.0",), False)


def test_packages_of_src_install_too(tmp_path):
    files = {"src/a/setup.py": 'D = ["trl==0.14.0"]', "src/b/requirements.txt": "trl==0.16.1\n"}
    assert concluded(tmp_path, files, "src/a/configs/args.yaml").versions == ("0.14.0", "0.16.1")


def test_a_release_newer_than_the_tables_counts_as_the_newest_and_is_said(tmp_path):
    found = trainer(tmp_path, {"requirements.txt": "trl==99.1.0\n"})
    assert found.candidates == (f"trl=={NEWEST}",)
    assert found.beyond == "99.1.0"
    assert found.evidence.endswith(f"trl 99.1.0 is newer than the tables and is read as {NEWEST}")


def test_a_written_option_speaks_for_the_releases_that_know_it(tmp_path):
    files = {"setup.py": 'D = ["trl==0.14.0"]', "requirements.txt": "trl==0.26.1\n"}
    found = trainer(tmp_path, files, frozenset(("num_generations", "max_completion_length", "vllm_mode")))
    assert (found.candidates, found.contested) == (("trl==0.26.2",), True)
    assert found.allowed == ("trl==0.14.0", "trl==0.26.2")


def test_options_that_no_one_release_knows_speak_for_none(tmp_path):
    files = {"setup.py": 'D = ["trl==0.14.0"]', "requirements.txt": "trl==0.26.1\n"}
    found = trainer(tmp_path, files, frozenset(("num_generations", "max_completion_length", "vllm_mode", "vllm_device")))
    assert found.candidates == ("trl==0.14.0", "trl==0.26.2")


R1_V_TRAINER = """
from transformers import Trainer
class Qwen2VLGRPOTrainer(Trainer):
    pass
"""
R1_V_FILES = {
    "src/r1-v/setup.py": 'DEPS = ["trl==0.14.0"]',
    "src/r1-v/src/open_r1/trainer/grpo_trainer.py": R1_V_TRAINER,
    "src/r1-v/src/open_r1/grpo.py": "from open_r1.trainer import Qwen2VLGRPOTrainer\n",
}
WITH_EPSILON = frozenset(("num_generations", "max_completion_length", "epsilon"))


@pytest.mark.parametrize(("requirements", "known"), [("numpy\n", False), ("trl==0.16.1\n", True)])
def test_a_copied_trainer_takes_the_options_of_the_trl_that_may_be_installed(tmp_path, requirements, known):
    sources = repository(tmp_path, {**R1_V_FILES, "requirements.txt": requirements})
    found = find_trainer(os.path.join(str(tmp_path), "src/r1-v/run.yaml"), WITH_EPSILON, Library(sources), Hints())
    assert found.family == "r1-v"
    assert ("epsilon" in found.own, found.contested) == (known, known)


SFT = """\
model_name_or_path: Qwen/Qwen3-VL-2B-Instruct
output_dir: out
dataset_name: data
packing: false
per_device_train_batch_size: 4
max_length: 2048
"""


@pytest.mark.parametrize(
    ("setup", "reported"), [("pip install -e .\n", True), ("pip install -e .\npip install --upgrade trl\n", False)]
)
def test_a_name_that_an_upgraded_release_knows_is_not_renamed(lint, setup, reported):
    lint.write("setup.py", 'DEPS = ["trl==0.14.0"]\n')
    lint.write("setup.sh", f"pip install -e .\n{setup}")
    lint.write("configs/sft.yaml", SFT)
    lint(".", "--fix", "--select", "KEY011")
    assert ("max_seq_length" in lint.read("configs/sft.yaml")) == reported


GROUP = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
output_dir: out
num_generations: 16
max_completion_length: 512
per_device_train_batch_size: 3
gradient_accumulation_steps: 2
vllm_device: auto
use_vllm: false
"""
"""Up to TRL 0.16 a group of 16 must fill 24 sequences of one forward; later the 48 of an update. vllm_device speaks for 0.16."""


@pytest.mark.parametrize(("pinned", "written"), [("trl==0.16.1\n", True), ("trl==0.16.1\ntrl==0.26.1\n", False)])
def test_a_safe_fix_never_rests_on_a_contested_pin(lint, pinned, written):
    lint.write("requirements.txt", pinned)
    lint.write("args.yaml", GROUP)
    assert lint("args.yaml", "--select", "GRP001", "--gpus", "8xA100-80G", "--fix", "--unsafe-fixes") == (not written)
    assert ("per_device_train_batch_size: 6" in lint.read("args.yaml")) is written
    if not written:
        assert "contradict each other: requirements.txt ==0.16.1, requirements.txt ==0.26.1" in " ".join(lint.out.split())


def test_a_fix_that_every_release_needs_is_written_beside_a_contested_pin(lint):
    lint.write("requirements.txt", "trl==0.16.1\ntrl==0.26.1\n")
    lint.write("args.yaml", GROUP + "learning_rtae: 1.0e-6\n")
    lint("args.yaml", "--select", "KEY", "--fix")
    assert "learning_rate: 1.0e-6" in lint.read("args.yaml")


def test_a_message_says_that_a_release_is_newer_than_the_tables(lint):
    lint.write("requirements.txt", "trl==99.1.0\n")
    lint.write("args.yaml", GROUP)
    lint("args.yaml", "--select", "KEY")
    assert f"trl 99.1.0 is newer than the tables and is read as {NEWEST}" in " ".join(lint.out.split())
    lint("args.yaml", "--select", "KEY", "--lang", "zh")
    assert f"trl 99.1.0 比内置的版本表更新，按 {NEWEST} 处理" in lint.out


def test_a_commit_may_be_of_any_release(tmp_path):
    found = concluded(tmp_path, {"setup.py": 'D = ["trl @ git+https://github.com/huggingface/trl.git@69ad852e"]'})
    assert found is not None and found.by_commit and not found.contested
    assert {"0.14.0", "0.17.0", "0.19.1"} <= set(found.versions)
    assert found.evidence == "setup.py pins a commit of trl, and nothing says of which release"
    both = {"setup.py": 'D = ["trl @ git+https://github.com/huggingface/trl.git@69ad852e"]', "requirements.txt": "trl==0.17.0\n"}
    assert not concluded(tmp_path, both).by_commit


IMPORTS = "from transformers import Trainer\nfrom trl.trainer.utils import (\n    pad,  # both\n    {name} as taken,\n)\n"


@pytest.mark.parametrize(
    ("source", "first"),
    [
        (IMPORTS.format(name="entropy_from_logits"), "trl==0.20.0"),
        (IMPORTS.format(name="get_comet_experiment_url"), "trl==0.18.2"),
        ("try:\n    from trl.trainer.utils import entropy_from_logits\nexcept ImportError:\n    pass\n", "trl==0.18.2"),
        ("# from trl.trainer.utils import entropy_from_logits\n", "trl==0.18.2"),
    ],
)
def test_code_that_imports_what_came_later_than_the_pin(tmp_path, source, first):
    files = {"setup.py": 'D = ["trl==0.18.0"]', "src/own/trainer.py": source}
    found = trainer(tmp_path, files, GRPO | {"top_entropy_quantile"})
    assert (found.candidates[0], found.contested) == (first, first != "trl==0.18.2")
    if found.contested:
        assert found.evidence == (
            "setup.py pins trl==0.18.0, but trainer.py imports entropy_from_logits, which came with trl 0.20.0"
        )
