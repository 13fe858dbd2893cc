"""Units of memory, in bytes."""

from __future__ import annotations

__all__ = ["GIB", "MIB", "TIB"]

MIB, GIB, TIB = 2**20, 2**30, 2**40
