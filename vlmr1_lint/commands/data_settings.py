"""Writing the data assumption into the settings that decide for a run: the closest ``.vlmr1-lint.yaml``, or a new one at the
root."""

from __future__ import annotations

import os

from vlmr1_lint.documents.model import Change, Refused, apply_edits
from vlmr1_lint.documents.verify import verify
from vlmr1_lint.documents.yaml.read import read_yaml
from vlmr1_lint.sources import Unwritable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.preferences import Preferences
    from vlmr1_lint.sources import Sources

__all__ = ["keep"]

NAME = ".vlmr1-lint.yaml"


def keep(
    data: Mapping[str, object], entry: str, sources: Sources, preferences: Preferences, config: str | None
) -> dict[str, Any]:
    """Write *data* (``images``, ``image``, ``prompt-tokens``) where the settings of the run that starts at *entry* are.

    What was done: ``path``; ``written``; ``text``, what to write by hand where it was not (settings in pyproject.toml are not
    touched); ``reason`` where writing failed.
    """
    said = preferences.settings.for_entry(entry)
    if config is not None:
        path = os.path.abspath(config)
    else:
        path = sources.path(said.origin) if said is not None and said.origin else sources.path(NAME)
    name = sources.name(path)
    if path.endswith(".toml"):
        lines = [f"{key} = {_toml(value)}" for key, value in data.items()]
        return {"path": name, "written": False, "text": "\n".join(["[tool.vlmr1-lint.data]", *lines])}
    block = "data:\n" + "".join(f"  {key}: {value}\n" for key, value in data.items())
    try:
        if not sources.exists(path):
            sources.create(path, block.encode())
        else:
            _edit(path, name, data, sources)
    except (Unwritable, Refused) as error:
        return {"path": name, "written": False, "text": block.rstrip("\n"), "reason": str(error)}
    return {"path": name, "written": True, "text": block.rstrip("\n")}


def _edit(path: str, name: str, data: Mapping[str, object], sources: Sources) -> None:
    """Set the keys of *data* in the YAML at *path*: only their bytes change. Raises `Refused` and `Unwritable`."""
    old = sources.read(path)
    document = read_yaml(name, old)
    changes = [Change("set", (0, "data", key), value) for key, value in data.items()]
    new = apply_edits(old, document.edits(changes))
    reason = verify(document, changes, new)
    if reason is not None:
        raise Refused(reason)
    if new != old:
        sources.write(path, new, old)


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
