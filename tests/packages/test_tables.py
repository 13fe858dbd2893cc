"""The option tables say of the released packages what their own parsers say."""

from __future__ import annotations

import os

import pytest

from vlmr1_lint.trainers import options
from vlmr1_lint.training.reading import read_flag

from .runner import INTERPRETERS, VLM_R1, Interpreter, write_vlm_r1

PARSERS = [
    ("pinned", "trl", "trl==0.17.0"),
    ("pinned", "trl-sft", "trl-sft==0.17.0"),
    ("pinned", "trl-dpo", "trl-dpo==0.17.0"),
    ("pinned", "vlm-r1", "vlm-r1"),
    ("newest", "trl", "trl==1.16.0"),
    ("newest", "trl-sft", "trl-sft==1.16.0"),
    ("newest", "trl-dpo", "trl-dpo==1.16.0"),
]
"""Version of the packages, classes of the script (see the probe `arguments`), the release that stands for them."""

OF_GRPO_REC = {"image_root"}
"""An option of VLM-R1's other script, whose classes the probe does not read."""


@pytest.mark.packages
@pytest.mark.parametrize(("version", "classes", "release"), PARSERS)
def test_flags_without_a_word(version: str, classes: str, release: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    python = os.environ.get(INTERPRETERS[version])
    repository = os.environ.get(VLM_R1)
    if not python or (classes == "vlm-r1" and not repository):
        pytest.skip(f"{INTERPRETERS[version]} or {VLM_R1} is not set")
    source = write_vlm_r1(repository, tmp_path_factory.mktemp("vlm-r1")) if classes == "vlm-r1" and repository else None
    with Interpreter(python) as interpreter:
        answer = interpreter.ask("flags", {"classes": classes, "vlm_r1": source})
    assert answer["error"] is None, answer["output"]
    bare = answer["value"]["bare"]
    found = {name: options.option(release, name) for name in options.option_names(release) - OF_GRPO_REC}
    assert set(found) - set(bare) == set()
    booleans = {name: option for name, option in found.items() if option is not None and "bool" in option.type}
    ours = {name: read_flag(True, option.word_type).problem != "no-value" for name, option in booleans.items()}
    assert ours == {name: bare[name] for name in booleans}
