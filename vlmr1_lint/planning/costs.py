"""What hardware costs, by prices that the user gives; and the cheapest of a table, else the smallest. Neither a price nor a
speed is ever estimated."""

from __future__ import annotations

from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.facts.instances import find_instance
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

__all__ = ["PriceError", "Prices", "cheapest", "priced"]


class PriceError(ValueError):
    """A name in ``prices`` that is no card and no instance, or may be several cards; the message says which."""


@value
class Prices:
    """Price of one card for an hour by the card's name, and of one node by the instance's, in one currency: the user's."""

    cards: Mapping[str, float] = {}
    instances: Mapping[str, float] = {}

    @classmethod
    def read(cls, written: Mapping[str, float] | None) -> Prices:
        """The prices that settings have *written*. Raises PriceError for a name that tells no card or instance."""
        cards: dict[str, float] = {}
        instances: dict[str, float] = {}
        for name, price in (written or {}).items():
            found, instance = find_gpus(name), find_instance(name)
            if len(found) == 1:
                cards[found[0].name] = price
            elif instance is not None:
                instances[instance.name] = price
            elif found:
                raise PriceError(f"prices: {name!r} may be {' or '.join(card.name for card in found)}; write which")
            else:
                raise PriceError(f"prices: unknown card or cloud instance {name!r}")
        return cls(cards, instances)

    def per_hour(self, gpu: str, gpus: int, nodes: int, instances: Iterable[str]) -> float | None:
        """What *gpus* cards *gpu* on *nodes* nodes cost in an hour, where a node may be one of the *instances*; the lower where
        both have a price, None where neither has."""
        found = [nodes * self.instances[name] for name in instances if name in self.instances]
        if gpu in self.cards:
            found.append(gpus * self.cards[gpu])
        return round(min(found), 4) if found else None


def priced(rows: Sequence[Mapping[str, Any]], prices: Prices) -> list[dict[str, Any]]:
    """The *rows* of a table with what each costs ``per_hour``, where that is known."""
    shown = []
    for row in rows:
        price = prices.per_hour(row["gpu"], row["gpus"], row["nodes"], row["instances"])
        shown.append({**row} if price is None else {**row, "per_hour": price})
    return shown


def cheapest(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any] | None]:
    """Of the hardware in *rows* the cheapest that does as the files are (``unchanged``), and the cheapest that does with a
    change, if that is cheaper still (``changed``).

    Without prices the least memory in all counts as the cheapest; of rows some of which have a price, only those are looked at.
    """
    unchanged = min((row for row in _known(rows) if row["verdict"] in {"fits", "tight"}), key=_rank, default=None)
    changed = min((row for row in _known(rows) if row["with"] is not None), key=_rank, default=None)
    if unchanged is not None and changed is not None and _rank(unchanged) <= _rank(changed):
        changed = None
    return {"unchanged": unchanged, "changed": changed}


def _known(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    usable = [row for row in rows if row["verdict"] in {"fits", "tight"} or row["with"] is not None]
    with_price = [row for row in usable if "per_hour" in row]
    return with_price or usable


def _rank(row: Mapping[str, Any]) -> tuple[float, float, int]:
    memory = row["gpus"] * (find_gpus(row["gpu"])[0].nominal_gb)
    return row.get("per_hour", 0.0), memory, row["gpus"]
