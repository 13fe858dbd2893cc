"""Files that a run names: where they are, and what a path that leads nowhere still says by its name."""

from __future__ import annotations

import os

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.sources import Sources

__all__ = ["NamedStage", "below_root", "deepspeed_from_name", "expand_home", "resolve"]

_HOME_VARIABLES = ("REPO_HOME", "PROJECT_ROOT", "PROJECT_DIR", "REPO_ROOT", "ROOT_DIR")
"""Shell variables that launch scripts use for the repository's root (VLM-R1 run_scripts/*.sh: REPO_HOME, PROJECT_ROOT)."""


def resolve(name: str, holder: str, sources: Sources, folders: Sequence[str] = ()) -> str | None:
    """The absolute path of the file that *name* stands for, or None where no such file is in reach.

    It is looked for from *folders* (``cd`` targets, absolute), from the folder of *holder* (the file that names it) and its
    ancestors up to the repository root, which is where people start their runs. Nothing outside the root is followed.
    """
    name = expand_home(name, holder, sources)
    if "$" in name or "\0" in name or not name.strip():
        return None
    if os.path.isabs(name):
        path = sources.own(os.path.normpath(name))
        return path if sources.holds(path) else None
    for folder in (*folders, *sources.ancestors(holder)):
        path = os.path.normpath(os.path.join(folder, name))
        if sources.holds(path):
            return path
    return None


def expand_home(text: str, holder: str, sources: Sources) -> str:
    """*text* with the variables that scripts use for the repository's root replaced by it.

    ``${SCRIPT_DIR}`` is what the shell reader writes for ``$(dirname "$0")`` and its kin: the folder of *holder*.
    """
    text = text.replace("${SCRIPT_DIR}", os.path.dirname(holder))
    for variable in _HOME_VARIABLES:
        text = text.replace("${" + variable + "}", sources.root).replace("$" + variable, sources.root)
    return text


def below_root(text: str, holder: str) -> str | None:
    """*text* as a path from the repository's root, where all that is open in it are variables for that root or for the folder of
    *holder* (its name from the root); else None."""
    text = text.replace("${SCRIPT_DIR}", f"./{os.path.dirname(holder)}")
    for variable in _HOME_VARIABLES:
        text = text.replace("${" + variable + "}", ".")
    return None if "$" in text or "`" in text or not text.startswith(".") else os.path.normpath(text)


@value
class NamedStage:
    """What the name of a DeepSpeed file says: ZeRO stage, and what is offloaded to the CPU."""

    stage: int
    offload_optimizer: bool
    offload_param: bool


def deepspeed_from_name(name: str) -> NamedStage | None:
    """Stage and offload from a DeepSpeed file's name (``zero3.json``, ``zero3_offload.json``, ``ds_z2_config.json``), or None.

    ``offload`` alone in the name of a stage 3 file means optimizer and parameters, as in VLM-R1's and DeepSpeed's own
    ``zero3_offload.json``.
    """
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    stage = next((int(base[at + len(word)]) for word in _STAGE_WORDS if (at := _before_stage(base, word)) >= 0), None)
    if stage is None:
        return None
    offload = "offload" in base or "_off" in base or "cpu" in base
    only_optimizer = "offload_opt" in base or "optim" in base
    return NamedStage(stage, offload and stage > 0, offload and stage == 3 and not only_optimizer)


_STAGE_WORDS = ("zero", "zero_", "zero-", "stage", "stage_", "stage-", "z")


def _before_stage(base: str, word: str) -> int:
    """Where *word* stands in *base* right before a lone digit 0 to 3, at the start of a word; -1 if nowhere."""
    at = base.find(word)
    while at >= 0:
        digit = base[at + len(word) : at + len(word) + 1]
        after = base[at + len(word) + 1 : at + len(word) + 2]
        before = base[at - 1 : at]
        if digit in {"0", "1", "2", "3"} and digit and not after.isdigit() and (len(word) > 1 or not before.isalnum()):
            return at
        at = base.find(word, at + 1)
    return -1
