"""What is asked for: the command line over the settings, one answer for each question that a session has."""

from __future__ import annotations

from vlmr1_lint.checking.catalogue import Catalogue, builtin
from vlmr1_lint.memory.setup import Data
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlmr1_lint.checking.rule import Rule
    from vlmr1_lint.checking.suppression import Suppression

__all__ = ["Entry", "Given", "Preferences"]


@value
class Given:
    """What the command line says, None or empty where it says nothing. *host_ram* in bytes per node."""

    gpus: str | None = None
    trainer: str | None = None
    host_ram: int | None = None
    images: int | None = None
    image: tuple[int, int] | None = None
    prompt_tokens: int | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    preset: str | None = None
    lang: str | None = None
    check_data: bool = False
    here: bool = False


@value
class Entry:
    """What holds for a run: fleet and trainer as the settings say them, and the data assumption."""

    gpus: str | None = None
    trainer: str | None = None
    host_ram: int | None = None
    data: Data = Data()


class Preferences:
    """Command line and settings together."""

    def __init__(
        self, given: Given, catalogue: Catalogue | None = None, kinds: Mapping[str, str] | None = None
    ) -> None:
        self.given = given
        self.catalogue = builtin() if catalogue is None else catalogue
        self._kinds = kinds or {}
        self.lang = given.lang or "en"
        self.suppressions: Sequence[Suppression] = ()
        self._selected: dict[tuple[object, ...], Catalogue] = {}

    def entry(self, path: str) -> Entry:
        """What holds for the run that the file at absolute *path* starts."""
        given = self.given
        usual = Data()
        data = Data(
            images=usual.images if given.images is None else given.images,
            image=given.image or usual.image,
            prompt_tokens=usual.prompt_tokens if given.prompt_tokens is None else given.prompt_tokens,
            given=given.image is not None,
        )
        return Entry(host_ram=given.host_ram, data=data)

    @property
    def fail_on(self) -> str:
        """The mildest severity that makes the exit status 1."""
        return "error"

    def excluded(self, path: str) -> bool:
        """Whether settings leave the file at *path* out."""
        return False

    def rule(self, word: str) -> Rule | None:
        """The rule with this id or name, built in or a user's own."""
        return self.catalogue.get(word)

    def kind(self, name: str) -> str | None:
        """The kind that settings decide for the file called *name*, or None."""
        return self._kinds.get(name)

    def rules(self, path: str) -> Catalogue:
        """The rules that are on for findings in the file at *path*."""
        given = self.given
        key = (given.preset, given.select, given.ignore, given.extend_select)
        found = self._selected.get(key)
        if found is None:
            found = self._selected[key] = self.catalogue.select(
                preset=given.preset or "recommended",
                select=given.select,
                ignore=given.ignore,
                extend_select=given.extend_select,
            )
        return found

    def run_rules(self, path: str) -> Catalogue:
        """The rules to ask about the run that *path* starts: all that are on for any file it may speak of."""
        return self.rules(path)
