"""Which trainer will read the files: a set of candidate releases, and the evidence for them."""

from __future__ import annotations

from functools import lru_cache

from vlmr1_lint.facts.options import VARIANTS, bit, option, option_names, other_releases, presence, releases
from vlmr1_lint.training.releases import select
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vlmr1_lint.facts.options import Option
    from vlmr1_lint.training.trainercode import RepositoryCode

__all__ = ["Trainer", "candidates_from_names", "candidates_of_kind", "from_selector", "has_strangers"]
__all__ += ["is_of_another_program"]

R1_V = "r1-v"
VLM_R1 = "vlm-r1"
"""VLM-R1 as its main branch stands (and between commits 185ad65 and de6ad84): the reference model comes from
AutoModelForCausalLM."""
VLM_R1_2025_04 = "vlm-r1@2025-04"
"""VLM-R1 between de6ad84 (2025-04-18) and 00755a2 (2025-06-26): the reference model is loaded with the policy's own class."""


VLM_R1_2025_02 = "vlm-r1@2025-02"
"""VLM-R1 before 2025-02-28: a prompt's generations share one GPU."""


@value
class Trainer:
    """The releases that may read a run's files.

    candidates  names such as ``"trl==0.17.0"`` or ``"vlm-r1"``; never empty
    evidence    one line on why, such as ``"requirements.txt pins trl==0.17.0"``
    own         options that a fork's own argument classes add, by name, or a TRL release that is pinned beside a copied trainer
    entry_seen  whether the training script's own argument classes were read: then an unknown option is surely unknown
    guessed     whether nothing but the written option names speaks for the candidates
    source_seen whether the repository holds the trainer's source, or the training script's: a fork may do anything else too
    is_copy     whether the trainer is, or may as well be, a class of the repository's own, of no release: it takes the options
                and does as it likes
    text        source of the repository's own trainer and of the script that starts it, where they are in reach
    code        what decides the trainer's claims in that source, None out of reach
    unsure      whether only option names speak for the candidates, beside training code of the repository's own that may read
    the file contested   whether the places that install TRL contradict each other; *evidence* names them
    allowed     of contested pins every release that may be installed, those that the written options speak against included
    beyond      a pinned TRL release that is newer than the tables, and is read as their newest; ``""`` without one
    """

    candidates: tuple[str, ...]
    evidence: str
    own: Mapping[str, Option] = {}
    entry_seen: bool = False
    guessed: bool = False
    source_seen: bool = False
    is_copy: bool = False
    text: bytes = b""
    code: RepositoryCode | None = None
    unsure: bool = False
    contested: bool = False
    allowed: tuple[str, ...] = ()
    beyond: str = ""

    @property
    def family(self) -> str:
        """The candidates' common family (``"vlm-r1"``, ``"trl"``), or ``""`` if they are of several."""
        families = {release.partition("==")[0].partition("@")[0] for release in self.candidates}
        return families.pop() if len(families) == 1 else ""


def table_release(release: str) -> str:
    """The release whose option table *release* shares."""
    return VARIANTS.get(release, release)


def known_option(trainer: Trainer, name: str, release: str) -> Option | None:
    """The option *name* as *release* (with the fork's own fields) knows it, or None."""
    return option(table_release(release), name) or trainer.own.get(name)


def reads(trainer: Trainer, name: str) -> bool:
    """Whether the repository's own trainer, or the script, asks an argument class for the option *name*: ``args.beta``,
    ``training_args.beta``. What a release never reads a fork may."""
    text, word = trainer.text, b"args." + name.encode()
    at = text.find(word)
    while at >= 0:  # a pattern that looks for the comment's mark in every line takes ten times as long
        end, line = at + len(word), text.rfind(b"\n", 0, at) + 1
        if not text[end : end + 1].replace(b"_", b"x").isalnum() and b"#" not in text[line:at]:
            return True
        at = text.find(word, end)
    return False


def goes_through(trainer: Trainer, name: str) -> bool:
    """Whether the repository's own trainer, or the script, goes through the value of the option *name* with a loop:
    ``for one in script_args.dataset_name``."""
    if name.encode() not in trainer.text:
        return False
    import re  # not of a run that writes no list in the place of one value

    loop = rb"(?m)^[^#\n]*\bfor\b[^#\n]*\bin\b[^#\n]*\b\w*args\.%b\b" % re.escape(name.encode())
    return re.search(loop, trainer.text) is not None


def definitions(trainer: Trainer, name: str) -> tuple[Option | None, ...]:
    """The different definitions of the option *name* among the candidates, oldest first; None where one lacks it."""
    if name in trainer.own:
        return _different(known_option(trainer, name, release) for release in trainer.candidates)
    return table_definitions(trainer.candidates, name)


@lru_cache(maxsize=4096)
def table_definitions(candidates: tuple[str, ...], name: str) -> tuple[Option | None, ...]:
    """The different definitions of the option *name* in the tables of *candidates*, whatever a fork adds."""
    return _different(option(table_release(release), name) for release in candidates)


def has_strangers(trainer: Trainer, names: frozenset[str]) -> bool:
    """Whether one of the option *names* is unknown to some candidate."""
    return _has_strangers(trainer.candidates, names.difference(trainer.own)) or any(
        None in definitions(trainer, name) for name in names.intersection(trainer.own)
    )


@lru_cache(maxsize=64)
def _has_strangers(candidates: tuple[str, ...], names: frozenset[str]) -> bool:
    """Kept, for files of one repository write the same names."""
    return any(None in table_definitions(candidates, name) for name in names)


def _different(found: Iterable[Option | None]) -> tuple[Option | None, ...]:
    """Those of *found* that differ in what a run can tell of them; the representation tells 1 from True and 1.0."""
    different: dict[object, Option | None] = {}
    for one in found:
        what = None if one is None else (one.type, one.choices, repr(one.default), one.required, one.read, one.note)
        different.setdefault(what, one)
    return tuple(different.values())


def from_selector(selector: str, evidence: str) -> Trainer:
    """The trainer that a user names (``--trainer vlm-r1``, ``trl>=0.18``). Raises SelectorError."""
    return Trainer(select(selector), evidence)


@lru_cache(maxsize=None)
def _names(release: str) -> frozenset[str]:
    return option_names(release)


@lru_cache(maxsize=None)
def _family_releases(family: str) -> tuple[str, ...]:
    known = releases() if family == "trl" else other_releases()
    return tuple(release for release in known if release.startswith(f"{family}=="))


def _is_only_vlm_r1(name: str) -> bool:
    """Whether VLM-R1 has the option and no other GRPO trainer in the tables."""
    bits = presence(name, VLM_R1)
    return bits & bit(VLM_R1) != 0 and bits & ~(bit(VLM_R1) | bit(VLM_R1_2025_02)) == 0


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
        return (VLM_R1, VLM_R1_2025_04), f"{min(own)} is an option of VLM-R1 only"
    with_dpo, without_grpo = written & GRPO_AND_DPO, written & SFT_AND_DPO
    if len(grpo) >= 2 or (grpo and not sft):
        return _narrowed("trl", written), f"{min(grpo)} is an option of TRL's GRPO"
    if dpo or (with_dpo and without_grpo and not sft):
        return _narrowed("trl-dpo", written), f"{min(dpo or with_dpo)} is an option of TRL's DPO"
    if sft or without_grpo:
        return _narrowed("trl-sft", written), f"{min(sft or without_grpo)} is an option of TRL's SFT"
    if "max_completion_length" in with_dpo:
        return _narrowed("trl", written), "max_completion_length is an option of TRL's GRPO"
    if with_dpo:
        return _narrowed("trl-dpo", written), f"{min(with_dpo)} is an option of TRL's DPO"
    both = _narrowed("trl", written) + _family_releases("trl-sft")
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
    found = frozenset(name for name in written - HANDBOOK if not presence(name, VLM_R1))
    if len(found) >= STRANGERS_MIN:  # else the tables of the other trainers are not loaded
        found = found.difference(*option_names_by_family().values())
    return found if len(found) >= STRANGERS_MIN else frozenset()


def candidates_of_kind(kind: str, written: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Candidates of a training script whose *kind* (``"grpo"``, ``"sft"``, ``"dpo"``) is known, and why.

    Of the GRPO trainers VLM-R1 by an option that only it has, R1-V by one that no release of TRL has (``max_pixels``,
    ``min_pixels``: R1-V src/r1-v/src/open_r1/grpo.py; ``reward_funcs`` is in the classes of any script).
    """
    if kind != "grpo":
        return _narrowed(f"trl-{kind}", written), f"its script trains with TRL's {kind.upper()}"
    own = {name for name in written if _is_only_vlm_r1(name)}
    if own:
        return (VLM_R1, VLM_R1_2025_04), f"{min(own)} is an option of VLM-R1 only"
    names = option_names_by_family()
    beyond = written & (names[R1_V] - names["trl"])
    if beyond:
        return (R1_V,), f"its script trains with GRPO, and {min(beyond)} is an option of R1-V"
    return _narrowed("trl", written), "its script trains with TRL's GRPO"


def _narrowed(family: str, written: frozenset[str]) -> tuple[str, ...]:
    """The releases of *family* that know the most of the *written* names."""
    releases_ = _family_releases(family)
    masks = [presence(name, releases_[0]) for name in written]
    known = {release: sum(1 for mask in masks if mask & bit(release)) for release in releases_}
    best = max(known.values())
    return tuple(release for release, count in known.items() if count == best)


def speaking_for(written: frozenset[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the *allowed* releases that know every written option which some of them know; all of them where none does."""
    known = {release: written & _names(release) for release in allowed}
    some = frozenset().union(*known.values())
    return tuple(release for release in allowed if known[release] == some) or allowed


def all_option_names(trainer: Trainer) -> frozenset[str]:
    """Every option that any candidate (or the fork) knows."""
    return _all_names(trainer.candidates) | frozenset(trainer.own)


@lru_cache(maxsize=64)
def _all_names(candidates: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(_names(table_release(release)) for release in candidates))


@lru_cache(maxsize=1)
def option_names_by_family() -> Mapping[str, frozenset[str]]:
    """Every option of every release in the tables, by the trainer's family: ``trl``, ``trl-sft``, ``open-r1``, …"""
    found: dict[str, set[str]] = {}
    for release in (*releases(), *other_releases()):
        found.setdefault(release.partition("==")[0].partition("@")[0], set()).update(_names(release))
    return {family: frozenset(names) for family, names in found.items()}
