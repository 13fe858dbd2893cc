"""Which launcher a command is, where its own options end and the training script begins, and whether that script trains."""

from __future__ import annotations

import re

from vlmr1_lint.documents import foreign
from vlmr1_lint.documents.formats import LAUNCHERS, PLAIN_LAUNCHERS
from vlmr1_lint.documents.names import are_ours
from vlmr1_lint.documents.shell import tables
from vlmr1_lint.documents.shell.options import flag_name
from vlmr1_lint.documents.shell.text import Word
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Launch", "basename", "foreign_tool", "lacks_script", "recognise", "serves"]

_MODULES = {
    "torch.distributed.run": "torch.distributed",
    "torch.distributed.launch": "torch.distributed",
    "torch.distributed.elastic": "torch.distributed",
    "accelerate.commands.launch": "accelerate",
    "deepspeed": "deepspeed",
    "deepspeed.launcher.runner": "deepspeed",
    "deepspeed.launcher.launch": "deepspeed",
}
"""Modules that are launchers when started with ``python -m``."""
_TRL = frozenset({"grpo", "sft", "dpo", "kto", "rloo", "ppo", "reward", "online_dpo", "gkd", "orpo"})
"""Sub-commands of ``trl`` that train (trl/cli.py, 0.9 to 1.0)."""


@value
class Launch:
    """The parts of a training command, as indices into its words: ``options`` are (flag index, value index or -1)."""

    name: str
    start: int
    options: tuple[tuple[int, int], ...]
    open: bool
    script: int
    module: bool
    rest: int


def basename(word: Word) -> str:
    """The command's name without its folder, known or not (``$ENV/bin/torchrun``), or what ``$(which torchrun)`` looks for;
    empty if it is not known."""
    if word.known is None:
        looked_for = re.fullmatch(r"\$\(\s*(?:which|command\s+-v)\s+([\w.-]+)\s*\)|.*[)}\w]/([\w.-]+)", word.shown, re.DOTALL)
        return looked_for[1] or looked_for[2] if looked_for else ""
    return word.known.rsplit("/", 1)[-1]


def recognise(words: Sequence[Word], at: int) -> Launch | None:
    """The training command that starts at word *at*, or None: no launcher, no script, or a script that doesn't train."""
    name, index = _launcher(words, at)
    if name == "trl":
        return Launch(name=name, start=at, options=(), open=False, script=index, module=False, rest=index + 1)
    if not name:
        return None
    launch = _split(name, words, at, index)
    return launch if launch is not None and _trains(launch, words) else None


def lacks_script(words: Sequence[Word], at: int) -> bool:
    """Whether word *at* is a launcher that is given no script: the line with the script may be cut off."""
    name, index = _launcher(words, at)
    return name in LAUNCHERS and _split(name, words, at, index) is None


def foreign_tool(words: Sequence[Word], at: int) -> str | None:
    """The tool that a command at word *at* belongs to, if it starts a training that is not ours to read."""
    name = basename(words[at])
    known = foreign.COMMANDS.get(name)
    if known is not None:
        tool, subcommands = known
        following = {word.known for word in words[at + 1 : at + 3]}
        return tool if (not subcommands and len(words) > at + 1) or not following.isdisjoint(subcommands) else None
    launcher, index = _launcher(words, at)
    launch = _split(launcher, words, at, index) if launcher and launcher != "trl" else None
    if launch is None:
        return None
    script = words[launch.script].shown.lower().replace("llama-factory", "llamafactory")
    for part, owner in foreign.PARTS.items():
        if re.search(rf"(^|[/.]){re.escape(part)}", script):
            return owner
    return None


def serves(words: Sequence[Word], at: int) -> int | None:
    """Where the options begin of the command at word *at*, if it starts TRL's vLLM server: ``trl vllm-serve``, or its module."""
    name = basename(words[at])
    if name == "trl":
        return at + 2 if at + 1 < len(words) and words[at + 1].known == "vllm-serve" else None
    if re.fullmatch(r"python[0-9.]*", name):
        script = next((index for index in range(at + 1, len(words)) if not words[index].shown.startswith("-")), at)
        return script + 1 if re.search(r"(^|[/.])vllm_serve(\.py)?$", words[script].shown) else None
    return None


def _launcher(words: Sequence[Word], at: int) -> tuple[str, int]:
    """The launcher at word *at* and the index of what follows it (for ``trl`` its sub-command); an empty name if it is none."""
    name = basename(words[at])
    following = words[at + 1].known if at + 1 < len(words) else None
    if name in PLAIN_LAUNCHERS:
        return name, at + 1
    if name in {"accelerate", "accelerate-launch"}:
        return ("accelerate", at + 2) if following == "launch" else ("accelerate", at + 1) if name != "accelerate" else ("", at)
    if name == "trl":
        return ("trl", at + 1) if following in _TRL else ("", at)
    if re.fullmatch(r"python[0-9.]*", name) or (words[at].known is None and re.search(r"python", words[at].shown, re.I)):
        return _python(words, at)
    return ("python", at) if name.endswith(".py") else ("", at)


def _python(words: Sequence[Word], at: int) -> tuple[str, int]:
    index = at + 1
    while index < len(words) and (words[index].known or "").startswith("-"):
        option = words[index].known or ""
        if option.startswith("-c"):
            return "", at
        if option == "-m" and index + 1 < len(words):
            module = words[index + 1].known or ""
            if module in _MODULES:
                return _MODULES[module], index + 2
            if module == "accelerate.commands.accelerate_cli":
                return "accelerate", index + 3
            return "python", index
        index += 2 if option in {"-W", "-X"} else 1
    return "python", index


def _split(name: str, words: Sequence[Word], at: int, index: int) -> Launch | None:
    """Walk over the launcher's own options to the script; None without one."""
    bare = tables.BARE.get("torchrun" if name == "torch.distributed" else name, frozenset())
    options: list[tuple[int, int]] = []
    module = more = False
    while index < len(words):
        word = words[index]
        if word.gone:
            index += 1
        elif word.shown.startswith("-") and word.text[0].unknown is None:
            option = flag_name(word)
            module = module or option in {"m", "module"}
            takes_value = "=" not in word.shown and option not in bare and index + 1 < len(words)
            if takes_value and words[index + 1].shown.startswith("--"):
                takes_value = False
            options.append((index, index + 1 if takes_value else -1))
            index += 2 if takes_value else 1
        elif word.known is None and word.open and not re.search(r"\.py$|script|program|entry|file|main", word.shown, re.I):
            more = True
            index += 1
        else:
            return Launch(name=name, start=at, options=tuple(options), open=more, script=index, module=module, rest=index + 1)
    return None


def _trains(launch: Launch, words: Sequence[Word]) -> bool:
    """Whether the script is a training script: by its name, or by having options while its name says nothing else. Python starts
    everything: there the options must be a training's."""
    script = words[launch.script]
    text = script.shown.lower()
    if script.known is not None and not launch.module and not text.endswith(".py"):
        return False
    name = text if launch.module else text.rsplit("/", 1)[-1]
    trains = any(word in name for word in tables.TRAINING_WORDS)
    flags = [word for word in words[launch.rest :] if word.shown.startswith("--")]
    more = any(word.open and word.known is None for word in words[launch.rest :])
    if any(word in name for word in tables.OTHER_WORDS) and not trains:
        return False
    if launch.name == "python":
        return (trains and len(words) > launch.rest) or are_ours({flag_name(flag) for flag in flags})
    return trains or bool(flags) or more
