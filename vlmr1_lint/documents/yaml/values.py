"""What PyYAML makes of a node: YAML 1.1 as ``yaml.safe_load`` understands it.

The common forms (words, integers, plain floats, strings) are decided here, without the dozen regular expressions that PyYAML
compiles when it starts. Whatever is not certain (octal, sexagesimal, underscores, dates, explicit tags) goes to PyYAML's own
resolver and constructor, so there is no second opinion.
"""

from __future__ import annotations

from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["Unreadable", "implicit", "is_merge", "is_template", "key_value", "mapping_pairs", "quick", "scalar", "tree"]

WORDS: dict[str, object] = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
"""Plain scalars that are no strings in PyYAML's resolver (yaml/resolver.py), ``y`` and ``n`` are."""

DIGITS = frozenset("0123456789")
SPECIAL = frozenset("-+.0123456789yYnNtTfFoO~=<")
"""First characters for which PyYAML has an implicit resolver (yaml/resolver.py)."""
NUMERIC = frozenset("0123456789+-._:eExXabcdefABCDEFnNiItTzZ \t")
"""Characters of which PyYAML's patterns for numbers and timestamps are made."""
PREFIX = "tag:yaml.org,2002:"
STANDARD = frozenset(
    PREFIX + name for name in ("null", "bool", "int", "float", "binary", "timestamp", "omap", "pairs", "set", "str", "seq", "map")
)
"""Tags that ``SafeConstructor`` constructs (yaml/constructor.py)."""


MAX_NUMBER = 4_000
"""Characters of a number. To make one of a megabyte (``1:59:59:…``) takes PyYAML hours, and Python from 3.11 on refuses most."""


class Unreadable(Exception):
    """A value on which PyYAML's safe constructor raises; the message is its own."""


class _Undecided:
    __slots__ = ()


UNDECIDED = _Undecided()


def quick(text: str) -> object:
    """The value of the plain scalar *text*, or `UNDECIDED` where PyYAML itself must be asked."""
    first = text[:1]
    if first and first not in SPECIAL:
        return text
    if text in WORDS:
        return WORDS[text]
    if first in DIGITS or first in "-+.":
        return _number(text)
    return UNDECIDED if text in ("=", "<<") else text


def _number(text: str) -> object:
    body = text[1:] if text[0] in "+-" else text
    if body.isdigit() and body.isascii():
        return int(text) if len(body) < 4000 and (body[0] != "0" or body == "0") else UNDECIDED
    if ":" in body or "_" in body:
        return UNDECIDED if NUMERIC.issuperset(text) else text
    head, dot, tail = body.partition(".")
    if not dot:
        # No dot, no colon, no underscore: 0x…, 0b…, octal, or a date of two dashes.
        return UNDECIDED if (body[:1] == "0" or text.count("-") >= 2) and NUMERIC.issuperset(text) else text
    if not head:
        if tail in ("inf", "Inf", "INF", "nan", "NaN", "NAN"):
            return UNDECIDED
        return float(text) if body is text and tail and _fraction(tail) and tail[0] in DIGITS else text
    return float(text) if head.isdigit() and head.isascii() and _fraction(tail) else text


def _fraction(tail: str) -> bool:
    """Whether *tail* may follow the dot of a YAML 1.1 float: digits, and an exponent only with its sign."""
    if not tail.isascii():
        return False
    mantissa, mark, exponent = tail.lower().partition("e")
    if mantissa and not mantissa.isdigit():
        return False
    return not mark or (exponent[:1] in ("+", "-") and exponent[1:].isdigit())


def implicit(text: str) -> object:
    """The value of the plain scalar *text*. Raises `Unreadable`."""
    value = quick(text)
    return _ask(_stock_scalar(True, text)) if value is UNDECIDED else value


def scalar(node: Any) -> object:
    """The value of the PyYAML scalar *node*; a string for tags that nobody here constructs. Raises `Unreadable`."""
    tag = node.tag
    if tag is True or (tag is False and not node.style):  # plain, or plain after the tag "!"
        return implicit(node.value)
    if (tag is False and node.style) or tag == "tag:yaml.org,2002:str":
        return node.value
    if tag in STANDARD:
        return _ask(_stock_tree(node, {}))
    raise Unreadable(f"could not determine a constructor for the tag {tag!r}")


def tree(node: Any, leaf: Callable[[Any], object], memo: dict[int, object]) -> object:
    """The value of *node* and all below it, where *leaf* gives the values of scalars; `Unknown` for what PyYAML would not
    construct.

    *memo* maps the identity of nodes seen to their values: an aliased node has one value, as PyYAML gives it.
    """
    if node.id == "scalar":
        return leaf(node)
    if id(node) not in memo:
        try:
            memo[id(node)] = _collection(node, leaf, memo)
        except Unreadable as error:
            memo[id(node)] = Unknown(str(error))
    return memo[id(node)]


def _collection(node: Any, leaf: Callable[[Any], object], memo: dict[int, object]) -> object:
    if is_template(node):
        return Unknown("{{…}}")
    if node.tag.__class__ is str and node.tag != PREFIX + ("seq" if node.id == "sequence" else "map"):
        if node.tag not in STANDARD:
            raise Unreadable(f"could not determine a constructor for the tag {node.tag!r}")
        return _ask(_stock_tree(node, {}))
    if node.id == "sequence":
        return [tree(item, leaf, memo) for item in node.value]
    return {key_value(key): tree(item, leaf, memo) for key, item, _ in mapping_pairs(node)}


def tagged(node: Any) -> str | None:
    """PyYAML's words where its constructor raises on the collection *node* with a standard tag, or None."""
    try:
        _ask(_stock_tree(node, {}))
    except Unreadable as error:
        return str(error)
    return None


def is_template(node: Any) -> bool:
    """Whether *node* is what YAML makes of an unquoted ``{{ name }}``: a flow mapping whose one key is a flow mapping."""
    if node.id != "mapping" or not node.flow_style or len(node.value) != 1:
        return False
    key, item = node.value[0]
    if key.id != "mapping" or not key.flow_style or item.id != "scalar" or item.value != "" or len(key.value) > 1:
        return False
    # Braces that do not touch are no template to whoever fills one in, and PyYAML refuses them.
    return bool(key.start_mark.index == node.start_mark.index + 1 and key.end_mark.index + 1 == node.end_mark.index)


def key_value(node: Any) -> Any:
    """The value of a mapping's key. Raises `Unreadable` for keys that PyYAML cannot hash."""
    if node.id != "scalar":
        raise Unreadable("found unhashable key")
    if node.tag is True and node.value == "=":
        return "="
    return scalar(node)


def is_merge(key: Any) -> bool:
    """Whether the key node *key* merges its value into the mapping (``<<``)."""
    return bool(key.value == "<<" and key.tag is True) or key.tag == "tag:yaml.org,2002:merge"


def mapping_pairs(node: Any) -> Iterator[tuple[Any, Any, bool]]:
    """(key node, value node, comes through a merge key) of a mapping, in the order in which later ones win (PyYAML's
    ``flatten_mapping``). Raises `Unreadable` where something else than mappings is merged."""
    for key, item in node.value:
        if is_merge(key):
            sources = [item] if item.id == "mapping" else reversed(item.value) if item.id == "sequence" else None
            if sources is None:
                raise Unreadable(f"expected a mapping or list of mappings for merging, but found {item.id}")
            for source in sources:
                if source.id != "mapping":
                    raise Unreadable(f"expected a mapping for merging, but found {source.id}")
                for merged_key, merged_item, _ in mapping_pairs(source):
                    yield merged_key, merged_item, True
    for key, item in node.value:
        if not is_merge(key):
            yield key, item, False


def _ask(node: Any) -> object:
    """What ``yaml.SafeLoader`` constructs from *node*, a node of PyYAML with its real tags."""
    from vlmr1_lint.documents.yaml.pyyaml import stock

    yaml = stock()
    if node.id == "scalar" and len(node.value) > MAX_NUMBER and node.tag in (PREFIX + "int", PREFIX + "float"):
        raise Unreadable(f"a number of more than {MAX_NUMBER} characters")
    try:
        value: object = yaml.constructor.SafeConstructor().construct_document(node)
    except yaml.error.MarkedYAMLError as error:
        raise Unreadable(error.problem or str(error)) from None
    except (ValueError, OverflowError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from None
    return value


def _stock_scalar(tag: object, text: str) -> Any:
    from vlmr1_lint.documents.yaml.pyyaml import stock

    yaml = stock()
    if tag.__class__ is not str:
        tag = yaml.resolver.Resolver().resolve(yaml.nodes.ScalarNode, text, (bool(tag), not tag))
    return yaml.nodes.ScalarNode(tag, text)


def _stock_tree(node: Any, memo: dict[int, Any]) -> Any:
    """A copy of *node* whose tags are resolved as PyYAML does."""
    from vlmr1_lint.documents.yaml.pyyaml import stock

    nodes = stock().nodes
    if node.id == "scalar":
        return _stock_scalar(node.tag, node.value)
    if id(node) not in memo:
        tag = node.tag if node.tag.__class__ is str else PREFIX + ("seq" if node.id == "sequence" else "map")
        copy = memo[id(node)] = (nodes.SequenceNode if node.id == "sequence" else nodes.MappingNode)(tag, [])
        if node.id == "sequence":
            copy.value.extend(_stock_tree(item, memo) for item in node.value)
        else:
            copy.value.extend((_stock_tree(key, memo), _stock_tree(item, memo)) for key, item in node.value)
    return memo[id(node)]
