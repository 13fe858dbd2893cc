"""Which rules are about which trainers: a rule's ``trainers`` are selectors of releases."""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["applies", "matches", "picked", "selector_problem"]


def matches(selector: str, release: str) -> bool:
    """Whether *selector* (``"vlm-r1"``, ``"vlm-r1*"``, ``"trl>=0.14,<0.17"``) picks *release* (``"trl==0.17.0"``).

    Raises `vlmr1_lint.trainers.releases.SelectorError` for a selector without meaning.
    """
    from vlmr1_lint.trainers.releases import matches as match

    return match(selector, release)


def picked(selectors: Iterable[str] | None, releases: Iterable[str]) -> tuple[str, ...]:
    """Those of *releases* that any of *selectors* picks; all of them where there are no selectors (None)."""
    return tuple(releases) if selectors is None else _picked(tuple(selectors), tuple(releases))


@lru_cache(maxsize=1024)
def _picked(selectors: tuple[str, ...], releases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(release for release in releases if any(matches(selector, release) for selector in selectors))


def applies(selectors: Iterable[str] | None, releases: Iterable[str]) -> bool:
    """Whether a rule with these *selectors* is about any of *releases*."""
    return selectors is None or bool(picked(selectors, releases))


def selector_problem(selector: str) -> str | None:
    """What is wrong with *selector*: unreadable, or a family that no release has; None if nothing is."""
    from vlmr1_lint.trainers.options import other_releases, releases
    from vlmr1_lint.trainers.releases import SelectorError

    known = (*releases(), *other_releases())
    try:
        if any(matches(selector, release) for release in known):
            return None
    except SelectorError as error:
        return str(error)
    families = sorted({release.partition("==")[0] for release in known})
    return f"{selector!r} picks no known trainer; known: {', '.join(families)}"
