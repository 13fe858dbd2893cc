"""Files that a launch script starts or names and that are not there: said only where the repository tells it for certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from vlmr1_lint.documents.library import Library
from vlmr1_lint.documents.references import resolve
from vlmr1_lint.sources import Sources
from vlmr1_lint.training.absent import AbsentFile, absent_files
from vlmr1_lint.training.runs import Hints, Target, find_runs

OPTIONS = "--model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --dataset_name data.yaml --image_root coco --num_generations 8"
ZERO = '{"zero_optimization": {"stage": 2}}'


def absent(folder: Path, script: str, files: str = "", path: str = "run.sh") -> list[AbsentFile]:
    """What *script*, at *path* in a repository that holds *files*, lacks."""
    for name in files.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(ZERO if name.endswith(".json") else "print()")
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(script)
    sources = Sources(str(folder))
    library = Library(sources, resolve)
    where = sources.path(path)
    [run] = find_runs([Target(where, library.document(where), "launch")], library, lambda target: Hints())
    return absent_files(run, sources)


def launch(script: str, more: str = "", front: str = "torchrun") -> str:
    return f"{front} {script} {more} {OPTIONS}\n"


def test_script_beside_which_others_lie(tmp_path: Path) -> None:
    [found] = absent(tmp_path, "cd src\n" + launch("open_r1/grpo_b.py"), "src/open_r1/grpo_a.py src/open_r1/__init__.py")
    assert (found.role, found.path, found.folder) == ("script", "open_r1/grpo_b.py", "src")
    assert (found.beside, found.near) == (("grpo_a.py",), None)


def test_script_of_this_name_elsewhere(tmp_path: Path) -> None:
    [found] = absent(tmp_path, "cd src/ego\n" + launch("src/ego/grpo.py"), "src/ego/src/grpo.py")
    assert (found.folder, found.near) == ("src/ego", "src/grpo.py")


def test_script_without_cd_is_looked_for_everywhere(tmp_path: Path) -> None:
    script = launch("src/open_r1/grpo_b.py")
    assert absent(tmp_path, script, "src/open_r1/grpo_a.py", "scripts/run.sh")[0].folder == "."
    assert not absent(tmp_path, script, "other/package/src/open_r1/grpo_b.py", "scripts/run.sh")


def test_deepspeed_file_of_the_same_stage_beside_it(tmp_path: Path) -> None:
    [found] = absent(
        tmp_path,
        "cd src\n" + launch("grpo.py", "--deepspeed ./conf/zero_stage2_config.json"),
        "src/grpo.py src/conf/zero2.json src/conf/zero3.json src/conf/zero2_offload.json",
    )
    assert (found.role, found.folder, found.near) == ("deepspeed", "src", "./conf/zero2.json")
    assert found.beside == ("zero2.json", "zero2_offload.json", "zero3.json")


def test_deepspeed_file_elsewhere_or_nowhere(tmp_path: Path) -> None:
    script = launch("grpo.py", "--deepspeed scripts/zero3.json")
    assert absent(tmp_path, script, "grpo.py")[0].near is None
    assert absent(tmp_path, script, "training_scripts/zero3.json")[0].near == "training_scripts/zero3.json"
    assert absent(tmp_path, script, "other/zero3.json")[0].near is None  # two of that name


def test_two_files_of_the_same_stage_are_none(tmp_path: Path) -> None:
    script = launch("grpo.py", "--deepspeed conf/ds_z2.json")
    assert absent(tmp_path, script, "grpo.py conf/zero2.json conf/stage2.json")[0].near is None


BOTH = "src/open_r1/grpo_a.py src/conf/zero2.json"
MISSING = launch("open_r1/grpo_b.py")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("cd src\n" + launch("open_r1/grpo_a.py", "--deepspeed conf/zero2.json"), id="all there"),
        pytest.param("cd ../VLM-R1/src\n" + MISSING, id="another repository"),
        pytest.param("cd $WORK/src\n" + MISSING, id="an open folder"),
        pytest.param("cd src\ncd -\n" + MISSING, id="back"),
        pytest.param("pushd src\npopd\n" + MISSING, id="popped"),
        pytest.param("#SBATCH --chdir=/work\ncd src\n" + MISSING, id="sbatch"),
        pytest.param("git clone https://x/y src\ncd src\n" + MISSING, id="cloned"),
        pytest.param("cd src\ncp /shared/grpo_b.py open_r1/\n" + MISSING, id="copied"),
        pytest.param("cd src\npython make.py > open_r1/grpo_b.py\n" + MISSING, id="made"),
        pytest.param("cd src\nif [ -f open_r1/grpo_b.py ]; then\n" + MISSING + "fi", id="tested for"),
        pytest.param("cd src\n" + launch("open_r1/grpo_b.py", front="docker run image torchrun"), id="container"),
        pytest.param("cd src\n" + launch("open_r1/$NAME.py"), id="an open name"),
        pytest.param("cd src\n" + launch("[path]/grpo_b.py"), id="to be filled in"),
        pytest.param("cd src\n" + launch("/work/src/open_r1/grpo_b.py"), id="absolute"),
        pytest.param("cd src\n" + launch("-m open_r1.grpo_b"), id="module"),
        pytest.param("cd src\n" + launch("other/grpo_b.py"), id="a folder that is not there"),
        pytest.param("cd src\n" + launch("elsewhere/grpo_b.py", "--deepspeed conf/zero3.json"), id="script out of reach"),
        pytest.param(launch("grpo_b.py"), id="no folder at all"),
        pytest.param("cd a\ncd b\ncd c\ncd d\ncd e\n" + MISSING, id="many steps"),
    ],
)
def test_nothing_is_said(tmp_path: Path, script: str) -> None:
    assert absent(tmp_path, script, BOTH) == []


def test_a_file_that_git_ignores_may_be_there(tmp_path: Path) -> None:
    script = "cd src\n" + MISSING
    assert absent(tmp_path, script, BOTH)
    (tmp_path / "src" / ".gitignore").write_text("grpo_b.py\n")
    assert not absent(tmp_path, script, BOTH)


def test_a_link_that_leads_nowhere_here_may_lead_somewhere_there(tmp_path: Path) -> None:
    script = "cd src\n" + MISSING
    assert absent(tmp_path, script, BOTH)
    (tmp_path / "src" / "open_r1" / "grpo_b.py").symlink_to("/shared/grpo_b.py")
    assert not absent(tmp_path, script, BOTH)


def test_an_args_file_tells_no_folder(tmp_path: Path) -> None:
    (tmp_path / "args.yaml").write_text(
        "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\ndeepspeed: zero2.json\nnum_generations: 8\n"
    )
    sources = Sources(str(tmp_path))
    library = Library(sources, resolve)
    where = sources.path("args.yaml")
    [run] = find_runs([Target(where, library.document(where), "args")], library, lambda target: Hints())
    assert absent_files(run, sources) == []
