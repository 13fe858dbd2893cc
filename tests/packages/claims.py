"""What the rules claim about released packages (claims.yaml), and the requests that put a rule's own examples to a probe."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from vlmr1_lint.ruletest import Example, examples_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.rulefiles.rule import Rule

TABLE = Path(__file__).parent / "claims.yaml"

VLM_R1_ONLY = (
    "arrow_cache_dir|data_file_paths|freeze_vision_modules|image_folders|image_root|is_reward_customized_from_vlm_module|max_anyres_num|"
    "max_pixels|min_pixels|reward_method|task_type|val_split_ratio"
)
"""Options of VLM-R1's own classes. Where TRL's classes read a VLM-R1 example they are left out, being beside its point."""

SOME_DEEPSPEED = (
    '{"zero_optimization": {"stage": %s}, "train_micro_batch_size_per_gpu": "auto", "gradient_accumulation_steps": "auto"}'
)
"""A DeepSpeed file for examples that name one and leave it out."""


@dataclass
class Case:
    """One text to put to a probe: a failing example, its fixed text, or a passing one."""

    number: int
    role: str
    example: Example
    claim: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"example {self.number} ({self.role})"


def table() -> dict[str, dict[str, Any]]:
    """claims.yaml: rule → its claim."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return loaded


def versions(rule: Rule, claim: dict[str, Any]) -> list[str]:
    """The versions that a claim speaks of. Rules about VLM-R1's code alone speak of what it pins."""
    if "probe" not in claim:
        return []
    only = all(name.startswith(("vlm-r1", "r1-v")) for name in rule.trainers or ["any"])
    given: list[str] = claim.get("versions") or (["pinned"] if only else ["pinned", "newest"])
    return given


def cases(rule: Rule, claim: dict[str, Any], version: str) -> Iterator[Case]:
    """What to put to the probe of *claim* under *version*: examples for trainers of that version."""
    for example in examples_of(rule):
        its = _merged(claim, version, example.number)
        if its.get("skip") or version not in versions(rule, its) or version not in (its.get("as") or _versions_of(example)):
            continue
        if example.expected is None:
            yield Case(example.number, "pass", example, its)
            continue
        yield Case(example.number, "fail", example, its)
        if example.fixed is not None:
            files = {**example.files, example.expected[0]: example.fixed}
            yield Case(example.number, "fixed", _with_files(example, files), its)


def _merged(claim: dict[str, Any], version: str, number: int) -> dict[str, Any]:
    """*claim* with what it says for *version* and for example *number*; requests add up."""
    layers = [claim, claim.get(version) or {}, (claim.get("examples") or {}).get(number) or {}]
    layers.append(layers[-1].get(version) or {})
    merged: dict[str, Any] = {}
    for layer in layers:
        request = {**merged.get("request", {}), **layer.get("request", {})}
        merged = {**merged, **layer, "request": request}
    return merged


def _versions_of(example: Example) -> list[str]:
    """Which version stands for the trainer of *example*: the exact one, else the one on the same side of TRL 0.18."""
    found = re.fullmatch(r"(?:trl|trl-sft|trl-dpo)==(\d+)\.(\d+).*", example.given.trainer or "")
    if found is None:
        return ["pinned", "newest"]
    return ["newest" if (int(found[1]), int(found[2])) >= (0, 18) else "pinned"]


def _with_files(example: Example, files: dict[str, str]) -> Example:
    from vlmr1_lint.values import replace

    return replace(example, files=files)


def request(case: Case, version: str, vlm_r1: str | None) -> dict[str, Any]:
    """The request that puts *case* to the probe of its claim."""
    example, claim = case.example, case.claim
    trainer = example.given.trainer or ("vlm-r1" if re.search(r"grpo_(jsonl|rec)\.py", example.files[example.path]) else "trl")
    of_vlm_r1 = trainer.startswith("vlm-r1") and version == "pinned" and vlm_r1 is not None
    classes = "vlm-r1" if of_vlm_r1 else "trl-sft" if "sft" in trainer else "trl-dpo" if "dpo" in trainer else "trl"
    made: dict[str, Any] = {"files": dict(example.files), "classes": classes, "vlm_r1": vlm_r1, "version": version}
    gpus = re.match(r"\d+", example.given.gpus or "")
    made["world_size"] = int(gpus[0]) if gpus else 1
    text = example.files[example.path]
    if claim["probe"] == "accelerate_file":
        _ask_accelerate(made, example.path, text)
    elif example.path.endswith(".sh") and claim["probe"] != "script":
        made["flags"] = _flags(text)[1]
    else:
        made["path"] = example.path
    made.update(claim["request"])
    if case.role != "fail":
        made.update(claim.get("passing_request", {}))
    if version == "newest" and made.get("flags"):
        made["flags"] = _with_values(made["flags"])
    if claim["probe"] != "accelerate_file" and classes != "vlm-r1":
        _leave_out_vlm_r1(made)
    if not made.get("no_files"):
        _add_deepspeed_files(made)
    return made


def _flags(script: str) -> tuple[list[str], list[str]]:
    """The words before and after the training script in the one command of an example's launch script."""
    words = shlex.split(script.replace("\\\n", " "), comments=True)
    at = next(number for number, word in enumerate(words) if word.endswith(".py"))
    return words[:at], words[at + 1 :]


def _with_values(words: list[str]) -> list[str]:
    """*words* with a bare ``--bf16`` spelt out: since TRL 0.19 it may be None too, and then argparse wants a value."""
    bare = {at for at, word in enumerate(words) if word == "--bf16" and (at + 1 == len(words) or words[at + 1].startswith("--"))}
    return [new for at, word in enumerate(words) for new in ([word, "true"] if at in bare else [word])]


def _ask_accelerate(made: dict[str, Any], path: str, text: str) -> None:
    made["config"] = path
    if path.endswith(".sh"):
        launch, words = _flags(text)
        at = launch.index("--config_file")
        made["config"] = launch[at + 1]
        made["launch_flags"] = launch[2:at] + launch[at + 2 :]
        made["flags"] = words


def _leave_out_vlm_r1(made: dict[str, Any]) -> None:
    files = made["files"]
    for name in files:
        if name.endswith((".yaml", ".yml")):
            files[name] = re.sub(rf"(?m)^(?:{VLM_R1_ONLY}):.*\n", "", files[name])
    made.setdefault("leave_out", VLM_R1_ONLY.split("|"))
    if made.get("flags"):
        joined = " ".join(shlex.quote(word) for word in made["flags"])
        made["flags"] = shlex.split(re.sub(rf"--(?:{VLM_R1_ONLY}) \S+", "", joined))


def _add_deepspeed_files(made: dict[str, Any]) -> None:
    """Files that an example names and leaves out, its run being about something else."""
    for text in list(made["files"].values()):
        for name in re.findall(r"(?m)^\s*(?:deepspeed|deepspeed_config_file): ['\"]?([\w./-]+\.json)", text):
            if not name.startswith("/"):
                made["files"].setdefault(name, SOME_DEEPSPEED % (3 if "zero3" in name else 2))


def seen(what: dict[str, Any], answer: dict[str, Any]) -> str | None:
    """None if *answer* shows *what*, else what it shows instead."""
    if "error" in what:
        if answer["error"] is None:
            return f"no error, wanted {what['error']}"
        # argparse prints what it refuses and exits; elsewhere the output holds a traceback, with source lines that prove nothing.
        said = answer["output"] if answer["error"].startswith("SystemExit") else answer["error"]
        return None if re.search(what["error"], said) else f"{answer['error']} {answer['output'][-300:]}, wanted {what['error']}"
    if answer["error"] is not None:
        return f"{answer['error']} {answer['output'][-600:]}"
    if "says" in what and not re.search(what["says"], answer["output"]):
        return f"does not say {what['says']}: {answer['output'][-600:]}"
    for path, wanted in what.get("reads", {}).items():
        got = _at(answer["value"], path)
        if type(got) is not type(wanted) or got != wanted:
            return f"{path} is {got!r}, wanted {wanted!r}"
    return None


def _at(value: Any, path: str) -> Any:
    """The part of *value* at *path*, keys separated by slashes; None where there is none."""
    for key in path.split("/"):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def problem(case: Case, answer: dict[str, Any]) -> str | None:
    """How *answer* contradicts the claim about *case*, None if it does not."""
    claim = case.claim
    if case.role == "fail":
        return seen(claim["seen"], answer)
    passing = claim.get(case.role, claim.get("passing", {}))
    if passing == "unasked":
        return None
    if "error" not in passing and answer["error"] is not None and passing != "other":
        return f"fails: {answer['error']} {answer['output'][-600:]}"
    if passing == "runs":
        return None
    if isinstance(passing, dict) and passing:
        return seen(passing, answer)
    return "shows what only the failing example should" if seen(claim["seen"], answer) is None else None
