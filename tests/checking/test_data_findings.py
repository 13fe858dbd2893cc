"""Findings about data files, end to end: nothing is opened unless asked for, and each file has its own finding."""

from __future__ import annotations

import json

ARGS = """\
model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
dataset_name: none
data_file_paths: a.jsonl:b.jsonl
image_folders: images:images
num_generations: 8
"""
ROW = json.dumps({"image": "a.png", "conversations": [{"value": "q"}, {"value": "a"}]}) + "\n"


def found(lint, *words):
    lint("--select", "DAT", "--format", "json", *words, "args.yaml")
    return json.loads(lint.out)["findings"]


def test_each_file_has_its_own_finding(lint):
    lint.write("args.yaml", ARGS)
    lint.write("a.jsonl", ROW + "\n" + ROW)
    lint.write("b.jsonl", ROW + "\n")
    assert found(lint) == []
    findings = found(lint, "--check-data")
    assert [one["rule"] for one in findings] == ["DAT009", "DAT009"]
    assert [one["value"]["start"]["column"] for one in findings] == [18, 26]
    assert {one["key"] for one in findings} == {"data_file_paths"}
    assert len({one["fingerprint"] for one in findings}) == 2
    assert "line 2 of a.jsonl" in findings[0]["message"] and "line 2 of b.jsonl" in findings[1]["message"]


def test_settings_ask_for_it_too(lint):
    lint.write("args.yaml", ARGS)
    lint.write("a.jsonl", ROW)
    lint.write("b.jsonl", "[" + ROW + "]")
    lint.write(".vlmr1-lint.yaml", "check-data: true\n")
    assert [one["rule"] for one in found(lint)] == ["DAT006"]
    assert found(lint, "--isolated") == []


def test_what_is_not_here_is_said_only_with_here(lint):
    lint.write("args.yaml", ARGS)
    lint.write("a.jsonl", ROW)
    assert found(lint, "--check-data") == []
    assert [(one["rule"], one["value"]["start"]["column"]) for one in found(lint, "--here")] == [("DAT026", 26), ("DAT027", 16)]
