"""Make vlmr1_lint/facts/trl_names.json: in which release of TRL a name that training code imports came first.

    python tools/facts/build_names.py UPSTREAM

UPSTREAM holds unpacked wheels, ``trl-0.14.0`` and so on (see CONTRIBUTING.md). Sources are read with ``ast`` and never run. Names
that the oldest release of the tables has already say nothing, and are left out.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

from vlmr1_lint.trainers.families import family_of
from vlmr1_lint.trainers.options import releases
from vlmr1_lint.trainers.trl import TRL

OUTPUT = Path(__file__).parents[2] / "vlmr1_lint" / "facts" / "trl_names.json"
MODULES = ("data_utils", "extras/profiling", "extras/vllm_client", "models/utils", "rewards/format_rewards", "trainer/utils")
"""Modules that copies of TRL's trainers import from, and packages by their ``__init__``."""
PACKAGES = ("", "models", "trainer", "rewards", "extras")


def main() -> None:
    versions = [name.partition("==")[2] for name in releases() if family_of(name) == TRL]
    first: dict[str, dict[str, str]] = {}
    for version in versions:
        root = Path(sys.argv[1]) / f"trl-{version}" / "trl"
        if not root.is_dir():
            raise SystemExit(f"{root} is not there")
        for path in (*(f"{module}.py" for module in MODULES), *(str(Path(package) / "__init__.py") for package in PACKAGES)):
            if (root / path).is_file():
                module = ".".join(("trl", *Path(path.removesuffix(".py").removesuffix("__init__")).parts))
                for name in names(ast.parse((root / path).read_text())):
                    first.setdefault(module, {}).setdefault(name, version)
    told = {
        module: {name: since for name, since in sorted(found.items()) if since != versions[0]}
        for module, found in sorted(first.items())
    }
    OUTPUT.write_text(json.dumps({module: found for module, found in told.items() if found}, indent=1) + "\n")


def names(tree: ast.Module) -> set[str]:
    """What a module can be asked for: what it defines and imports, at any depth, and the strings of ``_import_structure``."""
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name for one in node.names}
        if isinstance(node, ast.Assign) and any("_import_structure" in ast.dump(target) for target in node.targets):
            found |= {one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


if __name__ == "__main__":
    main()
