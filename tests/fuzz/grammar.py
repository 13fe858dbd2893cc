"""Texts made from pieces: YAML of odd keys and values, plain args files, JSON with and without what `json` refuses."""

from __future__ import annotations

import json
import random
from typing import Any

__all__ = ["json_text", "plain_yaml", "yaml_text"]

NAMES = (
    "a", "b", "bf16", "num_generations", "learning_rate", "deepspeed", "on", "y", "null", "2x", "12", "1.5", "名", "a b", "a-b",
    "X/y-1.0", "a.", "-a", "/a", "<<", '"a"', "'q'", "yes", "? x", "x" * 101, "_", "é", "a_b.c",
)  # fmt: skip
SCALARS = (
    *"""1 -1 0 010 0x1F 1e3 1e-6 1.0e-6 1. .5 -.5 +1 -.inf .nan 1_000 1:20 2024-01-01 2024-1-1 true no Yes y ~ null
    Null zero3.json
    /a/b.c ${HOME}/x $X <path> <pad> a#b a:b a: :a -a -- - --- ... ? & *a &a !t !!str | > % @ ` {a} {} [ ] , = << 'q'
    'q''r' "d" "d\\n"
    '' "" 'a, ]#' 中文 é 1,2 a,b x{{y}} {{y}} 0o7 0b11 1__0 . .. -. + 0_ 1.5e+3 1.5e+ 1e400 ٣ 0.1-0.2 0.0 -0 1.2.3
    +.inf 0x_ 08""".split(),
    "a\u00a0b", "\ufeff", "\u2028", "\x85", "\t", "a b", "a #b", "a  # b", "'a' # b", "'a'#b", '"a" b', "a: b", "- a",
    "'a' 'b'", "a\tb",
    '" a "', "' #'", "[a, 'b' ]", "[]", "[ ]", "[a,]", "[a,,b]", "[a] # c", "[a]#c", "[[a], {b: c}]", "[a: b]", "{a: 1}",
    "{a: , b}",
    "{'a':1}", '{"a":1}', "{a: [1, 2], b: 'x'}", "{? a : b}", "!!int '7'", "!foo x", "&b {k: 1}", "*b", "&c 1", "*c",
    "!!set {a, b}",
    "|\n  t\n\n  u # no", ">-\n  f\n  g", "|+\n  h\n", "|2\n   i", ">\n  j\n\n    k\n  l", "multi\n  line", "'m\n\n  n'",
    '"o\\\n  p"',
    "\n  k: 1\n  m: 2 # c", "\n  - one # c\n  - two", "\n- i\n- j", "\n  # c\n  z:\n    w: 1", "\n  - p: 1\n    q: 2\n  - r: 3",
    "\n  - - a\n    - b\n  - c", "\n  ? d\n  : e", "\n  ", "", "", "2024-01-02 03:04:05", "9" * 30,
)  # fmt: skip
COMMENTS = ("", "", "", "", " # c", "  #c", "#c", " ", "   ", " # 中 # d", "\t# t")
OTHERS = (
    "",
    "  ",
    "# c",
    "  # c",
    "---",
    "...",
    "%Y",
    "x",
    "\t",
    "- a",
    "- b: 1",
    "  - x",
    "%YAML 1.1\n---",
    "a: 1\r",
    "--- # c",
    "- - z",
)
FLAT = (
    *"""1 -1 0 1e3 1e-6 1.0e-6 .5 true no Yes ~ null zero3.json /a/b.c ${X}/x <path> a#b a:b -a 'q' "d" '' "" 'a, ]#'
    中文 1,2 x{{y}} . 1. -.5
    [] [a,b] ['x'] +1 0.0 1.5e+3 1e400 -- -x .x""".split(),
    "a b", "a  b", "[a, 'b' ]", "[ ]", '" a "', "' #'", "", "[1, 2.5,x]", "a - b", "a ? b", "x'y", 'x"y', "a, b", "a & b",
    "[a b, -1]",
)  # fmt: skip


def yaml_text(source: random.Random) -> bytes:
    """A YAML text of a few lines, most of them odd."""
    lines = []
    for _ in range(source.randint(1, 5)):
        if source.randrange(8) == 0:
            lines.append(source.choice(OTHERS))
            continue
        indent = source.choice(("", "", "", "  ", "    ", "- ", "  - ", "\t"))
        colon = source.choice((": ", ": ", ": ", ": ", ":", " : ", ":  ", " "))
        lines.append(indent + source.choice(NAMES) + colon + source.choice(SCALARS) + source.choice(COMMENTS))
    return _ended(source, lines)


def plain_yaml(source: random.Random) -> bytes:
    """What args files look like: plain lines, lists, one level of nesting."""
    lines: list[str] = []
    for number in range(source.randint(1, 5)):
        name = source.choice(("a", "b", "c", "bf16", "lr", "x.y", "2x", "a-b", "名")) + (
            str(number) if source.randrange(4) else ""
        )
        lines.append(f"{name}:{source.choice((' ', ' ', '  '))}{source.choice(FLAT)}{source.choice(COMMENTS[:8])}")
        if source.randrange(5) == 0:
            dash = source.choice(("- ", "  - ", "  k: ", " m: "))
            lines[-1] = f"{name}:"
            for item in range(source.randint(1, 3)):
                key = dash if "-" in dash else dash.replace(": ", f"{item}: ")
                lines.append(key + source.choice(FLAT) + source.choice(COMMENTS[:8]))
        if source.randrange(6) == 0:
            lines.append(source.choice(("", "# c", "  # c", "  ")))
    return _ended(source, lines)


def _ended(source: random.Random, lines: list[str]) -> bytes:
    text = source.choice(("\n", "\n", "\n", "\n", "\r\n", "\n\n")).join(lines) + source.choice(
        ("", "\n", "\n", "\n\n", "\n# end", " ")
    )
    return (b"\xef\xbb\xbf" if source.randrange(30) == 0 else b"") + text.encode("utf-8", "surrogatepass")


KEYS = ("a", "b", "stage", "bf16", "zero_optimization", "", "中", "\ud83d", "a b", '"', "\\", "\n", "${X}")
LEAVES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2.5, 1e9, -0.0, 10**30, float("nan"), float("inf"), float("-inf"), "auto", "3", "", "// no",
    "# no",
    "/* no */", "${X}", "<here>", "é中🙂", "\ud83d", "\u2028", "\\", '"', "a,]",
)  # fmt: skip
JUNK = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    " ",
    "\n",
    "\t",
    "\r\n",
    "// c\n",
    "# c\n",
    "/* c */",
    "/**/",
    "//\n",
    "/* , } */",
    "\u00a0",
    "\f",
)


def json_text(source: random.Random) -> bytes:
    """A JSON text; comments, trailing commas and keys written twice where `source` wants them."""
    strict = source.randrange(2) == 0
    pieces: list[str] = []
    _json_value(source, pieces, 0, strict)
    text = "".join(pieces) if strict or source.randrange(3) else "".join(pieces) + source.choice(JUNK)
    return (b"\xef\xbb\xbf" if source.randrange(20) == 0 else b"") + text.encode(
        "utf-8", "replace" if source.randrange(9) else "surrogatepass"
    )


def _json_value(source: random.Random, pieces: list[str], depth: int, strict: bool) -> None:
    kind = source.randrange(2 if depth == 0 else 5) if depth < 4 else 4
    if kind > 1:
        pieces.append(json.dumps(source.choice(LEAVES), ensure_ascii=source.randrange(2) == 0))
        return
    junk = ("", "", " ", "\n") if strict else JUNK
    count = source.choice((0, 1, 1, 2, 3))
    pieces.append("{["[kind] + source.choice(junk))
    for number in range(count):
        if kind == 0:
            key = json.dumps(source.choice(KEYS), ensure_ascii=source.randrange(2) == 0)
            pieces.append(key + source.choice(junk) + ":" + source.choice(junk))
        _json_value(source, pieces, depth + 1, strict)
        pieces.append(source.choice(junk))
        if number + 1 < count or (not strict and source.randrange(4) == 0):
            pieces.append("," + source.choice(junk))
    pieces.append("}]"[kind])
