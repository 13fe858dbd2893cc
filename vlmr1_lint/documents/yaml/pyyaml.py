"""PyYAML without its price: a stock ``import yaml`` costs 12 ms, of which reading through libyaml needs less than 2.

The C extension ``yaml._yaml`` takes names from every other module of the package when it starts, most of them only to raise
their errors. So the package object is put in place without running ``yaml/__init__.py``, modules of which only an error class is
asked for are replaced by a stub for that moment, and ``yaml._yaml`` is imported. What stays in ``sys.modules["yaml"]`` is a
package that completes itself, exactly as a stock import would have, as soon as anybody asks it for anything.

Whatever goes wrong here (another PyYAML, an unusual importer) ends in a plain ``import yaml``.
"""

from __future__ import annotations

import sys

from vlmr1_lint.documents.formats import MAX_KEYS, MAX_NODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any
else:
    ModuleType = type(sys)  # `types` is a module that a start of Python does not load

__all__ = ["c_parser", "error_class", "pure_parser", "stock"]

STUBBED = {
    "reader": ("ReaderError", "YAMLError"),
    "scanner": ("ScannerError", "MarkedYAMLError"),
    "parser": ("ParserError", "MarkedYAMLError"),
    "composer": ("ComposerError", "MarkedYAMLError"),
    "constructor": ("ConstructorError", "MarkedYAMLError"),
    "emitter": ("EmitterError", "YAMLError"),
    "serializer": ("SerializerError", "YAMLError"),
    "representer": ("RepresenterError", "YAMLError"),
}
"""Modules that ``yaml._yaml`` takes nothing from but an error class: its name and the name of its base in ``yaml.error``."""


class TooDeep(Exception):
    """Raised by a parser whose text nests deeper than `DEPTH`."""


class TooMany(Exception):
    """Raised by a parser whose text has more than `MAX_KEYS` keys or `MAX_NODES` values; the message says of which."""


DEPTH = 100
"""Levels of nesting above which a text is not read (design: limits). libyaml's composer recurses on the C stack."""

_parsers: dict[str, Any] = {}


def stock() -> Any:
    """The complete `yaml` package, imported the ordinary way (12 ms)."""
    import yaml

    return yaml


def error_class() -> type[Exception]:
    """``yaml.error.YAMLError``, the base of all that a parser of this module raises besides `TooDeep`."""
    found: type[Exception] = sys.modules["yaml.error"].YAMLError
    return found


def c_parser() -> Any:
    """The class of parsers made on libyaml, or None where PyYAML was built without it.

    ``parser(data)`` takes UTF-8 bytes without a byte order mark; ``check_node()`` and ``get_node()`` compose one document after
    the other; ``get_event()`` goes through the events instead. A scalar's tag is True where YAML 1.1 resolves it by its text,
    False where it is a string, else the tag that is written.
    """
    if "c" not in _parsers:
        extension = _extension()
        _parsers["c"] = None if extension is None else _guarded(extension.CParser)
    return _parsers["c"]


def pure_parser() -> Any:
    """The same class made of PyYAML's Python modules: what ``yaml.safe_load`` uses. Takes text instead of bytes."""
    if "pure" not in _parsers:
        stock()
        from yaml.composer import Composer
        from yaml.parser import Parser
        from yaml.reader import Reader
        from yaml.scanner import Scanner

        class PureParser(Reader, Scanner, Parser, Composer):
            def __init__(self, text: str) -> None:
                Reader.__init__(self, text)
                Scanner.__init__(self)
                Parser.__init__(self)
                Composer.__init__(self)

        _parsers["pure"] = _guarded(PureParser)
    return _parsers["pure"]


def _guarded(base: Any) -> Any:
    """*base* with the three calls that composers make on a resolver: here they mark what is implicit, and count depth."""

    class Guarded(base):  # type: ignore[misc]
        depth = keys = nodes = 0

        def resolve(self, _: object, __: object, implicit: Any) -> object:
            return implicit[0] if implicit.__class__ is tuple else implicit

        def descend_resolver(self, parent: object, place: object) -> None:
            self.depth = depth = self.depth + 1
            if depth > DEPTH:
                raise TooDeep
            self.nodes = nodes = self.nodes + 1
            if place is None and parent is not None:  # a key: its value, which may be an alias, comes with the key as its place
                self.keys = keys = self.keys + 1
                if keys > MAX_KEYS:
                    raise TooMany(f"more than {MAX_KEYS} keys, too many to check")
            if nodes > MAX_NODES:
                raise TooMany(f"more than {MAX_NODES} values, too many to check")

        def ascend_resolver(self) -> None:
            self.depth -= 1

    return Guarded


def _extension() -> ModuleType | None:
    """``yaml._yaml``, imported as cheaply as possible, or None."""
    if "yaml" not in sys.modules:
        try:
            return _trimmed_import()
        except Exception:  # whatever a foreign PyYAML or importer does here, the stock import decides
            _forget()
    stock()
    try:
        from yaml import _yaml
    except ImportError:
        return None
    extension: ModuleType = _yaml
    return extension


def _forget() -> None:
    for name in [name for name in sys.modules if name == "yaml" or name.startswith("yaml.")]:
        del sys.modules[name]


def _trimmed_import() -> ModuleType:
    # Both are in every interpreter from its first moment on; importlib.util and importlib.machinery are not.
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import PathFinder

    spec = PathFinder.find_spec("yaml")
    if spec is None or spec.submodule_search_locations is None or spec.loader is None:
        raise ImportError("yaml is not an ordinary package")
    package: Any = module_from_spec(spec)
    sys.modules["yaml"] = package
    from yaml import error, events, nodes, tokens  # noqa: F401  (the extension reads the last three off the package)

    for module, (name, base) in STUBBED.items():
        stub: Any = ModuleType(f"yaml.{module}")
        setattr(stub, name, type(name, (getattr(error, base),), {"__init__": _reader_error} if module == "reader" else {}))
        sys.modules[f"yaml.{module}"] = stub
        setattr(package, module, stub)
    try:
        from yaml import _yaml
    finally:
        for module in STUBBED:
            del sys.modules[f"yaml.{module}"]
            delattr(package, module)
    package.__class__ = _Package
    extension: ModuleType = _yaml
    return extension


def _reader_error(self: Any, *details: object) -> None:
    """``yaml.reader.ReaderError.__init__``."""
    self.name, self.position, self.character, self.encoding, self.reason = details


class _Package(ModuleType):
    """The package `yaml` while only a part of it is loaded; becomes the stock package at the first use of anything else."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        if name.startswith("__") and name not in ("__version__", "__with_libyaml__", "__all__"):
            raise AttributeError(f"module 'yaml' has no attribute {name!r}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        for module in STUBBED:  # those that were loaded just now have bypassed __setattr__ below
            _adopt(module, sys.modules[f"yaml.{module}"])
        return getattr(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in STUBBED:  # the import system has just loaded a submodule
            _adopt(name, value)


def _adopt(module: str, loaded: object) -> None:
    """Have the extension raise the error class of a submodule that is now loaded, in place of the stub's."""
    name = STUBBED[module][0]
    setattr(sys.modules["yaml._yaml"], name, getattr(loaded, name))
