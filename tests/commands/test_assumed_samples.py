"""A finding that hangs on the forecast says what samples it takes, unless the user said what they look like."""

from __future__ import annotations

import json

import pytest

from vlmr1_lint.cli import main

ARGS = """\
model_name_or_path: {model}
data_file_paths: data.jsonl
num_generations: 8
per_device_train_batch_size: 8
gradient_checkpointing: true
deepspeed: {{zero_optimization: {{stage: 2}}, bf16: {{enabled: auto}}}}
bf16: true
"""
SAMPLES = "samples of 1 image(s) of 640x480 and 256 text tokens"


def assumed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[str]]:
    """The assumptions of each rule that fires."""
    main(["--format", "json", "--isolated", "--gpus", "1xRTX4090-24G", *words, "args.yaml"])
    return {found["rule"]: found["assumptions"] for found in json.loads(capsys.readouterr().out)["findings"]}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "args.yaml").write_text(ARGS.format(model="Qwen/Qwen2.5-VL-7B-Instruct"))
    return tmp_path


def test_samples_that_nobody_described_are_an_assumption(capsys):
    found = assumed(capsys)
    assert any(text.startswith(SAMPLES) for text in found["MEM003"])
    assert not any(SAMPLES in text for rule, texts in found.items() if rule.startswith("PRE") for text in texts)


def test_samples_that_the_user_described_are_none(capsys):
    found = assumed(capsys, "--image", "448x448", "--images", "1", "--prompt-tokens", "200")
    assert not any("samples" in text for text in found["MEM003"])


def test_a_text_model_has_no_images(capsys, folder):
    (folder / "args.yaml").write_text(ARGS.format(model="Qwen/Qwen2.5-7B-Instruct"))
    assert not any("samples" in text for text in assumed(capsys, "--trainer", "trl")["MEM003"])
