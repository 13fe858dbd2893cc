"""What is installed where the user says that this machine trains."""

from __future__ import annotations

import pytest

from vlmr1_lint.candidates.environment import installed
from vlmr1_lint.preferences import Given, load_preferences
from vlmr1_lint.session import Session
from vlmr1_lint.sources import Sources

ARGS = "model_name_or_path: Qwen/Qwen2.5-1.5B-Instruct\nmax_completion_length: 512\nnum_generations: 8\n"


@pytest.fixture
def environment(tmp_path, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "env"))

    def install(name: str) -> None:
        (tmp_path / "env" / "lib" / "python3.11" / "site-packages" / name).mkdir(parents=True)

    return install


def run_of(folder, **given):
    (folder / "repo" / ".git").mkdir(parents=True, exist_ok=True)
    (folder / "repo" / "args.yaml").write_text(ARGS)
    (folder / "repo" / "requirements.txt").write_text("trl==0.14.0\n")
    sources = Sources(str(folder / "repo"))
    preferences = load_preferences(Given(**given), sources, None, without_settings=True)
    (run,) = Session(sources, [str(folder / "repo" / "args.yaml")], preferences).runs()
    return run


def test_what_is_installed_here_is_what_trains_here(tmp_path, environment):
    environment("trl-0.17.0.dist-info")
    run = run_of(tmp_path, here=True)
    assert run.candidates == ("trl==0.17.0",)
    assert "--here" in run.inputs.trainer.evidence


def test_a_laptops_packages_are_not_the_clusters(tmp_path, environment):
    environment("trl-0.17.0.dist-info")
    assert run_of(tmp_path).candidates == ("trl==0.14.0",)


def test_without_the_package_the_pins_speak(tmp_path, environment):
    environment("trlx-0.7.0.dist-info")
    assert run_of(tmp_path, here=True).candidates == ("trl==0.14.0",)


def test_a_release_newer_than_the_tables_is_said_to_be(tmp_path, environment):
    environment("trl-99.0.0.dist-info")
    run = run_of(tmp_path, here=True)
    assert run.candidates == ("trl==1.16.0",)
    assert "99.0.0 is newer than the tables" in run.inputs.trainer.evidence


def test_the_environment_of_this_program_where_none_is_active(tmp_path, monkeypatch):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    (tmp_path / "Lib" / "site-packages" / "trl-0.18.2.dist-info").mkdir(parents=True)
    assert installed("trl", Sources(str(tmp_path))).versions == "==0.18.2"
