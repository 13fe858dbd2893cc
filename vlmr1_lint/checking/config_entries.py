"""Entries of DeepSpeed and accelerate files: what those programs know of each key, and what becomes of one that they do not."""

from __future__ import annotations

from functools import cached_property

from vlmr1_lint.checking.entries import Entry
from vlmr1_lint.checking.lax import accepts, as_number
from vlmr1_lint.nearest import nearest, within_reach
from vlmr1_lint.training.reading import fits_type
from vlmr1_lint.unknown import is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.facts.sections import Key, Sections

__all__ = ["ConfigEntry", "config_entry"]


class ConfigEntry(Entry):
    """A key of a DeepSpeed JSON or accelerate YAML, judged by the key tables of the versions we know."""

    def __init__(self, document: Document, node: Node, tables: Sections) -> None:
        super().__init__(document, node)
        self.tables = tables

    @cached_property
    def section(self) -> str:
        """The table's section that holds the key: ``""``, ``zero_optimization``, ``zero_optimization.offload_param``."""
        return ".".join(str(part) for part in self.node.path[1:-1])

    @cached_property
    def _in_table(self) -> bool:
        """Whether the tables tell which keys stand here: a section of which no key was read tells nothing."""
        newest = self.tables.versions()[-1]
        listed = self.section in self.tables.sections(newest) and isinstance(self.node.path[-1], str)
        return listed and bool(self.tables.keys(self.section))

    @cached_property
    def _key(self) -> Key | None:
        return self.tables.key(self.section, self.key) if self._in_table else None

    @property
    def known(self) -> bool:
        """Whether any version knows the key; keys of sections that the tables lack count as known."""
        return not self._in_table or self._key is not None

    @property
    def forbidden(self) -> bool:
        """Whether the program refuses to start with an unknown key here."""
        return self._in_table and self.tables.unknown_keys(self.section) == "rejected"

    @property
    def filled(self) -> bool:
        """Whether transformers or accelerate put a value in the place of "auto" here."""
        return self.tables.filled(self.path)

    @property
    def expected(self) -> str | None:
        """The key's type, None where nothing is checked."""
        return self._key.type if self._key else None

    @property
    def default(self) -> object:
        """The key's default."""
        return self._key.default if self._key else None

    @property
    def choices(self) -> list[object] | None:
        """The values that the key takes."""
        return list(self._key.choices) if self._key and self._key.choices is not None else None

    @property
    def renamed_to(self) -> str | None:
        """What to write instead of a deprecated key."""
        return self._key.successor if self._key else None

    @property
    def problem(self) -> str:
        """``wrong-type`` or ``not-a-choice`` for a value that the table lacks; ``""`` else. "auto" is left to other rules."""
        key, given = self._key, self.node.value
        if key is None or given == "auto" or self.node.kind == "mapping":
            return ""
        if key.choices is not None and given not in key.choices and given is not None:
            return "not-a-choice"
        return "" if key.type is None or fits_type(given, key.type) else "wrong-type"

    @property
    def rejected(self) -> bool:
        """Whether the program refuses to start with the value; accelerate checks no types."""
        return False

    @cached_property
    def nearest(self) -> str | None:
        """The one key of the section within two edits of an unknown one, that is not written beside it."""
        if not self._in_table:
            return None
        near = within_reach(self.key, self.tables.spellings(self.section))
        parent = self.document.node(self.node.path[:-1]) if near else None
        return nearest(self.key, (name for name in near if parent is None or parent.get(name) is None))

    @property
    def nearest_takes_value(self) -> bool:
        """Whether the value is valid for `nearest`."""
        meant = self.tables.key(self.section, self.nearest) if self.nearest else None
        if meant is None:
            return False
        if meant.choices is not None and self.node.value not in meant.choices:
            return False
        return meant.type is None or self.node.value == "auto" or fits_type(self.node.value, meant.type)


class DeepSpeedEntry(ConfigEntry):
    """A key of a DeepSpeed JSON. The sections that refuse unknown keys are pydantic models, which check values too."""

    @property
    def rejected(self) -> bool:
        """Whether DeepSpeed's model of the section refuses the value, after conversion (``2e8`` and ``"8"`` pass as int)."""
        key, given = self._key, self.node.value
        if key is None or key.type is None or not self.forbidden or given == "auto" or is_unknown(given):
            return False
        if not accepts(given, key.type):
            return True
        if key.choices is not None:
            return given not in key.choices and as_number(given) not in key.choices
        number = as_number(given)
        if number is None or isinstance(given, bool):
            return False
        return (key.minimum is not None and number < key.minimum) or (key.maximum is not None and number > key.maximum)


def config_entry(document: Document, node: Node, kind: str) -> Entry:
    """The entry of *node* in a document of *kind*."""
    if kind == "deepspeed":
        from vlmr1_lint.facts.sections import DEEPSPEED

        return DeepSpeedEntry(document, node, DEEPSPEED)
    if kind == "accelerate":
        from vlmr1_lint.facts.sections import ACCELERATE

        return ConfigEntry(document, node, ACCELERATE)
    return Entry(document, node)
