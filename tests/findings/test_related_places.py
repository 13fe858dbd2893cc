"""Places that a finding also speaks of are shown only where something is written."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data.jsonl
num_generations: 8
deepspeed: zero3.json
"""


@pytest.mark.parametrize(("more", "shown"), [("beta: 0.04\n", ["beta"]), ("", [])])
def test_an_option_at_its_default_is_no_related_place(tmp_path, more, shown):
    path = str((tmp_path / "args.yaml").resolve())
    sources = Sources(str(tmp_path.resolve()), {path: (ARGS + more).encode()})
    preferences = load_preferences(Given(trainer="vlm-r1@head", select=("DSP020",)), sources, without_settings=True)
    (finding,) = Session(sources, [path], preferences).lint().findings
    assert [related.place.key for related in finding.related] == shown


TWO_BRANCHES = """\
args=""
while IFS=": " read -r key value; do
  args="$args --$key $value"
done < demo_args.yaml
if [ "$RANK" = 0 ]; then
  torchrun --nproc_per_node=8 --node_rank=0 src/train.py $args
else
  torchrun --nproc_per_node=8 --node_rank=1 src/train.py $args
fi
"""


def test_what_holds_for_every_launch_of_one_run_is_said_once(lint):
    lint.write(
        "demo_args.yaml", "model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct\ndata_file_paths: data.jsonl\nnum_generations: 8\n"
    )
    lint.write("run.sh", TWO_BRANCHES)
    lint("run.sh", "--select", "SH007", "--format", "json")
    (found,) = json.loads(lint.out)["findings"]
    assert (found["start"]["line"], [place["start"]["line"] for place in found["related"]]) == (6, [8])
