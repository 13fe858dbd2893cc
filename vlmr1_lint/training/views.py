"""Configuration documents as rules read them: ``deepspeed.zero_optimization.stage`` is the value there, or None."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from vlmr1_lint.documents.model import Document, Node

    Sections: TypeAlias = "Mapping[str, Sections]"

__all__ = ["ACCELERATE_SECTIONS", "DEEPSPEED_SECTIONS", "ConfigView"]

DEEPSPEED_SECTIONS: Sections = {
    "zero_optimization": {"offload_param": {}, "offload_optimizer": {}, "zenflow": {}},
    "fp16": {},
    "bf16": {},
    "bfloat16": {},
    "optimizer": {"params": {}},
    "scheduler": {"params": {}},
    "activation_checkpointing": {},
    "torch_autocast": {},
    "flops_profiler": {},
    "aio": {},
    "data_types": {},
    "checkpoint": {},
    "elasticity": {},
}
"""Keys of a DeepSpeed JSON whose values are objects (DeepSpeed runtime/config.py)."""

ACCELERATE_SECTIONS: Sections = {
    "deepspeed_config": {},
    "fsdp_config": {},
    "megatron_lm_config": {},
    "dynamo_config": {},
    "fp8_config": {},
    "mpirun_config": {},
    "parallelism_config": {},
    "ipex_config": {},
}
"""Keys of an accelerate YAML whose values are mappings (accelerate commands/config/config_args.py)."""


class ConfigView:
    """A mapping of a configuration document, its keys as attributes.

    A value is the value itself and an absent one None; a key of *sections* is a view of its own, present or not (``present``
    tells), so that a chain of attributes never breaks. ``document`` and ``node`` say where the mapping stands (None for one
    that was only assumed from a file name).
    """

    __slots__ = ("_assumed", "_children", "document", "node", "sections")

    def __init__(
        self,
        node: Node | None,
        document: Document | None = None,
        sections: Sections | None = None,
        assumed: Mapping[str, object] | None = None,
    ) -> None:
        self.node = node
        self.document = document
        self.sections: Sections = sections or {}
        self._assumed: Mapping[str, object] = assumed or {}
        self._children: dict[str, Node] = {}
        if node is not None and node.kind == "mapping":
            self._children = {child.path[-1]: child for child in node.children if isinstance(child.path[-1], str)}

    @property
    def present(self) -> bool:
        """Whether the mapping is there at all."""
        return self.node is not None or bool(self._assumed)

    is_section = True
    """Tells the rule language that a computed word may be a key of it (`language.closures`)."""

    def __getattr__(self, key: str) -> object:
        if key.startswith("_"):
            raise AttributeError(key)
        return self.item(key)

    def item(self, key: str) -> object:
        """What *key* has: a value, a view of its own for a mapping or a known section, or None."""
        child, inner = self._children.get(key), self.sections.get(key)
        if child is not None and child.kind != "mapping" and (inner is None or child.value is not None):
            return child.value
        if child is not None or inner is not None:
            assumed = self._assumed.get(key)
            return ConfigView(child, self.document, inner, assumed if isinstance(assumed, dict) else None)
        return self._assumed.get(key)

    def child(self, key: str) -> Node | None:
        """The node under *key*, or None where it is absent or only assumed."""
        return self._children.get(key)

    def is_set(self, key: str) -> bool:
        """Whether *key* is written (or assumed) here."""
        return key in self._children or key in self._assumed

    def get(self, *keys: str) -> object:
        """The value under a chain of *keys* (a view where it is a mapping); None where any of them is absent."""
        at: object = self
        for key in keys:
            at = getattr(at, key) if isinstance(at, ConfigView) else None
        return None if isinstance(at, ConfigView) and not at.present else at

    def keys(self) -> tuple[str, ...]:
        """The keys in file order; assumed ones last."""
        return (*self._children, *(key for key in self._assumed if key not in self._children))
