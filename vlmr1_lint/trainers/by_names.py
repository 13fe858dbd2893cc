"""Which trainer reads a file, by the names of the options that it writes.

Every set of names here is of options that some trainers have and others lack; which have what stands in the tables of releases.
"""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.facts.options import bit, option_names, other_releases, presence, releases
from vlmr1_lint.trainers.families import R1_V, TRL, TRL_DPO, TRL_SFT, VLM_R1, VLM_R1_2025_02, family_of_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.trainers.families import Family

__all__ = ["HANDBOOK", "candidates_from_names", "candidates_of_kind", "is_of_another_program", "option_names_by_family"]
__all__ += ["speaking_for"]


@lru_cache(maxsize=None)
def _names(release: str) -> frozenset[str]:
    return option_names(release)


@lru_cache(maxsize=None)
def _family_releases(family: str) -> tuple[str, ...]:
    known = releases() if family == TRL.name else other_releases()
    return tuple(release for release in known if release.startswith(f"{family}=="))


def _is_only_vlm_r1(name: str) -> bool:
    """Whether VLM-R1 has the option and no other GRPO trainer in the tables."""
    bits = presence(name, VLM_R1.name)
    return bits & bit(VLM_R1.name) != 0 and bits & ~(bit(VLM_R1.name) | bit(VLM_R1_2025_02)) == 0


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
    both = _narrowed(TRL, written) + _family_releases(TRL_SFT.name)
    return both, "its options are common to all TRL trainers"


HANDBOOK = frozenset(
    "dataset_mixer dataset_splits dataset_configs preprocessing_num_workers truncation_side text_column"
    " auto_insert_empty_system_msg base_model_revision model_code_revision tokenizer_name_or_path use_flash_attention_2".split()
)
"""Options of alignment-handbook's own classes before 2025, whose files are read by TRL's trainers all the same."""

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
    found = frozenset(name for name in written - HANDBOOK if not presence(name, VLM_R1.name))
    if len(found) >= STRANGERS_MIN:  # else the tables of the other trainers are not loaded
        found = found.difference(*option_names_by_family().values())
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
    names = option_names_by_family()
    beyond = written & (names[R1_V.name] - names[TRL.name])
    if beyond:
        return (R1_V.name,), f"its script trains with GRPO, and {min(beyond)} is an option of R1-V"
    return _narrowed(TRL, written), "its script trains with TRL's GRPO"


def _narrowed(family: Family, written: frozenset[str]) -> tuple[str, ...]:
    """The releases of *family* that know the most of the *written* names."""
    releases_ = _family_releases(family.name)
    masks = [presence(name, releases_[0]) for name in written]
    known = {release: sum(1 for mask in masks if mask & bit(release)) for release in releases_}
    best = max(known.values())
    return tuple(release for release, count in known.items() if count == best)


def speaking_for(written: frozenset[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the *allowed* releases that know every written option which some of them know; all of them where none does."""
    known = {release: written & _names(release) for release in allowed}
    some = frozenset().union(*known.values())
    return tuple(release for release in allowed if known[release] == some) or allowed


@lru_cache(maxsize=1)
def option_names_by_family() -> Mapping[str, frozenset[str]]:
    """Every option of every release in the tables, by the trainer's family: ``trl``, ``trl-sft``, ``open-r1``, …"""
    found: dict[str, set[str]] = {}
    for release in (*releases(), *other_releases()):
        found.setdefault(release.partition("==")[0].partition("@")[0], set()).update(_names(release))
    return {family: frozenset(names) for family, names in found.items()}
