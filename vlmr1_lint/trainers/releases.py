"""Names of trainer releases (``trl==0.17.0``, ``vlm-r1``) and the selectors that pick them (``trl>=0.14,<0.17``)."""

from __future__ import annotations

from vlmr1_lint.trainers.families import FAMILIES, VARIANTS
from vlmr1_lint.trainers.options import other_releases, releases, releases_of_trl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SelectorError", "matches", "select", "spans", "version_key"]

_OPERATORS = ("==", ">=", "<=", "!=", "~=", ">", "<")


class SelectorError(ValueError):
    """A trainer selector that cannot be understood; the message says what to write."""


def matches(selector: str, release: str) -> bool:
    """Whether *release* is one that *selector* picks.

    ``trl`` picks every release of the family ``trl``, ``trl>=0.14,<0.17`` by version, ``vlm-r1`` only today's VLM-R1,
    ``vlm-r1*`` also the dated ones. Raises SelectorError for a selector without meaning.
    """
    family, conditions = _split(selector)
    mine, _, version = release.partition("==")
    if family.endswith("*"):
        return release.startswith(family[:-1])
    if mine != family:
        return False
    return all(compare(version_key(version), wanted) for compare, wanted in conditions) if conditions else True


def select(selector: str) -> tuple[str, ...]:
    """The known releases that *selector* picks, oldest first.

    An exact version that the tables lack (``trl==0.17.1``) stands for the release of its minor line, or for its neighbours.
    ``vlm-r1`` alone also picks the dated variants since 2025-02-28; ``vlm-r1@head`` only today's. Raises SelectorError where
    nothing is picked.
    """
    for known in FAMILIES.values():
        if known.since and selector in {known.name, known.head}:
            return known.since if selector == known.name else (known.name,)
    if selector in VARIANTS:
        return (selector,)
    found = tuple(release for release in releases() if matches(selector, release))
    found = found or tuple(release for release in other_releases() if matches(selector, release))
    if not found:
        family, conditions = _split(selector)
        version = selector.replace(" ", "").partition("==")[2]
        if conditions and family in FAMILIES and FAMILIES[family].of_trl:
            found = releases_of_trl(version, family) if version else ()
    if not found:
        families = sorted({release.partition("==")[0] for release in (*releases(), *other_releases())})
        raise SelectorError(
            f"unknown trainer {selector!r}; known: {', '.join(families)}, with a version where needed (trl==0.17.0)"
        )
    return found


def spans(names: Iterable[str]) -> list[str]:
    """Releases as people say them: neighbours in the tables become one span (``trl 0.17.0-1.16.0``)."""
    order = {release: at for at, release in enumerate((*releases(), *other_releases()))}
    runs: list[list[str]] = []
    for name in names:
        last = runs[-1][-1] if runs else ""
        follows = name in order and order.get(last) == order[name] - 1 and last.partition("==")[0] == name.partition("==")[0]
        if follows and "==" in name:
            runs[-1].append(name)
        else:
            runs.append([name])
    return [_span(run[0], run[-1]) for run in runs]


def _span(first: str, last: str) -> str:
    family, _, start = first.partition("==")
    end = last.partition("==")[2]
    return first if not start else f"{family} {start}" if start == end else f"{family} {start}-{end}"


def version_key(version: str) -> tuple[int, ...]:
    """A sortable key of a release version: its numeric parts up to the first that is none (``0.17.0.dev0`` → (0, 17, 0))."""
    parts: list[int] = []
    for part in version.strip().lstrip("v").split("."):
        digits = ""
        for character in part:
            if not character.isdigit():
                break
            digits += character
        if not digits:
            break
        parts.append(int(digits))
        if digits != part:
            break
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _split(selector: str) -> tuple[str, list[tuple[Callable[[tuple[int, ...], tuple[int, ...]], bool], tuple[int, ...]]]]:
    """``("trl", [(at_least, (0, 14)), (below, (0, 17))])`` of ``trl>=0.14,<0.17``."""
    text = selector.replace(" ", "")
    at = min((text.find(sign) for sign in "=<>!~" if sign in text), default=len(text))
    family, conditions = text[:at].lower(), []
    for condition in filter(None, text[at:].split(",")):
        operator = next((operator for operator in _OPERATORS if condition.startswith(operator)), None)
        wanted = version_key(condition[len(operator) :]) if operator else ()
        if operator is None or not wanted:
            raise SelectorError(f"bad trainer selector {selector!r}; write it like trl>=0.14,<0.17")
        conditions.append((_COMPARE[operator], wanted))
    if not family:
        raise SelectorError(f"bad trainer selector {selector!r}; write it like trl>=0.14,<0.17 or vlm-r1")
    return family, conditions


_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": lambda have, wanted: have == wanted,
    "!=": lambda have, wanted: have != wanted,
    ">=": lambda have, wanted: have >= wanted,
    "<=": lambda have, wanted: have <= wanted,
    ">": lambda have, wanted: have > wanted,
    "<": lambda have, wanted: have < wanted,
    "~=": lambda have, wanted: have >= wanted and have[: max(1, len(wanted) - 1)] == wanted[: max(1, len(wanted) - 1)],
}
