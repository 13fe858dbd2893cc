"""What must be true of every text read as YAML: values are PyYAML's, places hold what they say, both of our readers agree.

PyYAML is asked three times: for the values; for the text of each node, cut out and read alone; and for the tree that is left
when all comments are cut out. Its Python loader, which is the trainer's, decides. It takes ten times as long as libyaml, so
it is asked about every sixth text, about every text on which libyaml and we differ, and about those on which it is known to
differ from libyaml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import yaml

from vlmr1_lint.documents.model import Document, Node
from vlmr1_lint.documents.yaml.flat import read_flat
from vlmr1_lint.documents.yaml.read import YamlDocument, read_yaml
from vlmr1_lint.unknown import Unknown, is_unknown

__all__ = ["check_yaml", "same"]

ERRORS = (yaml.YAMLError, ValueError, OverflowError, KeyError, IndexError, TypeError, AttributeError, RecursionError)
"""What PyYAML's loader raises on texts that are wrong."""
REFUSED = {"syntax", "tag", "value", "multiple-documents", "tab-indentation", "colon-in-plain", "undecodable", "nul"}
"""Problems that say that the trainer fails on the text."""
LIMITS = {"too-many-aliases", "too-deep", "too-large"}
"""Problems that are ours alone."""
QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DISPUTED = (b"\t", b"!", b"|#", b">#", b"\xef\xbb\xbf", b"\xc2", b"\xe2")
"""What the two loaders of PyYAML are known to read differently, and more."""
SLOWLY = 6
"""Of other texts, one in so many goes to the Python loader all the same."""
SEVERAL_MERGES = re.compile(rb"<<.*<<|<<[^\n]*\[|<<[^\n]*\n[ \t\r\n]*-", re.DOTALL)
"""Where a key may come through two merges, releases of PyYAML differ: up to 6.0.3 the first of a list wins; 6.0.4 compares keys
by the identity of their strings, so that the last wins unless the key is one letter. So of a mapping that has a key twice."""
REREAD_NODES = 4
"""Nodes of one text that are cut out and read alone."""
BREAKS = (b"\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
"""Line breaks of YAML 1.1."""
HASHES = 2
"""``#`` that are no comments, of which it is tried whether PyYAML takes them for one."""


def check_yaml(data: bytes) -> None:
    """Raises AssertionError where the readers and PyYAML differ on *data*."""
    full = read_yaml("a.yaml", data)
    flat = read_flat("a.yaml", data)
    if flat is not None:
        check_flat(flat, full)
    check_bounds(full)
    codes = {problem.code for problem in full.problems}
    mine = full.roots[0].raw if full.roots else None
    if not (slow := crc32(data) % SLOWLY == 0 or any(mark in data for mark in DISPUTED)):
        quick = loaded(data, QUICK)
        slow = isinstance(quick, Exception) or bool(codes & REFUSED) or not same(mine, quick)
    theirs = loaded(data, yaml.SafeLoader) if slow else mine
    if isinstance(theirs, Exception):
        # An unquoted {{ x }} is a placeholder for us, documented; PyYAML finds a key that cannot be hashed.
        assert codes & (REFUSED | LIMITS) or b"{{" in data, f"PyYAML fails and nothing is said: {theirs!r}"
        return
    if codes & LIMITS:
        return
    assert not codes & REFUSED, f"PyYAML reads it, and we say {sorted(codes & REFUSED)}"
    assert not any(problem.fatal for problem in full.problems)
    if not SEVERAL_MERGES.search(data) and not (b"<<" in data and "duplicate-key" in codes):
        assert same(mine, theirs), f"ours {mine!r}, PyYAML's {theirs!r}"
    check_placeholders(full)
    check_nodes(full)
    check_comments(full)


def loaded(data: bytes, loader: Any) -> object:
    """What the trainer gets for *data*, or the exception."""
    try:
        return yaml.load(data.decode("utf-8"), loader)
    except ERRORS as error:
        return error


def same(mine: object, theirs: object) -> bool:
    """Whether two values are equal, types and the order of keys included."""
    if isinstance(theirs, float) and math.isnan(theirs):
        return isinstance(mine, float) and math.isnan(mine)
    if type(mine) is not type(theirs):
        return False
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return len(mine) == len(theirs) and all(
            same(key, other) and same(mine[key], theirs[other]) for key, other in zip(mine, theirs, strict=True)
        )
    if isinstance(mine, (list, tuple)) and isinstance(theirs, (list, tuple)):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    return mine == theirs and repr(mine) == repr(theirs)


def seen(node: Node) -> tuple[object, ...]:
    """All that a node says."""
    spans = node.key_span, node.span, node.entry_span
    return (
        node.kind,
        node.path,
        repr(node.value),
        repr(node.raw),
        node.text,
        node.style,
        spans,
        node.refusal,
        list(node.entries()),
    )


def check_flat(flat: Document, full: YamlDocument) -> None:
    """The short reader says what the full one says."""
    assert not full.problems, "the short reader takes a text that has problems"
    assert len(full.roots) == 1
    for one, two in zip([flat.roots[0], *flat.roots[0].walk()], [full.roots[0], *full.roots[0].walk()], strict=True):
        assert seen(one) == seen(two), f"short {seen(one)}, full {seen(two)}"
    assert flat.comments() == full.comments()


def check_bounds(document: YamlDocument) -> None:
    """All places lie in the text, whatever it is."""
    size = len(document.data)
    for problem in document.problems:
        assert 0 <= problem.span.start <= problem.span.end <= size, problem
        assert problem.code and (problem.first is None or problem.first.end <= problem.span.start), problem
    for root in document.roots:
        for node in (root, *root.walk()):
            for span in (node.key_span, node.span, node.entry_span):
                assert span is None or 0 <= span.start <= span.end <= size, (node.path, span)
            assert isinstance(node.text, str) and document.position(node.span.start).line >= 1


def check_placeholders(document: YamlDocument) -> None:
    """A value is the plain one, or unknown where the text has a placeholder."""
    for node in document.roots[0].walk() if document.roots else ():
        if node.kind == "scalar" and not isinstance(node.value, Unknown):
            assert same(node.value, node.raw), f"{node.value!r} is not {node.raw!r}"


def check_nodes(document: YamlDocument) -> None:
    """The text of a node, read alone, gives its value; that of a key its name."""
    if b"\t" in document.data or b"&" in document.data or not document.roots:
        return  # tabs are columns of their own; anchors are not part of a node's text
    nodes: list[Any] = [node for node in document.roots[0].walk() if not node.refusal]
    first = crc32(document.data) % max(1, len(nodes) - REREAD_NODES + 1)
    for node in nodes[first : first + REREAD_NODES]:
        if node.key_tree is not None and node.key_tree.id == "scalar" and node.key_tree.tag in (True, False):
            assert node.key_span is not None
            key = document.data[node.key_span.start : node.key_span.end].decode()
            assert any(unended(one) == unended(node.path[-1]) for one in key_readings(key)), (
                f"the key {node.path[-1]!r} is not at {key!r}"
            )
        tag = node.tree.tag
        if tag not in (True, False) and not str(tag).endswith((":map", ":seq")):
            continue
        if any(mark in node.text for mark in ("!", "<<", "{{")) or is_unknown(node.raw):
            continue
        if node.tree.id != "scalar" and not node.tree.value:
            continue
        column = 1 + len(re.split("[\n\r\x85\u2028\u2029]", document.data[: node.span.start].decode("utf-8-sig"))[-1])
        readings = value_readings(node, column)
        assert any(same(unended(node.raw), one) for one in readings), (
            f"a value is not where we say: {node.raw!r} at {node.text!r}"
        )


def key_readings(text: str) -> Iterator[str]:
    """The names that *text* can be as a key, or as a scalar in other places."""
    if not text:
        yield ""
    for loader in (QUICK, yaml.SafeLoader):
        for whole in (f"{text} : 0", f"{text}: 0", f"--- {text}", f"[{text}]", f"? {text}"):
            try:
                tree = yaml.compose(whole, loader)
            except ERRORS:
                continue
            while tree is not None and tree.id != "scalar":
                tree = tree.value[0] if tree.id == "sequence" else tree.value[0][0]
            yield "" if tree is None else tree.value


def value_readings(node: Any, column: int) -> Iterator[object]:
    """What PyYAML makes of the node's text alone: as a document, and in brackets, where other plain texts are allowed."""
    text = node.text
    if node.style in ("literal", "folded"):
        header = text.partition("\n")[0].partition("#")[0]
        if any(digit in header for digit in "123456789"):
            yield unended(node.raw)  # it counts from the indentation around it
        candidates = [f"--- {text}\n"]
    elif node.tree.id == "scalar" or node.tree.flow_style:
        candidates = [f"--- {text}", f"[{text}]"]
    else:
        candidates = [" " * (column - 1) + text]
    for loader in (QUICK, yaml.SafeLoader):
        for whole in candidates:
            try:
                value = unended(yaml.load(whole, loader))
            except ERRORS:
                continue
            yield value
            if whole.startswith("[") and isinstance(value, list) and len(value) == 1:
                yield value[0]


def unended(value: Any) -> Any:
    """*value* with nothing blank at the end of strings: places leave out blanks and blank lines behind a block scalar."""
    if isinstance(value, str):
        return value.rstrip(" \n")
    if isinstance(value, dict):
        return {unended(key): unended(item) for key, item in value.items()}
    return [unended(item) for item in value] if isinstance(value, list) else value


def check_comments(document: YamlDocument) -> None:
    """Cutting comments down to their ``#`` changes nothing; a letter in place of any other ``#`` does."""
    data = document.data
    if b"#" not in data or b"%" in data or not document.roots:
        return  # a text of nothing but comments has no document that they could stand in
    kept, at, places = [], 0, set()
    for span, text in document.comments():
        assert span.start >= at and data[span.start : span.end].decode("utf-8") == text and text.startswith("#"), (span, text)
        assert span.end == len(data) or data.startswith(BREAKS, span.end), f"a comment ends early: {text!r}"
        kept.append(data[at : span.start + 1])
        places.add(len(b"".join(kept)) - 1)
        at = span.end
    bare = b"".join([*kept, data[at:]])
    assert alike(data, bare), f"with empty comments it means something else: {bare!r}"
    if any(mark in data for mark in b"&*!"):
        return  # a name of an anchor or a tag may hold it, and is not in the tree
    others = [index for index, letter in enumerate(bare) if letter == ord("#") and index not in places]
    for index in others[:HASHES]:
        assert not alike(data, bare[:index] + b"x" + bare[index + 1 :]), f"a comment was not seen: at {index} of {bare!r}"


def alike(one: bytes, two: bytes) -> bool:
    """Whether PyYAML makes the same trees of two texts. libyaml is enough unless it is known to differ."""
    loader = yaml.SafeLoader if any(mark in one for mark in DISPUTED) else QUICK
    return shape(one, loader) == shape(two, loader)


def shape(data: bytes, loader: Any) -> object:
    """The trees of *data* without places, or None where PyYAML fails."""
    try:
        return [dump(tree) for tree in yaml.compose_all(data.decode("utf-8"), loader)]
    except ERRORS:
        return None


def dump(tree: Any) -> object:
    if tree.id == "scalar":
        return tree.tag, tree.value
    if tree.id == "sequence":
        return tree.tag, [dump(item) for item in tree.value]
    return tree.tag, [(dump(key), dump(item)) for key, item in tree.value]
