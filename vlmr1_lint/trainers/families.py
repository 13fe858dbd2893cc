"""The trainers that the tables know, one value each: what their names, scripts and classes are.

What a trainer *does* is a claim (`claims`); what its options are stands in the tables of releases (`facts`). Here is what tells
one trainer from another. No other room spells a trainer's name.
"""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Kind = Literal["grpo", "sft", "dpo"]

__all__ = ["FAMILIES", "R1_V", "TRL", "TRL_DPO", "TRL_SFT", "VLM_R1", "Family", "family_of", "family_of_kind"]
__all__ += ["scripts_of"]


@value
class Family:
    """One trainer.

    name      as selectors and the tables have it: the part of a release before ``==`` or ``@`` kind      what it trains with
    since     the releases that its name alone stands for, where that is not all of them head      what a selector calls its
    main branch alone scripts   names of its training scripts that are nobody else's spoken_of its training scripts that the
    tables of claims speak of demo      a script that its demo starts and its repository never had classes   its trainer's
    classes, whose names forks keep flags     its own scripts start torchrun and give DeepSpeed's file as an option of the run;
    others leave sharding to accelerate of_trl    its argument classes are TRL's, in the release that is installed
    """

    name: str
    kind: Kind = "grpo"
    since: tuple[str, ...] = ()
    head: str = ""
    scripts: frozenset[str] = frozenset()
    spoken_of: tuple[str, ...] = ()
    demo: str = ""
    classes: frozenset[str] = frozenset()
    flags: bool = False
    of_trl: bool = False


VLM_R1 = Family(
    "vlm-r1",
    since=("vlm-r1", "vlm-r1@2025-04"),
    head="vlm-r1@head",
    scripts=frozenset(("grpo_jsonl.py", "grpo_rec.py")),
    spoken_of=("grpo_jsonl.py", "src/train.py"),
    demo="src/train.py",
    classes=frozenset(("VLMGRPOTrainer",)),
    flags=True,
)
"""VLM-R1: src/open-r1-multimodal/src/open_r1/, run_scripts/multinode_training_demo.sh:119. Its variants since batches count
sequences (2025-02-28) differ in how the reference model is loaded."""
R1_V = Family("r1-v", spoken_of=("grpo.py",), classes=frozenset(("Qwen2VLGRPOTrainer",)), flags=True)
"""R1-V: src/r1-v/src/open_r1/. Its script's name is open-r1's too."""
TRL = Family("trl", of_trl=True)
TRL_SFT = Family("trl-sft", "sft", of_trl=True)
TRL_DPO = Family("trl-dpo", "dpo", of_trl=True)

VLM_R1_2025_04 = "vlm-r1@2025-04"
"""VLM-R1 between de6ad84 (2025-04-18) and 00755a2 (2025-06-26): the reference model is loaded with the policy's own class. Its
main branch, as that between 185ad65 and de6ad84, takes AutoModelForCausalLM."""
VLM_R1_2025_02 = "vlm-r1@2025-02"
"""VLM-R1 before 2025-02-28: a prompt's generations share one GPU."""
R1_V_VLLM = "r1-v@vllm"
"""What R1-V's main branch starts where use_vllm is on (Qwen2VLGRPOVLLMTrainerModified)."""
R1_V_VLLM_2025_02 = "r1-v@vllm-2025-02"
"""The same between 2025-02-12 and 02-25 (Qwen2VLGRPOVLLMTrainer): it demands that the group divides sequences."""
R1_V_WITHOUT_VLLM = "r1-v@no-vllm"
"""A script of R1-V's that starts one trainer, whatever use_vllm says."""

_ALL = (
    VLM_R1,
    R1_V,
    TRL,
    TRL_SFT,
    TRL_DPO,
    Family("open-r1"),
    Family("open-r1-sft", "sft"),
    Family("alignment-handbook-sft", "sft"),
    Family("alignment-handbook-dpo", "dpo"),
    Family("alignment-handbook-orpo", "dpo"),
)
FAMILIES: Mapping[str, Family] = {family.name: family for family in _ALL}


def family_of(release: str) -> Family | None:
    """The family of a release (``trl==0.17.0``, ``vlm-r1@2025-04``), or of its name alone; None for ``""``, which stands for
    several."""
    return FAMILIES.get(release.partition("==")[0].partition("@")[0])


def family_of_kind(kind: str) -> Family:
    """TRL's trainer of *kind* (``grpo``, ``sft``, ``dpo``). Raises StopIteration for another."""
    return next(family for family in _ALL if family.of_trl and family.kind == kind)


def scripts_of(family: str) -> tuple[str, ...]:
    """The training scripts of the *family* that the tables of claims speak of; none for a name that is no family's."""
    known = FAMILIES.get(family)
    return () if known is None else known.spoken_of


TRAINER_FILES = (
    "src/open_r1/trainer/grpo_trainer.py",
    "src/open-r1-multimodal/src/open_r1/trainer/grpo_trainer.py",
    "src/r1-v/src/open_r1/trainer/grpo_trainer.py",
    "open_r1/trainer/grpo_trainer.py",
)
"""Where repositories made from VLM-R1, R1-V and open-r1 keep their trainer."""
