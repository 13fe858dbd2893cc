"""What a fix of a script may touch: the words of its command, whatever stands behind it; and scripts without the grammar."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Lint

COMMAND = (
    "torchrun --nproc_per_node=4 grpo.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --per_device_train_batch_size 2 "
    "--num_generations 8 --learning_rate 1e-6 --output_dir out --deepspeed zero3.json --data_file_paths /d/x.jsonl\n"
)


@pytest.mark.parametrize("line", ['\\rm -rf "$TMPDIR/cache"\n', "\\cp -r out /mnt\n", "\n\\mv a b\n", "  \\rm x # it's\n"])
def test_a_fix_touches_its_command_only(lint: Lint, line: str) -> None:
    lint.write("run.sh", COMMAND + line)
    lint.write("zero3.json", '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": "auto"}\n')
    lint("run.sh", "--diff", "--unsafe-fixes")
    changed = [one for one in lint.out.splitlines() if one[:1] in "+-" and one[:3] not in {"+++", "---"}]
    assert changed and all("torchrun" in one for one in changed)
    assert not any(word in one for one in changed for word in ("rm ", "cp ", "mv "))
    lint("run.sh", "--fix", "--unsafe-fixes")
    assert lint.read("run.sh").endswith(line) and lint.read("run.sh").count("\n") == (COMMAND + line).count("\n")


def test_nothing_is_said_of_the_next_command(lint: Lint) -> None:
    lint.write("run.sh", COMMAND.rstrip() + " --bf16 true\n" + '\\rm -rf "$TMPDIR/cache"\n')
    lint("run.sh", "--format", "concise", "--preset", "strict")
    assert "truerm" not in lint.out and "-rf" not in lint.out


@pytest.mark.parametrize(("lang", "said"), [("en", "1 script(s) not read"), ("zh", "1 个启动脚本未读取")])
def test_without_the_grammar_scripts_alone_are_skipped(lint: Lint, monkeypatch: pytest.MonkeyPatch, lang: str, said: str) -> None:
    from vlmr1_lint.documents.shell import grammar

    monkeypatch.setattr(grammar, "_parser", None)
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    lint.write("run.sh", COMMAND)
    lint.write("zero3.json", '{"zero_optimization": {"stage": 9}, "train_micro_batch_size_per_gpu": "auto"}\n')
    status = lint(".", "--lang", lang, "--format", "concise")
    assert status == 1 and "zero3.json" in lint.out and "run.sh" not in lint.out
    assert lint.err.count(said) == 1
