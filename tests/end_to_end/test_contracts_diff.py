"""``--diff`` prints exactly what ``--fix`` writes, and fixing settles: over every example of every rule, whole files through
the whole command line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.ruletest import examples_of

UNSAFE = ("--unsafe-fixes", "--preset", "strict")
FAILING = [example for rule in builtin() for example in examples_of(rule) if example.expected is not None]
CASES = [pytest.param(example, marks=[pytest.mark.slow] if index % 8 else []) for index, example in enumerate(FAILING)]
"""Every eighth in the quick suite, all of them in the slow one."""


def words_of(example):
    """The options of *example* as a command line says them."""
    given = example.given
    named = {"--gpus": given.gpus, "--trainer": given.trainer, "--images": given.images, "--prompt-tokens": given.prompt_tokens}
    words = [word for name, value in named.items() if value is not None for word in (name, str(value))]
    if given.image:
        words += ["--image", f"{given.image[0]}x{given.image[1]}"]
    if given.host_ram:
        words += ["--host-ram", f"{given.host_ram / 2**30}GiB"]
    return [*words, *(["--check-data"] if given.check_data else []), *(["--here"] if given.here else [])]


def texts(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("example", CASES, ids=lambda example: f"{example.rule}-{example.number}")
def test_the_diff_is_what_fixing_writes(lint, example):
    for name, text in example.files.items():
        lint.write(name, text)
    if example.kind:
        lint.write(".vlmr1-lint.yaml", f"kinds:\n  {example.path}: {example.kind}\n")
    before = texts(lint.folder)
    words = [".", *words_of(example), "--quiet"]
    assert lint(*words, *UNSAFE, "--diff") in {0, 1}
    diff = lint.out
    assert texts(lint.folder) == before

    assert lint(*words, *UNSAFE, "--fix", "--fix-only") in {0, 1}
    fixed = texts(lint.folder)
    assert (fixed != before) == bool(diff)
    assert lint(*words, *UNSAFE, "--diff") in {0, 1}
    assert lint.out == "", "fixing a second time would change more"
    if diff:
        assert patched(lint.folder, before, diff) == fixed


def patched(folder: Path, before: dict[str, bytes], diff: str) -> dict[str, bytes]:
    """The texts *before* with *diff* applied by git."""
    for name, data in before.items():
        (folder / name).write_bytes(data)
    patch = diff.encode("utf-8", "surrogateescape")
    (folder / ".git").rmdir()  # a folder that is no repository is patched as it stands
    done = subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, input=patch, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return texts(folder)
