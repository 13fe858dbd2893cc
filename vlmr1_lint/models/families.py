"""All families of models, by name and by what a ``config.json`` calls them."""

from __future__ import annotations

from vlmr1_lint.models import glm, internvl, llama, qwen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.models.family import Family, TextCode

__all__ = ["FAMILIES", "TEXT_CODES", "family_of_architecture", "family_of_type"]

_ALL = (*qwen.FAMILIES, *glm.FAMILIES, *internvl.FAMILIES, *llama.FAMILIES)
FAMILIES: dict[str, Family] = {family.name: family for family in _ALL}
TEXT_CODES: dict[str, TextCode] = {family.text.name: family.text for family in _ALL if family.text is not None}
TEXT_CODES[internvl.INTERNLM2.name] = internvl.INTERNLM2
"""Language models by the name that the table of models uses where the family leaves it open."""


def family_of_architecture(architecture: str) -> Family | None:
    """The family whose ``config.json`` says *architecture* (``architectures``)."""
    return next((family for family in _ALL if architecture in family.architectures), None)


def family_of_type(model_type: str) -> Family | None:
    """The family whose ``config.json`` says *model_type*."""
    return next((family for family in _ALL if model_type in family.model_types), None)
