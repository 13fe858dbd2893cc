"""Which settings hold where.

The settings file closest to a path decides, alone: nothing is inherited from folders above unless the file says ``extend``.
What one invocation can have only one of (rules, lang, baseline, fail-on) is said by the topmost file and refused in others.
"""

from __future__ import annotations

from vlmr1_lint.settings.globs import exact, join, matcher
from vlmr1_lint.settings.layers import EntrySettings, FileSettings, Layer, Override, RootSettings
from vlmr1_lint.settings.problems import SettingsError, SettingsProblem
from vlmr1_lint.settings.read import NAMES, SettingsFile, read_settings, unknown_rules
from vlmr1_lint.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from vlmr1_lint.checking.suppression import Suppression

    Read = Callable[[str], bytes | None]

__all__ = ["ROOT_ONLY", "SettingsTree", "discover", "isolated", "one_file"]

ROOT_ONLY = ("rules", "lang", "baseline", "fail-on")


def discover(read: Read) -> SettingsTree:
    """Settings as they are found beside the files. *read* gives the bytes of a path relative to the root, or None."""
    return SettingsTree(read, None, NAMES)


def one_file(read: Read, path: str) -> SettingsTree:
    """``--config``: the file *path* decides for all paths. Raises SettingsError if it cannot be used."""
    tree = SettingsTree(read, path, ())
    tree.closest("")
    return tree


def isolated() -> SettingsTree:
    """``--isolated``: no settings file counts."""
    return SettingsTree(lambda _: None, None, ())


class SettingsTree:
    """The settings of one invocation, each file read once. Paths are ``/``-separated and relative to the root.

    Methods raise SettingsError if a settings file that matters cannot be used, the same one each time.
    """

    def __init__(self, read: Read, only: str | None, names: tuple[str, ...]) -> None:
        self._read = read
        self._only = only
        self._names = names
        self._files: dict[str, SettingsFile | SettingsError | None] = {}
        self._layers: dict[str, Layer | SettingsError] = {}
        self._closest: dict[str, str | None] = {}

    # -- what holds where --------------------------------------------------------------------------------------------

    def for_entry(self, path: str) -> EntrySettings:
        """What the settings say of the run whose entry is *path*."""
        layer = self.closest(path)
        if layer is None:
            return EntrySettings()
        values = _with_overrides(layer, path)
        data: Mapping[str, Any] = values.get("data", {})
        return EntrySettings(
            gpus=values.get("gpus"),
            trainer=values.get("trainer"),
            host_ram=values.get("host-ram"),
            images=data.get("images"),
            image=data.get("image"),
            prompt_tokens=data.get("prompt-tokens"),
            completion_tokens=data.get("completion-tokens"),
            check_data=values.get("check-data", False),
            here=values.get("here", False),
            origin=layer.path,
        )

    def for_file(self, path: str) -> FileSettings:
        """What the settings say of findings in the file *path*, and of the file."""
        layer = self.closest(path)
        if layer is None:
            return FileSettings()
        values = _with_overrides(layer, path)
        select = values.get("select")
        kinds = [kind for covers, kind in layer.kinds if covers(path)]
        return FileSettings(
            preset=values.get("preset"),
            select=None if select is None else tuple(select),
            ignore=tuple(values.get("ignore", ())),
            extend_select=tuple(values.get("extend-select", ())),
            severity=values.get("severity", {}),
            safety=values.get("safety", {}),
            suppress=tuple(entry for entry in layer.suppress if entry.covers(path)),
            kind=kinds[-1] if kinds else None,
            excluded=any(covers(path) for covers in layer.exclude),
            origin=layer.path,
        )

    def suppressions(self, paths: Iterable[str]) -> tuple[Suppression, ...]:
        """The suppressions that the settings say of *paths*, each narrowed to those whose settings it belongs to."""
        entries: dict[int, tuple[Suppression, set[str]]] = {}
        for path in paths:
            for entry in self.for_file(path).suppress:
                entries.setdefault(id(entry), (entry, set()))[1].add(path)
        return tuple(
            replace(entry, covers=covered.__contains__, path=entry.path if entry.path in covered else None)
            for entry, covered in entries.values()
        )

    def for_root(self, path: str = "") -> RootSettings:
        """What the topmost settings file on the way down to *path* (the working folder, or a file) says of the invocation."""
        found = [name for folder in _folders(path + "/") if (name := self._name_in(folder)) is not None]
        top = self._only or (found[-1] if found else None)
        if top is None:
            return RootSettings()
        layer = self._layer(top)
        return RootSettings(layer.rules, _text(layer, "lang"), layer.baseline, _text(layer, "fail-on"), layer.path)

    def closest(self, path: str) -> Layer | None:
        """The settings that decide for *path*, or None."""
        if self._only is not None:
            return self._layer(self._only)
        folder = path.rpartition("/")[0]
        if folder not in self._closest:
            names = [name for above in _folders(path) if (name := self._name_in(above)) is not None]
            self._closest[folder] = names[0] if names else None
            if names:
                self._refuse_root_only(names[0], names[-1])
        name = self._closest[folder]
        return None if name is None else self._layer(name)

    def unknown_rules(self, known: Mapping[str, str]) -> list[SettingsProblem]:
        """What the settings files read so far say of rules that there are not (*known*: id → name)."""
        files = [file for file in self._files.values() if isinstance(file, SettingsFile)]
        return [problem for file in files for problem in unknown_rules(file, known)]

    # -- files -------------------------------------------------------------------------------------------------------

    def _name_in(self, folder: str) -> str | None:
        """The settings file in *folder* that counts: the first of `NAMES` that says anything, also if it says it wrongly."""
        for name in self._names:
            path = join(folder, name)
            if self._file(path) is not None:
                return path
        return None

    def _file(self, path: str) -> SettingsFile | SettingsError | None:
        if path not in self._files:
            data = self._read(path)
            try:
                self._files[path] = None if data is None else read_settings(path, data)
            except SettingsError as error:
                self._files[path] = error
        return self._files[path]

    def _layer(self, path: str) -> Layer:
        if path not in self._layers:
            try:
                self._layers[path] = self._build(path, ())
            except SettingsError as error:
                self._layers[path] = error
        layer = self._layers[path]
        if isinstance(layer, SettingsError):
            raise layer
        return layer

    def _build(self, path: str, below: tuple[str, ...]) -> Layer:
        """The layer of the settings file *path* over those that it extends; *below* are the files that extend it."""
        file = self._file(path)
        if isinstance(file, SettingsError):
            raise file
        if file is None:
            raise SettingsError([SettingsProblem(path, 1, 1, "extend-missing", {"name": path})])
        folder = path.rpartition("/")[0]
        layer = Layer(path, {})
        for index, name in enumerate(file.values.get("extend", ())):
            base = join(folder, name)
            line, column = file.locate(("extend", index))
            if base == path or base in below:
                raise SettingsError([SettingsProblem(path, line, column, "extend-cycle", {"name": base})])
            if self._file(base) is None:
                raise SettingsError([SettingsProblem(path, line, column, "extend-missing", {"name": base})])
            layer = _over(layer, self._build(base, (*below, path)))
        return _over(layer, _own_layer(file, folder))

    def _refuse_root_only(self, name: str, top: str) -> None:
        """A file below another may not say what only the topmost can. It is marked as unusable if it does."""
        file = self._file(name)
        if name == top or not isinstance(file, SettingsFile):
            return
        problems = [
            SettingsProblem(name, *file.locate((setting,)), "root-only", {"name": setting, "root": top})
            for setting in ROOT_ONLY
            if setting in file.values
        ]
        if problems:
            self._layers[name] = SettingsError(sorted(problems, key=lambda problem: problem.line))


def _folders(path: str) -> Iterator[str]:
    """The folders above *path*, the closest first, the root (``""``) last; for a path outside the root only its own."""
    folder = path.rpartition("/")[0].strip("/") if not path.startswith("/") else path.rpartition("/")[0]
    yield folder
    while folder and not folder.startswith("/"):
        folder = folder.rpartition("/")[0]
        yield folder


# -- layers ----------------------------------------------------------------------------------------------------------


def _own_layer(file: SettingsFile, folder: str) -> Layer:
    """What *file* says itself, with its patterns and paths relative to the root."""
    values = dict(file.values)
    values.pop("extend", None)
    baseline = values.pop("baseline", None)
    return Layer(
        file.path,
        values,
        rules=tuple(join(folder, name) for name in values.pop("rules", ())),
        baseline=None if baseline is None else join(folder, baseline),
        exclude=tuple(matcher(pattern, folder) for pattern in values.pop("exclude", ())),
        kinds=tuple((matcher(pattern, folder), kind) for pattern, kind in values.pop("kinds", {}).items()),
        overrides=tuple(_override(entry, folder) for entry in values.pop("overrides", ())),
        suppress=tuple(_suppression(file, index, entry, folder) for index, entry in enumerate(values.pop("suppress", ()))),
    )


def _override(entry: Mapping[str, Any], folder: str) -> Override:
    patterns = [matcher(pattern, folder) for pattern in entry["paths"]]
    values = {name: value for name, value in entry.items() if name != "paths"}
    return Override(lambda path: any(covers(path) for covers in patterns), values)


def _suppression(file: SettingsFile, index: int, entry: Mapping[str, Any], folder: str) -> Suppression:
    from vlmr1_lint.checking.suppression import Suppression

    line, _ = file.locate(("suppress", index))
    return Suppression(
        covers=matcher(entry["path"], folder),
        path=exact(entry["path"], folder),
        key=entry.get("key", ""),
        rule=entry["rule"],
        reason=entry["reason"],
        origin=f"{file.path}:{line}",
    )


def _over(base: Layer, layer: Layer) -> Layer:
    """*layer* over *base*: values replace, tables are merged, patterns and suppressions add up."""
    return replace(
        layer,
        values=_merged(base.values, layer.values),
        rules=base.rules + layer.rules,
        baseline=layer.baseline or base.baseline,
        exclude=base.exclude + layer.exclude,
        kinds=base.kinds + layer.kinds,
        overrides=base.overrides + layer.overrides,
        suppress=base.suppress + layer.suppress,
    )


def _with_overrides(layer: Layer, path: str) -> dict[str, Any]:
    """The values of *layer* for *path*: later overrides win."""
    values = dict(layer.values)
    for override in layer.overrides:
        if override.covers(path):
            values = _merged(values, override.values)
    return values


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """*over* on top of *base*: tables key by key, ``extend-select`` and ``ignore`` added, all else replaced."""
    merged = dict(base)
    for name, value in over.items():
        if isinstance(value, dict):
            merged[name] = {**base.get(name, {}), **value}
        elif name in ("extend-select", "ignore"):
            merged[name] = [*base.get(name, ()), *value]
        else:
            merged[name] = value
    return merged


def _text(layer: Layer, name: str) -> str | None:
    found = layer.values.get(name)
    return found if isinstance(found, str) else None
