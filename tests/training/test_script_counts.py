"""Counts of a launch command that only the machine knows leave the run open; they do not stop the check."""

from __future__ import annotations

from vlmr1_lint.preferences import Given, Preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

SCRIPT = """\
torchrun --nproc_per_node 8 --nnodes ${ARNOLD_WORKER_NUM} src/open_r1/grpo_jsonl.py \\
  --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --data_file_paths data.jsonl --num_generations 8
"""


def test_a_number_of_nodes_from_the_environment(tmp_path):
    (tmp_path / "run.sh").write_text(SCRIPT)
    sources = Sources(str(tmp_path))
    result = Session(sources, [sources.path("run.sh")], Preferences(Given())).lint()
    assert [target.kind for target in result.targets] == ["launch"]
