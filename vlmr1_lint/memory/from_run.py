"""From a run as its trainer reads it to what the forecast needs. What the run leaves open stays unknown; nothing is guessed.

What a value means is said where it is read; the sources are the trainers' profiles in `facts`.
"""

from __future__ import annotations

from vlmr1_lint.memory.fsdp import fsdp_checkpoints, fsdp_offloads_activations, units_of
from vlmr1_lint.memory.generation_batch import generation_steps
from vlmr1_lint.memory.needed import (
    Missing,
    is_count,
    need,
    need_count,
    need_flag,
    need_number,
    need_size,
    need_text,
    need_words,
    transformers_of,
)
from vlmr1_lint.memory.setup import Data, Setup
from vlmr1_lint.memory.states_of_run import states
from vlmr1_lint.memory.supervised import is_supervised, supervised_batch
from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.trainers.options import releases
from vlmr1_lint.trainers.profiles import behaviour
from vlmr1_lint.trainers.releases import version_key
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypedDict

    from vlmr1_lint.memory.activations import Attention
    from vlmr1_lint.memory.experts import Experts
    from vlmr1_lint.memory.logits import Path
    from vlmr1_lint.memory.setup import Generation
    from vlmr1_lint.models.model import Model
    from vlmr1_lint.training.run import Run

    class Trained(TypedDict, total=False):
        """Fields of `Setup`: what is trained, and how the layers run."""

        checkpointing: bool
        tower_checkpointing: bool
        attention: Attention
        experts: Experts
        lora_rank: int
        lora_dropout: float
        lora_targets: frozenset[str] | None
        modules_to_save: int
        tower_trained: bool

    class Sampling(TypedDict, total=False):
        """Fields of `Setup`: where completions are sampled."""

        generation: Generation
        gather_for_generation: bool
        prefill_logits: Literal["all", "last"]
        vllm_share: float
        vllm_sleeps: bool

    class Batch(TypedDict):
        """Fields of `Setup`: what one GPU computes at once."""

        batch: int
        accumulation: int
        group: int
        iterations: int
        completion: int
        prompt_limit: int | None
        generated: int
        input_slots: int
        logits: Path
        keeps_logits: bool

    class Limits(TypedDict, total=False):
        """Fields of `Setup`: the processor's limits of an image."""

        min_pixels: int | None
        max_pixels: int | None
        tiles: int


__all__ = ["keeps_logits", "setup_of"]


def setup_of(run: Run, data: Data) -> Setup | Unknown:
    """The `Setup` of *run* as its one candidate trainer reads it (`Run.narrowed`), with samples as *data* says.

    `Unknown` with the names of what is missing: the model, the fleet or world size, an option whose value cannot be resolved,
    or the trainer itself where it is neither GRPO nor SFT.
    """
    supervised = is_supervised(run)
    if run.is_grpo is not True and not supervised:
        return Unknown("GRPO or SFT trainer")
    model = run.model
    if isinstance(model, Unknown):
        return model
    if run.only_evaluates:
        return Unknown("what evaluation alone needs")
    try:
        held, trained, limits = states(run), _trained(run, model), _images(run, model)
        if supervised:
            return Setup(model=model, data=data, **held, **trained, **supervised_batch(run, data), **limits)
        return Setup(model=model, data=data, **held, **trained, **_batch(run, model), **_sampling(run, model), **limits)
    except Missing as missing:
        return missing.unknown


def keeps_logits(model: Model, transformers: tuple[int, ...]) -> bool:
    """Whether the model's class computes logits of the last tokens only when asked (``logits_to_keep``).

    Text models have for as long as TRL had GRPO; vision classes since a release that the model table knows, InternVL's remote
    code never.
    """
    if model.tower is None:
        return True
    since = model.traits.logits_to_keep_since
    return since is not None and transformers >= version_key(since)


def _trained(run: Run, model: Model) -> Trained:
    transformers = transformers_of(run)
    if run.activation_offloading is True or fsdp_offloads_activations(run):  # to what fits into host RAM, as copies overlap
        raise Missing(Unknown("what activation offload saves"))
    fields: Trained = {
        "checkpointing": need_flag(run.gradient_checkpointing, "gradient_checkpointing") or fsdp_checkpoints(run),
        "attention": _attention(run, model, transformers),
    }
    if transformers < (4, 47):  # the tower's blocks had no checkpoint call (huggingface/transformers pull 34724)
        fields["tower_checkpointing"] = False
    if run.gradient_checkpointing is not True and fields["checkpointing"] and units_of(run) == "language":
        fields["tower_checkpointing"] = False  # FSDP checkpoints what it wraps
    if model.traits.remote_code:  # its encoder checkpoints its blocks whatever the option says (modeling_intern_vit.py)
        fields["tower_checkpointing"] = True
    if model.text.experts and transformers >= (5,):  # integrations/moe.py
        fields["experts"] = "grouped"
    if need_flag(run.trains_adapters, "use_peft"):
        if run.use_dora is True:  # norms of dense weights, and outputs kept once more (peft tuners/lora/dora.py)
            raise Missing(Unknown("what DoRA needs"))
        fields["lora_rank"] = need_count(run, "lora_r")
        fields["lora_dropout"] = need_number(run.lora_dropout, "lora_dropout")
        fields["lora_targets"] = _lora_targets(run)
        fields["modules_to_save"] = _modules_to_save(run, model)
        fields["tower_trained"] = not fields["checkpointing"] or _reaches_tower(run, transformers)
    if run.freeze_vision_modules is True:
        fields["tower_trained"] = False
    return fields


def _reaches_tower(run: Run, transformers: tuple[int, ...]) -> bool:
    """Whether adapters in a checkpointed tower get gradients. A reentrant checkpoint gives none where its input asks for none,
    and before transformers 5 only the text's embeddings are made to (``enable_input_require_grads``).

    Reentrant is transformers 4's default; TRL's is not since 0.27. LoRA under ZeRO-3 needs it (rule MEM020), and newer releases
    of TRL set it there. FSDP's own checkpoints never are.
    """
    if transformers >= (5,) or transformers < (4, 47) or run.gradient_checkpointing is not True:
        return True
    reentrant = _reentrant_by_default(run)
    if not reentrant and run.zero_stage == 3:
        return False
    given = run.gradient_checkpointing_kwargs
    written = given.get("use_reentrant") if isinstance(given, dict) else None
    return not written if isinstance(written, bool) else not reentrant


def _reentrant_by_default(run: Run) -> bool:
    """SFT takes its arguments from the same base class of TRL's release."""
    family, _, version = run.candidates[0].partition("==")
    known = family_of(family)
    release = f"{TRL.name}=={version}" if known is not None and known.of_trl else run.candidates[0]
    return behaviour(release, "reentrant_checkpoints") is True if release in releases() else True


def _attention(run: Run, model: Model, transformers: tuple[int, ...]) -> Attention:
    """Sequences of unequal length are padded, so flash attention unpads and sdpa gets a mask.

    Qwen2-VL's and Qwen2.5-VL's classes repeat k and v to all heads before flash attention up to transformers 4.52; in their tower
    sdpa up to 4.50 and eager attention up to 4.53 see all images of the batch as one sequence (``modeling_qwen2_5_vl.py``).
    InternVL's own code takes flash attention wherever its package is installed, whatever is written.
    """
    if model.traits.remote_code:
        return "flash_padded"
    given = run.attn_implementation
    word = "sdpa" if given is None else need_text(given, "attn_implementation")
    own = model.traits.own_attention
    if word.startswith(("flash_attention", "kernels-community/flash")):
        return "flash_repeated_padded" if own and transformers < (4, 53) else "flash_padded"
    if word == "eager":
        return "eager_unbatched" if own and transformers < (4, 54) else "eager"
    return "sdpa_unbatched" if own and transformers < (4, 51) else "sdpa_masked"


_PEFT_DEFAULT_TARGETS = frozenset(("q_proj", "v_proj"))
"""What PEFT adapts in Qwen2 where no targets are given (peft utils/constants.py)."""


def _lora_targets(run: Run) -> frozenset[str] | None:
    """None where the trainer's own finder overwrites what is written (VLM-R1)."""
    if not is_supervised(run) and need_text(run.lora_targets, "lora_targets") == "found":
        return None
    given = run.lora_target_modules
    if given is None:
        return _PEFT_DEFAULT_TARGETS
    return frozenset(need_words(given, "lora_target_modules"))


def _modules_to_save(run: Run, model: Model) -> int:
    """Parameters that LoRA trains in full. The embedding and the head are known; any other module's size is not."""
    given = run.lora_modules_to_save
    words = [] if given is None else need_words(given, "lora_modules_to_save")
    if any(word not in {"embed_tokens", "lm_head"} for word in words):
        raise Missing(Unknown("lora_modules_to_save"))
    return len(words) * model.text.vocab * model.text.hidden


def _batch(run: Run, model: Model) -> Batch:
    """In sequences, whatever the option counts."""
    batch, group = need_count(run, "per_device_train_batch_size"), need_count(run, "num_generations")
    accumulation = need_count(run, "gradient_accumulation_steps")
    iterations = run.num_iterations
    shared = run.batch_unit == "prompts"
    generated, slots = _generated_at_once(run, batch, group, accumulation)
    return {
        "batch": batch * group if shared else batch,
        "accumulation": accumulation,
        "group": group,
        "iterations": iterations if isinstance(iterations, int) else 1,
        "completion": need_count(run, "max_completion_length"),
        "prompt_limit": _prompt_limit(run, model),
        "generated": generated,
        "input_slots": slots if run.buffers_inputs is True else 1,
        "logits": _logits(run),
        "keeps_logits": run.logits != "cut_sequence" and keeps_logits(model, transformers_of(run)),
    }


def _prompt_limit(run: Run, model: Model) -> int | None:
    """Tokens to which the trainer cuts prompts, image tokens included; None where it cuts nothing.

    TRL cuts text prompts from the left before 0.26, which only warns of the option (``grpo_trainer.py``). Since 0.20 it loads
    vision-language models: up to 0.23 it keeps image tokens and stops where they alone are more, later the processor does. R1-V
    cuts a copy of the ids and hands the whole prompt to the model; VLM-R1 sets the option to None.
    """
    limit = run.max_prompt_length
    if run.prompt_limit != "cut" or not is_count(limit) or (model.tower is not None and run.vision_models is not True):
        return None
    return need_size(limit, "max_prompt_length")


def _generated_at_once(run: Run, batch: int, group: int, accumulation: int) -> tuple[int, int]:
    """Sequences that one generate call holds on a GPU, and the micro-batches whose inputs the trainer keeps."""
    unit = need_text(run.generation_unit, "generation unit")
    if unit == "generation_batch":
        steps = need(generation_steps(run, batch * need_count(run, "world_size"), accumulation)[0], "steps_per_generation")
        return batch * steps, steps
    at_once = {"micro_batch": batch, "accumulated_batch": batch * accumulation, "group": batch * group}
    return at_once[unit], accumulation


def _logits(run: Run) -> Path:
    """The path to the loss (`logits`): by the trainer's profile, and liger's where the option that this release reads is on."""
    path = need_text(run.logits, "logits path")
    option = behaviour(run.candidates[0], "liger_option")
    if path == "fused_lm_head" or (option is not None and getattr(run, option) is True):
        return "liger"
    if path == "whole_sequence":
        return "whole"
    # Since TRL 1.0 logits are divided by the temperature in place (logits.div_).
    return "completion_in_place" if version_key(run.candidates[0].partition("==")[2]) >= (1,) else "completion"


def _sampling(run: Run, model: Model) -> Sampling:
    fields: Sampling = {"gather_for_generation": True}
    if run.zero3_generation_gather == "option":
        fields["gather_for_generation"] = need_flag(run.ds3_gather_for_generation, "ds3_gather_for_generation")
    # Where the class knows logits_to_keep, generate asks for the last position only; else prefill makes logits of the whole
    # prompt.
    fields["prefill_logits"] = "last" if keeps_logits(model, transformers_of(run)) else "all"
    if need_flag(run.use_vllm, "use_vllm") and run.vllm != "never":
        mode = run.vllm_mode if run.is_set("vllm_mode") else run.vllm
        shares = mode == "colocate" or (mode == "own_gpu" and _on_training_card(run))
        fields["generation"] = "vllm_colocate" if shares else "vllm_server"
        if shares:
            fields["vllm_share"] = need_number(run.vllm_gpu_memory_utilization, "vllm_gpu_memory_utilization")
            fields["vllm_sleeps"] = run.vllm_enable_sleep_mode is True
    return fields


def _on_training_card(run: Run) -> bool:
    """Whether ``vllm_device`` names a card that trains, of which TRL before 0.16 and R1-V only warn; ``auto`` is the card after
    those."""
    kind, _, number = need_text(run.vllm_device, "vllm_device").partition(":")
    if kind != "cuda" or not number.isdigit():
        return False
    return int(number) < need_count(run, "world_size")


MOST_TILES = 128
"""Tiles of an image beyond which a setting is taken for a slip (InternVL's is 12): every grid of that many is tried."""


def _images(run: Run, model: Model) -> Limits:
    """The processor's limits: VLM-R1 sets its own, every other trainer leaves the model's."""
    if run.has_option("max_pixels") is True:
        tiles = run.max_anyres_num
        if isinstance(tiles, int) and tiles > MOST_TILES:
            raise Missing(Unknown("max_anyres_num"))
        limits: Limits = {"min_pixels": need_count(run, "min_pixels"), "max_pixels": need_count(run, "max_pixels")}
        if isinstance(tiles, int) and tiles > 0:
            limits["tiles"] = tiles
        return limits
    return {"min_pixels": model.min_pixels, "max_pixels": model.max_pixels}
