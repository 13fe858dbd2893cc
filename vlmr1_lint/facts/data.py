"""The only place of this package that reads its data files."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["load"]

FOLDER = __file__.replace("\\", "/").rpartition("/")[0]


def load(name: str) -> Any:
    """The parsed data file *name* (such as ``gpus.json``) of this package. Not cached: callers keep what they need."""
    import json

    with open(f"{FOLDER}/{name}", "rb") as file:
        return json.loads(file.read())
