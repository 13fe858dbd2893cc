"""Which files are copies of an upstream repository's: configuration that nobody here wrote, and trainers that nobody changed.

For Python among them a second table holds what the linter asks of such a source (`code_of`), so that it need not be parsed.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["CODE", "CODE_DIGEST_BYTES", "code_of", "digest", "upstream_of"]

DIGEST_BYTES = 8
"""Enough to tell a few thousand files apart: a chance of one in 10^15 for a file that is none of them."""

CODE = "upstream_code.jsonl"
CODE_DIGEST_BYTES = 16
"""Enough that nobody can write a file which is taken for one of upstream's trainers."""


def digest(data: bytes, size: int = DIGEST_BYTES) -> str:
    """The hash by which a table knows a file: BLAKE2b of its bytes, in hex. Line ends count: a copy is byte for byte."""
    from vlmr1_lint.hashes import blake2b  # not of a run without findings that lies in no repository

    return blake2b(data, digest_size=size).hexdigest()


def upstream_of(data: bytes) -> str | None:
    """The upstream repository (``"VLM-R1"``) that held a file with just these bytes in some commit, None for any other file."""
    return _table().get(digest(data))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    from vlmr1_lint.facts.data import load

    found: dict[str, str] = {}
    for name, hashes in load("upstream.json").items():
        if not name.startswith("_"):
            found.update(dict.fromkeys(hashes.split(), name))
    return found


@lru_cache(maxsize=64)
def code_of(data: bytes) -> Mapping[str, Any] | None:
    """What the linter asks of the Python source *data* (`pythoncode.outline`), where it is byte for byte a file of one of the
    upstream commits that tools/facts/upstream_code.py was given; None for any other source."""
    from vlmr1_lint.facts.data import line_of

    found: Mapping[str, Any] | None = line_of(CODE, digest(data, CODE_DIGEST_BYTES))
    return found
