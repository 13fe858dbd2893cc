"""What a training script's text says that rules ask of it, without its being parsed: facts of a `Launch`."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.sources import Sources

__all__ = ["script_facts"]

SCRIPT_FACTS: Mapping[str, bytes] = {
    "script_loads_json": b"json.load(",
    "script_names_log_path": b"LOG_PATH",
}
"""What is asked of a script: facts of a `Launch`, and the words outside comments that say so."""

SPLITS_FILES = rb"(?m)^(?: {4}|\t)?\w[^#\n]*\bdata_file_paths\.split\("
"""VLM-R1's grpo_jsonl.py splits data_file_paths in ``main``, under no condition; forks put it under one, or leave it out."""


def script_facts(path: str | None, sources: Sources) -> dict[str, bool | None]:
    """The `SCRIPT_FACTS` of the script at *path*, and whether it splits data files; each None where it is not in reach."""
    data = sources.try_read(path) if path is not None else None
    facts: dict[str, bool | None] = {name: None if data is None else _says(data, word) for name, word in SCRIPT_FACTS.items()}
    return {**facts, "script_splits_files": None if data is None else re.search(SPLITS_FILES, data) is not None}


def _says(data: bytes, word: bytes) -> bool:
    """Whether *word* stands in the source *data* outside comments. Each find of the word is looked at: quicker than a
    pattern that looks for the comment's mark in every line."""
    at = data.find(word)
    while at >= 0:
        if data.find(b"#", data.rfind(b"\n", 0, at) + 1, at) < 0:
            return True
        at = data.find(word, at + len(word))
    return False
