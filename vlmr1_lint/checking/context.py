"""What is true of an invocation and not of a run."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.training.run import Run

__all__ = ["Context"]


@value
class Context:
    """What an invocation asks for.

    lang      language of words (``"en"``, ``"zh"``)
    asked     names of the files that were asked for
    touching  the files of these that a run rests on whose own files were not: it is linted for their sake
    """

    lang: str
    asked: Collection[str]
    touching: Callable[[Run], Sequence[Document]] = lambda _: ()
