"""Which trainer reads a file, by the names of the options that it writes.

Every set of names here is of options that some trainers have and others lack; which have what stands in the tables of releases.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.trainers.families import FAMILIES, ONCE, family_of_kind
from vlmr1_lint.trainers.options import knows, option, option_names, presence, releases_of
from vlmr1_lint.trainers.r1_v import R1_V
from vlmr1_lint.trainers.trl import TRL, TRL_DPO, TRL_SFT
from vlmr1_lint.trainers.vlm_r1 import VLM_R1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.trainers.family import Family

__all__ = ["candidates_from_names", "candidates_of_kind", "is_of_another_program", "knowing", "speaking_for"]


@lru_cache(maxsize=None)
def _names(release: str) -> frozenset[str]:
    return option_names(release)


WITH_CLAIMS = tuple(family for family in FAMILIES.values() if family.claims)


@lru_cache(maxsize=4096)
def _is_only_vlm_r1(name: str) -> bool:
    """Whether VLM-R1 has the option and no other trainer of whose claims there are tables."""
    others = (family for family in WITH_CLAIMS if family is not VLM_R1)
    return option(VLM_R1.name, name) is not None and not any(knows(family, name) for family in others)


GRPO_ONLY = frozenset(
    "num_generations reward_funcs reward_weights epsilon epsilon_high num_iterations scale_rewards log_completions"
    " ds3_gather_for_generation use_vllm vllm_mode vllm_gpu_memory_utilization vllm_device vllm_server_host steps_per_generation"
    " generation_batch_size mask_truncated_completions temperature top_p".split()
)
"""Options that only trainers which sample completions have."""

SFT_ONLY = frozenset(
    "packing max_seq_length dataset_text_field dataset_kwargs eval_packing completion_only_loss assistant_only_loss"
    " use_liger".split()
)
DPO_ONLY = frozenset(
    "rpo_alpha precompute_ref_log_probs reference_free label_smoothing f_divergence_type generate_during_eval"
    " ref_model_init_kwargs".split()
)
SFT_AND_DPO = frozenset("max_length dataset_num_proc padding_free".split())
GRPO_AND_DPO = frozenset("beta loss_type max_prompt_length max_completion_length sync_ref_model".split())
"""Options that two of TRL's trainers share and the third lacks (loss_type: SFT has it since 0.24)."""


@lru_cache(maxsize=4096)
def candidates_from_names(written: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Candidates by the option names that a file writes, and why.

    VLM-R1 by an option that only it has; else TRL's GRPO, DPO or SFT by options that the others lack, narrowed to the releases
    that know the most of the names; else all of TRL's, GRPO and SFT.
    """
    grpo, sft, dpo = written & GRPO_ONLY, written & SFT_ONLY, written & DPO_ONLY
    own = {name for name in written if _is_only_vlm_r1(name)}
    if own and (grpo or not sft):  # its SFT script shares image_root and takes TRL's SFTConfig
        return VLM_R1.since, f"{min(own)} is an option of VLM-R1 only"
    with_dpo, without_grpo = written & GRPO_AND_DPO, written & SFT_AND_DPO
    if len(grpo) >= 2 or (grpo and not sft):
        return _narrowed(TRL, written), f"{min(grpo)} is an option of TRL's GRPO"
    if dpo or (with_dpo and without_grpo and not sft):
        return _narrowed(TRL_DPO, written), f"{min(dpo or with_dpo)} is an option of TRL's DPO"
    if sft or without_grpo:
        return _narrowed(TRL_SFT, written), f"{min(sft or without_grpo)} is an option of TRL's SFT"
    if "max_completion_length" in with_dpo:
        return _narrowed(TRL, written), "max_completion_length is an option of TRL's GRPO"
    if with_dpo:
        return _narrowed(TRL_DPO, written), f"{min(with_dpo)} is an option of TRL's DPO"
    both = _narrowed(TRL, written) + releases_of(TRL_SFT)
    return both, "its options are common to all TRL trainers"


SAMPLES = frozenset(name for name in GRPO_ONLY if "vllm" not in name) - {"temperature", "top_p"} | {"max_completion_length"}
"""Options by which a GRPO trainer is certain: any program that generates text has a temperature, and may use vLLM."""

STRANGERS_MIN = 3
"""Options that no trainer of the tables has, from which on a file is taken for another program's. Judgement, from 60 public
repositories: files of other programs have 3 to 28 of them (LLaVA 10, LMFlow 5, LLaMA-Factory 7, open-instruct 5), files that
TRL's classes read mostly 2 at most."""


def is_of_another_program(written: frozenset[str]) -> bool:
    """Whether the option names say that none of our trainers reads them: several that none has, and nothing that only ours have.

    LLaVA, FastChat and LMFlow write transformers' options beside their own, and some their own YAML files with TRL's names.
    """
    if "model_name_or_path" in written and (written & SAMPLES or any(_is_only_vlm_r1(name) for name in written)):
        return False
    return bool(strangers(written))


def strangers(written: frozenset[str]) -> frozenset[str]:
    """Those of the *written* options that no trainer of the tables has; none where they are too few to mean anything."""
    found = frozenset(name for name in written - ONCE if not any(knows(family, name) for family in WITH_CLAIMS))
    if len(found) >= STRANGERS_MIN:  # else the tables of the other trainers are not read
        found = frozenset(name for name in found if not knowing(name))
    return found if len(found) >= STRANGERS_MIN else frozenset()


def candidates_of_kind(kind: str, written: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Candidates of a training script whose *kind* (``"grpo"``, ``"sft"``, ``"dpo"``) is known, and why.

    Of the GRPO trainers VLM-R1 by an option that only it has, R1-V by one that no release of TRL has (``max_pixels``,
    ``min_pixels``: R1-V src/r1-v/src/open_r1/grpo.py; ``reward_funcs`` is in the classes of any script).
    """
    if kind != "grpo":
        return _narrowed(family_of_kind(kind), written), f"its script trains with TRL's {kind.upper()}"
    own = {name for name in written if _is_only_vlm_r1(name)}
    if own:
        return VLM_R1.since, f"{min(own)} is an option of VLM-R1 only"
    beyond = [name for name in written if knows(R1_V, name) and not knows(TRL, name)]
    if beyond:
        return (R1_V.name,), f"its script trains with GRPO, and {min(beyond)} is an option of R1-V"
    return _narrowed(TRL, written), "its script trains with TRL's GRPO"


def _narrowed(family: Family, written: frozenset[str]) -> tuple[str, ...]:
    """The releases of *family* that know the most of the *written* names."""
    masks = [presence(name, family) for name in written]
    known = {release: sum(mask >> bit & 1 for mask in masks) for bit, release in enumerate(releases_of(family))}
    best = max(known.values())
    return tuple(release for release, count in known.items() if count == best)


def speaking_for(written: frozenset[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the *allowed* releases that know every written option which some of them know; all of them where none does."""
    known = {release: written & _names(release) for release in allowed}
    some = frozenset().union(*known.values())
    return tuple(release for release in allowed if known[release] == some) or allowed


def knowing(name: str) -> list[str]:
    """The families of trainers (``trl``, ``trl-sft``, ``open-r1``, …) that know the option in any release that we have."""
    return [family.name for family in FAMILIES.values() if knows(family, name)]
