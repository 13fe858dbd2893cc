"""Which strings stand for something that somebody fills in later: ``${MODEL}``, ``{{ model }}``, ``<your path>``."""

from __future__ import annotations

__all__ = ["placeholder"]

TOKENS = frozenset(("pad", "eos", "bos", "unk", "s", "/s", "sep", "cls", "mask", "image", "video", "think", "answer"))
"""Names in angle brackets that are special tokens of common tokenizers or of VLM-R1's answers, not things to fill in."""


def placeholder(text: str) -> str | None:
    """The placeholder in the string *text*, as written, or None.

    ``${…}`` and ``{{…}}`` anywhere, ``$NAME`` anywhere, ``<…>`` only as the whole value. Special tokens such as
    ``<|im_end|>`` and ``<pad>`` are values.
    """
    if "$" in text:
        found = _dollar(text)
        if found is not None:
            return found
    if "{{" in text:
        start = text.index("{{")
        end = text.find("}}", start)
        if end >= 0:
            return text[start : end + 2]
    if text[:1] == "<" and text[-1:] == ">" and len(text) > 2:
        inner = text[1:-1]
        if inner[0] != "|" and inner.lower() not in TOKENS and "<" not in inner and ">" not in inner and "\n" not in inner:
            return text
    return None


def _dollar(text: str) -> str | None:
    """The first ``${…}`` or ``$NAME`` of *text*; a ``$`` before anything else (a regular expression's end) is none."""
    at = text.find("$")
    while at >= 0:
        if text.startswith("{", at + 1):
            end = text.find("}", at)
            if end >= 0:
                return text[at : end + 1]
        end = at + 1
        while end < len(text) and (text[end] == "_" or text[end].isalnum()):
            end += 1
        if end > at + 1 and not text[at + 1].isdigit():
            return text[at:end]
        at = text.find("$", at + 1)
    return None
