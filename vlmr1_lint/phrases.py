"""Sentences in both languages, by name: what a room says about itself. Rules carry their own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Phrases"]


class Phrases:
    """A table from name to (English, Chinese); called with a name and a language (English for one that we do not speak), it gives
    the sentence with *facts* filled in."""

    def __init__(self, table: Mapping[str, tuple[str, str]]) -> None:
        self.table = table

    def __call__(self, name: str, lang: str, /, **facts: object) -> str:
        return self.table[name][lang == "zh"].format(**facts)
