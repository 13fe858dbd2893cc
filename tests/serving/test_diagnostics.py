"""Findings in the open text: their places, words and severities."""

from __future__ import annotations

import json

import pytest
from desks import ARGS
from lsprotocol import types

from vlmr1_lint.serving.diagnostics import diagnostic, range_of, settings_diagnostics
from vlmr1_lint.settings import SettingsError

SCRIPT = """\
#!/bin/bash
# 训练😀
torchrun --nproc_per_node=4 src/open_r1/grpo_rec.py --num_generations 8 --run_name "实验😀" --per_device_train_batch_size 1 \\
  --output_dir out --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --dataset_name data --bf16 --max_completion_length 512
"""


def found(desk, name, rule, **given):
    """The one diagnostic of *rule* in the file, with its text."""
    analysis = desk.analyse(**given)
    (finding,) = [one for one in analysis.in_file(name) if one.rule == rule]
    return diagnostic(finding, analysis)


def lines(place: types.Range):
    return (place.start.line, place.start.character), (place.end.line, place.end.character)


def test_the_value_is_underlined(desk):
    desk.open("args.yaml", ARGS)
    shown = found(desk, "args.yaml", "MEM001", gpus="4xA100-40G")
    assert lines(shown.range) == ((11, 24), (11, 29))
    assert (shown.severity, shown.code, shown.source) == (types.DiagnosticSeverity.Error, "MEM001", "vlmr1-lint")
    assert shown.code_description is None
    assert "gradient_checkpointing is false" in shown.message
    assert "assumed: one process for each GPU" in shown.message


def test_an_absent_option_is_drawn_along_the_line_that_it_would_stand_before(desk):
    desk.open("args.yaml", "# 注释😀\r\n" + ARGS.replace("num_generations: 8\n", "").replace("\n", "\r\n"))
    shown = found(desk, "args.yaml", "GRP001", gpus="4xA100-40G", trainer="vlm-r1@head")
    assert lines(shown.range) == ((1, 0), (1, len(ARGS.splitlines()[0])))


@pytest.mark.parametrize(("encoding", "units"), [("utf-16", 2 + 3), ("utf-8", 4 + 9), ("utf-32", 1 + 3)])
def test_columns_after_cjk_and_emoji_in_a_flow_mapping(desk, encoding, units):
    """One emoji and three Chinese characters stand before the value."""
    items = [line for line in ARGS.splitlines() if not line.startswith("run_name")]
    flow = "{" + ", ".join(["run_name: 😀实验一", *items]) + "}\n"
    desk.open("args.yaml", flow)
    analysis = desk.analyse(encoding, gpus="4xA100-40G")
    (finding,) = [one for one in analysis.in_file("args.yaml") if one.rule == "MEM001"]
    start = flow.index("checkpointing: ") + len("checkpointing: ") - 4 + units
    assert lines(diagnostic(finding, analysis).range) == ((0, start), (0, start + len("false")))


def test_a_script(desk):
    desk.open("run.sh", SCRIPT)
    shown = found(desk, "run.sh", "GRP001", gpus="4xA100-40G", trainer="vlm-r1@head")
    line = SCRIPT.splitlines()[2]
    value = line.index("--num_generations ") + len("--num_generations ")
    assert lines(shown.range) == ((2, value), (2, value + 1))


def test_json(desk):
    desk.open("zero3.json", '{"说明😀": 1, "zero_optimization": {"stage": "3"}, "train_micro_batch_size_per_gpu": "auto"}\n')
    shown = found(desk, "zero3.json", "DSP014")
    start = len('{"说明') + 2 + len('": 1, "zero_optimization": {"stage": ')
    assert lines(shown.range) == ((0, start), (0, start + 3))


def test_the_language_of_the_settings(desk):
    desk.write(".vlmr1-lint.yaml", "lang: zh\ngpus: 4xA100-40G\n")
    desk.open("args.yaml", ARGS)
    shown = found(desk, "args.yaml", "MEM001")
    assert "为 false" in shown.message and "假设: " in shown.message


def test_settings_of_a_repository_hold_wherever_the_server_was_started(desk, monkeypatch, tmp_path_factory):
    desk.write(".vlmr1-lint.yaml", "lang: zh\n")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert desk.analyse().lang == "zh"


def test_unsaved_settings_count(desk):
    desk.write(".vlmr1-lint.yaml", "gpus: 4xA100-40G\n")
    desk.open("args.yaml", ARGS)
    assert "MEM001" in {one.rule for one in desk.analyse().findings}
    desk.open(".vlmr1-lint.yaml", "gpus: 4xA100-40G\nignore: [MEM001]\n")
    assert "MEM001" not in {one.rule for one in desk.analyse().findings}


def test_unsaved_text_of_a_joined_file_counts(desk):
    """A script reads the DeepSpeed file that it names as the editor shows it, not as the disk has it."""
    desk.write("zero.json", '{"zero_optimization": {"stage": 2}}')
    desk.write("run.sh", SCRIPT.replace("--bf16", "--bf16 --deepspeed zero.json"))
    desk.open("run.sh")
    (run,) = desk.analyse(gpus="4xA100-40G").runs()
    assert run.zero_stage == 2
    desk.open("zero.json", '{"zero_optimization": {"stage": 3}}')
    (run,) = desk.analyse(gpus="4xA100-40G").runs()
    assert run.zero_stage == 3


def test_excluded_files_are_left_alone(desk):
    desk.write(".vlmr1-lint.yaml", 'gpus: 4xA100-40G\nexclude: ["old/**"]\n')
    desk.write("old/args.yaml", ARGS)
    desk.open("old/args.yaml")
    assert desk.analyse().findings == ()


def test_what_the_baseline_holds_is_not_shown(desk):
    from vlmr1_lint.findings.baseline import write

    desk.open("args.yaml", ARGS)
    analysis = desk.analyse(gpus="4xA100-40G")
    desk.write("baseline.json", write([one for one in analysis.findings if one.rule == "MEM001"]))
    desk.write(".vlmr1-lint.yaml", "baseline: baseline.json\n")
    rules = {one.rule for one in desk.analyse(gpus="4xA100-40G").findings}
    assert "MEM001" not in rules and "GRP001" in rules


def test_wrong_settings_are_said_on_their_file(desk):
    desk.write(".vlmr1-lint.yaml", "lang: en\nigonre: [MEM001]\n")
    desk.open("args.yaml", ARGS)
    with pytest.raises(SettingsError) as caught:
        desk.analyse()
    said = settings_diagnostics(caught.value, str(desk.folder), "zh")
    (problem,) = said[str(desk.folder / ".vlmr1-lint.yaml")]
    assert problem.range.start.line == 1 and "是否想写 'ignore'" in problem.message


def test_a_byte_order_mark_that_only_the_file_has(desk):
    """Editors hide it: what is linted has it, and no column counts it."""
    text = json.dumps({"zero_optimization": {"stage": "3"}, "train_micro_batch_size_per_gpu": "auto"})
    desk.write("zero3.json", b"\xef\xbb\xbf" + text.encode())
    desk.open("zero3.json")
    analysis = desk.analyse()
    document = analysis.document("zero3.json")
    assert document.data.startswith(b"\xef\xbb\xbf")
    node = document.node((0, "zero_optimization"))
    assert node is not None and lines(range_of(document, node.entry_span, analysis))[0] == (0, 1)


def test_text_that_is_no_unicode_is_linted_all_the_same(desk):
    desk.open("args.yaml", ARGS.replace("my-dataset", "\ud800"))
    desk.analyse(gpus="4xA100-40G")


def test_related_places_in_files_that_are_not_open(desk):
    """A finding about a value of a DeepSpeed file stands where the script names it, and points there by the file's own URI."""
    text = '{"说明😀": 1, "zero_optimization": {"stage": 2}, "fp16": {"enabled": true}}'
    desk.write("zero 说.json", b"\xef\xbb\xbf" + text.encode())
    desk.open("run.sh", SCRIPT.replace("--bf16", '--bf16 --deepspeed "zero 说.json"'))
    analysis = desk.analyse(gpus="4xA100-40G")
    shown = [diagnostic(one, analysis) for one in analysis.in_file("run.sh")]
    (place,) = {
        (other.location.uri, lines(other.location.range)[0])
        for one in shown
        for other in one.related_information or ()
        if other.location.uri.endswith(".json") and "true" in text[other.location.range.start.character - 1 :][:4]
    }
    assert place == ((desk.folder / "zero 说.json").as_uri(), (0, text.index("true") + 1))
