"""What is asked for: the command line over the settings, one answer for each question that a session has."""

from __future__ import annotations

import os

from vlmr1_lint.memory.setup import Data
from vlmr1_lint.rulefiles.catalogue import Catalogue, builtin
from vlmr1_lint.settings import SettingsError, discover, isolated, one_file
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vlmr1_lint.findings.suppression import Suppression
    from vlmr1_lint.rulefiles.rule import Rule
    from vlmr1_lint.settings import SettingsTree
    from vlmr1_lint.sources import Sources

__all__ = ["Entry", "Given", "Preferences", "load_preferences"]


@value
class Given:
    """What the command line says, None or empty where it says nothing. *host_ram* in bytes per node; *what_if*: whether *gpus* is
    hardware that the user asks about, whatever the files say of theirs."""

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
    rules: tuple[str, ...] = ()
    check_data: bool = False
    here: bool = False
    fail_on: str | None = None
    baseline: str | None = None
    what_if: bool = False


@value
class Entry:
    """What holds for a run: fleet and trainer as the settings say them, host RAM in bytes per node, what the samples look like,
    what an hour of a card or an instance costs, and how many hours the run takes."""

    gpus: str | None = None
    trainer: str | None = None
    host_ram: int | None = None
    data: Data = Data()
    prices: Mapping[str, float] | None = None
    hours: float | None = None
    check_data: bool = False
    here: bool = False
    origin: str = ""


def load_preferences(
    given: Given,
    sources: Sources,
    config: str | None = None,
    *,
    without_settings: bool = False,
    working: str | None = None,
) -> Preferences:
    """The preferences of an invocation: *given* over the settings files of *sources* (over *config* alone if one is named).

    What an invocation has only one of (language, rules, baseline) is said by the settings above *working*, an absolute folder:
    the working folder unless it is given.

    Raises SettingsError for settings that cannot be used, RuleFileError for a user's own rules that are none.
    """
    settings = isolated() if without_settings else _settings(sources, config)
    here = sources.name(working or os.getcwd())
    root = settings.for_root("" if here == "." else here)
    folders = [os.path.abspath(folder) for folder in given.rules]
    if not folders and root is not None:
        folders = [sources.path(folder) for folder in root.rules]
    catalogue = builtin()
    if folders:
        from vlmr1_lint.rulefiles.own import own_rules

        catalogue = catalogue.extended(own_rules(folders, sources))
    preferences = Preferences(given, settings, catalogue)
    if root is not None:
        preferences.lang = given.lang or root.lang or preferences.lang
        preferences.fail_on = given.fail_on or root.fail_on or preferences.fail_on
        if given.baseline is None and root.baseline is not None:
            preferences.baseline = sources.path(root.baseline)
    return preferences


def _settings(sources: Sources, config: str | None) -> SettingsTree:
    def read(name: str) -> bytes | None:
        return sources.try_read(sources.path(name))

    def inside(name: str) -> bool:
        return sources.inside(sources.path(name))

    if config is None:
        return discover(read, inside)
    named = sources.name(os.path.abspath(config))

    def read_named(name: str) -> bytes | None:
        path = sources.path(name)
        by_hand = name == named or not sources.below(path)  # else the file that was named names it, and comes with it
        return sources.try_read_anywhere(path) if by_hand else sources.try_read(path)

    return one_file(read_named, named, inside)


class Preferences:
    """Command line and settings together. Paths are names relative to the root."""

    def __init__(
        self,
        given: Given,
        settings: SettingsTree | None = None,
        catalogue: Catalogue | None = None,
        *,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        self.given = given
        self.settings = isolated() if settings is None else settings
        self.catalogue = builtin() if catalogue is None else catalogue
        self.lang = given.lang or "en"
        self.fail_on = given.fail_on or "error"
        self.baseline = os.path.abspath(given.baseline) if given.baseline else None
        self._kinds = kinds or {}
        self._entry_without_settings: Entry | None = None
        self._selected: dict[tuple[object, ...], Catalogue] = {}

    def entry(self, name: str) -> Entry:
        """What holds for the run that the file called *name* starts."""
        said, given, usual = self.settings.for_entry(name), self.given, Data()
        if said is None:
            if self._entry_without_settings is None:
                data = _data(given, usual, None, None, None)
                self._entry_without_settings = Entry(
                    host_ram=given.host_ram, data=data, check_data=given.check_data, here=given.here
                )
            return self._entry_without_settings
        size = said.image.split("x") if said.image else None
        image = (int(size[0]), int(size[1])) if size else None
        return Entry(
            gpus=said.gpus,
            trainer=said.trainer,
            host_ram=given.host_ram or _bytes(said.host_ram),
            data=replace(_data(given, usual, said.images, image, said.prompt_tokens), completion_tokens=said.completion_tokens),
            prices=said.prices,
            hours=said.hours,
            check_data=given.check_data or said.check_data,
            here=given.here or said.here,
            origin=said.origin,
        )

    def excluded(self, name: str) -> bool:
        """Whether settings leave the file called *name* out."""
        said = self.settings.for_file(name)
        return said is not None and said.excluded

    def kind(self, name: str) -> str | None:
        """The kind that settings decide for the file called *name*, or None."""
        if name in self._kinds:
            return self._kinds[name]
        said = self.settings.for_file(name)
        return said.kind if said is not None else None

    def rule(self, word: str) -> Rule | None:
        """The rule with this id or name, built in or a user's own."""
        return self.catalogue.get(word)

    def suppressions(self, names: Iterable[str]) -> tuple[Suppression, ...]:
        """The suppressions that settings say of the files called *names*."""
        return self.settings.suppressions(names)

    def _refuse_unknown_rules(self) -> None:
        """Raises SettingsError if settings that were read name rules that there are not."""
        if self.settings.read_any():
            problems = self.settings.unknown_rules({rule.id: rule.name for rule in self.catalogue})
            if problems:
                raise SettingsError(problems)

    def rules(self, name: str) -> Catalogue:
        """The rules that are on for findings in the file called *name*. Raises SelectionError for words of the command line that
        name none, SettingsError for those of the settings."""
        said, given = self.settings.for_file(name), self.given
        # Settings hold tables, which do not hash; what they say decides, however often it is read.
        key: tuple[object, ...] = (None,) if said is None else (said.origin, repr(said))
        found = self._selected.get(key)
        if found is None:
            self._refuse_unknown_rules()
            preset = given.preset or (said.preset if said else None) or "recommended"
            select = given.select or ((said.select or ()) if said and given.preset is None else ())
            found = self._selected[key] = self.catalogue.select(
                preset=preset,
                select=select,
                ignore=(*given.ignore, *(said.ignore if said else ())),
                extend_select=(*given.extend_select, *(said.extend_select if said else ())),
                severity=said.severity if said else None,
                safety=said.safety if said else None,
            )
        return found


def _data(given: Given, usual: Data, images: int | None, image: tuple[int, int] | None, prompt_tokens: int | None) -> Data:
    """The data assumption: the command line's word, else the settings', else the printed default."""
    return Data(
        images=_first(given.images, images, usual.images),
        image=given.image or image or usual.image,
        prompt_tokens=_first(given.prompt_tokens, prompt_tokens, usual.prompt_tokens),
        given=(given.image or image) is not None,
    )


def _first(*choices: int | None) -> int:
    return next(choice for choice in choices if choice is not None)


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    from vlmr1_lint.commandline.options import memory

    return memory(text)
