"""The registry of trainers: the families of the folders of this room. A new one is named here and nowhere else.

What a trainer *does* is a claim (`claims`); what its options are, and what its releases do, stands in the tables of its folder.
"""

from __future__ import annotations

from vlmr1_lint.trainers.handbook import HANDBOOK_DPO, HANDBOOK_ORPO, HANDBOOK_SFT
from vlmr1_lint.trainers.open_r1 import OPEN_R1, OPEN_R1_SFT
from vlmr1_lint.trainers.r1_v import R1_V
from vlmr1_lint.trainers.trl import TRL, TRL_DPO, TRL_SFT
from vlmr1_lint.trainers.vlm_r1 import VLM_R1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.trainers.family import Family

__all__ = ["CLASSES", "FAMILIES", "FILES", "ONCE", "VARIANTS", "family_of", "family_of_kind", "roles_of", "scripts_of"]

_ALL: tuple[Family, ...] = (
    *(TRL, VLM_R1, R1_V),
    *(TRL_SFT, TRL_DPO, OPEN_R1, OPEN_R1_SFT, HANDBOOK_SFT, HANDBOOK_DPO, HANDBOOK_ORPO),
)
FAMILIES: Mapping[str, Family] = {family.name: family for family in _ALL}
"""By name, in the order in which tables and lists name them."""

VARIANTS: Mapping[str, str] = {variant: family.name for family in _ALL for variant in family.variants}
"""Variant → the release whose options it takes."""
CLASSES = frozenset().union(*(family.classes for family in _ALL))
"""Classes of trainers that forks keep the names of."""
FILES = tuple(file for family in _ALL for file in family.files)
"""Where repositories that hold a trainer made from one of ours keep it, from the root."""
ONCE = frozenset().union(*(family.once for family in _ALL))
"""Options that trainers had once, and that nobody takes for another program's."""


def family_of(release: str) -> Family | None:
    """The family of a release (``trl==0.17.0``, ``vlm-r1@2025-04``), or of its name alone; None for ``""``, which stands for
    several."""
    return FAMILIES.get(release.partition("==")[0].partition("@")[0])


def roles_of(family: str) -> Mapping[str, str]:
    """The names of its own that the *family* has for options, by the names that rules and the forecast know."""
    known = FAMILIES.get(family)
    return {} if known is None else known.roles


def family_of_kind(kind: str) -> Family:
    """TRL's trainer of *kind* (``grpo``, ``sft``, ``dpo``). Raises StopIteration for another."""
    return next(family for family in _ALL if family.of_trl and family.kind == kind)


def scripts_of(family: str) -> tuple[str, ...]:
    """The training scripts of the *family* that the tables of claims speak of; none for a name that is no family's."""
    known = FAMILIES.get(family)
    return () if known is None else known.spoken_of
