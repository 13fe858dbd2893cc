"""Two runs of one script on one port: only where the second surely starts while the first still runs, on this machine."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.shell.read import read_shell
from vlmr1_lint.launches.ports import free_port, is_taken, port_of

RUN = "torchrun --nproc_per_node 4 --master_port 12349 t_grpo.py --beta"


def taken(script):
    document = read_shell("run.sh", script.encode())
    assert document.roots
    return [is_taken(root, document) for root in document.roots]


@pytest.mark.parametrize(
    "script",
    [
        f"{RUN} 1 &\n{RUN} 2\n",
        f"{RUN} 1 & {RUN} 2 &\nwait\n",
        f"{RUN} 1 > a.log 2>&1 &\nsleep 10\necho second\n{RUN} 2 &\n",
        f"PORT=12349\n{RUN} 1 &\nPID=$!\n{RUN.replace('12349', '$PORT')} 2 &\n",
        f"cd x && {RUN} 1 &\n{RUN} 2\n",
        f"nohup {RUN} 1 &\nnohup bash -c '{RUN} 2' &\n",
        f"for i in 0 1; do\n  CUDA_VISIBLE_DEVICES=$i {RUN} $i &\ndone\nwait\n",
        f"f() {{ {RUN} $1; }}\nf 1 &\nf 2\n",
        f"if true; then\n  {RUN} 1 &\n  {RUN} 2\nfi\n",
        "accelerate launch --num_processes 4 --main_process_port 12349 t_grpo.py --a 1 &\n" + RUN + " 2\n",
        "deepspeed t_grpo.py --a 1 &\ndeepspeed t_grpo.py --a 2\n",
    ],
)
def test_two_at_once(script):
    assert taken(script) == [False, True]


@pytest.mark.parametrize(
    "script",
    [
        f"{RUN} 1\n{RUN} 2\n",
        f"{RUN} 1 && {RUN} 2 &\n",
        f"{RUN} 1 &\nwait\n{RUN} 2\n",
        f"{RUN} 1 &\nPID=$!\nwait $PID && {RUN} 2\n",
        f"{RUN} 1 &\nwhile kill -0 $!; do sleep 60; done\n{RUN} 2\n",
        f"{RUN} 1 &\nfor p in $(jobs -p); do wait $p; done\n{RUN} 2\n",
        f"{RUN} 1 &\nsleep 10h\n{RUN} 2\n",
        f"{RUN} 1 &\nsleep 36000\n{RUN} 2\n",
        f"{RUN} 1 &\npython wait_for_it.py\n{RUN} 2\n",
        f"{RUN} 1 &\n{RUN.replace('12349', '12350')} 2\n",
        f"{RUN} 1 &\n{RUN.replace('12349', '$((12349 + 1))')} 2\n",
        f"{RUN} 1 &\n{RUN.replace('12349', '$RANDOM')} 2\n",
        f"{RUN.replace('12349', '$PORT')} 1 &\n{RUN.replace('12349', '$PORT')} 2\n",
        f"for i in 0 1; do\n  {RUN.replace('12349', '$((12349 + i))')} $i &\ndone\n",
        f"for i in 0 1; do\n  {RUN} $i &\n  wait\ndone\n",
        f"if [ $1 = a ]; then\n  {RUN} 1 &\nelse\n  {RUN} 2 &\nfi\n",
        f"ssh a {RUN} 1 &\nssh b {RUN} 2 &\n",
        f"srun -w a {RUN} 1 &\nsrun -w b {RUN} 2 &\n",
        f"docker run x {RUN} 1 &\ndocker run x {RUN} 2 &\n",
        "".join(f"{RUN.replace('--nproc', f'--nnodes 2 --node_rank {rank} --nproc')} 1 &\n" for rank in (0, 1)),
        f"{RUN.replace('--nproc', '--standalone --nproc')} 1 &\n{RUN.replace('--nproc', '--standalone --nproc')} 2\n",
        f"{RUN.replace('--master_port 12349 ', '')} 1 &\n{RUN.replace('--master_port 12349 ', '')} 2\n",
        f"{RUN.replace('12349', '0')} 1 &\n{RUN.replace('12349', '0')} 2\n",
        "accelerate launch t_grpo.py --a 1 &\naccelerate launch t_grpo.py --a 2\n",
        "accelerate launch --num_processes 1 --main_process_port 9999 t_grpo.py --a 1 &\n"
        "accelerate launch --num_processes 1 --main_process_port 9999 t_grpo.py --a 2\n",
        "deepspeed --hostfile h t_grpo.py --a 1 &\ndeepspeed --hostfile g t_grpo.py --a 2\n",
        "python t_grpo.py --a 1 &\npython t_grpo.py --a 2\n",
    ],
)
def test_not_surely_at_once_or_not_here(script):
    assert not any(taken(script))


def test_a_free_port_is_none_that_the_script_speaks_of():
    script = f"{RUN} 1 &\n# 12350 is somebody's\n{RUN} 2\nexport PORT=12351\n"
    document = read_shell("run.sh", script.encode())
    assert port_of(document.roots[1]) == 12349
    assert free_port(document.roots[1], document) == 12352
