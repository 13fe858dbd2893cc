"""Facts cost little: nothing heavy is imported, no file is read before something is asked."""

from __future__ import annotations

import os
import subprocess
import sys

import vlmr1_lint

PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(vlmr1_lint.__file__)))
"""Without ``site`` an editable install is not found by itself."""

FACTS = ("gpus", "sections", "instances")
MODELS = ("table", "config", "counts", "families")
TRAINERS = ("families", "options", "profiles")
MODULES = [
    *(f"trainers.{name}" for name in TRAINERS),
    *(f"facts.{name}" for name in FACTS),
    *(f"models.{name}" for name in MODELS),
]


def _run(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    result = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=environment)
    return result.stdout


def test_importing_the_facts_imports_nothing_heavy() -> None:
    imports = "\n".join(f"import vlmr1_lint.{name}" for name in MODULES)
    heavy = "'dataclasses', 'typing', 'inspect', 'pathlib', 'enum', 're', 'json', 'importlib.resources', 'logging', 'argparse'"
    assert _run(f"import sys\n{imports}\nprint([name for name in ({heavy}) if name in sys.modules])") == "[]\n"


def test_importing_reads_no_data() -> None:
    imports = "\n".join(f"import vlmr1_lint.{name}" for name in MODULES)
    audit = "import sys\nopened = []\nsys.addaudithook(lambda event, args: opened.append(args[0]) if event == 'open' else None)"
    assert _run(f"{audit}\n{imports}\nprint([name for name in opened if str(name).endswith('.json')])") == "[]\n"


def test_a_family_reads_its_own_table() -> None:
    code = (
        "import sys\nopened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "from vlmr1_lint.trainers import options\noptions.option('vlm-r1', 'beta'); options.option_names('vlm-r1@2025-02')\n"
        "print([name.rpartition('/')[2] for name in opened if name.endswith('.json')])"
    )
    assert _run(code) == "['options.json']\n"
