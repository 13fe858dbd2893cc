"""The READMEs: their commands work, their snippets are valid, their generated parts are current, and both say the same."""

from __future__ import annotations

import re
import shutil
import sys

import pytest
import yaml
from checkout import REPOSITORY, copy_of_work_tree, environment, run

from vlmr1_lint.rulefiles.catalogue import builtin
from vlmr1_lint.settings.read import read_settings, unknown_rules

READMES = {name: (REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")}
MAIN_JOB = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/vlmr1-lint examples/"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/python -m pytest"


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of *text* that are marked as *language*."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def outline(text: str) -> list[str]:
    """What a translation must share with its original: levels of headings, code less its comments, rows of tables, links."""
    shared: list[str] = []
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if language != "console":
            shared.extend(line.split("#")[0].rstrip() if not line.startswith("#") else "#" for line in code.splitlines())
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    shared.extend(re.findall(r"^#+(?= )", prose, re.MULTILINE))
    shared.extend(str(line.count(" | ")) for line in prose.splitlines() if line.startswith("|"))
    shared.extend(
        f"[{target.replace('.zh-CN.', '.')}]" for target in re.findall(r"\]\(([^)]+)\)", prose) if not target.startswith("README")
    )
    shared.extend("*" for line in prose.splitlines() if line.startswith("* "))
    return shared


@pytest.mark.parametrize("text", READMES.values(), ids=READMES)
def test_two_commands_of_one_line_each(text):
    assert [block.strip() for block in blocks(text, "sh")][:2] == [MAIN_JOB, TESTS]


def test_ci_runs_exactly_the_readme_s_test_command():
    assert TESTS in (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert f"```sh\n{TESTS}\n```" in (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_both_languages_have_the_same_outline():
    english, chinese = map(outline, READMES.values())
    assert english == chinese and len(english) > 50


@pytest.mark.parametrize("program", ["rule_table.py", "claims_page.py", "excerpt.py", "plan_page.py"])
def test_generated_parts_are_current(program):
    run(sys.executable, REPOSITORY / "tools" / program, "--check", cwd=REPOSITORY)


@pytest.mark.parametrize("text", READMES.values(), ids=READMES)
def test_settings_shown_are_settings(text):
    (shown,) = [block for block in blocks(text, "yaml") if "overrides:" in block]
    settings = read_settings(".vlmr1-lint.yaml", shown.encode())
    assert settings is not None and settings.values["gpus"] == "4xA100-40G"
    assert list(unknown_rules(settings, {rule.id: rule.name for rule in builtin()})) == []


@pytest.mark.parametrize("text", READMES.values(), ids=READMES)
def test_snippets_name_hooks_and_inputs_that_there_are(text):
    hooks = {hook["id"] for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    inputs = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))["inputs"]
    configurations = [yaml.safe_load(block) for block in blocks(text, "yaml")]
    (config,) = [one for one in configurations if "repos" in one]
    assert {hook["id"] for repo in config["repos"] for hook in repo["hooks"]} <= hooks
    (workflow,) = [one for one in configurations if "jobs" in one]
    (step,) = [step for job in workflow["jobs"].values() for step in job["steps"] if "vlmr1-lint" in step["uses"]]
    assert set(step["with"]) <= set(inputs)
    assert all(f"| `{name}` |" in text for name in inputs)


def test_documents_link_to_files_that_there_are():
    for page in (*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "rules").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.slow
def test_main_job_in_a_fresh_clone(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("needs a shell")
    clone = copy_of_work_tree(tmp_path)
    done = run("bash", "-c", MAIN_JOB, cwd=clone, env=environment(NO_COLOR="1"), status=1)
    assert "MEM001" in done.stdout
