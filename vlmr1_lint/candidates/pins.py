"""Which releases of TRL a repository's install files allow.

What they demand together is believed. Where they cannot all be met, nobody knows which of them was followed last: then every
release that one of them allows may be installed, and from a place that takes the newest release or the source, every later one.
"""

from __future__ import annotations

from vlmr1_lint.candidates.installs import COMMIT, installs
from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.trainers.options import releases, releases_of_trl
from vlmr1_lint.trainers.releases import version_key
from vlmr1_lint.trainers.trl import TRL
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlmr1_lint.candidates.installs import Install
    from vlmr1_lint.sources import Sources

__all__ = ["Pins", "allowed", "conclude", "pins"]


@value
class Pins:
    """What the install files come to.

    versions   the releases in the tables that may be installed, such as ``"0.17.0"``, oldest first; never empty
    evidence   which places say so, as one line
    contested  whether these places contradict each other
    beyond     a pinned release that is newer than the tables, and stands for their newest; ``""`` without one
    by_commit  whether a commit of TRL's source is pinned, and nothing says of which release
    """

    versions: tuple[str, ...]
    evidence: str
    contested: bool = False
    beyond: str = ""
    by_commit: bool = False


def pins(path: str, sources: Sources) -> tuple[Install, ...] | None:
    """The requirements of TRL around *path* (see `installs`); None where there are none."""
    return installs(path, sources) or None


def conclude(found: Iterable[Install]) -> Pins | None:
    """The releases that the requirements *found* allow; None where they say nothing, or only speak of releases that are older
    than the tables."""
    places = tuple(dict.fromkeys(found))
    named = [(place, own) for place in places if place.versions and (own := allowed(place.versions)) is not None]
    newest = [place for place in places if place.latest]
    commits = [place for place in places if place.latest == COMMIT]
    if not named and len(commits) == len(newest) > 0:
        told = f"{commits[0].where} pins a commit of trl, and nothing says of which release"
        return Pins(_known(), told, by_commit=True)
    if not named:
        return None  # a bare ``trl``, with or without --upgrade, may be any release
    sets = [set(versions) for _, versions in named]
    common, union = set.intersection(*sets), set.union(*sets)
    contested = not common
    versions = common or union
    if newest and versions:
        oldest = min(versions, key=version_key)
        later = {one for one in _known() if version_key(one) >= version_key(oldest)}
        contested = contested or later != versions
        versions = versions | later
    if not versions:
        return None
    beyond = _beyond(place.versions for place, _ in named)
    evidence = _contest(named, newest) if contested else _evidence(named, versions)
    if beyond and _known()[-1] in versions:
        evidence = f"{evidence}; trl {beyond} is newer than the tables and is read as {_known()[-1]}"
    return Pins(tuple(sorted(versions, key=version_key)), evidence, contested, beyond)


def _evidence(named: list[tuple[Install, tuple[str, ...]]], versions: set[str]) -> str:
    """The closest place that says all of it, else all places."""
    for place, own in named:
        if set(own) == versions:
            return f"{place.where} pins trl{place.versions}"
    return f"{', '.join(f'{place.where} {place.versions}' for place in _once(named))} pin trl"


def _contest(named: list[tuple[Install, tuple[str, ...]]], newest: list[Install]) -> str:
    said = [f"{place.where} {place.versions}" for place in _once(named)]
    said += [f"{place.where} {place.latest}" for place in newest]
    return f"the places that install trl contradict each other: {', '.join(said)}"


def _once(named: list[tuple[Install, tuple[str, ...]]]) -> list[Install]:
    return list(dict.fromkeys(place for place, _ in named))


def _known() -> tuple[str, ...]:
    """The releases of TRL in the tables, oldest first."""
    return tuple(name.partition("==")[2] for name in releases() if family_of(name) == TRL)


def allowed(versions: str) -> tuple[str, ...] | None:
    """The releases in the tables that the specifier *versions* (``>=0.14,<0.17``) allows, oldest first.

    A release in the tables stands for all of its minor line, one between two of them for both, one after the last for the last.
    Empty for older ones; None for what cannot be read as versions.
    """
    import re

    known = _known()
    found = list(known)
    exact = ""
    for condition in filter(None, versions.split(",")):
        read = re.fullmatch(r"([=<>!~]=?=?)(.+)", condition)
        sign, number = (read[1], read[2]) if read is not None else ("", "")
        wanted = _parts(number)
        if not wanted:
            return None
        exact = number if sign in {"==", "===", "~="} else exact or (number if ">" in sign else "")
        found = [one for one in found if _allows(sign, wanted, number.endswith("*"), _parts(one))]
    if found or not exact:
        return tuple(found)
    near = releases_of_trl(".".join(map(str, _parts(exact))))
    return tuple(name.partition("==")[2] for name in near)


def _parts(number: str) -> tuple[int, ...]:
    """``(0, 18, 0)`` of ``0.18.0.dev0`` and of ``v0.18.0``; zeros at the end are kept, they count for ``~=``."""
    import re

    found = re.match(r"v?(\d+(?:\.\d+)*)", number)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _allows(sign: str, wanted: tuple[int, ...], prefix: bool, release: tuple[int, ...]) -> bool:
    """Whether some release of the minor line of *release* meets the condition."""
    line, asked = release[:2], (*wanted, 0)[:2]
    if sign == "!=":
        return not (prefix and release[: len(wanted)] == wanted)
    if sign == "~=":
        kept = wanted[: max(1, len(wanted) - 1)]
        return line >= asked and release[: len(kept)] == kept
    if sign in {"==", "==="}:
        return release[: len(wanted)] == wanted if prefix and len(wanted) == 1 else line == asked
    if sign == "<":
        return line < asked or (line == asked and any(wanted[2:]))
    return line <= asked if sign == "<=" else line >= asked


def _beyond(specifiers: Iterable[str]) -> str:
    """The newest of the releases that *specifiers* ask for that is newer than the tables, as it is written."""
    import re

    last = _parts(_known()[-1])[:2]
    numbers = [number for one in specifiers for number in re.findall(r"(?:===?|~=|>=?)\s*v?(\d+(?:\.\d+)*)", one)]
    newer = [number for number in numbers if (*_parts(number), 0)[:2] > last]
    return max(newer, key=version_key, default="")
