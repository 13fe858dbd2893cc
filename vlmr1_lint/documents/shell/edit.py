"""Changing flags of a launch script."""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.model import Change, Edit
    from vlmr1_lint.documents.shell.read import ShellDocument

__all__ = ["edits"]


def edits(document: ShellDocument, changes: Sequence[Change]) -> list[Edit]:
    """The text edits for *changes*. Scripts cannot be changed yet. Raises `Refused`."""
    raise Refused("a shell script cannot be changed")
