"""What a rule means that says little: its name, its titles, and the condition that ``at`` and ``value`` are."""

from __future__ import annotations

from vlmr1_lint.language.errors import pack
from vlmr1_lint.rulefiles.shape import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.language.trees import Tree
    from vlmr1_lint.rulefiles.shape import FixModel

__all__ = ["default_fix_title", "default_name", "default_title", "has_value"]

MAX_TITLE = 80
"""Longest title, in characters."""
MAX_NAME = 60
"""Longest name, in characters."""


def default_name(path: str, rule_id: str) -> str:
    """The name of a rule that has none: its file's, and its id where that is one word only."""
    stem = path.rpartition("/")[2].rpartition(".")[0].lower()
    letters = [letter if letter.isascii() and letter.isalnum() else "-" for letter in stem]
    words = [word for word in "".join(letters).split("-") if word]
    return "-".join(words if len(words) > 1 else [*words, rule_id.lower()])[:MAX_NAME].rstrip("-")


def default_title(message: list[Any]) -> str:
    """The title of a rule that has none: its message without figures."""
    text = " ".join("".join(part if isinstance(part, str) else "…" for part in message).split())
    return text if len(text) <= MAX_TITLE else f"{text[: MAX_TITLE - 1]}…"


def default_fix_title(fix: FixModel) -> Text:
    """The title of a fix that has none: the places that it changes."""
    changed = [*(fix.set or ()), *(fix.remove or ()), *(fix.rename or ()), *(fix.respell or ()), *(fix.layout or ())]
    places = ", ".join(place for place in changed if place != "expr").replace("{", "{{").replace("}", "}}")
    return Text(en=f"change {places}", zh=f"修改 {places}") if places else Text(en="mend it", zh="修复")


def has_value(place: Sequence[str | int], value: object) -> Tree:
    """The tree of the condition that what stands at *place* is *value*, or one of these."""
    here = pack(1, 1)
    tree: Tree = ("name", place[0], here)
    for part in place[1:]:
        tree = ("index", tree, ("const", part, here), here)
    if isinstance(value, list):
        given: Tree = ("list", tuple(("const", one, here) for one in value), here)
        return ("compare", tree, (("in", given),), here)
    return ("compare", tree, (("==", ("const", value, here)),), here)
