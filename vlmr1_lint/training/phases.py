"""Phases of one training (SFT, then GRPO): a run whose model path is an earlier run's ``output_dir`` trains that run's model."""

from __future__ import annotations

import os

from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.training.run import Run

__all__ = ["in_phases"]

_CHECKPOINT = "checkpoint-"
"""The folder in which transformers' Trainer keeps a step below ``output_dir`` (trainer_utils.py, PREFIX_CHECKPOINT_DIR)."""


def in_phases(runs: Sequence[Run]) -> list[Run]:
    """*runs* in the order in which they run. One whose model path is the ``output_dir`` of an earlier one, or a checkpoint in
    it, has that one's model, whatever the folder is called."""
    known: list[Run] = []
    for run in runs:
        source = _source(run, known)
        if source is None or isinstance(source.model, Unknown):
            known.append(run)
        else:
            known.append(type(run)(replace(run.inputs, model=source.model, model_from=source.inputs.document.path)))
    return known


def _source(run: Run, earlier: Sequence[Run]) -> Run | None:
    """The last of the *earlier* runs that writes what *run* loads."""
    path = _folder(run.model_name_or_path)
    if path is None:
        return None
    above, inner = os.path.split(path)
    step = inner.removeprefix(_CHECKPOINT)
    folders = {path, above} if step != inner and step.isdecimal() else {path}
    return next((one for one in reversed(earlier) if _folder(one.output_dir) in folders), None)


def _folder(path: object) -> str | None:
    return os.path.normpath(path) if isinstance(path, str) and path.strip() else None
