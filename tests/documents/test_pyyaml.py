"""The trimmed import of PyYAML: cheap, and invisible to whoever imports yaml afterwards. Each case in a fresh interpreter.

``VLMR1_LINT_PYYAML`` may name folders (separated as in PATH) that each hold another release of PyYAML to try.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ["", *filter(None, os.environ.get("VLMR1_LINT_PYYAML", "").split(os.pathsep))]
READ = "from vlmr1_lint.documents.yaml.read import read_yaml; assert read_yaml('a', b'a: [1]').roots[0].value == {'a': [1]}\n"

CASES = {
    "only what reading needs is loaded": """
        assert {"yaml.scanner", "yaml.emitter", "yaml.constructor", "yaml.representer", "yaml.resolver"}.isdisjoint(sys.modules)
        assert not LIBYAML or "yaml._yaml" in sys.modules
    """,
    "a stock import works": """
        import yaml
        assert yaml.safe_load("a: [1, 2020-01-01]")["a"][0] == 1
        assert yaml.dump({"a": 1}) == "a: 1\\n"
        assert yaml.__with_libyaml__ and yaml.__version__.startswith("6.")
        assert yaml.load("a: 1", yaml.CSafeLoader) == {"a": 1} and type(yaml).__name__ == "module"
    """,
    "submodules first": """
        import yaml.scanner, yaml.constructor
        from yaml.cyaml import CSafeLoader
        from yaml import nodes
        import yaml
        try:
            yaml.load("a: b: c", CSafeLoader)
        except yaml.scanner.ScannerError as error:
            assert isinstance(error, yaml.YAMLError)
        else:
            raise AssertionError
        assert isinstance(yaml.compose("a", Loader=CSafeLoader), nodes.ScalarNode)
    """,
    "errors have the stock classes": """
        import yaml
        yaml.safe_load
        for text, kind in (("a: b: c", yaml.scanner.ScannerError), ("[", yaml.parser.ParserError),
                           ("*a", yaml.composer.ComposerError), ("\\x01", yaml.reader.ReaderError)):
            try:
                yaml.load(text, yaml.CSafeLoader)
            except kind as error:
                assert str(error)
            else:
                raise AssertionError(text)
    """,
    "star import, reload and hasattr": """
        from yaml import *
        assert safe_load("1") == 1
        import importlib, yaml
        assert importlib.reload(yaml).safe_load("1") == 1 and not hasattr(yaml, "nothing")
    """,
    "reading goes on after a stock import": """
        import yaml
        yaml.safe_load("a")
        assert [p.code for p in read_yaml("a", b"a: b: c").problems] == ["colon-in-plain"]
        assert read_yaml("a", b"a: &x 1\\nb: *x").roots[0].value == {"a": 1, "b": 1}
    """,
    "the package is found as usual": """
        import importlib.util
        import yaml
        assert importlib.util.find_spec("yaml").name == "yaml" and yaml.__file__.endswith("__init__.py")
    """,
}


def run(code: str, folder: str, before: str = "") -> None:
    path = os.pathsep.join(filter(None, [folder, str(ROOT)]))
    lines = [line[8:] if line.startswith(" " * 8) else line for line in code.splitlines()]
    program = f"import sys\nLIBYAML = True\n{before}{READ}" + "\n".join(lines)
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: Path(folder).name or "installed")
@pytest.mark.parametrize("case", CASES)
def test_after_the_trimmed_import(case: str, folder: str) -> None:
    run(CASES[case], folder)


NO_EXTENSION = """
class Block:
    def find_spec(self, name, path=None, target=None):
        if name == "yaml._yaml":
            raise ImportError(name)
sys.meta_path.insert(0, Block())
LIBYAML = False
"""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: Path(folder).name or "installed")
def test_without_libyaml(folder: str) -> None:
    code = """
        import yaml
        assert not yaml.__with_libyaml__ and yaml.safe_load("a: 1") == {"a": 1}
        assert read_yaml("a", b"a: &x 1\\nb: *x").roots[0].get("b").text == "*x"
        assert [p.code for p in read_yaml("a", b"a: b: c").problems] == ["colon-in-plain"]
    """
    run(code, folder, NO_EXTENSION)


def test_a_stock_import_comes_first() -> None:
    run("import yaml\nassert yaml.safe_load('1') == 1", "", "import yaml\n")


def test_an_unusual_importer_ends_in_a_stock_import() -> None:
    before = """
from vlmr1_lint.documents.yaml import pyyaml
def broken():
    sys.modules["yaml"] = sys.modules["yaml.error"] = sys
    raise RuntimeError
pyyaml._trimmed_import = broken
"""
    run("import yaml\nassert yaml.safe_load('1') == 1 and 'yaml.scanner' in sys.modules", "", before)
