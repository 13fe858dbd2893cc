"""A model of torch's CUDA caching allocator, to replay allocation traces without a GPU.

What it does is what ``c10/cuda/CUDACachingAllocator.cpp`` and ``c10/core/AllocatorConfig.h`` say (torch 2.0 to 2.14):

* sizes are rounded up to 512 bytes; up to 1 MiB they come from the small pool, else from the large one;
* a pool hands out its smallest free block that is large enough; the rest of it is split off where at least 512 bytes (small
  pool, or segments that expand) or more than 1 MiB (large pool) would be left;
* where none is large enough the driver is asked for a segment: 2 MiB (small pool), 20 MiB (up to 10 MiB), else the size rounded
  up to 2 MiB. A free block merges with its free neighbours, but never over the border of a segment;
* where the driver has no room, whole free segments are given back, and it is asked once more; then the run is out of memory;
* with ``expandable_segments:True`` a pool is one segment that grows at its end, by pages of 2 or 20 MiB.

``garbage_collection_threshold`` acts only where ``set_per_process_memory_fraction`` was called too (``set_fraction``), which no
trainer does; it is left out. One stream is modelled.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

__all__ = ["Allocator", "Block", "OutOfMemory"]

MIB = 2**20
BLOCK = 512
SMALL = MIB
SMALL_SEGMENT = 2 * MIB
LARGE_SEGMENT = 20 * MIB
LEAST_OWN_SEGMENT = 10 * MIB
ROUND_LARGE = 2 * MIB


class OutOfMemory(Exception):
    """The driver has no room for a segment, also after all free ones were given back."""


@dataclass(eq=False, slots=True)
class Block:
    """A piece of a segment: *address* orders blocks of one size; neighbours are in the same segment."""

    address: int
    size: int
    pool: _Pool
    free: bool = False
    before: Block | None = None
    after: Block | None = None

    def __lt__(self, other: Block) -> bool:
        return (self.size, self.address) < (other.size, other.address)


@dataclass(eq=False, slots=True)
class _Pool:
    small: bool
    free: list[Block] = field(default_factory=list)
    last: Block | None = None  # of an expandable segment


class Allocator:
    """*limit*: bytes that the driver has for segments (None: no end). ``reserved`` is what nvidia-smi shows beside the context,
    ``allocated`` what tensors hold, rounded; both in bytes."""

    def __init__(self, limit: int | None = None, *, expandable: bool = False) -> None:
        self.limit, self.expandable = limit, expandable
        self.reserved = self.allocated = self.peak_reserved = self.peak_allocated = 0
        self._address = 0
        self._pools = _Pool(small=True), _Pool(small=False)

    def malloc(self, size: int) -> Block:
        """A block for *size* bytes. Raises `OutOfMemory`."""
        size = max(-(-size // BLOCK) * BLOCK, BLOCK)
        pool = self._pools[0 if size <= SMALL else 1]
        block = self._best(pool, size) or (self._grown(pool, size) if self.expandable else self._segment(pool, size))
        rest = block.size - size
        if rest >= BLOCK if pool.small or self.expandable else rest > SMALL:
            tail = Block(block.address + size, rest, pool, True, block, block.after)
            if block.after is not None:
                block.after.before = tail
            block.after, block.size = tail, size
            if pool.last is block:
                pool.last = tail
            insort(pool.free, tail)
        block.free = False
        self.allocated += block.size
        self.peak_allocated = max(self.peak_allocated, self.allocated)
        return block

    def release(self, block: Block) -> None:
        """The tensor of *block* is gone: the block is cached."""
        self.allocated -= block.size
        pool = block.pool
        for other in (block.before, block.after):
            if other is None or not other.free:
                continue
            self._take(pool, other)
            first, second = (other, block) if other is block.before else (block, other)
            first.size += second.size
            first.after = second.after
            if second.after is not None:
                second.after.before = first
            if pool.last is second:
                pool.last = first
            block = first
        block.free = True
        insort(pool.free, block)

    def empty_cache(self) -> None:
        """Gives whole free segments back; of an expandable one the free pages at its end."""
        for pool in self._pools:
            for block in [one for one in pool.free if one.before is None and one.after is None and one is not pool.last]:
                self._take(pool, block)
                self.reserved -= block.size
            last = pool.last
            if last is None or not last.free:
                continue
            self._take(pool, last)
            kept = last.size % _page(pool)
            self.reserved -= last.size - kept
            last.size = kept
            if kept:
                insort(pool.free, last)
                continue
            pool.last = last.before
            if last.before is not None:
                last.before.after = None

    def _best(self, pool: _Pool, size: int) -> Block | None:
        at = bisect_left(pool.free, size, key=lambda block: block.size)
        return pool.free.pop(at) if at < len(pool.free) else None

    def _take(self, pool: _Pool, block: Block) -> None:
        del pool.free[bisect_left(pool.free, block)]

    def _segment(self, pool: _Pool, size: int) -> Block:
        if pool.small:
            length = SMALL_SEGMENT
        elif size < LEAST_OWN_SEGMENT:
            length = LARGE_SEGMENT
        else:
            length = -(-size // ROUND_LARGE) * ROUND_LARGE
        self._ask(length)
        return self._placed(pool, length)

    def _grown(self, pool: _Pool, size: int) -> Block:
        length = self._missing(pool, size)
        if self.limit is not None and self.reserved + length > self.limit:
            self.empty_cache()
            length = self._missing(pool, size)
        self._ask(length)
        last = pool.last
        if last is not None and last.free:
            self._take(pool, last)
            last.size += length
            return last
        block = self._placed(pool, length)
        if last is not None:
            last.after, block.before = block, last
        pool.last = block
        return block

    def _missing(self, pool: _Pool, size: int) -> int:
        """Bytes of pages that an expandable segment lacks for *size* bytes at its end."""
        have = pool.last.size if pool.last is not None and pool.last.free else 0
        return -(-(size - have) // _page(pool)) * _page(pool)

    def _placed(self, pool: _Pool, length: int) -> Block:
        self._address += length
        return Block(self._address - length, length, pool)

    def _ask(self, length: int) -> None:
        if self.limit is not None and self.reserved + length > self.limit:
            self.empty_cache()
            if self.reserved + length > self.limit:
                raise OutOfMemory(f"{length} bytes asked of the driver, {self.reserved} of {self.limit} reserved")
        self.reserved += length
        self.peak_reserved = max(self.peak_reserved, self.reserved)


def _page(pool: _Pool) -> int:
    return SMALL_SEGMENT if pool.small else LARGE_SEGMENT
