"""What a pull request brings does not keep the linter busy: its process may use 20 seconds of CPU time, and is killed then."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no limits of CPU time")

STARS = "*a" * 40 + "*b\n"
"""As a regular expression this takes for ever on a name of many ``a``."""
NAME = "a" * 150


def test_patterns_of_a_gitignore_and_a_script_that_is_not_there(attack):
    (attack.repo / ".git").mkdir()
    attack.write(".gitignore", STARS)
    attack.write(f"{NAME}.yaml")
    attack.write("src/open_r1/other.py", "")
    attack.write("run.sh", f"torchrun --nproc_per_node 4 src/open_r1/{NAME}.py --output_dir o --num_generations 8 --bf16 true\n")
    done = attack.lint(".", "--gpus", "4xA100-40G", cpu_s=20)
    assert done.returncode == 1 and f"{NAME}.yaml" in done.stdout


@pytest.mark.parametrize("setting", ["exclude: ['{stars}']", "kinds: {{'{stars}': args}}", "overrides: [{{paths: ['{stars}']}}]"])
def test_patterns_of_settings(attack, setting):
    (attack.repo / ".git").mkdir()
    attack.write(".vlmr1-lint.yaml", setting.format(stars=STARS.strip()) + "\n")
    attack.write(f"{NAME}.yaml")
    assert attack.lint(".", "--gpus", "4xA100-40G", cpu_s=20).returncode == 1
