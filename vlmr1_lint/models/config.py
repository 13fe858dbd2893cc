"""A model from the mapping of its ``config.json``."""

from __future__ import annotations

from vlmr1_lint.models.counts import counted
from vlmr1_lint.models.families import family_of_architecture, family_of_type
from vlmr1_lint.models.model import UnsupportedConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vlmr1_lint.models.family import Family
    from vlmr1_lint.models.model import Model

__all__ = ["read_config"]


def read_config(config: Mapping[str, Any], name: str = "") -> Model:
    """The model that *config* describes, with parameters counted from its dimensions; called *name* if that is given.

    Raises `UnsupportedConfig` for quantised weights, families that no module here knows, and shapes that the formulas do not
    cover.
    """
    said = _said(config)
    if config.get("quantization_config"):
        raise UnsupportedConfig("is of quantised weights, which the forecast does not model")
    family = _family(said)
    try:
        text, tower = family.read(config, family)
    except KeyError as error:
        raise UnsupportedConfig(f"has no {error.args[0]}") from None
    except (AttributeError, ArithmeticError, TypeError, ValueError):  # a config can hold anything
        raise UnsupportedConfig("holds values that no model has") from None
    return counted(name or str(config.get("_name_or_path") or said), family, text, tower)


def _said(config: Mapping[str, Any]) -> str:
    """What *config* says that it is: the first of its architectures, else its model type."""
    listed = config.get("architectures") or [config.get("model_type")]
    said = listed[0] if isinstance(listed, (list, tuple)) and listed else None
    if not isinstance(said, str) or not said:
        raise UnsupportedConfig("names no architecture")
    return said


def _family(said: str) -> Family:
    found = family_of_architecture(said) or family_of_type(said)
    if found is None:
        raise UnsupportedConfig(f"is of {said}, which the forecast does not model")
    return found
