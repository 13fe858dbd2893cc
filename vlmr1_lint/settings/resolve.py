"""Which settings hold where.

The settings file closest to a path decides, alone: nothing is inherited from folders above unless the file says ``extend``.
What one invocation can have only one of (rules, lang, baseline, fail-on) is said by the topmost file above the working folder and
refused in others.
"""

from __future__ import annotations

from vlmr1_lint.settings.errors import SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from vlmr1_lint.findings.suppression import Suppression
    from vlmr1_lint.settings.layers import EntrySettings, FileSettings, Layer, RootSettings
    from vlmr1_lint.settings.problems import SettingsProblem
    from vlmr1_lint.settings.read import SettingsFile

    Read = Callable[[str], bytes | None]
    Inside = Callable[[str], bool]

__all__ = ["NAMES", "ROOT_ONLY", "SettingsTree", "discover", "isolated", "one_file"]

NAMES = (".vlmr1-lint.yaml", "pyproject.toml")
"""Names of settings files; in one folder the first that says anything counts."""

MAX_EXTENDED = 50
"""Settings files that one takes in through ``extend``, one that is taken in twice counted twice: lists add up, and files that all
extend each other would double them with every file."""

ROOT_ONLY = ("rules", "lang", "baseline", "fail-on")


def below(path: str) -> bool:
    """Whether *path*, as `globs.join` gives it, is written as one inside the root."""
    return not path.startswith(("/", "../")) and path != ".."


def discover(read: Read, inside: Inside = below) -> SettingsTree:
    """Settings as they are found beside the files. *read* gives the bytes of a path relative to the root, or None; *inside* tells
    whether a path lies in the root, all links resolved."""
    return SettingsTree(read, None, NAMES, inside)


def one_file(read: Read, path: str, inside: Inside = below) -> SettingsTree:
    """``--config``: the file *path* decides for all paths. Raises SettingsError if it cannot be used."""
    tree = SettingsTree(read, path, (), inside)
    tree.closest("")
    return tree


def isolated() -> SettingsTree:
    """``--isolated``: no settings file counts."""
    return SettingsTree(lambda _: None, None, ())


class SettingsTree:
    """The settings of one invocation, each file read once. Paths are ``/``-separated and relative to the root.

    Methods raise SettingsError if a settings file that matters cannot be used, the same one each time.
    """

    def __init__(self, read: Read, only: str | None, names: tuple[str, ...], inside: Inside = below) -> None:
        self._read = read
        self._inside = inside
        self._only = only
        self._names = names
        self._files: dict[str, SettingsFile | SettingsError | None] = {}
        self._layers: dict[str, Layer | SettingsError] = {}
        self._closest: dict[str, str | None] = {}
        self._top: str | None = None  # the file that says what an invocation has only one of
        self._top_known = False
        self._taken_in = 0

    # -- what holds where --------------------------------------------------------------------------------------------

    def for_entry(self, path: str) -> EntrySettings | None:
        """What the settings say of the run whose entry is *path*; None where there are none."""
        layer = self.closest(path)
        if layer is None:
            return None
        from vlmr1_lint.settings.merging import entry_settings

        return entry_settings(layer, path)

    def for_file(self, path: str) -> FileSettings | None:
        """What the settings say of findings in the file *path*, and of the file; None where there are none."""
        layer = self.closest(path)
        if layer is None:
            return None
        from vlmr1_lint.settings.merging import file_settings

        return file_settings(layer, path)

    def suppressions(self, paths: Iterable[str]) -> tuple[Suppression, ...]:
        """The suppressions that the settings say of *paths*, each narrowed to those whose settings it belongs to."""
        entries: dict[int, tuple[Suppression, set[str]]] = {}
        for path in paths:
            found = self.for_file(path)
            for entry in found.suppress if found else ():
                entries.setdefault(id(entry), (entry, set()))[1].add(path)
        if not entries:
            return ()
        from vlmr1_lint.settings.merging import narrowed

        return tuple(narrowed(entry, covered) for entry, covered in entries.values())

    def for_root(self, path: str = "") -> RootSettings | None:
        """What the topmost settings file on the way down to *path* (the working folder) says of the invocation, or None."""
        found = [name for folder in _folders(path + "/") if (name := self._name_in(folder)) is not None]
        top = self._top = self._only or (found[-1] if found else None)
        self._top_known = True
        if top is None:
            return None
        from vlmr1_lint.settings.merging import root_settings

        return root_settings(self._layer(top))

    def closest(self, path: str) -> Layer | None:
        """The settings that decide for *path*, or None."""
        if self._only is not None:
            return self._layer(self._only)
        folder = path.rpartition("/")[0]
        if folder not in self._closest:
            names = [name for above in _folders(path) if (name := self._name_in(above)) is not None]
            self._closest[folder] = names[0] if names else None
            if names:
                self._refuse_root_only(names[0], self._top if self._top_known else names[-1], names[-1])
        name = self._closest[folder]
        return None if name is None else self._layer(name)

    def read_any(self) -> bool:
        """Whether any settings file was found so far."""
        return any(file is not None for file in self._files.values())

    def unknown_rules(self, known: Mapping[str, str]) -> list[SettingsProblem]:
        """What the settings files read so far say of rules that there are not (*known*: id → name)."""
        files = [file for file in self._files.values() if file is not None and not isinstance(file, SettingsError)]
        if not files:
            return []
        from vlmr1_lint.settings.read import unknown_rules

        return [problem for file in files for problem in unknown_rules(file, known)]

    # -- files -------------------------------------------------------------------------------------------------------

    def _name_in(self, folder: str) -> str | None:
        """The settings file in *folder* that counts: the first of `NAMES` that says anything, also if it says it wrongly."""
        for name in self._names:
            path = f"{folder}/{name}" if folder else name
            if self._file(path) is not None:
                return path
        return None

    def _file(self, path: str) -> SettingsFile | SettingsError | None:
        if path not in self._files:
            data = self._read(path)
            if data is None or (path.endswith(".toml") and b"vlmr1-lint" not in data):
                self._files[path] = None
                return None
            from vlmr1_lint.settings.read import read_settings

            try:
                self._files[path] = read_settings(path, data)
            except SettingsError as error:
                self._files[path] = error
        return self._files[path]

    def _layer(self, path: str) -> Layer:
        if path not in self._layers:
            self._taken_in = 0
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
        from vlmr1_lint.settings.globs import join
        from vlmr1_lint.settings.layers import Layer
        from vlmr1_lint.settings.merging import over, own_layer
        from vlmr1_lint.settings.problems import SettingsProblem

        file = self._file(path)
        if isinstance(file, SettingsError):
            raise file
        if file is None:
            raise SettingsError([SettingsProblem(path, 1, 1, "no-settings", {})])
        folder = path.rpartition("/")[0]
        self._refuse_outside(file, folder)
        layer = Layer(path, {})
        for index, name in enumerate(file.values.get("extend", ())):
            base = join(folder, name)
            line, column = file.locate(("extend", index))
            if base == path or base in below:
                raise SettingsError([SettingsProblem(path, line, column, "extend-cycle", {"name": base})])
            if self._file(base) is None:
                raise SettingsError([SettingsProblem(path, line, column, "extend-missing", {"name": base})])
            self._taken_in += 1
            if self._taken_in > MAX_EXTENDED:
                raise SettingsError([SettingsProblem(path, line, column, "extend-many", {"count": str(MAX_EXTENDED)})])
            layer = over(layer, self._build(base, (*below, path)))
        return over(layer, own_layer(file, folder))

    def _refuse_outside(self, file: SettingsFile, folder: str) -> None:
        """What *file*, in *folder*, has us read stays in the repository that it comes with. Raises SettingsError.

        A settings file outside is the user's own, named with ``--config``, and may name anything.
        """
        from vlmr1_lint.settings.globs import join
        from vlmr1_lint.settings.problems import SettingsProblem

        if not below(file.path):
            return
        named: dict[tuple[str | int, ...], str] = {}
        for setting in ("extend", "rules"):
            named.update({(setting, index): name for index, name in enumerate(file.values.get(setting, ()))})
        if "baseline" in file.values:
            named["baseline",] = file.values["baseline"]
        problems = [
            SettingsProblem(file.path, *file.locate(where), "outside", {"setting": str(where[0]), "name": name})
            for where, name in named.items()
            if not self._inside(join(folder, name))
        ]
        if problems:
            raise SettingsError(sorted(problems, key=lambda problem: (problem.line, problem.column)))

    def _refuse_root_only(self, name: str, top: str | None, above: str) -> None:
        """A file other than *top* may not say what only that one can. It is marked as unusable if it does. *above* is the topmost
        file above *name*."""
        file = self._file(name)
        if name == top or file is None or isinstance(file, SettingsError):
            return
        from vlmr1_lint.settings.problems import SettingsProblem

        code, facts = "root-only", {"root": above}
        if name == above:
            code, facts = "not-root", {"root": NAMES[0], "folder": name.rpartition("/")[0]}
        problems = [
            SettingsProblem(name, *file.locate((setting,)), code, {"name": setting, **facts})
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
