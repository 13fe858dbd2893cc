"""Reads the claims from the sources of upstream releases, and compares them with the tables of `vlmr1_lint/trainers`.

    python tools/facts/claims.py FOLDER [RELEASE ...]

FOLDER contains unpacked TRL wheels (``1.16.0/trl/…`` or ``trl-1.16.0/trl/…``) and git clones called ``VLM-R1`` and ``R1-V``; what
is not there is left out. Each difference is printed: another value than the table's, code that an extractor no longer
understands, and for a TRL that the table does not have, what differs from the newest one that it has. Exit status: 0 without a
difference, 1 with one, 2 where FOLDER contains nothing to read. Source is parsed and never run.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))  # this repository's extractors, not those of an installed package

from vlmr1_lint.claims.claim import CLAIMS, MODEL_CLAIMS, SCRIPT_CLAIMS, NotUnderstood
from vlmr1_lint.claims.code import Names, ScriptCode, TrainerCode
from vlmr1_lint.claims.extract import EXTRACTORS, of_model, of_script, of_trainer
from vlmr1_lint.trainers import options
from vlmr1_lint.trainers.families import VARIANTS
from vlmr1_lint.trainers.profiles import behaviour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NOT_READ = "not understood"


@dataclass(frozen=True)
class Upstream:
    """Where the code of one release of the table is: a clone, a commit of it, the trainer's class and file, and the script."""

    clone: str
    commit: str
    folder: str
    trainer: str
    name: str
    script: str


_VLM_R1 = "src/open-r1-multimodal/src/open_r1"
_R1_V = "src/r1-v/src/open_r1"
UPSTREAM = {
    "vlm-r1": Upstream("VLM-R1", "90052f4", _VLM_R1, "trainer/grpo_trainer.py", "VLMGRPOTrainer", "grpo_jsonl.py"),
    "vlm-r1@2025-04": Upstream("VLM-R1", "4081ec3", _VLM_R1, "trainer/grpo_trainer.py", "VLMGRPOTrainer", "grpo_jsonl.py"),
    "vlm-r1@2025-02": Upstream("VLM-R1", "7b2634b", _VLM_R1, "trainer/grpo_trainer.py", "Qwen2VLGRPOTrainer", "grpo_jsonl.py"),
    "r1-v": Upstream("R1-V", "bbbbe3d", _R1_V, "trainer/grpo_trainer.py", "Qwen2VLGRPOTrainer", "grpo.py"),
    "r1-v@vllm": Upstream(
        "R1-V", "bbbbe3d", _R1_V, "trainer/vllm_grpo_trainer_modified.py", "Qwen2VLGRPOVLLMTrainerModified", "grpo.py"
    ),
    "r1-v@vllm-2025-02": Upstream("R1-V", "bbbbe3d", _R1_V, "trainer/vllm_grpo_trainer.py", "Qwen2VLGRPOVLLMTrainer", "grpo.py"),
}

BY_HAND = {
    ("r1-v", "vllm"): "the script starts another class where use_vllm is on",
    ("trl", "default_model_dtype"): "create_model_from_path decides it, and transformers' default",
}
"""Claims that the code read here leaves open, by release or family, and who decides them."""


def releases(folder: Path) -> Iterator[tuple[str, TrainerCode, ScriptCode]]:
    """The releases in *folder* with their code, TRL's in the order of their versions."""
    wheels = [
        (match.group(1), path) for path in folder.iterdir() if (match := re.fullmatch(r"(?:trl-)?(\d+(?:\.\d+)+)", path.name))
    ]
    for version, path in sorted(wheels, key=lambda one: [int(part) for part in one[0].split(".")]):
        package = path / "trl"
        config = _class(_tree(package / "trainer/grpo_config.py"), "GRPOConfig")
        trainer = _class(_tree(package / "trainer/grpo_trainer.py"), "GRPOTrainer")
        code = TrainerCode([("trl/trainer/grpo_trainer.py", trainer)], "Trainer", ("trl/trainer/grpo_config.py", config))
        yield f"trl=={version}", code, ScriptCode("trl/scripts/grpo.py", _tree(package / "scripts/grpo.py"))
    for release, source in UPSTREAM.items():
        if (folder / source.clone).exists():
            trainer = _class(_show(folder, source, source.trainer), source.name)
            code = TrainerCode([(source.trainer, trainer)], "Trainer")
            yield release, code, ScriptCode(source.script, _show(folder, source, source.script), _Modules(folder, source))


class _Modules(Names):
    """The modules for the families of models beside a script."""

    def __init__(self, folder: Path, source: Upstream) -> None:
        self.trees: dict[str, ast.Module] = {}
        words = [
            "git",
            "-C",
            str(folder / source.clone),
            "ls-tree",
            "--name-only",
            f"{source.commit}:{source.folder}/vlm_modules",
        ]
        found = subprocess.run(words, check=False, capture_output=True, text=True)
        for name in found.stdout.split():
            if name.endswith("_module.py"):
                self.trees[f"vlm_modules/{name}"] = _show(folder, source, f"vlm_modules/{name}")

    def classes(self, name: str) -> Sequence[tuple[str, ast.ClassDef]]:
        """The class *name*, which is made from an abstract one."""
        return [
            (path, node)
            for path, tree in self.trees.items()
            for node in tree.body
            if isinstance(node, ast.ClassDef) and node.name == name
        ]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _show(folder: Path, source: Upstream, path: str) -> ast.Module:
    words = ["git", "-C", str(folder / source.clone), "show", f"{source.commit}:{source.folder}/{path}"]
    return ast.parse(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def _class(tree: ast.Module, name: str) -> ast.ClassDef:
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def answers(code: TrainerCode, script: ScriptCode, table: Callable[[str], object]) -> Iterator[tuple[str, object, str]]:
    """Each claim that source can tell, its value or `NOT_READ`, and where that was read. Where the *table* has a value for each
    text in a model's path, so has the answer."""
    for name in (one for one in CLAIMS if one in EXTRACTORS or one in SCRIPT_CLAIMS or one in MODEL_CLAIMS):
        known = table(name)
        if isinstance(known, dict):
            found = {text: _answer(name, code, script, text) for text in known}
            yield name, {text: value for text, (value, _) in found.items()}, ", ".join(where for _, where in found.values())
        else:
            yield name, *_answer(name, code, script, "Qwen/Qwen2.5-VL-3B-Instruct")


def _answer(name: str, code: TrainerCode, script: ScriptCode, model: str) -> tuple[object, str]:
    try:
        if name in SCRIPT_CLAIMS:
            claim = of_script(name, script)
        else:
            claim = of_model(name, script, code, model) if name in MODEL_CLAIMS else of_trainer(name, code)
    except NotUnderstood:
        claim = None
    return (NOT_READ, "") if claim is None else (claim.value, str(claim))


def expected(release: str, name: str) -> object:
    """What the table says of *release*, of the newest TRL in it for one that it does not have."""
    known = release in options.releases() or release in VARIANTS
    return behaviour(release if known else options.releases_of_trl(release.partition("==")[2])[-1], name)


def main(words: Sequence[str]) -> int:
    """Prints the answers and the differences."""
    if not words or not Path(words[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    different = read = 0
    for release, code, script in releases(Path(words[0])):
        if words[1:] and release not in words[1:]:
            continue
        read += 1
        for name, value, where in answers(code, script, partial(expected, release)):
            table = expected(release, name)
            if value == table or not {(release, name), (release.partition("==")[0], name)}.isdisjoint(BY_HAND):
                continue
            different += 1
            print(f"{release}: {name} is {value!r} ({where or 'the code has changed'}), the table says {table!r}")
    print(f"{read} releases read, {different} differences")
    return 2 if not read else 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
