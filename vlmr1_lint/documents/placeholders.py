"""Which strings are to be filled in: ``${MODEL}``, ``<ROOT>/out``, ``your model path``, ``/path/to/data``.

There are two kinds. What is open (`placeholder`) has no value before the run starts. What stands in for a name (`stand_in`) has
one, which is not meant: its shape still counts (``/path/to/Qwen2.5-VL-3B/zero3.json``), and no rule may take it for a real path.
"""

from __future__ import annotations

__all__ = ["placeholder", "stand_in", "stand_in_path"]

TOKENS = frozenset(("pad", "eos", "bos", "unk", "s", "/s", "sep", "cls", "mask", "image", "video", "think", "answer"))
"""Names in angle brackets that are special tokens of common tokenizers or of VLM-R1's answers, not things to fill in."""


def placeholder(text: str) -> str | None:
    """The open part of the string *text*, as written, or None.

    ``${…}`` and ``{{…}}`` anywhere, ``$NAME`` anywhere, ``<…>`` as the whole value or as a part of a path. Special tokens such as
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
    return _bracketed(text) if "<" in text else None


def _bracketed(text: str) -> str | None:
    """``<…>`` in *text*: all of it, or a component of a path (``<ROOT>/out``, ``/data/<USER>``)."""
    start = text.find("<")
    end = text.find(">", start)
    inner = text[start + 1 : end] if end > start else ""
    if not inner or inner[0] == "|" or inner.lower() in TOKENS or "<" in inner or "\n" in inner:
        return None
    before, after = text[:start], text[end + 1 :]
    if not before and not after:
        return text
    in_path = (not before or before[-1] == "/") and (not after or after[0] == "/") and inner[0].isalpha()
    return text[start : end + 1] if in_path and not _has_blank(before) and not _has_blank(after) else None


def _has_blank(text: str) -> bool:
    return any(character.isspace() for character in text)


def _dollar(text: str) -> str | None:
    """The first ``${…}`` or ``$NAME`` of *text*; a ``$`` before anything else (a regular expression's end) is none."""
    at, last = text.find("$"), text.rfind("}")
    while at >= 0:
        if at < last and text.startswith("{", at + 1):
            return text[at : text.find("}", at) + 1]
        end = at + 1
        while end < len(text) and (text[end] == "_" or text[end].isalnum()):
            end += 1
        if end > at + 1 and not text[at + 1].isdigit():
            return text[at:end]
        at = text.find("$", at + 1)
    return None


LONGEST = 160
"""Characters of the longest text that may stand in for a name, and `WORDS` its words: beyond, it is prose. Ours."""
WORDS = 6

_STAND_IN = r"""(?x)
      (?<![a-z]) your (?![a-z])                           # your model path, /your_data_path, YOUR_TOKEN
    | (?<![a-z]) path [/_-] (?:to|of) (?:[/_-] | $)       # /path/to/data, path_to_model
    | (?:^|[/_.:-]) x{3,} (?:[/_.:-] | $)                 # xxx, /data/xxxx/train
    | (?:^|/) (?:\.{3,} | …) (?:/ | $)                    # ..., /data/.../train
    | (?:^|[/_-]) (?:todo | tbd | fixme | change[_-]?me | replace[_-]?me | replace[_-]with | fill[_-]?in) (?:[/_-] | $)
    | 你的 | 您的 | 自己的 | 替换[为成] | 请?填[写入] | 此处 | (?:模型|数据集?|输出|图[像片]|权重|保存|项目)的?(?:路径|目录|地址)
"""
_IN_CAPITALS = r"(?:^|/)[A-Z]+(?:_[A-Z]+)*_(?:PATH|DIR|ROOT|FOLDER|FILE|NAME|HERE)(?:/|$)"


def stand_in(text: str) -> bool:
    """Whether the string *text* is open, or only shows where a name belongs: ``your model path``, ``/path/to/data``, ``xxx``,
    ``...``, ``TODO``, ``MODEL_PATH``, ``你的模型路径``. Prose that says "your" is none."""
    import re

    if placeholder(text) is not None:
        return True
    if len(text) > LONGEST or len(text.split()) > WORDS or re.search(r"[.!?]\s|[，。！？；\n\\{}]", text):
        return False
    return re.search(_STAND_IN, text.lower()) is not None or re.search(_IN_CAPITALS, text) is not None


def stand_in_path(text: str) -> bool:
    """The same for a *text* where a path or the name of a model is meant, which several plain words are not either: ``model after
    SFT``."""
    words = text.split()
    return stand_in(text) or (1 < len(words) <= WORDS and all(word.isascii() and word.isalpha() for word in words))
