"""Counts of a launch command that only the machine knows leave the run open; they do not stop the check."""

from __future__ import annotations

import pytest

from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.unknown import Unknown

SCRIPT = """\
torchrun --nproc_per_node 8 --nnodes ${ARNOLD_WORKER_NUM} src/open_r1/grpo_jsonl.py \\
  --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --data_file_paths data.jsonl --num_generations 8
"""


def test_a_number_of_nodes_from_the_environment(tmp_path):
    (tmp_path / "run.sh").write_text(SCRIPT)
    sources = Sources(str(tmp_path))
    result = Session(sources, [sources.path("run.sh")], Preferences(Given())).lint()
    assert [target.kind for target in result.targets] == ["launch"]


@pytest.mark.parametrize(
    ("launcher", "gpus", "world", "assumed"),
    [
        ("--nproc_per_node 8 --nnodes ${NODES}", "4xA100-40G", 4, True),
        ("--nproc_per_node ${GPUS}", "8xA100-40G", 8, True),
        ("--nproc_per_node ${GPUS}", None, None, False),
        ("--nproc_per_node 8", "4xA100-40G", 8, False),
        ("--nproc_per_node 2", "4xA100-40G", 2, False),
    ],
)
def test_the_fleet_asked_about_decides_where_the_script_leaves_processes_open(tmp_path, launcher, gpus, world, assumed):
    script = SCRIPT.replace("--nproc_per_node 8 --nnodes ${ARNOLD_WORKER_NUM}", launcher)
    (tmp_path / "run.sh").write_text(script)
    sources = Sources(str(tmp_path))
    (run,) = Session(sources, [sources.path("run.sh")], Preferences(Given(gpus=gpus))).runs()
    assert (None if isinstance(run.world_size, Unknown) else run.world_size) == world
    assert run.world_is_assumed is assumed


@pytest.mark.parametrize(
    ("front", "little"),
    [
        ("docker run --rm -v $PWD:/w image", True),
        ("sudo docker run --gpus all image bash -c", True),
        ("podman run image", True),
        ("docker run --shm-size 8g image", False),
        ("docker run --ipc=host image", False),
        ("docker run -v /dev/shm:/dev/shm image", False),
        ("docker run $OPTIONS image", False),
        ('docker run "${OPTIONS[@]}" image', False),
        ("docker run $(options) image", False),
        ("docker exec container", False),
        ("docker-compose run trainer", False),
        ("srun", False),
    ],
)
def test_a_container_with_little_shared_memory(tmp_path, front, little):
    command = SCRIPT.replace("${ARNOLD_WORKER_NUM}", "1").replace("\\\n", " ").strip()
    (tmp_path / "run.sh").write_text(f'{front} "{command}"\n' if front.endswith("-c") else f"{front} {command}\n")
    sources = Sources(str(tmp_path))
    (run,) = Session(sources, [sources.path("run.sh")], Preferences(Given())).runs()
    assert run.inputs.launch.little_shared_memory is little


@pytest.mark.parametrize(
    ("gpus", "world", "assumed", "finding"),
    [("1xH200-141G", 8, False, True), ("8xH200-141G", 8, False, False), (None, 8, False, False)],
)
def test_fewer_cards_than_processes_of_accelerate_are_a_contradiction(lint, gpus, world, assumed, finding):
    """The processes stay those that the file starts; that there is one card is said by ACC004."""
    lint.write("z2.yaml", "distributed_type: DEEPSPEED\ncompute_environment: LOCAL_MACHINE\nnum_processes: 8\n")
    lint.write(
        "run.sh",
        SCRIPT.replace("torchrun --nproc_per_node 8 --nnodes ${ARNOLD_WORKER_NUM}", "accelerate launch --config_file z2.yaml"),
    )
    sources = Sources(str(lint.folder))
    session = Session(sources, [sources.path("run.sh")], Preferences(Given(gpus=gpus)))
    (run,) = session.runs()
    assert (run.world_size, run.world_is_assumed) == (world, assumed)
    assert ("ACC004" in {one.rule for one in session.lint().findings}) == finding


FLAGS = "--model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --num_generations 8 --per_device_train_batch_size 8"


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("python main.py", "main.py"),
        ("python3.11 -u main.py", "main.py"),
        ("python -m ours.main", "ours.main"),
        ("uv run main.py", "main.py"),
        ("uv run --with trl --python 3.11 main.py", "main.py"),
        ("uv run python -m ours.main", "ours.main"),
        ("CUDA_VISIBLE_DEVICES=$1 python main.py", "main.py"),
    ],
)
def test_python_alone_starts_one_process(tmp_path, command, script):
    """Whatever the script is called, for its options are a training's; the cards of ``$1`` are not known."""
    (tmp_path / "run.sh").write_text(f"{command} {FLAGS}\n")
    sources = Sources(str(tmp_path))
    (run,) = Session(sources, [sources.path("run.sh")], Preferences(Given())).runs()
    launch = run.inputs.launch
    assert launch is not None
    assert (launch.script, launch.visible) == (script, None)
    assert (run.world_size, run.world_is_assumed) == (1, False)


@pytest.mark.parametrize(
    "command",
    [
        "python main.py --epochs 3 --lr 1e-4 --seed 1 --num_generations 8",  # one name of ours
        "python main.py --model_name_or_path a --output_dir b --seed 1",  # none that only such trainers have
        f"python eval.py {FLAGS}",
        f"python src/llamafactory/launcher.py {FLAGS}",
        f"python -m verl.trainer.main {FLAGS}",
        f"echo python main.py {FLAGS}",
        f"# python main.py {FLAGS}",
        f"bash main.sh {FLAGS}",
    ],
)
def test_python_starts_everything_else_too(tmp_path, command):
    (tmp_path / "run.sh").write_text(f"{command}\n")
    sources = Sources(str(tmp_path))
    assert not list(Session(sources, [sources.path("run.sh")], Preferences(Given())).runs())
