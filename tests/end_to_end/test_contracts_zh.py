"""``--lang zh`` covers what users read: help, mistakes, words about the tool, reasons of rooms that know no language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from contracts import FLEET, NAMING, pair
from samples import MULTINODE

import vlmr1_lint
from vlmr1_lint.chinese import translated
from vlmr1_lint.cli import COMMANDS

__all__ = ["pair"]  # a fixture

PACKAGE = Path(vlmr1_lint.__file__).parent
ERRORS = {
    "Refused",
    "FleetError",
    "SelectorError",
    "SelectionError",
    "NoLocalGpus",
    "BaselineError",
    "BadValue",
    "Unwritable",
    "Dropped",
    "NoFigure",
    "NoReader",
    "Unmeasurable",
}
ENGLISH = re.compile(r"(?:\b[a-z]{2,} ){2}[a-z]{2,}\b")
"""Three English words in a row: what a Chinese sentence never has; names of options, files and commands come singly."""


PLAIN = re.compile(r"(?<![-\w])(fix|safe|error|warning|why|assumed|from|found|not written)\b(?![=.\w(])")
"""Words that our reports use in English."""


def sentences():
    """What the package raises `ERRORS` with, and why files are what they are; a field of an f-string stands as ``'7'``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            text = sentence(node.args[-1]) if node.func.id in {*ERRORS, "Recognition"} else ""
            if text:
                yield pytest.param(text, id=f"{path.relative_to(PACKAGE)}:{node.lineno}")


def sentence(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "'7'" for part in node.values)
    return ""  # it is passed on from elsewhere


@pytest.mark.parametrize("text", list(sentences()))
def test_every_sentence_that_is_raised_is_translated(text):
    if re.search(r"[a-z]{2,} ", text.replace("'7'", "")):  # else it only puts together what others say
        assert re.search("[\u4e00-\u9fff]", translated(text, "zh")), text
        assert not ENGLISH.search(translated(text, "zh"))


def test_groups_are_translated_in_turn():
    assert translated("GRP001 would be new: x is not there", "zh") == "会新出现 GRP001：x 不存在"
    assert translated("what nobody has translated", "zh") == "what nobody has translated"
    assert translated("permission denied", "en") == "permission denied"


@pytest.mark.parametrize("command", COMMANDS)
def test_help(lint, command):
    lint(command, "--help", "--lang", "zh")
    described = lint.out.partition("\n\n")[2]
    assert not ENGLISH.search(" ".join(described.split())), described


MISTAKES = [
    ["--nonsense"], ["--select"], ["--fix=yes"], ["--preset", "x"], ["--host-ram", "12"], ["--image", "x"], ["--select", ""],
    ["--select", "NOPE1"], ["--gpus", "4xFOO"], ["--gpus", "4xA100"], ["--gpus", "0xA100-40G"], ["--gpus", "x"],
    ["--gpus", "local"], ["--trainer", "x"], ["--trainer", "trl>>1"], ["--baseline", "no.json"],
    ["--baseline", "args.yaml"], ["--config", "no.yaml"],
    ["--format", "json=no/x"], ["--format", "xml"], ["missing.yaml"], ["-"], ["--write-baseline", "no/x"],
]  # fmt: skip


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_mistakes(multinode, words, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert multinode("args.yaml", "--quiet", "--lang", "zh", *words) == 2
    assert re.search("[\u4e00-\u9fff]", multinode.err), multinode.err
    assert not ENGLISH.search(multinode.err.replace("Expecting value: line 1 column 1 (char 0)", ""))  # Python's own


def test_what_check_prints(pair):
    pair.write("other.yaml", NAMING.replace("/path/to", "/x") + "learning_rat: 1e-6\nlr_scheduler_type: cosin\n")
    pair.write("notes.yaml", "a: 1\n")
    for words in (
        ["."],
        [".", *FLEET],
        [".", "--statistics"],
        [".", "--show-skipped", "-v"],
        ["args.yaml"],
        [".", "--fix", "--show-fixes"],
    ):
        for format_ in ("text", "concise", "github", "markdown"):
            pair(*words, "--lang", "zh", "--format", format_)
            told = re.sub(r'["“「`].*?["”」`]', "", pair.out)  # what others say is quoted as they say it
            for word in ("::error", "::warning", *((" error ", " warning ") if format_ == "concise" else ())):
                told = told.replace(word, "")  # for programs
            assert not PLAIN.search(told), told


def test_settings_decide_as_well(multinode):
    multinode.write(".vlmr1-lint.yaml", "lang: zh\n")
    multinode("args.yaml", "missing.yaml", *FLEET)
    assert "没有这个文件" in multinode.err
    assert "错误 MEM001" in multinode.out
    assert multinode("args.yaml", *FLEET, "--lang", "en") == 1
    assert "error MEM001" in multinode.out
    assert multinode.read("args.yaml") == MULTINODE


EXPLAINED = {
    "args.yaml": MULTINODE,
    "sft.yaml": "model_name_or_path: a/b\nmax_length: 9\npacking: true\nper_device_train_batch_size: 8\nlearning_rate: 1.0e-5\n",
    "dpo.yaml": "model_name_or_path: a/b\nrpo_alpha: 1.0\nper_device_train_batch_size: 8\nbeta: 0.1\nlearning_rate: 1.0e-6\n",
    "any.yaml": "model_name_or_path: other/model\nper_device_train_batch_size: 8\nlearning_rate: 1.0e-6\nnum_train_epochs: 1\n",
    "far.yaml": NAMING,
    "run.sh": 'torchrun --nproc_per_node 8 grpo_jsonl.py --num_generations 8 --learning_rate 1e-6 --beta 0.1 "$@"\n',
    "r1v.sh": "torchrun --nproc_per_node 8 grpo.py --num_generations 8 --learning_rate 1e-6 --temporal true --deepspeed $DS\n",
    "notes.yaml": "a: 1\n",
    "acc.yaml": "distributed_type: DEEPSPEED\nnum_processes: 8\nmixed_precision: bf16\n",
}
OURS = re.compile(
    r"(?<![-\w/=])(load|forward|backward|parameters|gradients|activations|gathered|fleet|launch|args|settings|comment)\b(?![.:])"
)
"""Names of kinds, facts, instants and terms that `show` and `plan` say in English."""


@pytest.mark.parametrize("name", EXPLAINED)
@pytest.mark.parametrize("words", [[], FLEET, ["--gpus", "8x37G"], ["--trainer", "vlm-r1"]], ids=" ".join)
def test_show_and_plan(lint, name, words):
    for file, text in EXPLAINED.items():
        lint.write(file, text)
    for command in ("show", "plan"):
        lint(command, name, *words, "--lang", "zh")
        told = " ".join((lint.out + lint.err).split()).replace(name, "")
        assert not ENGLISH.search(re.sub("“CUDA error[^”]*”", "", told)), told  # what the run prints
        assert not OURS.search(told), told


def test_where_hardware_and_trainer_are_said(lint):
    lint.write(".vlmr1-lint.yaml", "trainer: vlm-r1\n")
    lint.write("requirements.txt", "trl==0.17.0\n")
    lint.write("args.yaml", "# vlmr1-lint: gpus=4xA100-40G\n" + MULTINODE)
    lint("show", "args.yaml", "--lang", "zh")
    assert "(依据: 设置指定 vlm-r1)" in lint.out
    assert "(注释)" in lint.out
    (lint.folder / ".vlmr1-lint.yaml").unlink()
    lint.write("sft.yaml", EXPLAINED["sft.yaml"])
    lint("show", "sft.yaml", "--lang", "zh")
    assert "requirements.txt 固定为 trl==0.17.0" in lint.out
