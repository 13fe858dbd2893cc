"""GPU cards: nominal and usable memory, what each can compute, and which cards a name written by people may mean."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["UNMEASURED_SHARE", "Gpu", "all_gpus", "find_gpus"]

UNMEASURED_SHARE = 0.93
"""GiB usable per nominal GB of a card without a measured figure (design, §3). Measured cards: 0.91 (T4) to 0.99 (V100)."""


@value
class Gpu:
    """A card as one torch device sees it.

    ``usable_gib`` is what CUDA reports as total memory, in GiB, before the process's own context; if
    ``usable_measured`` is false it is 0.93 x ``nominal_gb``. ``compute_capability`` is None for cards that are not
    CUDA's. None in a capability means not known. ``source`` says where the usable figure comes from.
    """

    name: str
    nominal_gb: float
    usable_gib: float
    usable_measured: bool
    architecture: str | None = None
    compute_capability: tuple[int, int] | None = None
    bf16: bool | None = None
    flash_attention_2: bool | None = None
    tf32: bool | None = None
    fp8: bool | None = None
    source: str = ""


_cards: list[tuple[Gpu, dict[str, Any]]] = []


def _load() -> list[tuple[Gpu, dict[str, Any]]]:
    if not _cards:
        from vlmr1_lint.facts.data import load

        _cards.extend((_gpu(record), record) for record in load("gpus.json")["gpus"])
    return _cards


def _gpu(record: dict[str, Any]) -> Gpu:
    usable, nominal = record["usable_gib"], float(record["nominal_gb"])
    capability = record["compute_capability"]
    major, _, minor = (capability or "").partition(".")
    return Gpu(
        name=record["name"],
        nominal_gb=nominal,
        usable_gib=nominal * UNMEASURED_SHARE if usable is None else usable,
        usable_measured=usable is not None,
        architecture=record["architecture"],
        compute_capability=(int(major), int(minor)) if capability else None,
        bf16=record["bf16"],
        flash_attention_2=record["flash_attention_2"],
        tf32=record["tf32"],
        fp8=record["fp8"],
        source=record["usable_source"],
    )


def all_gpus() -> tuple[Gpu, ...]:
    """Every card of the table, in its order."""
    return tuple(gpu for gpu, _ in _load())


# Words that say nothing about which card it is: vendors, brands, form factors, memory kinds, editions.
_NOISE_WORDS = """
    nvidia amd huawei instinct ascend tesla geforce rtx gtx graphics card cards gpu gpus generation gen laptop server
    workstation max q edition active sxm sxm2 sxm3 sxm4 sxm5 sxm6 pcie pci e oam hbm hbm2 hbm2e hbm3 hbm3e gddr6 gddr6x
    tensor core corporation npu npus
"""
_NOISE = frozenset(_NOISE_WORDS.split())
_MEMORY_UNITS = ("gib", "gb", "g")


def find_gpus(text: str) -> tuple[Gpu, ...]:
    """All cards that the name *text* may mean: empty if unknown, several if it is ambiguous (bare ``A100``).

    Forgiving about vendor, form factor, case, separators and unit (``NVIDIA A100-PCIE-40GB``, ``a100 40gb``, ``4090``).
    A size alone (``48G``) is an anonymous card of that nominal size. A slice of a card (MIG, ``1g.10gb``) is unknown.
    """
    words = _words(text)
    size, words = _take_size(words)
    key = "".join(_bare(word) for word in words if word not in _NOISE)
    if size is not None and size <= 0:
        return ()
    if not key:
        return () if size is None else (_anonymous(size),)
    named = [(gpu, record) for gpu, record in _load() if key in record["names"] or key == _own_name(gpu)]
    if size is None:
        return tuple(gpu for gpu, record in named if not record.get("rare")) or tuple(gpu for gpu, _ in named)
    return tuple(gpu for gpu, record in named if size == gpu.nominal_gb or size in record.get("also_gb", ()))


def _bare(word: str) -> str:
    for brand in ("rtx", "gtx", "ascend"):
        word = word.removeprefix(brand)
    return word


def _words(text: str) -> list[str]:
    flat = text.lower()
    for separator in "-_/,()":
        flat = flat.replace(separator, " ")
    return flat.split()


def _own_name(gpu: Gpu) -> str:
    return gpu.name.lower().rpartition("-")[0].removeprefix("rtx")


def _take_size(words: list[str]) -> tuple[float | None, list[str]]:
    """The memory size in GB among *words* and the words without it: None if absent, -1 if it is a MIG slice or given
    twice.
    """
    sizes: list[float] = []
    rest: list[str] = []
    for index, word in enumerate(words):
        if word == "mig" or (word[:1].isdigit() and "g." in word):
            return -1.0, words
        number = next((word[: -len(unit)] for unit in _MEMORY_UNITS if word.endswith(unit)), "")
        if not number and word in ("gb", "gib") and index and words[index - 1] == (rest or [""])[-1]:
            number = rest.pop()
        if number.replace(".", "", 1).isdigit():
            sizes.append(float(number))
        else:
            rest.append(word)
    if len(sizes) > 1:
        return -1.0, rest
    return (sizes[0] if sizes else None), rest


def _anonymous(size_gb: float) -> Gpu:
    return Gpu(
        name=f"{size_gb:g}G",
        nominal_gb=size_gb,
        usable_gib=size_gb * UNMEASURED_SHARE,
        usable_measured=False,
        source=f"no card named: {UNMEASURED_SHARE} x nominal",
    )
