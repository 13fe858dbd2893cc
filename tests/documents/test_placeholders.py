"""What is to be filled in is told from names, texts and paths that only look like it."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.documents.placeholders import placeholder, stand_in, stand_in_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${MODEL}/out", "${MODEL}"),
        ("{{ model }}", "{{ model }}"),
        ("<MODEL>", "<MODEL>"),
        ("<ROOT>/out", "<ROOT>"),
        ("/data/<your name>/out", "<your name>"),
        ("<your-hub-id>/Qwen2.5-VL-3B", "<your-hub-id>"),
        ("<think>.*</think>", None),
        ("<think> one </think> <answer> two </answer>", None),
        ("<|im_end|>", None),
        ("<pad>", None),
        ("a<b", None),
        ("x < 3 and y > 2", None),
        ("Write <html> pages", None),
    ],
)
def test_what_is_open(text, found):
    assert placeholder(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "your model path",
        "/your_data_path",
        "YOUR_WANDB_API_KEY",
        "path/to/your/log/dir",
        "/path/to/Qwen2.5-VL-3B-Instruct",
        "path_to_model",
        "PATH_TO_DATA",
        "xxx",
        "/data/xxxx/train.jsonl",
        "https://xxx.example.com",
        "...",
        "/data/.../train",
        "TODO",
        "/models/CHANGE_ME",
        "replace_with_model",
        "MODEL_PATH",
        "/data/OUTPUT_DIR/run",
        "你的模型路径",
        "/你的数据目录",
        "此处填写模型路径",
        "模型路径",
        "<ROOT>/out",
        "${OUT}/run",
    ],
)
def test_what_stands_in_for_a_name(text):
    assert stand_in(text)
    assert stand_in_path(text)


@pytest.mark.parametrize(
    "text",
    [
        "Qwen/Qwen2.5-VL-3B-Instruct",
        "/data/yourself/train",
        "s3://bucket/youre/data",
        "/mnt/pathto/data",
        "/data/path/total/x",
        "../configs/zero3.json",
        "v1.0...v2.0",
        "/data/xx/train.jsonl",
        "xxl-model",
        "todos.jsonl",
        "/data/模型/qwen",
        "WANDB",
        "COCO_2017",
        "Put your answer in \\boxed{}",
        "Think first. Then give your answer.",
        "First think about what is asked, then write your answer in a box",
        "您的酒店目前未营业，计划何时恢复营业？",
        "",
    ],
)
def test_real_names_and_prose_are_left(text):
    assert not stand_in(text)


@pytest.mark.parametrize(("text", "found"), [("model after SFT", True), ("the model", True), ("model", False), ("run 1", False)])
def test_plain_words_where_a_path_is_meant(text, found):
    assert stand_in_path(text) is found
    assert not stand_in(text)


HEAD = "torchrun --nproc_per_node 8 src/open_r1/grpo_jsonl.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct"
REST = "--dataset_name x --data_file_paths a.jsonl --image_folders images --num_generations 8"


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD} \\\n  --output_dir <ROOT>/out \\\n  {REST}\n",
        f"{HEAD} \\\n  --output_dir=/data/<USER>/<RUN> \\\n  {REST}\n",
        f"{HEAD} \\\n  --output_dir <your output folder> \\\n  {REST}\n",
        f"OUT=<ROOT>/out\n{HEAD} \\\n  --output_dir $OUT \\\n  {REST}\n",
    ],
)
def test_a_placeholder_in_a_script_takes_no_other_flag_with_it(lint, text):
    lint.write("run.sh", text)
    lint("show", "run.sh", "--format", "json")
    options = {option["name"]: option for option in json.loads(lint.out)["runs"][0]["options"]}
    assert "unknown" in options["output_dir"]["value"]
    assert options["dataset_name"]["value"] == "x"
    assert lint("run.sh", "--select", "SH") == 0


def test_a_comment_behind_a_backslash_is_seen_beside_a_placeholder(lint):
    lint.write("run.sh", f"{HEAD} \\\n  --output_dir <ROOT>/out \\ # here\n  {REST}\n")
    lint("run.sh", "--select", "SH", "--format", "concise")
    assert [line.split()[1] for line in lint.out.splitlines()] == ["SH001"]


def test_a_redirection_is_no_placeholder(lint):
    lint.write("run.sh", f"{HEAD} {REST} --output_dir out <input.txt >log.txt\n")
    lint("show", "run.sh", "--format", "json")
    options = {option["name"]: option["value"] for option in json.loads(lint.out)["runs"][0]["options"]}
    assert options["output_dir"] == "out"
