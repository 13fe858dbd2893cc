"""Comparing known values: each function gives True, False, an `Unknown` from inside a list, or None if the two do not fit."""

from __future__ import annotations

from vlmr1_lint.unknown import Unknown, merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

__all__ = ["COMPARISONS", "equal", "has_key", "is_number", "merged", "unknown_among"]

MAX_COMPARED = 10_000
"""Most parts of two nested values that one ``==`` compares: values come from files, where aliases may multiply them."""
MAX_NESTING = 100
"""Deepest nesting that ``==`` follows, which is also how deep a document may be."""


def is_number(found: object) -> bool:
    return found.__class__ is int or found.__class__ is float


def _same(left: object, right: object) -> object:
    if left.__class__ is right.__class__ and left.__class__ in _PLAIN:
        return left == right
    return equal(left, right)


_PLAIN = frozenset((str, int, float, bool))


def equal(left: object, right: object) -> object:
    """``==`` as the language has it: true is not 1, lists and mappings compare part by part, other objects by identity."""
    return _equal(left, right, [MAX_COMPARED], MAX_NESTING)


def _equal(left: object, right: object, budget: list[int], nesting: int) -> object:
    if left.__class__ is Unknown or right.__class__ is Unknown:
        return merged(left, right)
    if is_number(left) and is_number(right):
        return left == right
    if isinstance(left, list | tuple | dict) and isinstance(right, list | tuple | dict):
        return _equal_containers(left, right, budget, nesting)
    return left == right if left.__class__ is right.__class__ and left.__class__ in _PLAIN else left is right


def _equal_containers(left: Any, right: Any, budget: list[int], nesting: int) -> object:
    if isinstance(left, dict) != isinstance(right, dict):
        return False
    if not isinstance(left, dict):
        return _equal_parts(left, right, budget, nesting)
    if left.keys() != right.keys():
        return False
    return _equal_parts(list(left.values()), [right[key] for key in left], budget, nesting)


def _equal_parts(left: Sequence[object], right: Sequence[object], budget: list[int], nesting: int) -> object:
    """Whether all parts are equal; None when the comparison is cut off because the values are too large."""
    if len(left) != len(right):
        return False
    result: object = True
    found: object = True
    before: object = None
    before_other: object = None
    for one, other in zip(left, right, strict=True):
        budget[0] -= 1
        if budget[0] < 0 or nesting == 0:
            return None
        if one is not before or other is not before_other:  # a list that holds one part many times costs one comparison
            found = _equal(one, other, budget, nesting - 1)
        before, before_other = one, other
        if found is False:
            return False
        if found is not True:
            result = found if result is True else _worse(result, found)
    return result


def _worse(result: object, found: object) -> object:
    """What is undecided about a list, after one more undecided part: None (cut off) over Unknown."""
    if result is None or found is None:
        return None
    return merged(result, found)


def _differ(left: object, right: object) -> object:
    return _opposite(_same(left, right))


def _opposite(found: object) -> object:
    return not found if found is True or found is False else found


def _contains(item: object, owner: object) -> object:
    if isinstance(owner, str):
        return item in owner if isinstance(item, str) else None
    if isinstance(owner, dict):
        return has_key(owner, item) if isinstance(item, str | int) else item is None and None in owner
    if not isinstance(owner, list | tuple):
        return None
    result: object = False
    budget = [MAX_COMPARED]
    for other in owner:
        found = _equal(item, other, budget, MAX_NESTING)
        if found is True:
            return True
        if found is not False:
            result = found if result is False else _worse(result, found)
    return result


def has_key(owner: Mapping[Any, object], key: object) -> bool:
    """Whether *key* is one of the keys of *owner*; true is not 1 here either."""
    return key in owner and (key.__class__ is str or any(other == key and other.__class__ is key.__class__ for other in owner))


def _lacks(item: object, owner: object) -> object:
    return _opposite(_contains(item, owner))


def _ordered(left: object, right: object) -> bool:
    return (is_number(left) and is_number(right)) or (left.__class__ is str and right.__class__ is str)


def _less(left: Any, right: Any) -> object:
    return left < right if _ordered(left, right) else None


def _at_most(left: Any, right: Any) -> object:
    return left <= right if _ordered(left, right) else None


def _greater(left: Any, right: Any) -> object:
    return left > right if _ordered(left, right) else None


def _at_least(left: Any, right: Any) -> object:
    return left >= right if _ordered(left, right) else None


COMPARISONS: dict[str, Callable[[object, object], object]] = {
    "==": _same,
    "!=": _differ,
    "is": _same,
    "is not": _differ,
    "in": _contains,
    "not in": _lacks,
    "<": _less,
    "<=": _at_most,
    ">": _greater,
    ">=": _at_least,
}


def merged(*found: object) -> Unknown:
    """One unknown from those among *found*."""
    unknowns = [part for part in found if isinstance(part, Unknown)]
    return unknowns[0] if len(unknowns) == 1 else merge(unknowns)


def unknown_among(values: Sequence[object]) -> Unknown | None:
    """The unknowns among *values* and among the items of lists and mappings in it, merged; None if all is known."""
    found = [part for part in values if part.__class__ is Unknown]
    for part in values:
        if isinstance(part, list | tuple):
            found += [item for item in part if item.__class__ is Unknown]
        elif isinstance(part, dict):
            found += [item for item in part.values() if item.__class__ is Unknown]
    return merged(*found) if found else None
