"""Launch scripts through the real command line: what is found in them, where, and what a fix writes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FIXTURES = sorted((Path(__file__).parents[1] / "documents" / "shell" / "fixtures").glob("*.sh"))
FLEET = ("--gpus", "4xA100-40G")
START = "torchrun --nproc_per_node 4 grpo_jsonl.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct"

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def findings(lint, *words):
    lint(*words, "--format", "json")
    return json.loads(lint.out)["findings"]


def found(lint, rule, text, *words):
    """The findings of *rule* in the script *text*."""
    lint.write("run.sh", text)
    return [one for one in findings(lint, "run.sh", "--select", rule, *words) if one["rule"] == rule]


def values(text, one):
    """What the finding's value span covers."""
    start, end = one["value"]["start"], one["value"]["end"]
    assert start["line"] == end["line"]
    return text.splitlines()[start["line"] - 1][start["column"] - 1 : end["column"] - 1]


def fixed(lint, text, *words):
    lint.write("run.sh", text)
    lint("run.sh", "--fix", *words)
    return lint.read("run.sh")


def parses(text):
    return subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True, timeout=20, check=False).returncode == 0


def shown(lint, *words):
    lint("show", "run.sh", *words, "--format", "json")
    return json.loads(lint.out)["runs"][0]


# -- a script of VLM-R1's shape -----------------------------------------------------------------------------------

REC = """\
#!/bin/bash
HERE="$( cd "$( dirname "${BASH_SOURCE[0]}" )/.." && pwd )"
export REPO_HOME="${HERE}"
echo "REPO_HOME: $REPO_HOME"
data_paths="/data/rec/train_a.jsonl:/data/rec/train_b.jsonl"
image_folders="/data/coco:/data/coco"
model_path="/models/Qwen2.5-VL-3B-Instruct"
checkpointing=false # saves time

export EXP_NAME="Qwen2.5-VL-3B-rec"
cd ${REPO_HOME}/src/open-r1-multimodal

export DEBUG_MODE="true"
mkdir -p ${REPO_HOME}/runs/${EXP_NAME}/log
export LOG_PATH="${REPO_HOME}/runs/${EXP_NAME}/log/debug_log.$(date +%Y-%m-%d).txt"

# CUDA_VISIBLE_DEVICES=0,1,2,3
torchrun --nproc_per_node="4" \\
    --nnodes="1" \\
    --node_rank="0" \\
    --master_addr="127.0.0.1" \\
    --master_port="12349" \\
  src/open_r1/grpo_jsonl.py \\
    --use_vllm False \\
    --output_dir ${REPO_HOME}/checkpoints/rl/${EXP_NAME} \\
    --model_name_or_path $model_path \\
    --data_file_paths $data_paths \\
    --image_folders $image_folders \\
    --per_device_train_batch_size 8 \\
    --gradient_accumulation_steps 2 \\
    --gradient_checkpointing $checkpointing \\
    --num_train_epochs 2 \\
    --bf16 \\
    --attn_implementation flash_attention_2 \\
    --num_generations 8 \\
    --max_completion_length 2048 \\
    --reward_funcs accuracy format \\
    --beta 0.04 \\
    --report_to wandb \\
    --dataset-name this_is_not_used \\
    --deepspeed ${REPO_HOME}/src/open-r1-multimodal/local_scripts/zero3.json \\

echo "Training completed for ${EXP_NAME}"
"""


@needs_bash
def test_plan_of_a_script_and_its_fix(lint):
    lint.write("run_scripts/run_grpo_rec.sh", REC)
    lint("plan", "run_scripts/run_grpo_rec.sh", *FLEET, "--format", "json")
    plan = json.loads(lint.out)
    assert plan["verdict"] in {"oom", "likely-oom"}
    assert plan["fleet"]["gpus"] == 4
    assert plan["changes"]
    assert [change["set"] for change in plan["plan"]] == [{"gradient_checkpointing": True}]
    lint("plan", "run_scripts/run_grpo_rec.sh", *FLEET, "--fix")
    now = lint.read("run_scripts/run_grpo_rec.sh")
    assert now == REC.replace("checkpointing=false #", "checkpointing=true #")
    assert parses(REC)
    assert parses(now)


def test_the_value_is_marked_at_the_assignment_that_it_comes_through(lint):
    lint.write("run_scripts/run_grpo_rec.sh", REC)
    (one,) = [one for one in findings(lint, "run_scripts", *FLEET) if one["rule"] == "MEM001"]
    assert values(REC, one) == "false"
    assert one["value"]["start"]["line"] == 8
    assert one["start"]["line"] == 31
    assert one["key"] == "gradient_checkpointing"
    assert [edit["text"] for edit in one["fix"]["edits"]] == ["true"]
    assert one["fix"]["edits"][0]["start"]["line"] == 8


# -- places and fixes ---------------------------------------------------------------------------------------------

GROUP = "--num_generations 8 --gradient_accumulation_steps 8"


@needs_bash
@pytest.mark.parametrize(
    ("before", "after"),
    [
        # a value, as it stands, behind = and in quotes
        (f"{START} {GROUP} --per_device_train_batch_size 1", [("size 1", "size 2"), ("steps 8", "steps 4")]),
        (f"{START} {GROUP} --per_device_train_batch_size=1", [("size=1", "size=2"), ("steps 8", "steps 4")]),
        (f'{START} {GROUP} --per_device_train_batch_size "1"', [('size "1"', 'size "2"'), ("steps 8", "steps 4")]),
        # through variables, exported, with a default, through two of them
        (f"B=1\n{START} {GROUP} --per_device_train_batch_size $B", [("B=1", "B=2"), ("steps 8", "steps 4")]),
        (f'B="1"\n{START} {GROUP} --per_device_train_batch_size "${{B}}"', [('B="1"', 'B="2"'), ("steps 8", "steps 4")]),
        # an exported variable is the program's too: it is left alone
        (f"export B=1\n{START} {GROUP} --per_device_train_batch_size $B", [("size $B", "size 2"), ("steps 8", "steps 4")]),
        (f"{START} {GROUP} --per_device_train_batch_size ${{B:-1}}", [(":-1", ":-2"), ("steps 8", "steps 4")]),
        (f"A=1\nB=$A\n{START} {GROUP} --per_device_train_batch_size $B", [("A=1", "A=2"), ("steps 8", "steps 4")]),
        # in a string of flags, in an array, in a string that is run
        (f'F="{GROUP} --per_device_train_batch_size 1"\n{START} $F', [("size 1", "size 2"), ("steps 8", "steps 4")]),
        (
            f'F=(\n  {GROUP}\n  --per_device_train_batch_size 1 # each\n)\n{START} "${{F[@]}}"',
            [("size 1", "size 2"), ("steps 8", "steps 4")],
        ),
        (f'CMD="{START} {GROUP} --per_device_train_batch_size 1"\neval "$CMD"', [("size 1", "size 2"), ("steps 8", "steps 4")]),
        (f"bash -c '{START} {GROUP} --per_device_train_batch_size 1'", [("size 1", "size 2"), ("steps 8", "steps 4")]),
        # behind srun and an environment
        (f"NCCL_DEBUG=INFO srun {START} {GROUP} --per_device_train_batch_size 1", [("size 1", "size 2"), ("steps 8", "steps 4")]),
        # one command of a loop
        (
            f"for lr in 1e-6 2e-6; do\n  {START} {GROUP} --learning_rate $lr --per_device_train_batch_size 1\ndone",
            [("size 1", "size 2"), ("steps 8", "steps 4")],
        ),
    ],
)
def test_batch_and_accumulation_are_set_where_they_are_written(lint, before, after):
    now = fixed(lint, before + "\n", "--select", "GRP001")
    expected = before + "\n"
    for old, new in after:
        expected = expected.replace(old, new)
    assert now == expected
    assert parses(now)


@needs_bash
def test_flags_are_inserted_in_the_style_of_their_neighbours(lint):
    dashed = START.replace("model_name_or_path", "model-name-or-path")
    text = f"{dashed} \\\n    --num-generations 8 \\\n    --per-device-train-batch-size 4\necho done\n"
    now = fixed(lint, text, *FLEET, "--select", "MEM001")
    assert now == text.replace("size 4\n", "size 4 \\\n    --gradient-checkpointing true\n")
    assert parses(now)
    equals = f"{START} \\\n\t--num_generations=8 \\\n\t--per_device_train_batch_size=4 \\\n\necho done\n"
    assert fixed(lint, equals, *FLEET, "--select", "MEM001") == equals.replace(
        "size=4 \\\n", "size=4 \\\n\t--gradient_checkpointing=true \\\n"
    )


@needs_bash
def test_a_flag_is_removed_with_its_line(lint):
    text = f"{START} \\\n  --num_generations 8 \\\n  --bf16 true \\\n  --num_generations 4\n"
    now = fixed(lint, text, "--select", "SH018")
    assert now == text.replace("  --num_generations 8 \\\n", "")
    assert parses(now)


def test_only_a_switch_that_is_on_has_a_no_flag(lint):
    text = f"{START} --num_generations 4 --no_bf16 --no_dataloader_pin_memory\n"
    (one,) = found(lint, "KEY023", text)
    assert one["key"] == "no_bf16"
    assert "refused" in one["message"]
    assert "dropped" not in one["message"]
    assert {option["name"]: option["value"] for option in shown(lint)["options"]}["dataloader_pin_memory"] is False


def test_a_bare_flag_and_a_value_of_its_own(lint):
    (one,) = found(lint, "SH023", f"{START} --num_generations 8 --tf32 --bf16\n")
    assert one["key"] == "tf32"
    assert found(lint, "SH023", f"{START} --num_generations 8 --tf32 true --bf16\n") == []


# -- several runs -------------------------------------------------------------------------------------------------


def test_what_is_right_for_all_runs_is_one_finding_and_one_fix(lint):
    text = f'F="{GROUP} --per_device_train_batch_size 1"\n{START} $F --seed 1\n{START} $F --seed 2\n'
    assert len(found(lint, "GRP001", text)) == 1
    expected = text.replace("size 1", "size 2").replace("steps 8", "steps 4")
    assert fixed(lint, text, "--select", "GRP001") == expected


def test_a_place_that_runs_share_is_not_changed_for_one_of_them(lint):
    two = START.replace("node 4", "node 2")
    text = f'F="{GROUP} --per_device_train_batch_size 1"\n{two} $F\n{START} $F\n'
    (one,) = found(lint, "GRP001", text)
    assert one["fix"] is None or not one["fix"]["edits"]
    assert [related["message"] for related in one["related"]]  # the other run is told of
    assert fixed(lint, text, "--select", "GRP001") == text
    lint("run.sh", "--select", "GRP001")
    assert "share" in lint.out


def test_a_variable_that_only_one_run_may_change_is_written_out_there(lint):
    text = (
        f"B=1\n{START} {GROUP} --per_device_train_batch_size $B\n{START} --num_generations 4 --per_device_train_batch_size $B\n"
    )
    now = fixed(lint, text, "--select", "GRP001")
    assert now.startswith("B=1\n")
    assert "--gradient_accumulation_steps 4 --per_device_train_batch_size 2\n" in now
    assert now.endswith("--num_generations 4 --per_device_train_batch_size $B\n")


def test_what_a_loop_varies_is_not_made_the_same(lint):
    text = f"for n in 8 4; do\n  {START} --num_generations $n --per_device_train_batch_size 1 --run_name n-$n\ndone\n"
    (one,) = found(lint, "GRP001", text)
    assert one["fix"] is None or not one["fix"]["edits"]
    assert fixed(lint, text, "--select", "GRP001") == text


def test_runs_of_one_script_are_told_apart(lint):
    text = f"{START} --num_generations 8\n{START} --num_generations 6 --per_device_train_batch_size 8\n"
    (one,) = found(lint, "GRP001", text)
    assert one["key"] == "#2/num_generations"
    assert values(text, one) == "6"


# -- suppression --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# vlmr1-lint: ignore[GRP001] on purpose", 0),
        ("# vlmr1-lint: ignore[GRP001:--num_generations]", 0),
        ("# vlmr1-lint: ignore[GRP001:--beta]", 1),
        ("# an ordinary comment", 1),
    ],
)
def test_a_comment_above_the_command_covers_all_of_it(lint, comment, left):
    text = f"{comment}\n{START} \\\n  --per_device_train_batch_size 1 \\\n  --num_generations 8\n"
    assert len(found(lint, "GRP001", text)) == left


def test_a_comment_covers_its_own_command_only(lint):
    command = f"{START} --per_device_train_batch_size 1 --num_generations 8\n"
    text = f"# vlmr1-lint: ignore[GRP001]\n{command}\n{command}"
    (one,) = found(lint, "GRP001", text)
    assert one["key"].startswith("#2/")


# -- files that a command names -----------------------------------------------------------------------------------

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
data_file_paths: data.jsonl
num_generations: 8
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
"""


def origins(lint):
    return {option["name"]: (option["value"], option.get("path", "")) for option in shown(lint)["options"]}


@pytest.mark.parametrize("line", ["source ./env.sh", ". $(dirname $0)/env.sh", "cd jobs\nsource env.sh"])
def test_variables_of_a_sourced_file_are_known_and_stay_there(lint, line):
    text = f"{line}\n{START} {GROUP} --per_device_train_batch_size $B\n"
    lint.write("jobs/env.sh", "#!/bin/bash\nexport B=1\n")
    path = "run.sh" if "cd" in line else "jobs/run.sh"
    lint.write(path, text)
    assert lint(".", "--fix", "--select", "GRP001") == 0
    assert lint.read(path) == text.replace("size $B", "size 2").replace("steps 8", "steps 4")
    assert lint.read("jobs/env.sh") == "#!/bin/bash\nexport B=1\n"


def test_flags_override_the_file_that_config_names(lint):
    lint.write("args.yaml", ARGS)
    text = "torchrun --nproc_per_node 4 grpo_jsonl.py --config args.yaml --num_generations 4 --beta 0.0\n"
    assert found(lint, "GRP001", text) == []
    given = origins(lint)
    assert given["num_generations"][0] == 4
    assert "run.sh" in given["num_generations"][1]
    assert "args.yaml" in given["per_device_train_batch_size"][1]


def test_a_finding_in_a_file_that_was_not_asked_for_stands_at_its_name(lint):
    lint.write("args.yaml", ARGS)
    text = "torchrun --nproc_per_node 4 grpo_jsonl.py --config args.yaml --beta 0.0\n"
    (one,) = found(lint, "GRP001", text)
    assert values(text, one) == "args.yaml"
    assert one["related"][0]["path"] == "args.yaml"
    lint.write("run.sh", text)
    lint("run.sh", "--fix", "--select", "GRP001")
    assert lint.read("args.yaml") == ARGS
    lint("run.sh", "args.yaml", "--fix", "--select", "GRP001")
    assert lint.read("args.yaml") == ARGS.replace("size: 1", "size: 2").replace("steps: 8", "steps: 4")
    assert lint.read("run.sh") == text


def test_accelerate_says_how_many_processes_and_how_they_share(lint):
    lint.write(
        "zero2.yaml",
        "compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\ndeepspeed_config:\n  zero_stage: 2\nnum_processes: 4\n",
    )
    command = f"accelerate launch --config_file zero2.yaml grpo_jsonl.py {START.partition('.py ')[2]} {GROUP}"
    (one,) = found(lint, "GRP001", f"{command} --per_device_train_batch_size 1\n")
    assert "4 GPUs" in one["message"]
    assert shown(lint)["world_size"] == 4
    assert found(lint, "GRP001", f"{command.replace(' grpo', ' --num_processes 8 grpo')} --per_device_train_batch_size 1\n") == []


@pytest.mark.parametrize(
    ("start", "world"),
    [
        ("torchrun --nproc_per_node=4", 4),
        ("torchrun --nproc-per-node 4 --nnodes 2 --node_rank $RANK", 8),
        ("python -m torch.distributed.run --nproc_per_node 4", 4),
        ("python -m torch.distributed.launch --nproc_per_node=4", 4),
        ("deepspeed --num_gpus 4", 4),
        ("deepspeed --num_gpus=4 --num_nodes 2", 8),
        ("deepspeed --include localhost:0,2,5", 3),
        ("CUDA_VISIBLE_DEVICES=0,1 deepspeed", 2),
        ("export CUDA_VISIBLE_DEVICES=0,1,2,3\ntorchrun --nproc_per_node 4", 4),
        ("accelerate launch --num_processes 4", 4),
        ("accelerate launch --num_processes 8 --num_machines 2", 8),
        ("N=4\nsrun torchrun --nproc_per_node $N", 4),
    ],
)
def test_processes(lint, start, world):
    lint.write("run.sh", f"{start} grpo_jsonl.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct {GROUP}\n")
    assert shown(lint)["world_size"] == world


@pytest.mark.parametrize(
    ("header", "fleet"),
    [
        ("#SBATCH --gres=gpu:a100-80g:4\n", "4xA100-80G"),
        ("#SBATCH --nodes=2\n#SBATCH --gres=gpu:h100:8\n", "2x8xH100-80G"),
        ("#SBATCH --gpus-per-node=h200:8\n", "8xH200-141G"),
        ("#SBATCH --gres=gpu:4\n#SBATCH --constraint=a100-80g\n", "4xA100-80G"),
        ("#SBATCH --gres=gpu:4\n", None),
        ("#SBATCH --gres=gpu:a100:4\n", None),  # 40 or 80 GB
    ],
)
def test_hardware_from_slurm(lint, header, fleet):
    lint.write("run.sh", f"#!/bin/bash\n{header}srun {START} {GROUP}\n")
    assert shown(lint)["fleet"].get("text") == fleet


# -- the loop that reads YAML -------------------------------------------------------------------------------------

LOOP = """\
RUN_NAME=demo
build_train_args() {
    args=""
    while IFS=": " read -r key value; do
        [[ -z "$key" || "$key" =~ ^[[:space:]]*# ]] && continue
        value=$(echo "$value" | sed -e 's/^[[:space:]]*//' -e 's/^"//' -e 's/"$//')
        if [[ "$value" == "true" ]]; then
            args="$args --$key"
        elif [[ "$value" == "false" ]]; then
            continue
        else
            args="$args --$key $value"
        fi
    done < ${RUN_NAME}_args.yaml
    echo "$args"
}
TRAIN_ARGS=$(build_train_args)
torchrun --nproc_per_node=4 src/open_r1/grpo_jsonl.py $TRAIN_ARGS
"""


def test_a_loops_file_is_read_as_the_loop_reads_it(lint):
    lint.write(
        "demo_args.yaml", ARGS + "dataloader_pin_memory: false\nddp_broadcast_buffers: true\nlearning_rate: 1e-6\nbeta: 0.0"
    )
    lint.write("run.sh", LOOP)
    given = {(one["rule"], one["key"]) for one in findings(lint, ".") if one["rule"].startswith("SH")}
    assert given == {("SH003", "dataloader_pin_memory"), ("SH004", "ddp_broadcast_buffers"), ("SH005", "beta")}
    options = {option["name"]: option["value"] for option in shown(lint)["options"]}
    assert options["learning_rate"] == 1e-6
    assert options["dataloader_pin_memory"] is True


def test_what_a_loop_misreads_is_written_in_another_way(lint):
    """To YAML the file says the same before and after; without the file asked for, it is left alone."""
    odd = "dataloader_pin_memory: false # as before\nddp_broadcast_buffers: true\nreward_funcs: [accuracy]\nbeta: 0.0"
    lint.write("demo_args.yaml", ARGS + odd)
    lint.write("run.sh", LOOP)
    rules = ("--select", "SH003,SH004,SH005,SH006")
    lint("run.sh", "--fix", *rules)
    assert lint.read("demo_args.yaml") == ARGS + odd
    assert lint(".", "--fix", *rules) == 1
    mended = odd.replace("dataloader_pin_memory: false # as before", "# as before\ndataloader_pin_memory: False")
    assert lint.read("demo_args.yaml") == ARGS + mended.replace("buffers: true", "buffers: True") + "\n"
    (left,) = findings(lint, ".", *rules)
    assert (left["rule"], left["key"], left["fix"]) == ("SH006", "reward_funcs", None)
    assert "no other spelling" in left["message"]
    assert {option["name"]: option["value"] for option in shown(lint)["options"]}["dataloader_pin_memory"] is False


def test_what_a_loop_drops_in_vain_is_mended_in_its_file(lint):
    text = ARGS.replace("size: 1", "size: 4") + "gradient_checkpointing: false\n"
    lint.write("demo_args.yaml", text)
    lint.write("run.sh", LOOP + LOOP.splitlines()[-1] + "\n")
    (one,) = [one for one in findings(lint, ".", *FLEET) if one["rule"] == "MEM001"]
    assert (one["path"], one["key"]) == ("demo_args.yaml", "gradient_checkpointing")
    lint(".", *FLEET, "--fix", "--select", "MEM001")
    assert lint.read("demo_args.yaml") == text.replace("checkpointing: false", "checkpointing: true")


def test_the_first_command_speaks_for_the_others(lint):
    lint.write("demo_args.yaml", ARGS)
    (one,) = found(lint, "GRP001", LOOP + LOOP.splitlines()[-1] + "\n")
    assert one["key"] == "config"
    assert one["value"]["start"]["line"] == 14


def test_a_loops_file_alone_is_read_as_yaml(lint):
    lint.write("demo_args.yaml", ARGS + "dataloader_pin_memory: false\n")
    assert not [one for one in findings(lint, "demo_args.yaml") if one["rule"].startswith("SH")]


# -- what is none of ours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/bash\nls -la\n",
        "#!/bin/bash\npip install torch \\ # with cuda\n  transformers\n",
        "#!/bin/bash\npython eval.py --model_name_or_path a --num_generations 8 --beta 1 \\ # eval\n --bf16\n",
        "#!/bin/bash\nllamafactory-cli train --model_name_or_path a --num_generations 8 \\ # x\n --bf16 true\n",
        "#!/bin/bash\nswift rlhf --rlhf_type grpo --num_generations 8 \\ # x\n --bf16 true\n",
        "#!/bin/bash\nvllm serve Qwen/Qwen2.5-VL-3B-Instruct --tensor-parallel-size 4\n",
    ],
)
def test_scripts_that_start_no_training_of_ours(lint, text):
    lint.write("run.sh", text)
    assert findings(lint, "run.sh", "--preset", "strict") == []


@pytest.mark.parametrize("tail", ["echo 'open\n", "if true; then\n", "))) ((\n", 'echo "${A\n', "case x in\n", "cat << EOF\n"])
def test_a_script_that_cannot_be_read_in_full(lint, tail):
    lint.write("run.sh", f"{START} --num_generations 4 --bf16 true\n{tail}")
    lint("run.sh", "--format", "json", "--select", "SH")
    said = [(one["rule"], one["severity"]) for one in json.loads(lint.out)["findings"]]
    assert said in ([], [("SH020", "info")])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{start} --num_generations 4 '\n", "SH026"),
        ("echo 'open\n{start} --num_generations 4\n", "SH026"),
        ('{start} --run_name "a \\\n  --num_generations 4\n', "SH026"),
        ("{start} --num_generations 4\necho 'open\n", "SH020"),  # bash has run the training by then
    ],
)
def test_a_quote_without_end(lint, text, rule):
    lint.write("run.sh", text.format(start=START))
    lint("run.sh", "--format", "json", "--select", "SH020,SH026")
    assert [one["rule"] for one in json.loads(lint.out)["findings"]] == [rule]


# -- every fixture ------------------------------------------------------------------------------------------------


@needs_bash
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixing_a_fixture_leaves_bash_able_to_read_it(lint, path):
    before = path.read_bytes()
    lint.write("run.sh", before)
    assert lint("run.sh", *FLEET, "--fix", "--unsafe-fixes", "--preset", "strict", "--exit-zero") in {0, 2}, lint.err
    assert "internal error" not in lint.err
    after = (lint.folder / "run.sh").read_bytes()
    if parses(before.decode("utf-8", "surrogateescape")):
        assert parses(after.decode("utf-8", "surrogateescape"))
    lint.write("run.sh", after)
    lint("run.sh", *FLEET, "--fix", "--unsafe-fixes", "--preset", "strict", "--exit-zero")
    assert (lint.folder / "run.sh").read_bytes() == after
