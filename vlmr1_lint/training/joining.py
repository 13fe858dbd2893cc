"""Joining files to a run: the DeepSpeed JSON that an option names, the accelerate YAML of a launcher, a local config.json."""

from __future__ import annotations

import os

from vlmr1_lint.documents.references import deepspeed_from_name, resolve
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.training.views import ACCELERATE_SECTIONS, DEEPSPEED_SECTIONS, ConfigView
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlmr1_lint.documents.library import Library
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.models.model import Model
    from vlmr1_lint.training.run import Run

__all__ = [
    "Elsewhere",
    "Joiner",
    "accelerate_of_pair",
    "as_written",
    "beside",
    "deepspeed_by_name",
    "join_accelerate",
    "join_deepspeed",
    "local_model",
    "name_in",
    "only_accelerate",
]


class Joiner:
    """Follows the references of one file. *holder* is its absolute path, *folders* are ``cd`` targets tried first."""

    def __init__(self, library: Library, holder: str, folders: Sequence[str] = ()) -> None:
        self.library = library
        self.holder = holder
        self.folders = folders

    def root(self, name: str) -> ConfigView | None:
        """The file that *name* stands for as an unsectioned view; None where it is not in reach or holds no mapping."""
        document = self.document(name)
        if document is None or not document.roots or document.roots[0].kind != "mapping":
            return None
        return ConfigView(document.roots[0], document)

    def document(self, name: str) -> Document | None:
        """The file that *name* stands for, whatever it holds; None where it is not in reach."""
        key = "named", name, os.path.dirname(self.holder), tuple(self.folders)
        return self.library.once(key, lambda: self._named(name))

    def _named(self, name: str) -> Document | None:
        path = resolve(name, self.holder, self.library.sources, self.folders)
        return self.library.try_document(path) if path else None


class Elsewhere(Joiner):
    """The same for a command that goes to a folder outside of the repository: nothing is taken from above *holder*, where another
    checkout may keep another file of this name."""

    def _named(self, name: str) -> Document | None:
        sources = self.library.sources
        for folder in ("",) if os.path.isabs(name) else self.folders:
            path = resolve(os.path.join(folder, name), self.holder, sources)
            if path is not None:
                return self.library.try_document(path)
        return None


def join_deepspeed(node: Node | None, accelerate: Joined | None, joiner: Joiner) -> Joined | Unknown | None:
    """The DeepSpeed configuration of a run whose ``deepspeed`` option is *node*, else accelerate's; None without DeepSpeed.

    Unknown where a file is named that is not in reach and whose name says nothing.
    """
    if node is not None and node.kind == "mapping":
        return Joined(ConfigView(node, None, DEEPSPEED_SECTIONS), node)
    if node is not None and node.value is not None and node.value is not False:
        return _named_deepspeed(name_in(node), node, joiner)
    return _from_accelerate(accelerate, joiner) if accelerate is not None else None


def name_in(node: Node) -> str:
    """The path or name that *node* gives, with what cannot be resolved as it is written (``${MODELS}/Qwen2.5-VL-3B``)."""
    if isinstance(node.value, str):
        return node.value
    partial: str = getattr(node, "partial", "")
    return partial or node.text.strip("'\"")


def _named_deepspeed(name: str, node: Node | None, joiner: Joiner) -> Joined | Unknown:
    found = joiner.root(name)
    if found is not None:
        return Joined(ConfigView(found.node, found.document, DEEPSPEED_SECTIONS), node)
    return deepspeed_by_name(name, node)


def deepspeed_by_name(name: str, node: Node | None = None) -> Joined | Unknown:
    """What the name of a DeepSpeed file says, as an assumption: ``zero3_offload.json``. Unknown where it says nothing."""
    guess = deepspeed_from_name(name)
    if guess is None:
        return Unknown("deepspeed file")
    zero: dict[str, object] = {"stage": guess.stage}
    if guess.offload_optimizer:
        zero["offload_optimizer"] = {"device": "cpu"}
    if guess.offload_param:
        zero["offload_param"] = {"device": "cpu"}
    base = name.replace("\\", "/").rpartition("/")[2]
    offload = " with offload" if guess.offload_optimizer else ""
    assumed = f"DeepSpeed ZeRO stage {guess.stage}{offload} from the file name {base}"
    return Joined(ConfigView(None, None, DEEPSPEED_SECTIONS, {"zero_optimization": zero}), node, assumed)


def _from_accelerate(accelerate: Joined, joiner: Joiner) -> Joined | Unknown | None:
    """DeepSpeed as an accelerate YAML sets it up: a JSON of its own, or the few keys accelerate has for it."""
    view = accelerate.view
    if view.distributed_type != "DEEPSPEED":
        return None
    file = view.get("deepspeed_config", "deepspeed_config_file")
    if isinstance(file, str):
        return _named_deepspeed(file, None, joiner)
    zero: dict[str, object] = {"stage": _int(view.get("deepspeed_config", "zero_stage"))}
    for ours, theirs in (("offload_optimizer", "offload_optimizer_device"), ("offload_param", "offload_param_device")):
        device = view.get("deepspeed_config", theirs)
        if device not in (None, "none"):
            zero[ours] = {"device": device}
    # accelerate's own plugin fills what it has no key for with "auto" (accelerate utils/dataclasses.py DeepSpeedPlugin).
    assumed = {
        "zero_optimization": zero,
        "gradient_accumulation_steps": view.get("deepspeed_config", "gradient_accumulation_steps"),
    }
    return Joined(ConfigView(None, None, DEEPSPEED_SECTIONS, assumed))


ACCELERATE_NAMES = {
    "zero_optimization.stage": "zero_stage",
    "zero_optimization.offload_optimizer.device": "offload_optimizer_device",
    "zero_optimization.offload_param.device": "offload_param_device",
}
"""Keys of a DeepSpeed JSON → what accelerate calls them in its ``deepspeed_config`` (accelerate utils/dataclasses.py
DeepSpeedPlugin)."""


def as_written(run: Run, name: str) -> str | None:
    """The change *name* (an option, or ``deepspeed/a.b``) as the files of *run* spell it: where accelerate's YAML sets DeepSpeed
    up without a file of its own, ``accelerate/deepspeed_config.zero_stage``; None for what it has no key for."""
    kind, slash, keys = name.partition("/")
    accelerate, joined = run.inputs.accelerate, run.inputs.deepspeed
    if not slash or accelerate is None or accelerate.document is None or not isinstance(joined, Joined):
        return name
    if joined.view.node is not None or joined.assumed or joined.named_by is not None:
        return name  # a DeepSpeed file, in reach or not
    own = ACCELERATE_NAMES.get(keys)
    return f"accelerate/deepspeed_config.{own}" if kind == "deepspeed" and own is not None else None


def _int(given: object) -> object:
    return int(given) if isinstance(given, str) and given.isdigit() else given


def join_accelerate(name: object, node: Node | None, joiner: Joiner) -> Joined | None:
    """The accelerate YAML that a launcher's ``--config_file`` names, or None where it is not in reach."""
    found = joiner.root(name) if isinstance(name, str) else None
    if found is not None:
        return Joined(ConfigView(found.node, found.document, ACCELERATE_SECTIONS), node)
    guess = deepspeed_from_name(name) if isinstance(name, str) else None
    if guess is None or not isinstance(name, str):
        return None
    base = name.replace("\\", "/").rpartition("/")[2]
    settings: dict[str, object] = {"zero_stage": guess.stage}
    if guess.offload_optimizer:
        settings["offload_optimizer_device"] = "cpu"
    if guess.offload_param:
        settings["offload_param_device"] = "cpu"
    assumed: Mapping[str, object] = {"distributed_type": "DEEPSPEED", "deepspeed_config": settings}
    return Joined(
        ConfigView(None, None, ACCELERATE_SECTIONS, assumed),
        node,
        f"DeepSpeed ZeRO stage {guess.stage} from the file name {base}",
    )


def only_accelerate(kinds: Mapping[str, str]) -> str | None:
    """The one accelerate YAML among files (path → kind) that a user names for a plan: it goes with every args file that names
    none. None if there are several, or none."""
    found = [path for path, kind in kinds.items() if kind == "accelerate"]
    return found[0] if len(found) == 1 else None


def accelerate_of_pair(kinds: Mapping[str, str]) -> str | None:
    """The accelerate YAML among files (path → kind) of which one is an args file, one an accelerate YAML, and none a launch
    script: whoever names just these two means that they go together. None for all other files."""
    count = list(kinds.values()).count
    return only_accelerate(kinds) if count("args") == 1 and not count("launch") else None


def beside(run: Run, path: str, library: Library) -> Run:
    """*run* with the accelerate YAML at *path*, where the run has neither a launcher nor a DeepSpeed file of its own.

    Only how the model is sharded is taken from it: where the fleet is known, there is one process for each card.
    """
    from vlmr1_lint.training.run import Run
    from vlmr1_lint.values import replace

    inputs = run.inputs
    if inputs.launch is not None or inputs.accelerate is not None or inputs.deepspeed is not None:
        return run
    joiner = Joiner(library, path)
    found = joiner.root(path)
    if found is None or found.document is None:
        return run
    assumed = f"{found.document.path}, named beside it, says what shards the model"
    accelerate = Joined(ConfigView(found.node, found.document, ACCELERATE_SECTIONS), None, assumed)
    return Run(replace(inputs, accelerate=accelerate, deepspeed=_from_accelerate(accelerate, joiner)))


def local_model(path: object, joiner: Joiner) -> Model | str | None:
    """The architecture from the ``config.json`` of a model folder inside the repository; a sentence where that tells none we
    know, None where it is not there."""
    if not isinstance(path, str) or is_unknown(path):
        return None
    name = os.path.join(path, "config.json")
    found = joiner.root(name)
    if found is None or found.node is None or not isinstance(found.node.value, dict):
        return f"{name} is no JSON mapping" if joiner.document(name) is not None else None
    from vlmr1_lint.models.config import read_config
    from vlmr1_lint.models.model import UnsupportedConfig

    try:
        return read_config(found.node.value)
    except UnsupportedConfig as error:
        return f"{name} {error}"
