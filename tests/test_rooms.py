"""The house rules of DESIGN §1: a room imports only rooms to its left, and nothing but the sources touches a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import vlmr1_lint

PACKAGE = Path(vlmr1_lint.__file__).parent

ROOMS = (
    ("values", "unknown", "nearest", "units", "hashes", "phrases", "facts"),
    ("chinese",),
    ("trainers", "models"),
    ("claims",),
    ("sources",),
    ("documents",),
    ("pythoncode",),
    ("candidates",),
    ("launches",),
    ("training",),
    ("datafiles",),
    ("memory",),
    ("language",),
    ("rulefiles",),
    ("findings",),
    ("checking",),
    ("planning",),
    ("fixing",),
    ("reporting",),
    ("commandline",),
    ("settings",),
    ("preferences",),
    ("engine",),
    ("session",),
    ("sharing",),
    ("ruletest", "explaining"),
    ("results", "api"),
    ("serving",),
    ("commands",),
    ("cli", "__main__"),
)
"""From left to right: the way of the data. Rooms of one place may use each other."""

PLACE = {room: place for place, rooms in enumerate(ROOMS) for room in rooms}

EXCEPTIONS = {
    ("checking", "planning"): "memory_fix, which rules call, is the smallest plan",
    ("rulefiles", "checking"): "what a rule needs is worked out by asking its condition about runs in which nothing is written",
    ("serving", "commands"): "errors are told, and fixes of shared files withheld, as on the command line",
    ("commands", "cli"): "completion lists the commands",
}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path) -> set[str]:
    """Rooms that a module imports, those for type checkers apart."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            for inner in ast.walk(node):
                inner.skip = True  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if getattr(node, "skip", False):
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "vlmr1_lint" and len(parts) > 1:
                found.add(parts[1])
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_to_its_left(path):
    room = room_of(path)
    if room == "__init__":  # the public face: it loads the api when that is asked for
        return
    assert room in PLACE, f"{room} is no room: give it a place"
    for other in imports(path):
        if other != room and (room, other) not in EXCEPTIONS:
            assert PLACE[other] <= PLACE[room], f"{room} imports {other}, which is to its right"


READERS = {
    "sources": "the only reader and writer",
    "facts/data.py": "reads the package's own data",
    "rulefiles/compiled.py": "reads and writes the compiled rules",
    "rulefiles/catalogue.py": "finds the built-in rules",
    "rulefiles/build.py": "compiles rules when the package is built",
    "cli.py": "points a closed pipe at the null device",
}
FILE_CALLS = frozenset("open stat listdir scandir unlink replace rename makedirs mkdir isfile isdir exists".split())


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_sources_touch_files(path):
    name = path.relative_to(PACKAGE).as_posix()
    if any(name == reader or name.startswith(reader + "/") for reader in READERS) or room_of(path) == "commands":
        return  # commands ask whether a PATH is there, to say so
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name):
            assert function.id != "open", f"{name}:{node.lineno} opens a file"
        elif isinstance(function, ast.Attribute):
            owner = ast.unparse(function.value)
            if owner in {"os", "os.path", "shutil", "pathlib", "Path"}:
                assert function.attr not in FILE_CALLS, f"{name}:{node.lineno} calls {owner}.{function.attr}"


def test_every_module_says_what_it_is_for():
    silent = [str(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_public_names_of_every_module_exist():
    import importlib

    for path in modules():
        name = ".".join(("vlmr1_lint", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        if name.endswith("__main__"):
            continue  # it runs the command line
        module = importlib.import_module(name)
        missing = [public for public in getattr(module, "__all__", ()) if not hasattr(module, public)]
        assert missing == [], name


MANY = {"documents/shell": "one interpreter of bash in steps"}
"""Folders with more than 25 modules, and why."""


def test_no_folder_is_crowded_and_every_room_is_described():
    from collections import Counter

    held = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in modules() if path.name != "__init__.py")
    assert {folder for folder, count in held.items() if count > 25} <= MANY.keys()
    described = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {room_of(path) for path in modules() if path.parent != PACKAGE}
    assert [room for room in sorted(rooms) if f"`{room}`" not in described] == []
