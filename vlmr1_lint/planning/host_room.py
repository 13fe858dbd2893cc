"""Host RAM as a bound of what may be changed: offload moves optimizer states to a node that must have room for them."""

from __future__ import annotations

from vlmr1_lint.memory.interval import Interval
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.planning.moves import Ask

__all__ = ["within_host"]


def within_host(ask: Ask, room: int | None) -> Ask:
    """*ask*, unknown for want of "host RAM" where changes need more than *room* bytes of a node's memory: no plan holds them.
    *ask* itself where nobody said how much a node has."""
    if room is None:
        return ask

    def asked(changes: Mapping[str, object]) -> Interval | Unknown:
        found = ask(changes)
        return Unknown("host RAM") if isinstance(found, Interval) and found.host > room else found

    return asked
