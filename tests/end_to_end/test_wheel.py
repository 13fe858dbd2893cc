"""What is built is what users get: the sdist builds the wheel, and the wheel works elsewhere, without this repository."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from checkout import REPOSITORY, copy_of_work_tree, environment, run

pytestmark = pytest.mark.slow

OFFLINE = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "os.system", "os.exec"):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(refuse)
"""
"""A sitecustomize under which the network is an error, and so is a shell."""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the sdist, and with the wheel that was built out of it."""
    sources = copy_of_work_tree(tmp_path_factory.mktemp("sources"))
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", target, sources, cwd=target)
    return target


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The programs of an environment that holds the wheel and nothing of ours besides."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return programs


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A folder far from the repository that holds a copy of the examples."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    return tmp_path


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_holds_the_package_and_the_rules(wheel):
    names = set(names_in(wheel))
    package = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "vlmr1_lint").rglob("*")
        if path.is_file() and path.suffix in {".py", ".json", ".typed"} and "_compiled" not in path.parts
    }
    rules = {f"vlmr1_lint/{path.relative_to(REPOSITORY).as_posix()}" for path in (REPOSITORY / "rules").rglob("*.yaml")}
    assert rules and "vlmr1_lint/py.typed" in package
    assert package - names == set()
    assert rules - names == set()
    assert any(name.startswith("vlmr1_lint/_compiled/") for name in names)


def test_wheel_holds_nothing_else(wheel):
    names = names_in(wheel)
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"vlmr1_lint"}
    assert [name for name in names if name.startswith("vlmr1_lint/rules/") and name.endswith(".py")] == []
    assert [name for name in names if name.endswith("/licenses/LICENSE")] != []


def test_sdist_holds_what_a_packager_needs(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for needed in (
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "pyproject.toml",
        "rules/rule.schema.json",
        "examples/multinode/args.yaml",
    ):
        assert needed in names
    assert any(name.startswith("tests/") for name in names)


def test_console_script_lints_elsewhere(installed, elsewhere):
    done = run(installed / "vlmr1-lint", "--format", "json", "examples", cwd=elsewhere, status=1)
    report = json.loads(done.stdout)
    assert "MEM001" in {finding["rule"] for finding in report["findings"]}
    assert "examples/multinode/args.yaml" in {file["path"] for file in report["files"]}


def test_module_runs_like_the_script(installed, elsewhere):
    words = ("--format", "json", "examples")
    script = run(installed / "vlmr1-lint", *words, cwd=elsewhere, status=1)
    module = run(installed / "python", "-m", "vlmr1_lint", *words, cwd=elsewhere, status=1)
    assert module.stdout == script.stdout


def test_installed_rules_are_the_repository_s(installed, elsewhere):
    listed = run(installed / "vlmr1-lint", "rules", cwd=elsewhere).stdout
    names = [path.stem for path in (REPOSITORY / "rules").rglob("*.yaml")]
    assert [name for name in names if name not in listed] == []


def test_a_run_uses_no_network_and_no_shell(installed, elsewhere):
    (elsewhere / "offline").mkdir()
    (elsewhere / "offline" / "sitecustomize.py").write_text(OFFLINE, encoding="utf-8")
    env = environment(PYTHONPATH=str(elsewhere / "offline"))
    control = run(installed / "python", "-c", "import os; os.system('true')", cwd=elsewhere, env=env, status=1)
    assert "os.system" in control.stderr
    done = run(installed / "vlmr1-lint", "--fix", "examples", cwd=elsewhere, env=env, status=(0, 1))
    assert "internal error" not in done.stderr


def test_version_is_the_same_everywhere(installed, wheel, elsewhere):
    version = wheel.name.split("-")[1]
    assert run(installed / "vlmr1-lint", "--version", cwd=elsewhere).stdout.strip() == f"vlmr1-lint {version}"
    asked = "import importlib.metadata, vlmr1_lint; print(vlmr1_lint.__version__, importlib.metadata.version('vlmr1-lint'))"
    assert run(installed / "python", "-c", asked, cwd=elsewhere).stdout.split() == [version, version]
