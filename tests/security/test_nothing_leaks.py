"""Nothing outside of the repository is read because the repository says so, and nothing of it is shown."""

from __future__ import annotations

import os

import pytest
from attacks import FLEET, HAS_GIT

from vlmr1_lint.cli import main
from vlmr1_lint.reporting import FORMATS

SECRET = "login: bob\npassword: hunter2: x\n"
KINDS = 'kinds: {"*.yaml": args, "*.json": args}\n'

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


@pytest.fixture
def secret(attack):
    """A secret outside, and a repository that calls every file an args file: its excerpts would show it."""
    path = attack.home / "secret.yaml"
    path.write_text(SECRET, encoding="utf-8")
    attack.write(".vlmr1-lint.yaml", KINDS)
    (attack.repo / ".git").mkdir()
    return path


def told(done) -> str:
    text: str = done.stdout + done.stderr
    assert "Traceback" not in text and "internal error" not in text
    return text


@pytest.mark.parametrize("format_", FORMATS)
def test_a_link_out_is_left_out(attack, secret, format_):
    attack.write("args.yaml")
    (attack.repo / "relative.yaml").symlink_to("../home/secret.yaml")
    (attack.repo / "absolute.json").symlink_to(secret)
    text = told(attack.lint(".", *FLEET, "--format", format_, "--verbose"))
    assert "args.yaml" in text
    for word in ("hunter2", "bob", "relative.yaml", "absolute.json"):
        assert word not in text


@HAS_GIT
def test_a_link_out_that_is_committed_is_left_out(attack, secret):
    (attack.repo / ".git").rmdir()
    attack.write("args.yaml")
    (attack.repo / "k.yaml").symlink_to("../home/secret.yaml")
    attack.clone()
    text = told(attack.lint(".", *FLEET, "--verbose"))
    assert "args.yaml" in text and "hunter2" not in text and "k.yaml" not in text


@HAS_GIT
def test_a_tracked_folder_that_became_a_link_out(attack, secret):
    (attack.repo / ".git").rmdir()
    attack.write("args.yaml")
    attack.write("sub/secret.yaml", "a: 1\n")
    attack.write("sub/deep/x.yaml", "a: 1\n")
    attack.clone()
    for name in ("sub/deep/x.yaml", "sub/secret.yaml"):
        (attack.repo / name).unlink()
    (attack.repo / "sub" / "deep").rmdir()
    (attack.repo / "sub").rmdir()
    (attack.repo / "sub").symlink_to("../home")
    assert "sub/secret.yaml" in attack.git("ls-files")
    text = told(attack.lint(".", *FLEET, "--verbose"))
    assert "args.yaml" in text and "hunter2" not in text and "secret" not in text


def test_a_link_that_stays_inside_counts(attack, secret):
    attack.write("real/args.yaml")
    (attack.repo / "conf").mkdir()
    (attack.repo / "conf" / "linked.yaml").symlink_to("../real/args.yaml")
    done = attack.lint("conf", *FLEET)
    assert done.returncode == 1 and "conf/linked.yaml" in done.stdout


def test_without_a_repository_the_folder_is_the_border(attack, secret):
    (attack.repo / ".git").rmdir()
    attack.write("conf/args.yaml")
    attack.write("args.yaml")
    (attack.repo / "conf" / "k.yaml").symlink_to(secret)
    (attack.repo / "conf" / "up.yaml").symlink_to("../args.yaml")
    (attack.repo / "conf" / "same.yaml").symlink_to("args.yaml")
    text = told(attack.lint("conf", *FLEET, folder=attack.folder / "repo"))
    assert "conf/args.yaml" in text and "conf/same.yaml" in text
    assert "up.yaml" not in text and "k.yaml" not in text and "hunter2" not in text


def test_a_folder_named_by_hand_that_leads_out(attack, secret):
    attack.write("args.yaml")
    (attack.repo / "configs").symlink_to("../home")
    done = attack.lint("configs", "args.yaml", *FLEET)
    assert done.returncode == 2 and "args.yaml" in done.stdout
    assert done.stderr == ("vlmr1-lint: configs: a link that leads out of the repository; name the folder that it leads to\n")
    assert "hunter2" not in done.stdout
    assert "指向仓库之外的链接" in attack.lint("configs", "--lang", "zh").stderr
    (attack.home / "args.yaml").write_bytes((attack.repo / "args.yaml").read_bytes())
    assert attack.lint(str(attack.home), *FLEET).returncode == 1  # it is named in so many words


def test_a_file_named_by_hand_is_linted_and_not_shown(attack, secret):
    (attack.home / "args.yaml").write_bytes((attack.write("args.yaml")).read_bytes())
    (attack.repo / "args.yaml").unlink()
    (attack.repo / "args.yaml").symlink_to("../home/args.yaml")
    done = attack.lint("args.yaml", *FLEET)
    assert "MEM001" in done.stdout
    assert "gradient_checkpointing: false" not in done.stdout
    done = attack.lint("args.yaml", *FLEET, "--diff")
    assert done.stdout == ""
    # Written with its own path it is the user's own, and shown.
    assert "gradient_checkpointing: false" in attack.lint(str(attack.home / "args.yaml"), *FLEET).stdout


SETTINGS = {"rules": "../home/rules", "extend": "../home/settings.yaml", "baseline": "../home/base.json"}


def fill(attack) -> None:
    (attack.home / "rules").mkdir()
    (attack.home / "rules" / "r.yaml").write_text(SECRET, encoding="utf-8")
    (attack.home / "settings.yaml").write_text("hunter2: x\n", encoding="utf-8")
    (attack.home / "base.json").write_text('{"version": "hunter2", "findings": []}', encoding="utf-8")


@pytest.mark.parametrize("setting", sorted(SETTINGS))
@pytest.mark.parametrize("how", ["relative", "absolute", "link", "toml"])
def test_settings_stay_inside(attack, secret, setting, how):
    fill(attack)
    attack.write("args.yaml")
    name = SETTINGS[setting]
    if how == "absolute":
        name = str(attack.home / name.removeprefix("../home/"))
    elif how == "link":
        (attack.repo / "inner").symlink_to("../home")
        name = name.replace("../home", "inner")
    file, text = ".vlmr1-lint.yaml", f"gpus: 4xA100-40G\n{setting}: {name}\n"
    if how == "toml":
        (attack.repo / file).unlink()
        file, text = "pyproject.toml", f'[tool.vlmr1-lint]\n{setting} = "{name}"\n'
    attack.write(file, text)
    done = attack.lint("args.yaml", *FLEET)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"{file}:2:")
    assert done.stderr.count("\n") == 1 and "hunter2" not in done.stderr
    assert f"{setting}: {name} is outside of the repository" in done.stderr
    assert "在仓库之外" in attack.lint("args.yaml", "--lang", "zh").stderr


def test_settings_named_by_hand_inside_stay_inside_too(attack, secret):
    fill(attack)
    attack.write("args.yaml")
    attack.write("ci.yaml", "extend: ../home/settings.yaml\n")
    done = attack.lint("args.yaml", "--config", "ci.yaml")
    assert done.returncode == 2 and "hunter2" not in told(done) and "outside of the repository" in done.stderr
    attack.write("ci.yaml", "extend: base.yaml\n")
    (attack.repo / "base.yaml").symlink_to("../home/settings.yaml")
    done = attack.lint("args.yaml", "--config", "ci.yaml")
    assert done.returncode == 2 and "hunter2" not in told(done)


def test_the_users_own_settings_outside_may_name_anything(attack, secret):
    attack.write("args.yaml")
    (attack.home / "base.yaml").write_text("gpus: 4xA100-40G\n", encoding="utf-8")
    (attack.home / "mine.yaml").write_text("extend: base.yaml\n", encoding="utf-8")
    done = attack.lint("args.yaml", "--config", str(attack.home / "mine.yaml"))
    assert done.returncode == 1 and "GRP001" in done.stdout


@pytest.mark.parametrize("link", ["rules/r.yaml", "rules/sub"])
@pytest.mark.parametrize("by_hand", [[], ["--rules", "rules"]])
def test_links_among_own_rules_stay_inside(attack, secret, link, by_hand):
    fill(attack)
    attack.write("args.yaml")
    attack.write("rules/own.yaml", "id: OWN001\nwhen: run.max_steps == 500\nmessage: five hundred\n")
    attack.write(".vlmr1-lint.yaml", "" if by_hand else "rules: rules\n")
    (attack.repo / link).symlink_to("../../home/rules" + ("/r.yaml" if link.endswith(".yaml") else ""))
    done = attack.lint("args.yaml", *by_hand)
    assert "hunter2" not in told(done) and "password" not in told(done)
    assert "sub/r.yaml" not in told(done)


ASKING = ("stat", "lstat", "open", "readlink", "listdir", "scandir", "access")
REFERENCES = """\
model_name_or_path: ../home/model
deepspeed: {deepspeed}
per_device_train_batch_size: 1
num_generations: 8
output_dir: out
data_file_paths: ../home/x.jsonl
image_folders: ../home
dataset_name: ../home/data.yaml
"""


@pytest.mark.parametrize("name", ["../home/zero3.json", "{home}/zero3.json", "conf/../../home/zero3.json"])
def test_references_ask_nothing_of_the_disk_outside(attack, secret, monkeypatch, capfd, name):
    (attack.home / "zero3.json").write_text('{"zero_optimization": {"stage": 3, "hunter2": 1}}', encoding="utf-8")
    reference = name.format(home=attack.home)
    attack.write("args.yaml", REFERENCES.format(deepspeed=reference))
    attack.write(
        "run/run.sh",
        f"cd ../../home\ntorchrun --nproc_per_node 4 ../../home/grpo.py --deepspeed {reference} --output_dir o"
        " --num_generations 8 --config ../../home/secret.yaml\nsource ../../home/env.sh\n",
    )
    asked: list[str] = []

    def watched(real):
        def call(path, *given, **named):
            if isinstance(path, str | os.PathLike):
                asked.append(os.path.normpath(os.path.join(os.getcwd(), os.fspath(path))))
            return real(path, *given, **named)

        return call

    monkeypatch.chdir(attack.repo)
    assert main([".", *FLEET, "--preset", "strict"]) in {0, 1}  # load what is loaded late
    for call in ASKING:
        monkeypatch.setattr(os, call, watched(getattr(os, call)))
    assert main([".", *FLEET, "--preset", "strict"]) in {0, 1}
    monkeypatch.undo()
    assert str(attack.repo / "args.yaml") in asked  # what is watched is what is used
    assert [path for path in asked if path.startswith(str(attack.home))] == []
    assert "hunter2" not in capfd.readouterr().out
