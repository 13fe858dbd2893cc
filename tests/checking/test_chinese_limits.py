"""Limits and a TOML reader's words in Chinese: no English sentence of ours is left in them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vlmr1_lint.chinese import translated
from vlmr1_lint.documents.formats import MAX_KEYS
from vlmr1_lint.findings.directives import MAX_NAMED

ARGS = "num_generations: 8\nmax_completion_length: 256\nper_device_train_batch_size: 1\n"


def said(folder: Path, name: str, text: str) -> str:
    (folder / ".hg").mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "vlmr1_lint", "--lang", "zh", "--format", "concise", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "a.yaml",
            "# vlmr1-lint: kind=args\n" + ARGS + "".join(f"k{n}: 1\n" for n in range(MAX_KEYS)),
            f"键超过 {MAX_KEYS} 个，数量过多，无法检查",
        ),
        (
            "a.json",
            '{\n"zero_optimization": {"stage": 2},\n"train_micro_batch_size_per_gpu": 1,\n"gradient_accumulation_steps": 1,\n'
            '"bf16": {"enabled": true},\n' + ",\n".join(f'"k{n}": 1' for n in range(MAX_KEYS)) + "}",
            f"键超过 {MAX_KEYS} 个，数量过多，无法检查",
        ),
        ("a.yaml", ARGS + "# vlmr1-lint: ignore[GRP001]\n" * (MAX_NAMED + 1), f"第 {MAX_NAMED} 条指令之后的内容"),
        ("pyproject.toml", "[tool.vlmr1-lint]\ngpus = \n", "不是有效的 TOML：无效的值"),
        ("pyproject.toml", "[tool.vlmr1-lint\n", "不是有效的 TOML：表的声明末尾应为“]”"),
        ("pyproject.toml", "[tool.vlmr1-lint]\na = [1", "不是有效的 TOML：数组没有闭合（位于文件末尾）"),
    ],
)
def test_a_sentence_in_chinese(tmp_path: Path, name: str, text: str, words: str) -> None:
    assert words in said(tmp_path, name, text)


def test_what_the_toml_reader_says_is_known() -> None:
    tomllib = pytest.importorskip("tomllib")
    for text in (
        "a",
        "=1",
        "a=1\na=2",
        "[a]\n[a]",
        "a={b=1,b=2}",
        "a={b=1",
        'a="\\x"',
        "a='x",
        "a=1979-13-01",
        "a=1 b=2",
        "[[a]",
        "a={}\na.b=1",
    ):
        with pytest.raises(tomllib.TOMLDecodeError) as raised:
            tomllib.loads(f"{text}\n")
        detail = re.sub(r" \(at line .*", "", str(raised.value))
        assert re.search("[一-鿿]", translated(detail, "zh")), detail
