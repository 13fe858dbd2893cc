"""The trainers that the tables know, one value each: what their names, scripts and classes are.

What a trainer *does* is a claim (`claims`); what its options are stands in the tables of releases (`facts`). Here is what tells one
trainer from another. No other room spells a trainer's name.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Kind = Literal["grpo", "sft", "dpo"]

__all__ = ["FAMILIES", "R1_V", "TRL", "VLM_R1", "Family", "family_of"]


@value
class Family:
    """One trainer.

    name      as selectors and the tables have it: the part of a release before ``==`` or ``@``
    kind      what it trains with
    since     the releases that its name alone stands for, where that is not all of them
    scripts   names of its training scripts that are nobody else's
    demo      a script that its demo starts and its repository never had
    classes   its trainer's classes, whose names forks keep
    flags     its own scripts start torchrun and give DeepSpeed's file as an option of the run; others leave sharding to accelerate
    of_trl    its argument classes are TRL's, in the release that is installed
    """

    name: str
    kind: Kind = "grpo"
    since: tuple[str, ...] = ()
    scripts: frozenset[str] = frozenset()
    demo: str = ""
    classes: frozenset[str] = frozenset()
    flags: bool = False
    of_trl: bool = False


VLM_R1 = Family(
    "vlm-r1",
    since=("vlm-r1", "vlm-r1@2025-04"),
    scripts=frozenset(("grpo_jsonl.py", "grpo_rec.py")),
    demo="src/train.py",
    classes=frozenset(("VLMGRPOTrainer",)),
    flags=True,
)
"""VLM-R1: src/open-r1-multimodal/src/open_r1/, run_scripts/multinode_training_demo.sh:119. Its variants since batches count sequences
(2025-02-28) differ in how the reference model is loaded."""
R1_V = Family("r1-v", scripts=frozenset(("grpo.py",)), classes=frozenset(("Qwen2VLGRPOTrainer",)), flags=True)
"""R1-V: src/r1-v/src/open_r1/. Its script's name is open-r1's too."""
TRL = Family("trl", of_trl=True)

_ALL = (
    VLM_R1,
    R1_V,
    TRL,
    Family("trl-sft", "sft", of_trl=True),
    Family("trl-dpo", "dpo", of_trl=True),
    Family("open-r1"),
    Family("open-r1-sft", "sft"),
    Family("alignment-handbook-sft", "sft"),
    Family("alignment-handbook-dpo", "dpo"),
    Family("alignment-handbook-orpo", "dpo"),
)
FAMILIES: Mapping[str, Family] = {family.name: family for family in _ALL}


def family_of(release: str) -> Family | None:
    """The family of a release (``trl==0.17.0``, ``vlm-r1@2025-04``), or of its name alone; None for ``""``, which stands for several."""
    return FAMILIES.get(release.partition("==")[0].partition("@")[0])
