"""Other programs, one row each: what tells their files and their commands from ours."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypedDict

    class Program(TypedDict, total=False):
        """What is known of a program that is not linted.

        keys      top-level keys of its files that ours never have
        prefixes  how dotted keys of its files begin
        stages    its values of ``stage``
        signs     words that show in a script's text that it starts this program
        commands  its commands, with the sub-commands that train; none where any does
        parts     parts of a script's or module's path that are its own
        """

        keys: tuple[str, ...]
        prefixes: tuple[str, ...]
        stages: tuple[str, ...]
        signs: tuple[str, ...]
        commands: Mapping[str, tuple[str, ...]]
        parts: tuple[str, ...]


__all__ = ["COMMANDS", "KEYS", "PARTS", "PREFIXES", "SIGNS", "STAGES"]

PROGRAMS: Mapping[str, Program] = {
    "LLaMA-Factory": {
        "keys": ("finetuning_type", "infer_backend", "export_dir", "cutoff_len", "dataset_dir"),
        "stages": ("pt", "sft", "rm", "ppo", "dpo", "kto"),  # llamafactory/hparams/finetuning_args.py
        "signs": ("llamafactory-cli", "--finetuning_type"),
        "commands": {"llamafactory-cli": ()},
        "parts": ("llamafactory", "llama_factory"),
    },
    "ms-swift": {
        "keys": ("tuner_type", "train_type", "rlhf_type", "megatron_extra_kwargs"),
        "signs": ("swift sft", "swift rlhf", "swift/cli", "import swift", "--sft_type", "--train_type", "--tuner_type"),
        "commands": {"swift": ("sft", "rlhf", "pt"), "megatron": ("sft", "pt", "rlhf")},
        "parts": ("swift/cli/", "swift.cli"),
    },
    "verl": {
        "keys": ("actor_rollout_ref",),
        "prefixes": ("actor_rollout_ref.", "worker."),  # EasyR1's too
        "signs": ("verl.trainer",),
        "parts": ("verl.trainer", "verl/trainer"),
    },
    "EasyR1": {"keys": ("worker",)},
    "OpenRLHF": {"signs": ("openrlhf.",), "parts": ("openrlhf",)},
    "xtuner": {"commands": {"xtuner": ()}, "parts": ("xtuner",)},
    "axolotl": {"commands": {"axolotl": ()}, "parts": ("axolotl",)},
    "torchtune": {"commands": {"tune": ("run",)}},
    "nemo": {"commands": {"nemo": ()}},
    "Hydra": {"keys": ("_target_", "defaults", "hydra")},
    "open-r1's dataset filter": {"keys": ("pass_rate_min", "pass_rate_max")},
    "a workflow": {"keys": ("jobs",)},
    "a compose file": {"keys": ("services",)},
    "a pre-commit configuration": {"keys": ("repos",)},
    "a package file": {"keys": ("dependencies", "devDependencies")},
}

KEYS: Mapping[str, str] = {key: name for name, program in PROGRAMS.items() for key in program.get("keys", ())}
"""Top-level keys that show whose file it is, and whose. They decide before anything else."""
PREFIXES: Mapping[str, str] = {prefix: name for name, program in PROGRAMS.items() for prefix in program.get("prefixes", ())}
STAGES: Mapping[str, str] = {stage: name for name, program in PROGRAMS.items() for stage in program.get("stages", ())}
SIGNS: Mapping[bytes, str] = {
    sign.encode("ascii"): name for name, program in PROGRAMS.items() for sign in program.get("signs", ())
}
"""Words in a command that show whose trainer it starts."""
COMMANDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    command: (name, words) for name, program in PROGRAMS.items() for command, words in program.get("commands", {}).items()
}
"""Trainers with a command of their own that is not linted: command → program, and the sub-commands that train (none: any)."""
PARTS: Mapping[str, str] = {part: name for name, program in PROGRAMS.items() for part in program.get("parts", ())}
"""Parts of a script or module path that belong to another trainer, and which."""
