"""Files of named sections with known keys: what DeepSpeed's JSON and accelerate's YAML have in common."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ACCELERATE", "DEEPSPEED", "Key", "Sections"]


@value
class Key:
    """One key of a section. ``type`` as in `options.Option`, None if the reader checks none. ``names`` are all
    spellings it accepts.

    ``successor`` says what to write instead of a deprecated key. Limits are inclusive, None if there is none.
    """

    name: str
    section: str
    names: tuple[str, ...]
    type: str | None
    default: object
    choices: tuple[object, ...] | None
    minimum: float | None
    maximum: float | None
    required: bool
    deprecated: bool
    successor: str | None


class Sections:
    """Known keys by section and version of one kind of file. The top level is the section ``""``; nested ones are
    dotted.

    Where *version* is left out, a key is known if any version knows it. Unknown versions and sections raise KeyError.
    """

    def __init__(self, file: str) -> None:
        self._name = file
        self._data: dict[str, Any] = {}
        self._filled: frozenset[str] = frozenset()
        self._keys: dict[tuple[str, str | None], frozenset[str]] = {}
        self._spellings: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, str | None], dict[str, Key]] = {}

    def _load(self) -> dict[str, Any]:
        if not self._data:
            from vlmr1_lint.facts.data import load

            data = load(self._name)
            self._filled = frozenset(data.get("_filled", ()))
            self._data = {version: found for version, found in data.items() if not version.startswith("_")}
        return self._data

    def filled(self, path: str) -> bool:
        """Whether "auto" at *path* is replaced by transformers or accelerate before the program reads the file."""
        self._load()
        return path in self._filled

    def versions(self) -> tuple[str, ...]:
        """The versions whose keys were read, ascending."""
        return tuple(self._load())

    def sections(self, version: str) -> tuple[str, ...]:
        """The sections that *version* knows."""
        return tuple(self._load()[version])

    def keys(self, section: str, version: str | None = None) -> frozenset[str]:
        """All spellings of keys that *section* accepts."""
        known = self._keys.get((section, version))  # asked of every key of a file
        if known is None:
            known = self._keys[section, version] = self._all_keys(section, version)
        return known

    def spellings(self, section: str) -> tuple[str, ...]:
        """The same of all versions together, in one order: the same tuple each time."""
        if section not in self._spellings:
            self._spellings[section] = tuple(sorted(self.keys(section)))
        return self._spellings[section]

    def _all_keys(self, section: str, version: str | None) -> frozenset[str]:
        found: set[str] = set()
        for content in self._contents(section, version):
            for name, record in content["keys"].items():
                found.update(record.get("accepts", (name,)))
            prefix = content.get("optional_prefix")
            if prefix:
                found.update(name[len(prefix) :] for name in content["keys"])
        return frozenset(found)

    def known(self, section: str, key: str, version: str | None = None) -> bool:
        """Whether *section* accepts *key*."""
        return key in self.keys(section, version)

    def key(self, section: str, name: str, version: str | None = None) -> Key | None:
        """What is known of the key *name* of *section* (of the newest version that has it), None if it has none."""
        known = self._found.get((section, version))
        if known is None:
            known = self._found[section, version] = {}
            for content in reversed(self._contents(section, version)):
                prefix = content.get("optional_prefix", "")
                for own, record in content["keys"].items():
                    names = tuple(record.get("accepts", (own, own[len(prefix) :]) if prefix else (own,)))
                    for one in names:
                        known.setdefault(one, _key(own, section, names, record))
        return known.get(name)

    def unknown_keys(self, section: str, version: str | None = None) -> str:
        """What becomes of a key that *section* does not know: ``rejected``, ``ignored``, or ``unknown`` (also if
        versions differ).
        """
        answers = {content["unknown"] for content in self._contents(section, version)}
        return answers.pop() if len(answers) == 1 else "unknown"

    def _contents(self, section: str, version: str | None) -> list[dict[str, Any]]:
        versions = [version] if version is not None else list(self._load())
        found = [self._load()[one][section] for one in versions if section in self._load()[one]]
        if not found:
            raise KeyError(section)
        return found


def _key(name: str, section: str, names: tuple[str, ...], record: dict[str, Any]) -> Key:
    choices, default = record.get("choices"), record.get("default")
    return Key(
        name=name,
        section=section,
        names=names,
        type=record.get("type"),
        default=tuple(default) if isinstance(default, list) else default,
        choices=None if choices is None else tuple(choices),
        minimum=record.get("minimum"),
        maximum=record.get("maximum"),
        required=record.get("required", False),
        deprecated=record.get("deprecated", False),
        successor=record.get("successor"),
    )


DEEPSPEED = Sections("deepspeed.json")
"""Keys of a DeepSpeed JSON, for DeepSpeed 0.15.4 (which VLM-R1 pins) and 0.19.8.

Sections are the top level ``""`` (unknown keys ignored), ``zero_optimization`` and its blocks (rejected), ``bf16`` and so on.
Types are DeepSpeed's own: ``"auto"`` is a word of transformers and accelerate, which replace it before DeepSpeed reads
the file.
"""
ACCELERATE = Sections("accelerate.json")
"""Keys of an accelerate YAML, for accelerate 1.2.1 (the lowest VLM-R1 allows), 1.6.0 and 1.15.0.

Sections are the top level ``""`` (unknown keys rejected), ``deepspeed_config``, ``fsdp_config`` and so on (accepted and ignored).
"""
