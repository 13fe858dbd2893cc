"""The hardware a run is meant for: the fleet grammar ``[NODESx]COUNTxCARD``, or ``[NODESx]INSTANCE`` of a cloud."""

from __future__ import annotations

from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.facts.gpus import Gpu
    from vlmr1_lint.facts.instances import Instance

__all__ = ["Fleet", "FleetError", "parse_fleet"]

_TIMES = "x*×X"
MAX_GPUS = 100_000


class FleetError(ValueError):
    """A fleet text that cannot be understood; the message says what is wrong and what to write."""


@value
class Fleet:
    """GPUs of one kind, in one or more nodes.

    nodes          number of machines
    gpus_per_node  cards in each
    gpu            the card, with usable memory per card in GiB
    origin         where this was said: ``"--gpus"``, ``"settings"``, ``"comment"``, ``"launch script"``
    host_ram_bytes host memory of each node, None where nobody said
    """

    nodes: int
    gpus_per_node: int
    gpu: Gpu
    origin: str = ""
    host_ram_bytes: int | None = None

    @property
    def host_ram(self) -> int | Unknown:
        """Host memory of each node in bytes; Unknown (``"host RAM"``) where nobody said."""
        return Unknown("host RAM") if self.host_ram_bytes is None else self.host_ram_bytes

    @property
    def gpus(self) -> int:
        """How many cards in all."""
        return self.nodes * self.gpus_per_node

    @property
    def nominal_gb(self) -> float:
        """Nominal memory of all cards together, in GB as vendors count."""
        return self.gpus * self.gpu.nominal_gb

    def __str__(self) -> str:
        nodes = f"{self.nodes}x" if self.nodes > 1 else ""
        return f"{nodes}{self.gpus_per_node}x{self.gpu.name}"


def parse_fleet(text: str, origin: str = "--gpus") -> Fleet:
    """The fleet that *text* names: ``4xA100-40G``, ``2x8xA100-80G``, ``8x48G``, ``a100 40gb`` (one card), ``8*H20``;
    ``p4d.24xlarge`` and ``2xp4d.24xlarge`` are nodes of a cloud, with the host memory they have.

    Raises FleetError where the count is missing or absurd, the card is unknown, or its name may mean several cards.
    """
    counts: list[int] = []
    rest = text.strip()
    while len(counts) < 2:
        head, times, tail = _split_count(rest)
        if not times:
            break
        counts.append(head)
        rest = tail
    if not rest:
        raise FleetError(f"{text!r} names no card: write COUNTxCARD, as in 4xA100-40G")
    instance = _instance(rest) if len(counts) < 2 else None
    if any(not 0 < count <= MAX_GPUS for count in counts):
        raise FleetError(f"{text!r}: a count must be between 1 and {MAX_GPUS}")
    if instance is not None:
        nodes = counts[0] if counts else 1
        return Fleet(nodes, instance.count, _one_card(instance.gpu, text), origin, int(instance.host_ram_gib * GIB))
    nodes, per_node = [1, 1, *counts][-2:] if len(counts) != 1 else (1, counts[0])
    return Fleet(nodes, per_node, _one_card(rest, text), origin)


def _split_count(text: str) -> tuple[int, str, str]:
    """``(count, sign, rest)`` of a text that starts with a count and a times sign, else ``(0, "", text)``."""
    digits = 0
    while digits < len(text) and text[digits].isascii() and text[digits].isdigit():
        digits += 1
    tail = text[digits:].lstrip()
    if not digits or digits > 9 or not tail or tail[0] not in _TIMES:
        return 0, "", text
    return int(text[:digits]), tail[0], tail[1:].lstrip()


def _instance(name: str) -> Instance | None:
    """The cloud instance called *name*; cards come first, for their names need no second table."""
    if find_gpus(name):
        return None
    from vlmr1_lint.facts.instances import find_instance

    return find_instance(name)


def _one_card(name: str, text: str) -> Gpu:
    cards = find_gpus(name)
    if not cards:
        from vlmr1_lint.facts.gpus import all_gpus
        from vlmr1_lint.nearest import nearest

        found = nearest(name.upper(), [gpu.name.rpartition("-")[0] for gpu in all_gpus()])
        if found is not None:
            raise FleetError(
                f"{text!r}: unknown card {name!r}; did you mean {found}, the memory alone as in 8x48G, or a cloud instance"
            )
        raise FleetError(
            f"{text!r}: unknown card {name!r}; write a name such as A100-40G, the memory alone as in 8x48G, or a cloud instance"
        )
    if len(cards) > 1:
        raise FleetError(f"{text!r}: {name!r} may be {' or '.join(card.name for card in cards)}; write which")
    return cards[0]
