"""The models of the table (``facts/models.json``), and which of them a name or a path means."""

from __future__ import annotations

from vlmr1_lint.facts.data import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmr1_lint.models.model import Model

__all__ = ["all_models", "find_model", "is_quantised_name"]

_records: dict[str, dict[str, Any]] = {}
_models: dict[str, Model] = {}
_repositories: dict[str, str] = {}


def _load() -> dict[str, dict[str, Any]]:
    """The records of all models by name."""
    if not _records:
        _records.update((record["name"], record) for record in load("models.json")["models"])
    return _records


def _named(name: str) -> Model | None:
    """The model of the table called *name*; a run asks for one or two of them."""
    if name not in _models and name in _load():
        _models[name] = _model(_load()[name])
    return _models.get(name)


def _model(record: dict[str, Any]) -> Model:
    from vlmr1_lint.models.counts import counted
    from vlmr1_lint.models.families import FAMILIES, TEXT_CODES
    from vlmr1_lint.models.model import Text, Tower

    family, tower = FAMILIES[record["family"]], None
    text = Text(code=TEXT_CODES[record["code"] if family.text is None else family.text.name], **record["text"])
    if family.tower is not None:
        tower = Tower(code=family.tower, **record["tower"])
    return counted(record["name"], family, text, tower, record["repository"])


def all_models() -> tuple[Model, ...]:
    """Every model of the table."""
    return tuple(found for name in _load() if (found := _named(name)) is not None)


def find_model(name_or_path: str) -> Model | None:
    """The model that a Hub name, a folder or a checkpoint path means, from its last telling component; None if unknown.

    Family and size must both be there as whole tokens: ``Qwen2.5-VL-3B`` is not ``Qwen2.5-3B``. Names of quantised
    weights are unknown, for their sizes differ (`is_quantised_name`).
    """
    published = _by_repository().get(name_or_path.rstrip("/").rpartition("/")[2])
    if published is not None:
        return _named(published)
    from vlmr1_lint.models.names import recognise

    name = recognise(name_or_path)
    return _named(name) if name else None


def _by_repository() -> dict[str, str]:
    """Names of models by the published name itself (``Qwen2.5-VL-3B-Instruct``): most files say just that, and no pattern need
    be compiled."""
    if not _repositories:
        for name, record in _load().items():
            # ``derived``: trained from it, or from one of its size and family, as their cards say; their names tell neither.
            for repository in (record["repository"], *record.get("derived", ())):
                _repositories[repository.rpartition("/")[2]] = name
    return _repositories


def is_quantised_name(name_or_path: str) -> bool:
    """Whether the name says that the weights are quantised (AWQ, GPTQ, int4, GGUF, …)."""
    from vlmr1_lint.models.names import is_quantised, last_component

    return is_quantised(last_component(name_or_path))
