"""Cloud instances by name: which cards, how many, how much host RAM."""

from __future__ import annotations

from vlmr1_lint.values import value

__all__ = ["Instance", "all_instances", "find_instance"]


@value
class Instance:
    """One node: ``count`` cards of the canonical name ``gpu``, ``host_ram_gib`` GiB; ``source`` says how sure that is."""

    name: str
    gpu: str
    count: int
    host_ram_gib: float
    source: str


_instances: dict[str, Instance] = {}


def _load() -> dict[str, Instance]:
    if not _instances:
        from vlmr1_lint.facts.data import load

        for record in load("instances.json")["instances"]:
            _instances[_plain(record["name"])] = Instance(**record)
    return _instances


def _plain(name: str) -> str:
    """Without case, the prefixes that tools add or drop (``ml.`` of SageMaker, ``Standard_`` of Azure) and underscores."""
    return name.strip().lower().removeprefix("ml.").removeprefix("standard_").replace("_", "")


def all_instances() -> tuple[Instance, ...]:
    """Every instance of the table."""
    return tuple(_load().values())


def find_instance(name: str) -> Instance | None:
    """The instance called *name* (``p4d.24xlarge``, ``ml.g5.12xlarge``, ``a2-highgpu-8g``), None if unknown."""
    return _load().get(_plain(name))
