"""What is true of an invocation and not of a run."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Context"]


@value
class Context:
    """Language of words (``"en"``, ``"zh"``), and the names of the files that were asked for."""

    lang: str
    asked: Collection[str]
