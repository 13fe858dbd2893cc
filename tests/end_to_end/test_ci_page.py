"""docs/ci.md: recipes as text. What they name exists, and each command line is one that the program takes."""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pytest
import yaml
from checkout import REPOSITORY, environment, git, new_repository, run

from vlmr1_lint.commandline.options import CHECK, quick
from vlmr1_lint.commands.check import check_parser

PAGES = {name: (REPOSITORY / "docs" / name).read_text(encoding="utf-8") for name in ("ci.md", "ci.zh-CN.md")}
HOOKS = {hook["id"] for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def blocks(page: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[list[str]]:
    """The command lines of the program in the recipes, without what other programs fill in."""
    found = []
    for _, text in blocks(page):
        for line in re.findall(r"(?<![-\w/])vlmr1-lint check [^|\n'\"]*", text):
            found.append([word for word in shlex.split(line)[2:] if word != "{staged_files}"])
    return found


def test_both_languages_have_the_same_recipes():
    assert blocks("ci.md") == blocks("ci.zh-CN.md")


def test_every_command_line_is_understood():
    found = commands("ci.md")
    assert len(found) == 8
    for words in found:
        assert quick(words, CHECK) or check_parser().parse_args(words)


def test_recipes_are_what_they_say_they_are():
    for language, text in blocks("ci.md"):
        if language == "yaml":
            assert isinstance(yaml.safe_load(text), dict)
        if language == "json":
            assert json.loads(text)


@pytest.mark.parametrize("page", PAGES)
def test_hooks_are_those_that_there_are(page):
    assert set(re.findall(r"^\| `(vlmr1-lint[\w-]*)`", PAGES[page], re.MULTILINE)) == HOOKS
    (config,) = (yaml.safe_load(text) for _, text in blocks(page) if "repos:" in text)
    assert {hook["id"] for repo in config["repos"] for hook in repo["hooks"]} <= HOOKS


@pytest.mark.slow
def test_lefthook_stops_a_commit(tmp_path):
    """The recipe as it stands, with the program of this environment."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("npm is not here")
    install = run(
        "npm", "install", "--prefix", tmp_path / "tool", "--no-audit", "--no-fund", "lefthook", cwd=tmp_path, status=range(256)
    )
    if install.returncode:
        pytest.skip("npm cannot fetch lefthook")
    project = tmp_path / "project"
    shutil.copytree(REPOSITORY / "examples", project / "examples")
    (recipe,) = (text for _, text in blocks("ci.md") if text.startswith("# lefthook.yml"))
    (project / "lefthook.yml").write_text(recipe, encoding="utf-8")
    new_repository(project)
    args = project / "examples/multinode/args.yaml"
    args.write_text(args.read_text(encoding="utf-8") + "seed: 7\n", encoding="utf-8")
    git(project, "add", "--all")
    lefthook = tmp_path / "tool" / "node_modules" / ".bin" / "lefthook"
    path = f"{REPOSITORY / '.venv' / 'bin'}:{environment()['PATH']}"
    told = run(lefthook, "run", "pre-commit", cwd=project, env=environment(PATH=path), status=1)
    assert "MEM001" in told.stdout
