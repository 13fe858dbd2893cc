"""Reading a measured peak from what people have at hand: an nvidia-smi log, a trainer's log, a CUDA out-of-memory message."""

from __future__ import annotations

import re

from vlmr1_lint.units import GIB, MIB
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["card", "reserved", "allocated", "out-of-memory"]

__all__ = ["Measured", "NoFigure", "read_log"]

LEAST_BYTES = 100 * MIB
"""Figures below this are no GPU's peak: deltas, steps, host memory of a helper."""


class NoFigure(Exception):
    """A log without a memory figure that can be understood."""


@value
class Measured:
    """A measured peak of one GPU in bytes.

    kind        ``card``: what nvidia-smi sees, context and the allocator's reserve included; ``reserved``: that without the
    context;
                ``allocated``: what torch's tensors held; ``out-of-memory``: what was held when an allocation failed
    source      the line it was read from, or ``""``
    tried       bytes of the allocation that failed
    total       the card's memory in bytes as the message says it
    unused      bytes that the allocator had reserved and could not use: fragmentation
    completion  tokens of the longest answers that the log mentions so far
    """

    kind: Kind
    bytes: int
    source: str = ""
    tried: int | None = None
    total: int | None = None
    unused: int | None = None
    completion: int | None = None


def read_log(text: str) -> Measured:
    """The peak in *text*. An out-of-memory message says most, then nvidia-smi's table, then a trainer's figure. Raises
    `NoFigure`."""
    found = _out_of_memory(text) or _nvidia_smi_table(text) or _nvidia_smi(text) or _trainer(text)
    if found is None:
        raise NoFigure(
            "no memory figure: give the output of nvidia-smi, a trainer's log with one"
            " (memory(GiB): 31.2), or the CUDA out of memory message"
        )
    return found


_SIZE = r"(\d+(?:\.\d+)?)\s*(GiB|MiB|KiB|GB|MB)"


def _bytes(number: str, unit: str) -> int:
    """torch and nvidia-smi count in binary units, whatever they call them."""
    factor = {"g": GIB, "m": MIB, "k": 1024}[unit[0].lower()]
    return int(float(number) * factor)


def _out_of_memory(text: str) -> Measured | None:
    """torch's message, in the wordings of 1.13 to 2.9: the last one in the log, if one run failed several times."""
    messages = [match.start() for match in re.finditer(r"CUDA out of memory", text)]
    if not messages:
        return None
    message = " ".join(text[messages[-1] : messages[-1] + 2000].split())

    def figure(*patterns: str) -> int | None:
        for pattern in patterns:
            match = re.search(pattern, message, re.IGNORECASE)
            if match:
                return _bytes(match[1], match[2])
        return None

    tried = figure(rf"Tried to allocate {_SIZE}")
    total = figure(rf"total capacity of {_SIZE}", rf"{_SIZE} total capacity")
    free = figure(rf"of which {_SIZE} is free", rf"{_SIZE} free")
    held = figure(rf"process (?:\d+ )?has {_SIZE} memory in use", rf"{_SIZE} already allocated")
    unused = figure(rf"{_SIZE} is reserved by PyTorch but unallocated")
    if held is None and total is not None and free is not None:
        held = total - free
    if tried is None and held is None:
        return None
    return Measured(
        kind="out-of-memory",
        bytes=held or 0,
        source=message[:160],
        tried=tried,
        total=total,
        unused=unused,
        completion=_completion(text),
    )


def _nvidia_smi_table(text: str) -> Measured | None:
    """``nvidia-smi`` as it prints by itself (``17613MiB /  40960MiB``): the fullest card of all its tables."""
    best: Measured | None = None
    for match in re.finditer(r"(?m)^\|.*?\b(\d+)MiB\s*/\s*(\d+)MiB.*$", text):
        used = int(match[1]) * MIB
        if used >= LEAST_BYTES and (best is None or used > best.bytes):
            best = Measured("card", used, " ".join(match[0].split())[:160], total=int(match[2]) * MIB)
    return best


def _nvidia_smi(text: str) -> Measured | None:
    """``nvidia-smi --query-gpu=…memory.used… --format=csv``: the largest value of that column; with or without header and
    units."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    column, unit = None, MIB
    largest, source = 0, ""
    for line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        heads = [cell.lower() for cell in cells]
        named = next((index for index, head in enumerate(heads) if head.startswith("memory.used")), None)
        if named is not None:
            column = named
            continue
        if column is None:
            # Without a header only a bare column can be told: every line one number of MiB.
            if not all(re.fullmatch(r"\d+( MiB)?", one) for one in lines):
                return None
            column = 0
        match = re.fullmatch(r"(\d+)(?: MiB)?", cells[column]) if column < len(cells) else None
        if match and int(match[1]) * unit > largest:
            largest, source = int(match[1]) * unit, line
    return Measured("card", largest, source) if largest >= LEAST_BYTES else None


_TRAINER = (
    # ms-swift: 'memory(GiB)': 61.39, of torch.cuda.max_memory_reserved
    (re.compile(r"memory\s*\((GiB|GB|MiB|MB)\)['\"]?\s*[:=]\s*(\d+(?:\.\d+)?)", re.IGNORECASE), 2, 1, "reserved"),
    (re.compile(rf"reserved[^\n\d]{{0,40}}{_SIZE}", re.IGNORECASE), 1, 2, "reserved"),
    (re.compile(rf"(?:max|peak)[\w .-]*(?:mem|alloc)[^\n\d]{{0,40}}{_SIZE}", re.IGNORECASE), 1, 2, "allocated"),
    (re.compile(rf"(?:gpu|cuda|vram)[\w .-]*mem[^\n\d]{{0,40}}{_SIZE}", re.IGNORECASE), 1, 2, "card"),
    (re.compile(rf"mem(?:ory)?(?:[ _](?:used|usage|reserved|peak))[^\n\d]{{0,40}}{_SIZE}", re.IGNORECASE), 1, 2, "card"),
)
"""Lines of trainers' logs with a figure of GPU memory: pattern, its groups of number and unit, and what is measured."""


def _trainer(text: str) -> Measured | None:
    best: Measured | None = None
    for pattern, number, unit, kind in _TRAINER:
        for match in pattern.finditer(text):
            size = _bytes(match[number], match[unit])
            if size >= LEAST_BYTES and (best is None or size > best.bytes):
                start = text.rfind("\n", 0, match.start()) + 1
                line = " ".join(text[start : match.end() + 40].splitlines()[0].split())
                best = Measured(kind, size, line[:160], completion=_completion(text))  # type: ignore[arg-type]
        if best is not None:
            return best
    return None


_COMPLETION = re.compile(r"['\"]?completions?(?:_length|/max_length|/mean_length)['\"]?\s*[:=]\s*(\d+(?:\.\d+)?)")


def _completion(text: str) -> int | None:
    """The longest answers that TRL or VLM-R1 logged (``completion_length`` is a mean over the batch)."""
    lengths = [float(match[1]) for match in _COMPLETION.finditer(text)]
    return round(max(lengths)) if lengths else None
