"""What the build hook packs: compiled rules and rule files in a wheel, nothing but a path in an editable install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from vlmr1_lint.rulefiles.catalogue import PACKAGE, builtin

pytest.importorskip("hatchling")
pytestmark = pytest.mark.slow

ROOT = os.path.dirname(PACKAGE)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of this repository without what git would not keep."""
    copy = tmp_path_factory.mktemp("repository")
    for name in ("vlmr1_lint", "rules"):
        shutil.copytree(f"{ROOT}/{name}", copy / name, ignore=shutil.ignore_patterns("__pycache__", "_compiled"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(f"{ROOT}/{name}", copy / name)
    return copy


def build(repository, kind, folder):
    code = f"from hatchling.build import {kind}; print({kind}({str(folder)!r}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    return folder / run.stdout.split()[-1]


def test_a_wheel_has_rules_in_both_forms_and_uses_the_compiled(repository, tmp_path):
    with zipfile.ZipFile(build(repository, "build_wheel", tmp_path)) as wheel:
        names = set(wheel.namelist())
        wheel.extractall(tmp_path / "site")
    assert {
        "vlmr1_lint/_compiled/rules.hot.jsonl",
        "vlmr1_lint/_compiled/rules.cold.jsonl",
        "vlmr1_lint/rules/README.md",
    } <= names
    assert {f"vlmr1_lint/{rule.details['path']}" for rule in builtin()} <= names
    assert not any(name.startswith("rules/") for name in names)
    code = (
        "import sys\n"
        "from vlmr1_lint.rulefiles.catalogue import builtin\n"
        "loads = 'vlmr1_lint.rulefiles.load' in sys.modules\n"
        "print(*(rule.id for rule in builtin()), builtin().rules[0].title('en') != '', loads)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.split() == [*(rule.id for rule in builtin()), "True", "False"]


def test_an_editable_install_compiles_in_place_and_copies_nothing(repository, tmp_path):
    pytest.importorskip("editables")
    shutil.rmtree(repository / "vlmr1_lint" / "_compiled", ignore_errors=True)
    with zipfile.ZipFile(build(repository, "build_editable", tmp_path)) as wheel:
        assert not [name for name in wheel.namelist() if name.startswith("vlmr1_lint/")]
    assert (repository / "vlmr1_lint" / "_compiled" / "rules.hot.jsonl").is_file()


def test_a_rule_that_is_none_stops_the_build(repository, tmp_path):
    wrong = repository / "rules" / "mem" / "wrong.yaml"
    wrong.write_text("id: MEM999\n", encoding="utf-8")
    try:
        with pytest.raises(subprocess.CalledProcessError) as caught:
            build(repository, "build_wheel", tmp_path)
    finally:
        wrong.unlink()
    assert "rules/mem/wrong.yaml:1:1: field 'message' is missing" in caught.value.stderr
