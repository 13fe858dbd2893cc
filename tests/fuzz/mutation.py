"""Texts with faults: bytes cut out, doubled, moved, sown with what means something to a reader, crossed with another text."""

from __future__ import annotations

import random
from collections.abc import Sequence

__all__ = ["SCRAPS", "mutated"]

SCRAPS = (
    b"\t", b"\r", b"\n", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff", b": ", b":", b"- ", b"-", b" #", b"#", b"{", b"}", b"[", b"]",
    b'"', b"'", b"|\n", b">-\n", b"|2+\n", b"*a", b"&a ", b"<<: ", b"---\n", b"...\n", b"~", b"? ", b"!", b"!!str ", b"!!int ",
    b"!!python/object:os.system ", b"%YAML 1.1\n", b"\xf0\x9f\x98\x80", b"\xe4\xb8\xad", b"\xc2\x85", b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b"9" * 40, b"1e-6", b"010", b"0x1F", b"12:30", b"1_000", b"2024-01-02", b".inf", b".nan", b"NaN", b"-Infinity", b"no", b"=",
    b"\\", b"\\n", b"\\u00e9", b"\\ud83d", b"\\x41", b"\\\n", b",", b",,", b"// x\n", b"/* x */", b"# x\n", b"null", b"true",
    b"1E400", b"-0", b"${X:-1}", b"{{ x }}", b"<here>", b"$(date)", b"`x`", b"  ", b" ",
    b"# vlmr1-lint: ignore[MEM001]", b"# vlmr1-lint: gpus=4xA100-40G\n", b"# vlmr1-lint: kind=args\n", b"auto",
)  # fmt: skip
"""What means something to a reader of YAML, JSON, TOML or of our comments."""
CHARACTERS = b"\\\"'`${}()[];&|<>#:,.\n\t !*?~=-+_ab01eE%@"
LENGTHS = (0, 1, 1, 2, 3, 5, 12, 40)


def mutated(source: random.Random, seeds: Sequence[bytes], most: int = 6) -> bytes:
    """One of *seeds* with one to *most* random changes."""
    data = bytearray(source.choice(seeds))
    for _ in range(source.randint(1, most)):
        at = source.randint(0, len(data))
        to = min(len(data), at + source.choice(LENGTHS))
        kind = source.randrange(8)
        if kind == 0:
            del data[at:to]
        elif kind == 1:
            data[at:to] = source.choice(SCRAPS)
        elif kind == 2:
            data[at:at] = source.choice(SCRAPS)
        elif kind == 3:
            data[at:at] = data[at:to]
        elif kind == 4:
            there = source.randint(0, len(data))
            data[there:there] = data[at:to]
        elif kind == 5:
            other = source.choice(seeds)
            start = source.randint(0, len(other))
            data[at:to] = other[start : start + source.choice((5, 20, 80))]
        elif kind == 6:
            data[at:to] = bytes(source.choice(CHARACTERS) for _ in range(to - at))
        elif at < len(data):
            data[at] ^= 1 << source.randrange(8)
    return bytes(data)
