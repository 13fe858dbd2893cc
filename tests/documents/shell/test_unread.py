"""Launches in the text that the grammar gives to the command above are told of, and no others."""

from __future__ import annotations

import pytest

from vlmr1_lint.documents.shell.lines import command_starts
from vlmr1_lint.documents.shell.read import read_shell

RUN = "torchrun --nproc_per_node 8 t_grpo.py --num_generations 1\n"
GLUED = "echo ]]\n\\\n"
"""bash runs what follows; for the grammar it is more words of ``echo``."""


@pytest.mark.parametrize(
    "launch",
    [
        RUN,
        "accelerate launch t_grpo.py --num_generations 1\n",
        "python -m torch.distributed.run t_grpo.py --a 1\n",
        "CUDA_VISIBLE_DEVICES=0 nohup " + RUN,
        '"$ENV/bin/python3" -m torch.distributed.launch t_grpo.py --a 1\n',
    ],
)
def test_a_launch_that_the_grammar_swallows_is_unread(launch):
    document = read_shell("run.sh", (GLUED + launch).encode())
    assert [document.position(span.start).line for span in document.unread] == [3]
    assert not read_shell("run.sh", launch.encode()).unread


@pytest.mark.parametrize(
    "text",
    [
        "exit 0\n" + RUN,
        "for x in ; do\n" + RUN + "done\n",
        "case $L in\ntorchrun) echo a ;;\ndeepspeed | torchrun)\n" + RUN + ";;\nesac\n",
        "> log " + RUN,
        "cat << EOF > x.sh\n" + GLUED + RUN + "EOF\n",
        "echo '\n" + RUN + "'\n",
        "X=(torchrun --a b\n torchrun x.py y)\n",
        "time " + RUN,
        "! " + RUN,
        "{ " + RUN + "}\n",
        "if torchrun t_grpo.py --a 1; then :; fi\n",
        'torchrun() { command torchrun "$@"; }\n' + RUN,
        "for f in torchrun deepspeed x; do :; done\n",
        "# torchrun of the team:\n" + GLUED + "echo done\n",
        "pip install deepspeed torch\n" + RUN,
    ],
)
def test_what_the_grammar_gives_and_what_is_no_command_is_not_told(text):
    assert not read_shell("run.sh", text.encode()).unread


def test_where_commands_start():
    text = b"A=1 B=(x\ny) b c; if d; then e && { f; }; fi | 2>log g <<E # h\ni\nE\n((j))\n(k 'l\nm')\n"
    assert [text[at : at + 2].split()[0].strip(b";") for at in command_starts(text)] == [
        b"b",
        b"d",
        b"e",
        b"f",
        b"}",
        b"fi",
        b"g",
        b"k",
    ]


def test_the_lines_are_said_if_asked(lint):
    lint.write("run.sh", "torchrun src/open_r1/grpo_jsonl.py --data_file_paths a.jsonl\n" + GLUED + RUN)
    lint("run.sh", "--show-skipped", "--verbose")
    assert "SH020: needs the launch on lines 4, which the shell grammar does not give" in lint.out
    assert "run.sh: lines 4: a launch that the shell grammar does not give" in lint.err
    lint("run.sh", "--show-skipped", "--verbose", "--lang", "zh")
    assert "第 4 行的启动命令（shell 语法解析未能识别）" in lint.out
    assert "第 4 行：shell 语法解析未能识别的启动命令" in lint.err
