"""Nothing that is linted runs: neither through git, nor through the path of programs or of Python's modules.

Where the attack needs git, the same repository is first shown to plain git, which must fall for it: a marker that no attack can
make proves nothing.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from attacks import FLEET, HAS_GIT, Attack

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the attacker's programs are shell scripts")


def fsmonitor(attack: Attack, worktree: str = "") -> str:
    place = f'\tworktree = "{worktree}"\n' if worktree else ""
    return f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n{place}\tfsmonitor = \"touch '{attack.marker}'; false\"\n"


def falls_for_it(attack: Attack, folder: Path) -> bool:
    """Whether plain git in *folder* runs the attacker's program; the marker is gone afterwards."""
    attack.git("ls-files", "-co", "--exclude-standard", folder=folder, status=None)
    ran = attack.marker.exists()
    attack.marker.unlink(missing_ok=True)
    return ran


@HAS_GIT
def test_a_bare_repository_committed_as_plain_files(attack):
    attack.write("configs/args.yaml")
    attack.write("configs/HEAD", "ref: refs/heads/main\n")
    attack.write("configs/config", fsmonitor(attack, "."))
    for name in ("objects", "refs"):
        attack.write(f"configs/{name}/.keep", "")
    attack.clone()
    assert falls_for_it(attack, attack.repo / "configs")
    for words in (["configs"], ["."], ["configs", "--fix", "--diff"]):
        done = attack.lint(*words, *FLEET)
        assert "configs/args.yaml" in done.stdout
        assert not attack.marker.exists()
    done = attack.lint(".", *FLEET, folder=attack.repo / "configs")
    assert "args.yaml" in done.stdout and not attack.marker.exists()


@HAS_GIT
def test_the_configuration_of_an_unpacked_archive(attack):
    attack.write("args.yaml")
    attack.git("init", "--quiet")
    attack.git("add", "args.yaml")
    (attack.repo / ".git" / "config").write_text(fsmonitor(attack), encoding="utf-8")
    assert falls_for_it(attack, attack.repo)
    done = attack.lint(".", *FLEET)
    assert "args.yaml" in done.stdout and done.returncode == 1
    assert not attack.marker.exists()


@HAS_GIT
def test_a_git_file_that_names_a_hostile_repository(attack):
    attack.write("args.yaml")
    attack.git("init", "--quiet", "--separate-git-dir", str(attack.folder / "evil"))
    (attack.folder / "evil" / "config").write_text(fsmonitor(attack), encoding="utf-8")
    assert falls_for_it(attack, attack.repo)
    assert attack.lint(".", *FLEET).returncode == 1
    assert not attack.marker.exists()


@HAS_GIT
def test_the_variables_of_a_hook_do_not_say_which_repository(attack):
    attack.write("args.yaml")
    attack.git("init", "--quiet")
    evil = attack.folder / "evil"
    attack.git("init", "--quiet", str(evil))
    (evil / ".git" / "config").write_text(fsmonitor(attack), encoding="utf-8")
    for more in (
        {"GIT_DIR": str(evil / ".git"), "GIT_WORK_TREE": str(evil)},
        {"GIT_INDEX_FILE": str(evil / "no-index"), "GIT_PREFIX": "x/", "GIT_LITERAL_PATHSPECS": "1"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": f"touch '{attack.marker}'"},
    ):
        done = attack.lint(".", *FLEET, **more)
        assert "args.yaml" in done.stdout and done.returncode == 1
        assert not attack.marker.exists()


@HAS_GIT
def test_an_index_made_by_hand_leads_nowhere(attack):
    (attack.home / "a.yaml").write_text("password: hunter2\n", encoding="utf-8")
    attack.write("args.yaml")
    attack.write(".vlmr1-lint.yaml", 'kinds: {"*.yaml": args}\n')
    names = {b"xx/home/a.yaml": b"../home/a.yaml", b"x" * len(os.fsencode(attack.home)) + b"/a.yaml": b""}
    for name in names:
        attack.write(name.decode(), "a: 1\n")
    attack.git("init", "--quiet")
    attack.git("add", "--all")
    index = attack.repo / ".git" / "index"
    data = index.read_bytes()[:-20]
    for name, evil in names.items():
        assert name in data
        data = data.replace(name, evil or os.fsencode(attack.home / "a.yaml"))
    index.write_bytes(data + hashlib.sha1(data).digest())
    assert "home/a.yaml" in attack.git("ls-files")
    done = attack.lint(".", *FLEET, "--verbose")
    assert "args.yaml" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr and "home/a.yaml" not in done.stdout + done.stderr


@pytest.mark.parametrize("entry", [".", "", "bin", "{repo}/bin", "{repo}"])
def test_programs_of_the_checkout_are_not_found_on_path(attack, entry):
    attack.write("args.yaml")
    (attack.repo / ".git" / "objects").mkdir(parents=True)
    (attack.repo / ".git" / "refs").mkdir()
    (attack.repo / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    for folder in (attack.repo, attack.repo / "bin"):
        for name in ("git", "nvidia-smi"):
            attack.program(folder / name, "NVIDIA A100-SXM4-40GB")
    path = os.pathsep.join([entry.format(repo=attack.repo), os.environ["PATH"]])
    done = attack.lint(".", "--gpus", "local", PATH=path)
    assert "nvidia-smi" in done.stderr or done.returncode == 1
    done = attack.lint(".", *FLEET, PATH=path)
    assert done.returncode == 1
    assert not attack.marker.exists()


def test_a_program_outside_of_the_checkout_is_found(attack):
    attack.write("args.yaml")
    (attack.repo / ".git").mkdir()
    attack.program(attack.folder / "bin" / "nvidia-smi", "NVIDIA A100-SXM4-40GB")
    done = attack.lint("args.yaml", "--gpus", "local", PATH=str(attack.folder / "bin"))
    assert "MEM001" in done.stdout
    assert attack.marker.exists()


@pytest.mark.parametrize("name", ["yaml.py", "json.py", "tree_sitter/__init__.py", "vlmr1_lint/__init__.py", "sitecustomize.py"])
def test_modules_of_the_checkout_are_not_imported(attack, name):
    attack.write("configs/args.yaml")
    attack.write(name, f"open({str(attack.marker)!r}, 'w').close()\n")
    done = attack.lint("configs", *FLEET)
    assert done.returncode == 1 and "args.yaml" in done.stdout
    assert not attack.marker.exists()


def test_rules_of_the_checkout_do_not_run(attack):
    attack.write("args.yaml")
    evil = f"__import__('os').system('touch {attack.marker}')"
    attack.write("lint/r.yaml", f"id: OWN001\nname: own\nwhen: {evil}\nmessage: {{en: x}}\n")
    attack.write(".vlmr1-lint.yaml", "rules: lint\n")
    (attack.repo / ".git").mkdir()
    assert attack.lint(".").returncode == 2
    assert not attack.marker.exists()
