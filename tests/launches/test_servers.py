"""TRL's vLLM server in the scripts of a repository: which one a run asks, and which cards both surely use."""

from __future__ import annotations

import pytest

from vlmr1_lint.launches.servers import is_spoken_of, server_of
from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources
from vlmr1_lint.unknown import Unknown, is_unknown

MODEL = "Qwen/Qwen2.5-7B-Instruct"
SERVE = f"trl vllm-serve --model {MODEL}"
TRAIN = (
    f"train_grpo.py --model_name_or_path {MODEL} --num_generations 6 --max_completion_length 512 "
    "--per_device_train_batch_size 6 --use_vllm true"
)
LAUNCH = f"accelerate launch --num_processes 3 {TRAIN}"


def asked(folder, script, **files):
    (folder / ".git").mkdir()
    (folder / "run.sh").write_text(script)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    sources = Sources(str(folder))
    session = Session(sources, [sources.path("run.sh")], Preferences(Given(trainer="trl==0.19.1")))
    (run,) = session.runs()
    return server_of(run, sources), is_spoken_of(run, sources)


@pytest.mark.parametrize(
    ("script", "shared"),
    [
        (f"{SERVE} &\n{LAUNCH}\n", ("0",)),
        (f"CUDA_VISIBLE_DEVICES=3 {SERVE} &\nCUDA_VISIBLE_DEVICES=0,1,2 {LAUNCH}\n", ()),
        (f"CUDA_VISIBLE_DEVICES=2,3 {SERVE} --tensor_parallel_size 2 &\nCUDA_VISIBLE_DEVICES=0,1,2 {LAUNCH}\n", ("2",)),
        # of two cards that it sees the server takes one
        (f"CUDA_VISIBLE_DEVICES=3,2 {SERVE} &\nCUDA_VISIBLE_DEVICES=0,1,2 {LAUNCH}\n", ()),
        (f"export CUDA_VISIBLE_DEVICES=0\n{SERVE} &\nexport CUDA_VISIBLE_DEVICES=1,2,3\n{LAUNCH}\n", ()),
        (f"export CUDA_VISIBLE_DEVICES=0,1,2,3\n{SERVE} &\nsleep 60\n{LAUNCH}\n", ("0",)),
        (f"GPU=3\nCUDA_VISIBLE_DEVICES=$GPU nohup {SERVE} > s.log 2>&1 &\nCUDA_VISIBLE_DEVICES=0,1,2 {LAUNCH}\n", ()),
        (f"{SERVE} &\n{LAUNCH.replace('launch', 'launch --gpu_ids 1,2,3')}\n", ()),
        (f"{SERVE} --data-parallel-size=2 &\n{LAUNCH.replace('launch', 'launch --gpu_ids 1,2,3')}\n", ("1",)),
    ],
)
def test_cards_in_common(tmp_path, script, shared):
    server, _ = asked(tmp_path, script)
    assert server.here
    assert server.shared == shared


@pytest.mark.parametrize(
    "script",
    [
        f"srun -w a {SERVE} &\n{LAUNCH}\n",
        f"ssh other '{SERVE}' &\n{LAUNCH}\n",
        f"docker run --gpus 1 image {SERVE} &\n{LAUNCH}\n",
        f"CUDA_VISIBLE_DEVICES=$1 {SERVE} &\n{LAUNCH}\n",
        f"{SERVE} &\nCUDA_VISIBLE_DEVICES=$2 {LAUNCH}\n",
        f"{SERVE} &\n{LAUNCH} --vllm_server_host 10.0.0.7\n",
    ],
)
def test_cards_that_need_not_meet(tmp_path, script):
    server, _ = asked(tmp_path, script)
    assert is_unknown(server.shared)


@pytest.mark.parametrize(
    "script",
    [
        f"if [ $RANK = 0 ]; then\n  {SERVE}\nelse\n  {LAUNCH}\nfi\n",
        f"case $1 in\n  serve) {SERVE} ;;\n  train) {LAUNCH} ;;\nesac\n",
        f"{LAUNCH}\n{SERVE}\n",
        f"serve() {{\n  {SERVE}\n}}\ntrain() {{\n  {LAUNCH}\n}}\n$1\n",
        f"{SERVE} --port 8001 &\n{SERVE} --port 8002 &\n{LAUNCH}\n",
    ],
)
def test_a_server_of_another_way_through_the_script(tmp_path, script):
    server, spoken_of = asked(tmp_path, script)
    assert isinstance(server, Unknown)
    assert spoken_of


def test_of_two_servers_the_one_at_the_port_that_is_asked(tmp_path):
    server, _ = asked(tmp_path, f"{SERVE} &\n{SERVE} --port 8001 &\n{LAUNCH} --vllm_server_port 8001\n")
    assert (server.port, server.where) == (8001, "run.sh:2")


def test_what_its_options_say(tmp_path):
    serve = f"python -m trl.scripts.vllm_serve --model {MODEL} --tensor-parallel-size 2 --max-model-len=4096"
    script = f"CUDA_VISIBLE_DEVICES=4,5 {serve} &\n"
    server, _ = asked(tmp_path, script + LAUNCH + "\n")
    assert (server.model, server.port, server.max_model_len, server.count, server.visible) == ("Qwen2.5-7B", 8000, 4096, 2, 2)


def test_a_server_of_another_script(tmp_path):
    server, spoken_of = asked(tmp_path, LAUNCH + "\n", serve__sh=f"CUDA_VISIBLE_DEVICES=0 {SERVE}\n")
    assert (server.here, server.where, server.shared, spoken_of) == (False, "serve.sh:1", ("0",), True)


def test_no_server_anywhere(tmp_path):
    assert asked(tmp_path, LAUNCH + "\n", README__md="Run run.sh.\n") == (None, False)


def test_a_readme_that_speaks_of_one(tmp_path):
    server, spoken_of = asked(tmp_path, LAUNCH + "\n", README__md=f"First `{SERVE}`.\n")
    assert server is None
    assert spoken_of
