"""What changes of every format have in common: which values are the same, and which changes contradict each other."""

from __future__ import annotations

from vlmr1_lint.documents.model import Refused, format_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.model import Change, DocPath

__all__ = ["refuse_contradictions", "same"]


def same(one: object, two: object) -> bool:
    """Equal and of the same types, all the way down: 1, 1.0 and True are three values."""
    if one.__class__ is not two.__class__:
        return False
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    return one == two or repr(one) == repr(two) == "nan"


def refuse_contradictions(changes: Sequence[Change]) -> None:
    """Raise `Refused` if two of *changes* are about one place, or one about a part of what another changes."""
    places: list[DocPath] = []
    for change in changes:
        if change.action == "layout":
            continue  # it moves what stands beside a value; where other edits touch that, they overlap and are refused
        places.append(change.path)
        if change.action == "rename":
            places.append((*change.path[:-1], str(change.value)))
    for index, place in enumerate(places):
        for other in places[:index]:
            length = min(len(place), len(other))
            if place[:length] == other[:length]:
                raise Refused(f"two changes are about {format_path(place[:length]) or 'the document'}")
