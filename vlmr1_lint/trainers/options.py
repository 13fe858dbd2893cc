"""The options of the trainers' argument classes, release by release, and how they changed.

Releases are named ``trl==0.17.0`` (TRL's GRPO script, beside the transformers release it is paired with here),
``vlm-r1`` (VLM-R1 since 2025-02-28), ``vlm-r1@2025-02`` (before) and ``r1-v``; neighbours that share files with them
are ``trl-sft==…``, ``trl-dpo==…``, ``open-r1``, ``open-r1-sft`` and ``alignment-handbook-…``. Each family has a table in
its folder, read only when asked for.

Most options are inherited from transformers' TrainingArguments (`Option.inherited`): they come and go with the
installed transformers, which TRL bounds only from below, so near a boundary a release here is a pairing and not a
certainty (`paired_transformers`).
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.facts.data import parse, text_of
from vlmr1_lint.trainers.families import FAMILIES, family_of
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.trainers.family import Family

__all__ = [
    "ALIASES",
    "Option",
    "Rename",
    "knows",
    "option",
    "option_names",
    "other_releases",
    "paired_transformers",
    "presence",
    "releases",
    "releases_of",
    "releases_of_trl",
    "renames",
    "unread_names",
]


@value
class Option:
    """One option in one release.

    ``type`` is one of bool, int, float, str, list[str], list[float], dict or a union of them (``float|int``,
    ``dict|str``), with ``|None`` last if None is allowed; ``object`` is a class that no file can write. ``choices`` are
    the values the parser or the trainer knows, None if any value of the type goes. ``default`` is None for a required
    option; lists are tuples. ``group`` is GRPOConfig, SFTConfig, DPOConfig, ORPOConfig, ModelConfig or ScriptArguments.
    ``read`` is false if the trainer never looks at the option, ``note`` says what happens instead. ``source`` is the
    file and line of the first release with this definition; ``inherited`` means that it comes from transformers.
    """

    name: str
    type: str
    default: object
    required: bool
    choices: tuple[object, ...] | None
    group: str
    read: bool
    note: str | None
    source: str
    inherited: bool

    @property
    def word_type(self) -> str:
        """Its type to the command line: an optional boolean may stand there without a word, as a plain one may, where its default
        is not None (transformers ``hf_argparser.py`` ``_parse_dataclass_field``) or its field says so."""
        bare = self.type == "bool|None" and (self.default is not None or self.name in BARE)
        return "bool" if bare else self.type


BARE = frozenset(("activation_checkpointing",))
"""Optional booleans whose field says ``nargs="?"`` although the default is None (transformers 5.23.0 training_args.py:908)."""


@value
class Rename:
    """An option that was renamed (``new``) or removed without a successor (``new`` is None).

    ``version`` of ``package`` is the first in which ``old`` is refused or gone; ``new_since`` the first that knows
    ``new``. ``note`` says what else must change with the name.
    """

    old: str
    new: str | None
    package: str
    version: str
    new_since: str | None
    note: str
    source: str


ALIASES: Mapping[str, str] = {
    "gradient_checkpointing": "activation_checkpointing",
    "gradient_checkpointing_kwargs": "activation_checkpointing_kwargs",
    "eval_strategy": "evaluation_strategy",
}
"""Options that go by another name as well in some releases: where that is written, it decides (transformers 5.23.0
training_args.py:1533-1546; 4.49.0 training_args.py:1593-1598)."""

_tables: dict[str, _Table] = {}
_options: dict[tuple[str, str], Option | None] = {}
_renames: list[Rename] = []


class _Table:
    """The options of one family, release by release; parsed when a release of it is asked."""

    def __init__(self, family: Family) -> None:
        self.text = text_of(f"trainers/{family.folder}/{family.options}")
        self.releases: list[list[str]] = parse(self.text[self.text.index("[") :])
        self.bits = {release[0]: bit for bit, release in enumerate(self.releases)}
        self.names: dict[int, frozenset[str]] = {}
        self._all: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if not self._all:
            self._all = parse(self.text)
        return self._all[name]

    def holds(self, name: str) -> bool:
        """Whether some release knows the option *name*: seen in the text, in which each stands at the start of a line."""
        return f'\n  "{name}":' in self.text


def _table(family: Family) -> _Table:
    found = _tables.get(family.name)
    if found is None:
        found = _tables[family.name] = _Table(family)
    return found


def _table_of(release: str) -> tuple[_Table, int]:
    """The table that knows *release* and the release's bit. Raises KeyError for a release we have not."""
    family = family_of(release)
    if family is None:
        raise KeyError(release)
    table = _table(family)
    return table, table.bits[release]


def releases() -> tuple[str, ...]:
    """The trainers of whose claims there are tables, GRPO's: TRL's releases in ascending order, then the other families."""
    return tuple(release for family in FAMILIES.values() if family.claims for release in _table(family).bits)


def other_releases() -> tuple[str, ...]:
    """Trainers whose files live beside ours: TRL's SFT and DPO, open-r1, alignment-handbook."""
    return tuple(release for family in FAMILIES.values() if not family.claims for release in _table(family).bits)


def releases_of(family: Family) -> tuple[str, ...]:
    """The releases of *family* in its table, oldest first."""
    return tuple(_table(family).bits)


def knows(family: Family, name: str) -> bool:
    """Whether some release of *family* has the option *name*."""
    return _knows(family.name, name)


@lru_cache(maxsize=16_384)
def _knows(family: str, name: str) -> bool:
    """Kept: the text of a table is long, and a thousand files write the same names."""
    return _table(FAMILIES[family]).holds(name)


def paired_transformers(release: str) -> str:
    """The transformers release whose TrainingArguments are counted into *release*."""
    table, bit = _table_of(release)
    return table.releases[bit][3]


def releases_of_trl(version: str, family: str = TRL.name) -> tuple[str, ...]:
    """The listed releases that a pinned TRL *version* behaves like: the one of the same minor line, else both
    neighbours.

    Empty for a version before the first or one that is no number. A version after the last counts as the last.
    """
    wanted = _numbers(version)
    listed = releases_of(FAMILIES[family])
    numbered = [(_numbers(name.partition("==")[2]), name) for name in listed]
    if not wanted or wanted[:2] < numbered[0][0][:2]:
        return ()
    for numbers, name in numbered:
        if numbers[:2] == wanted[:2]:
            return (name,)
    below = [name for numbers, name in numbered if numbers < wanted][-1:]
    above = [name for numbers, name in numbered if numbers > wanted][:1]
    return tuple(below + above)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if parts and all(part.isdigit() for part in parts) else ()


def option_names(release: str) -> frozenset[str]:
    """All options that *release* accepts. Raises KeyError for a release we have not."""
    table, bit = _table_of(release)
    if bit not in table.names:
        mask = 1 << bit
        table.names[bit] = frozenset(
            name for name, records in table["options"].items() if any(record[0] & mask for record in records)
        )
    return table.names[bit]


def unread_names(release: str) -> frozenset[str]:
    """The options that *release* accepts and never reads. Raises KeyError for a release we have not."""
    table, bit = _table_of(release)
    mask, notes = 1 << bit, table["notes"]
    return frozenset(
        name
        for name, records in table["options"].items()
        for record in records
        if record[0] & mask and _is_unread(notes[record[-1]])
    )


def _is_unread(note: str | None) -> bool:
    return note is not None and note.startswith("never read")


def presence(name: str, family: Family) -> int:
    """Which releases of *family* know the option *name*: bit i for number i of `releases_of`."""
    bits = 0
    for record in _table(family)["options"].get(name, ()):
        bits |= record[0]
    return bits


def option(release: str, name: str) -> Option | None:
    """The option *name* in *release*, None if that release has none. Raises KeyError for a release we have not."""
    key = release, name
    if key not in _options:
        _options[key] = _find(release, name)
    return _options[key]


def _find(release: str, name: str) -> Option | None:
    table, bit = _table_of(release)
    for record in table["options"].get(name, ()):
        if record[0] >> bit & 1:
            return _option(table, name, record)
    return None


def _option(table: _Table, name: str, record: list[Any]) -> Option:
    mask, type_, default, choices, group, source, line, note = record
    text: str = table["sources"][source]
    first = table.releases[(mask & -mask).bit_length() - 1]
    version = first[3] if text.startswith("transformers ") else first[2]
    remark: str | None = table["notes"][note]
    required = isinstance(default, dict)
    allowed = table["choices"][choices]
    return Option(
        name=name,
        type=table["types"][type_],
        default=None if required else _frozen(default),
        required=required,
        choices=None if allowed is None else tuple(allowed),
        group=table["groups"][group],
        read=not _is_unread(remark),
        note=remark,
        source=f"{text.replace('*', version)}:{line}",
        inherited=text.startswith("transformers "),
    )


def _frozen(default: object) -> object:
    return tuple(default) if isinstance(default, list) else default


def renames() -> tuple[Rename, ...]:
    """Options that were renamed or removed in transformers or TRL, with the versions."""
    if not _renames:
        _renames.extend(Rename(**record) for record in parse(text_of("facts/renames.json"))["renames"])
    return tuple(_renames)
