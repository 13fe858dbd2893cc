"""The hooks, as pre-commit itself installs and runs them."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from checkout import REPOSITORY, copy_of_work_tree, environment, git, new_repository, run

from vlmr1_lint.sources.discovery import SUFFIXES, discover

HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ARGS = "examples/multinode/args.yaml"


def test_hooks_are_the_three_that_users_name():
    assert [hook["id"] for hook in HOOKS] == ["vlmr1-lint", "vlmr1-lint-fix", "vlmr1-lint-project"]
    assert all(hook["require_serial"] and hook["verbose"] for hook in HOOKS)
    assert [hook["pass_filenames"] for hook in HOOKS] == [True, True, False]
    assert HOOKS[2]["always_run"]


@pytest.mark.parametrize("hook", HOOKS[:2], ids=lambda hook: hook["id"])
@pytest.mark.parametrize("folder", ["", "a/", ".a/", "a.b/"])
def test_hook_asks_about_the_files_that_a_folder_walk_looks_at(hook, folder):
    """A hook knows no more of a name without a dot than that it is text; a walk also asks for its first line (next test)."""
    names = [f"b{suffix}" for suffix in (*SUFFIXES, ".py", ".md", ".toml", ".jsonl", ".yaml.j2", "")]
    asked = [name for name in (*names, ".bashrc", "b.") if re.search(hook["files"], folder + name)]
    assert asked == [*(f"b{suffix}" for suffix in SUFFIXES), "b"]
    assert hook["types"] == ["text"]


def test_a_walk_gives_no_file_that_a_hook_is_not_asked_about(tmp_path):
    """And of the files that a hook is asked about, a walk leaves only those without an ending that are no scripts."""
    texts = {
        "run": "#!/bin/bash\n",
        "LICENSE": "Free.\n",
        "tool": "#!/usr/bin/env python3\n",
        "a.sh": "",
        "b.yaml": "",
        "c.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    asked = {name for name in texts if re.search(HOOKS[0]["files"], name)}
    walked = {os.path.basename(path) for path in discover([str(tmp_path)], lambda path: False).files}
    assert walked == {"run", "a.sh", "b.yaml"}
    assert asked - walked == {"LICENSE", "tool"} and walked <= asked


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_no_file_name_is_taken_for_a_command(hook):
    """pre-commit appends names; a script called ``show`` would be a command without the word ``check`` before it."""
    assert hook["entry"].split()[:2] == ["vlmr1-lint", "check"]


@pytest.fixture(scope="module")
def linter(tmp_path_factory) -> Path:
    """This repository, as users' configuration would name it."""
    return copy_of_work_tree(tmp_path_factory.mktemp("linter"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """pre-commit's own cache, apart from the user's, shared by this module's tests."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def project(tmp_path) -> Path:
    """A user's repository: our examples, all committed."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    return new_repository(tmp_path)


def pre_commit(project: Path, cache: Path, *words: str | Path, status: int) -> str:
    """What pre-commit prints."""
    env = environment(PRE_COMMIT_HOME=str(cache), GIT_CONFIG_GLOBAL=os.devnull, NO_COLOR="1")
    return run(sys.executable, "-m", "pre_commit", *words, cwd=project, env=env, status=status).stdout


@pytest.mark.slow
def test_try_repo_finds(linter, project, cache):
    before = (project / ARGS).read_bytes()
    told = pre_commit(project, cache, "try-repo", linter, "vlmr1-lint", "--files", ARGS, status=1)
    assert "hook id: vlmr1-lint\n" in told and "MEM001" in told
    assert (project / ARGS).read_bytes() == before


@pytest.mark.slow
def test_try_repo_fixes(linter, project, cache):
    told = pre_commit(project, cache, "try-repo", linter, "vlmr1-lint-fix", "--files", ARGS, status=1)
    assert "files were modified by this hook" in told
    assert "\ngradient_checkpointing: true\n" in (project / ARGS).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_commit_is_stopped_fixed_and_let_through(linter, project, cache):
    """The life of a change: refused for its findings, fixed by the second hook, and committed as fixed."""
    revision = git(linter, "rev-parse", "HEAD").stdout.strip()
    (project / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump(
            {"repos": [{"repo": str(linter), "rev": revision, "hooks": [{"id": "vlmr1-lint"}, {"id": "vlmr1-lint-fix"}]}]}
        ),
        encoding="utf-8",
    )
    git(project, "add", "--all")
    env = environment(PRE_COMMIT_HOME=str(cache), GIT_CONFIG_GLOBAL=os.devnull, NO_COLOR="1")
    run(sys.executable, "-m", "pre_commit", "install", cwd=project, env=env)
    count = git(project, "rev-list", "--count", "HEAD").stdout

    args = project / ARGS
    mistaken = args.read_text(encoding="utf-8")
    args.write_text(f"{mistaken}seed: 7\n", encoding="utf-8")
    git(project, "add", "--all")
    commit = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "train")
    refused = run(*commit, cwd=project, env=env, status=1)
    assert "MEM001" in refused.stdout + refused.stderr
    assert git(project, "rev-list", "--count", "HEAD").stdout == count

    fixed = args.read_text(encoding="utf-8")
    assert [new for old, new in zip(f"{mistaken}seed: 7\n".splitlines(), fixed.splitlines(), strict=True) if old != new] == [
        "per_device_train_batch_size: 2",
        "gradient_accumulation_steps: 2",
        "gradient_checkpointing: true",
    ]
    git(project, "add", "--all")
    run(*commit, cwd=project, env=env)
    assert int(git(project, "rev-list", "--count", "HEAD").stdout) == int(count) + 1
    assert args.read_text(encoding="utf-8") == fixed


RUN = """\
source scripts/common.sh
torchrun --nproc_per_node 4 src/open_r1/grpo_jsonl.py --model_name_or_path Qwen/Qwen2.5-VL-3B-Instruct --output_dir out \\
  --dataset_name none --data_file_paths a.jsonl --image_folders images --num_generations $GENERATIONS --bf16 true \\
  --per_device_train_batch_size 2 --gradient_checkpointing true --deepspeed configs/zero3.json --max_completion_length 512
"""
STAGE = '{"zero_optimization": {"stage": %d}, "train_micro_batch_size_per_gpu": "auto"}\n'
PROJECT = {
    "scripts/run.sh": RUN,
    "scripts/common.sh": "GENERATIONS=8\n",
    "configs/zero3.json": STAGE % 3,
    ".vlmr1-lint.yaml": "gpus: 4xA100-40G\ntrainer: vlm-r1\n",
}


@pytest.mark.slow
def test_commits_that_break_a_run_by_another_file_are_stopped(linter, tmp_path, cache):
    """Each change alone passes every look at the changed file, and breaks the run of the script. With pre-commit, then prek."""
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for number in range(300):  # a repository with history, most of it none of ours
        path = tmp_path / "other" / f"f{number}.{('yaml', 'json', 'sh')[number % 3]}"
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"a": 1}\n' if number % 3 == 1 else "a: 1\n" if number % 3 == 0 else "echo a\n", encoding="utf-8")
    revision = git(linter, "rev-parse", "HEAD").stdout.strip()
    hooks = [{"id": "vlmr1-lint"}, {"id": "vlmr1-lint-project"}]
    config = {"repos": [{"repo": str(linter), "rev": revision, "hooks": hooks}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    new_repository(tmp_path)
    runners: list[tuple[str, tuple[str, ...]]] = [("pre-commit", (sys.executable, "-m", "pre_commit"))]
    prek = Path(sys.executable).with_name("prek")
    if prek.exists():
        runners.append(("prek", (str(prek),)))
    env = environment(PRE_COMMIT_HOME=str(cache), PREK_HOME=str(cache / "prek"), GIT_CONFIG_GLOBAL=os.devnull, NO_COLOR="1")
    changes: list[tuple[str, str | None, str, str]] = [  # the last is a warning: the file may be on the machine that trains
        ("configs/zero3.json", STAGE % 0, "MEM003", "vlmr1-lint"),
        ("scripts/common.sh", "GENERATIONS=1\n", "GRP00", "vlmr1-lint"),
        (".vlmr1-lint.yaml", "gpus: 4x24G\ntrainer: vlm-r1\n", "MEM003", "vlmr1-lint"),
        ("configs/zero3.json", None, "DSP0", "vlmr1-lint-project"),
    ]
    for runner, program in runners:
        passed = run(*program, "run", cwd=tmp_path, env=env).stdout
        assert "Passed" in passed or "no files" in passed.lower(), runner
        for name, text, rule, hook in changes:
            if text is None:
                git(tmp_path, "rm", "--quiet", name)
            else:
                (tmp_path / name).write_text(text, encoding="utf-8")
                git(tmp_path, "add", name)
            told = run(*program, "run", hook, cwd=tmp_path, env=env, status=(0, 1))
            git(tmp_path, "reset", "--quiet", "--hard")
            assert rule in told.stdout, (runner, name, told.stdout)
            assert told.returncode == (text is not None), (runner, name, told.stdout)
