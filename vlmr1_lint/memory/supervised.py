"""SFT as the forecast needs it: sequences of the dataset, a cross entropy over the whole vocabulary, nothing generated."""

from __future__ import annotations

from vlmr1_lint.memory.needed import Missing, need_count, need_size, transformers_of
from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypedDict

    from vlmr1_lint.memory.logits import Path
    from vlmr1_lint.memory.setup import Data, Generation
    from vlmr1_lint.training.run import Run

    class Batch(TypedDict):
        """Fields of `Setup`: what one GPU computes at once."""

        batch: int
        accumulation: int
        group: int
        completion: int
        input_slots: int
        logits: Path
        keeps_logits: bool
        generation: Generation
        lengths: Literal["vary", "packed"]


__all__ = ["is_supervised", "sample_limit", "supervised_batch"]

UNWRITTEN_LIMIT = 1024
"""max_seq_length where the option's default is None (TRL 0.14): min(tokenizer's limit, 1024) (sft_trainer.py)."""


def is_supervised(run: Run) -> bool:
    """Whether the run's one candidate is an SFT trainer that the forecast knows."""
    family = family_of(run.trainer)
    return family is not None and family.kind == "sft"


def supervised_batch(run: Run, data: Data) -> Batch:
    """What one GPU computes at once, and the path from hidden states to the loss.

    transformers' Trainer fetches the batches of all accumulation steps first (``get_batch_samples``, since 4.46), and
    accelerate's loader has put them on the GPU by then.
    """
    model = run.model
    assert not isinstance(model, Unknown)
    batch, accumulation = need_count(run, "per_device_train_batch_size"), need_count(run, "gradient_accumulation_steps")
    vision = model.tower is not None
    if vision and run.packing is True:  # TRL refuses it by now; what older releases make of images nobody has read
        raise Missing(Unknown("how images are packed"))
    return {
        "batch": batch,
        "accumulation": accumulation,
        "group": 1,
        "completion": 0 if vision else max(sample_limit(run) - data.prompt_tokens, 0),
        "input_slots": accumulation,
        "logits": _path(run, vision=vision),
        "keeps_logits": False,
        "generation": "none",
        "lengths": "packed" if run.packing is True else "vary",
    }


def sample_limit(run: Run) -> int:
    """Tokens at which text samples are cut: the likely end takes every sample that long, as packing makes it so."""
    for name in ("max_length", "max_seq_length"):
        given = getattr(run, name)
        if run.is_set(name) and given is not None:
            return need_count(run, name)
    given = run.max_length if run.has_option("max_length") is True else run.max_seq_length
    if given is None and run.has_option("max_seq_length") is True:
        return UNWRITTEN_LIMIT
    return need_size(given, "max_length")


def _path(run: Run, *, vision: bool) -> Path:
    """Qwen-VL classes up to transformers 4.51 copy the shifted logits (``modeling_qwen2_5_vl.py``). Since 4.52, and in text
    models since 4.49 at least, labels are shifted instead (``loss/loss_utils.py``)."""
    if run.use_liger_kernel is True or run.use_liger is True:
        # liger 0.6.2 and transformers 4.56 are of the same days (2025-08). A frozen head has no gradient to copy.
        copied = transformers_of(run) >= (4, 56) and run.use_peft is not True
        return "liger_cross_entropy_copied" if copied else "liger_cross_entropy"
    return "cross_entropy_shifted" if vision and transformers_of(run) < (4, 52) else "cross_entropy"
