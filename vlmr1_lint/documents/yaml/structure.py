"""New nested blocks, written by ruamel.yaml: a mapping in a mapping, a list of mappings. Imported only when one is inserted.

It writes the fragment and nothing else: a whole file that went through it would lose its indentation, quotes and line ends.
"""

from __future__ import annotations

from io import StringIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["block_lines", "item_lines"]

STEP = 2
"""Indentation of a nested block, in spaces: what `yaml.dump` and all training recipes use."""
WIDE = 10_000
"""Characters before a line is folded: never, for a value that a fix writes."""


def block_lines(key: str, value: object, indent: str) -> list[str]:
    """The lines of a new entry *key*: *value* of a block mapping whose keys stand at *indent*."""
    return _indented(_dumped({key: value}), indent)


def item_lines(value: object, indent: str) -> list[str]:
    """The lines of a new item *value* of a block sequence whose dashes stand at *indent*."""
    text = "\n".join(line[STEP:] for line in _dumped([value]).split("\n"))  # ruamel.yaml offsets the outermost list too
    return _indented(text, indent)


def _indented(text: str, indent: str) -> list[str]:
    return [indent + line for line in text.split("\n") if line]


def _dumped(value: Any) -> str:
    """*value* as a block that YAML 1.1 readers such as the trainer's read back: ``"no"`` in quotes, ``1.0e-06`` with its dot."""
    from ruamel.yaml import YAML

    writer = YAML(typ="rt", pure=True)
    writer.version = (1, 1)
    writer.width = WIDE
    writer.allow_unicode = True
    writer.indent(mapping=STEP, sequence=STEP + 2, offset=STEP)
    stream = StringIO()
    writer.dump(_styled(value), stream)
    _, _, body = stream.getvalue().partition("---\n")  # behind the directive that names the version
    return body


def _styled(value: Any) -> Any:
    """*value* with lists of scalars marked to be written in one line; mappings and lists of mappings are blocks."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return CommentedMap((_styled(key), _styled(item)) for key, item in value.items())
    if isinstance(value, list):
        items = CommentedSeq(_styled(item) for item in value)
        if not any(isinstance(item, dict | list) for item in value):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and not value.isprintable():
        return DoubleQuotedScalarString(value)  # line breaks and controls as escapes, on one line
    return value
