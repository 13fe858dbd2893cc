"""What may be written next: options that the trainer knows, and their values."""

from __future__ import annotations

import pytest
from desks import ARGS
from editor import Editor

from vlmr1_lint.serving.completion import proposals

SCRIPT = (
    "torchrun --nproc_per_node 4 train.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --num_generations 8 --output_dir o"
)


def offered(desk, name, before, **given):
    return {one.text: one for one in proposals(desk.analyse(**given), name, before)}


def test_names_of_options_that_are_not_written(desk):
    desk.open("args.yaml", ARGS)
    found = offered(desk, "args.yaml", "max_", trainer="vlm-r1@head")
    assert {"max_grad_norm: ", "max_anyres_num: "} <= set(found) and all(text.startswith("max_") for text in found)
    written = [line.split(":")[0] for line in ARGS.splitlines() if line.startswith("max_")]
    assert not {f"{name}: " for name in written} & set(found) and written
    assert found["max_grad_norm: "].about == "float = 1.0" and found["max_grad_norm: "].typed == "max_"


def test_options_of_another_release_are_not_offered(desk):
    desk.open("args.yaml", ARGS)
    assert "vllm_mode: " not in offered(desk, "args.yaml", "vllm_", trainer="trl==0.16.0")
    assert "vllm_mode: " in offered(desk, "args.yaml", "vllm_", trainer="trl==0.20.0")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("bf16: ", {"true", "false"}),
        ("bf16: t", {"true"}),
        ("save_strategy: ", {"no", "steps", "epoch"}),
        ('save_strategy: "st', {"steps"}),
        ("learning_rate: ", set()),
        ("no_such_option: ", set()),
        ("# a comment: ", set()),
        ("  - bf16", set()),
    ],
)
def test_values(desk, before, words):
    desk.open("args.yaml", ARGS)
    found = set(offered(desk, "args.yaml", before, trainer="trl==0.17.0"))
    assert words <= found and (found - words <= {"best"} or not words)
    assert words or not found


def test_models(desk):
    desk.open("args.yaml", ARGS)
    found = offered(desk, "args.yaml", "model_name_or_path: Qwen/Qwen2.5-VL-7", trainer="vlm-r1")
    assert "Qwen2.5-VL-7B" in " ".join(found) or not found
    assert any("Qwen2.5-VL" in text for text in offered(desk, "args.yaml", "model_name_or_path: ", trainer="vlm-r1"))


def test_flags_of_a_script(desk):
    desk.open("run.sh", SCRIPT + "\n")
    found = offered(desk, "run.sh", SCRIPT + " --max_p", trainer="vlm-r1@head")
    assert "max_prompt_length" in found and found["max_prompt_length"].typed == "max_p"
    assert "num_generations" not in offered(desk, "run.sh", SCRIPT + " --num_g", trainer="vlm-r1@head")
    assert set(offered(desk, "run.sh", SCRIPT + " --bf16 ", trainer="vlm-r1@head")) == {"true", "false"}


def test_files_that_no_run_reads_get_nothing(desk):
    desk.open("zero3.json", '{"zero_optimization": {"stage": 3}}')
    assert offered(desk, "zero3.json", "") == {}


@pytest.mark.slow
def test_in_an_editor(desk):
    desk.write("args.yaml", ARGS)
    with Editor(desk.folder, "--trainer", "vlm-r1@head") as editor:
        editor.open("args.yaml", ARGS + "max_gr")
        line = ARGS.count("\n")
        where = {"textDocument": {"uri": editor.uri("args.yaml")}, "position": {"line": line, "character": 6}}
        (item,) = editor.request("textDocument/completion", where)
        assert item["label"] == "max_grad_norm" and item["detail"] == "float = 1.0"
        edit = item["textEdit"]
        assert edit["newText"] == "max_grad_norm: " and edit["range"]["start"] == {"line": line, "character": 0}
