"""The house rules of DESIGN §1: a room imports only rooms to its left, and nothing but the sources touches a file."""

from __future__ import annotations

import ast
import re
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
    ("ruletest", "explaining", "api"),
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


def test_public_api(multinode, monkeypatch):
    monkeypatch.chdir(multinode.folder)
    found = vlmr1_lint.lint(["args.yaml"], gpus="4xA100-40G")
    assert {"MEM001", "GRP001"} <= {finding.rule for finding in found.findings}
    with pytest.raises(FileNotFoundError, match=r"none\.yaml"):
        vlmr1_lint.lint(["none.yaml"])
    with pytest.raises(AttributeError):
        _ = vlmr1_lint.nothing  # type: ignore[attr-defined]


MOST_POSITIONAL = 6


def _constructors():
    """Names of value classes with more fields than a reader keeps apart."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef) or all(getattr(one, "id", "") != "value" for one in node.decorator_list):
                continue
            if sum(isinstance(line, ast.AnnAssign) for line in node.body) > MOST_POSITIONAL:
                yield node.name


def test_large_values_are_made_with_keywords():
    """One swapped number among twenty is seen by no checker."""
    large = set(_constructors())
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in large:
                assert len(node.args) <= MOST_POSITIONAL, f"{path}:{node.lineno}: {node.func.id} by position"


SPELLS_A_TRAINER = re.compile(r"\b(trl|vlm-r1|r1-v|open-r1|alignment-handbook)\b")
MAY_SPELL_ONE = {
    "documents/shell/launchers.py": "trl is a command there",
    "documents/shell/read.py": "the same",
    "documents/names.py": "says whose a foreign option is",
    "candidates/entryscript.py": "the script of the command trl",
    "candidates/installs.py": "what a package is called where it is installed",
    "pythoncode/modules.py": "what a package is called where it is imported",
    "settings/model.py": "an example in the schema of settings",
    "rulefiles/shape.py": "an example in the schema of rules",
    "findings/texts.py": "a sentence",
    "chinese.py": "sentences",
    "commandline/help_zh.py": "sentences",
    "documents/shell/commands.py": "trl is a command there",
}
"""Modules outside of the trainers' and models' rooms and the tables that hold a trainer's name, and why."""


def _texts(path: Path):
    """The string constants of a module, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node


def test_a_trainers_name_stands_in_its_own_room():
    found = set()
    for path in modules():
        if room_of(path) in {"trainers", "claims", "facts"}:
            continue
        if any(SPELLS_A_TRAINER.search(node.value.lower()) and " " not in node.value for node in _texts(path)):
            found.add(path.relative_to(PACKAGE).as_posix())
    assert found <= MAY_SPELL_ONE.keys(), "say what the trainer does (a claim), or ask trainers.families"


def test_a_model_familys_name_stands_in_its_own_room():
    """Architectures, model types and labels of models/: no module elsewhere compares with one."""
    from vlmr1_lint.models.families import FAMILIES

    names = {name for family in FAMILIES.values() for name in (family.name, *family.architectures, *family.model_types)}
    for path in modules():
        if room_of(path) not in {"models", "facts", "trainers", "claims"}:
            spelt = [node.value for node in _texts(path) if node.value in names]
            assert spelt == [], f"{path} names {spelt}"
