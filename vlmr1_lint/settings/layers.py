"""Settings as plain values: one file's (`Layer`), and what they come to for an entry, a file, an invocation."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vlmr1_lint.findings.suppression import Suppression

__all__ = ["EntrySettings", "FileSettings", "Layer", "Override", "RootSettings"]


@value
class Override:
    """Values for the paths that it covers."""

    covers: Callable[[str], bool]
    values: Mapping[str, object]


@value
class Layer:
    """What a settings file and those it extends say together.

    path      the settings file
    values    plain validated values by name as written (``fail-on``); patterns, folders and suppressions are in the fields below
    """

    path: str
    values: Mapping[str, object]
    rules: tuple[str, ...] = ()
    baseline: str | None = None
    exclude: tuple[Callable[[str], bool], ...] = ()
    kinds: tuple[tuple[Callable[[str], bool], str], ...] = ()
    overrides: tuple[Override, ...] = ()
    suppress: tuple[Suppression, ...] = ()


@value
class EntrySettings:
    """What the settings closest to a run's entry say of the run. None where they say nothing.

    gpus               fleet text; trainer: selector text; host_ram: size text, per node
    images             images in one prompt
    image              pixels of one image, ``"640x480"``
    prompt_tokens      text tokens of one prompt
    completion_tokens  tokens of one completion
    prices             card or instance → price of one for an hour, in the user's currency
    hours              hours that the run takes on its hardware
    check_data, here   whether data files are opened, whether paths mean this machine
    origin             the settings file
    """

    gpus: str | None = None
    trainer: str | None = None
    host_ram: str | None = None
    images: int | None = None
    image: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prices: Mapping[str, float] | None = None
    hours: float | None = None
    check_data: bool = False
    here: bool = False
    origin: str = ""


@value
class FileSettings:
    """What the settings closest to a file say of findings in it.

    preset, select, ignore, extend_select  which rules are on; ``select`` None: those of the preset
    severity, safety                       rule (id, name or family) → level, later ones win
    suppress                               suppressions that may cover the file
    kind                                   what kind the file is, or None: by its content
    excluded                               whether it is not linted unless it is named
    origin                                 the settings file
    """

    preset: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    severity: Mapping[str, str] = {}
    safety: Mapping[str, str] = {}
    suppress: tuple[Suppression, ...] = ()
    kind: str | None = None
    excluded: bool = False
    origin: str = ""


@value
class RootSettings:
    """What the root settings say of the whole invocation. Paths are relative to the root. None where they say nothing."""

    rules: tuple[str, ...] = ()
    lang: str | None = None
    baseline: str | None = None
    fail_on: str | None = None
    origin: str = ""
