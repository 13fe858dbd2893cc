"""Read the options of argument classes from package sources, without importing them.

    python tools/facts/extract_options.py PACKAGES GITS OUT.json

PACKAGES is a folder with unpacked wheels, ``trl-0.17.0/trl/…`` and ``transformers-4.49.0/transformers/…`` (pip download
--no-deps, unzip). GITS is a folder with git directories ``owner+name/repo``. Which classes make up which release is in
``releases.json`` beside this script. A dataclass field is an annotated assignment of a class body; fields of base
classes come first, as Python does it. Values that are no literal are resolved by `CONSTANTS` or left out with a warning
on stderr. OUT.json holds, per release and group, per option: type, default, choices, required, source (file and line).
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Defaults that are names in the source, with the value they have (the surrounding code says so).
CONSTANTS: dict[str, Any] = {
    "default_optim": "adamw_torch",  # adamw_torch_fused from torch 2.8 on, transformers 4.53 and newer
    "None if not is_torch_available() or is_torch_greater_or_equal_than_2_0 else 2": None,
    "dict": None,  # default_factory=dict: an empty mapping, as good as none
    "list": [],
}


class Classes:
    """The classes of some source files, by name; a later file does not hide an earlier one."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[ast.ClassDef, str]] = {}

    def add(self, text: str, place: str, prefix: str = "") -> None:
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                self.found.setdefault(prefix + node.name, (node, place))

    def enum_values(self, name: str) -> list[str] | None:
        if name not in self.found:
            return None
        node = self.found[name][0]
        if not any("Enum" in ast.unparse(base) for base in node.bases):
            return None
        return [
            item.value.value
            for item in node.body
            if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant) and isinstance(item.value.value, str)
        ]

    def fields(self, name: str, prefixes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Fields of class *name* and its bases, looked up under each of *prefixes* in turn (a fork's class hides its
        parent's).
        """
        depth = next((depth for depth, prefix in enumerate(prefixes) if prefix + name in self.found), None)
        if depth is None:
            return {}
        node, place = self.found[prefixes[depth] + name]
        result: dict[str, dict[str, Any]] = {}
        for base in node.bases:
            base_name = ast.unparse(base).rpartition(".")[2]
            inherited = prefixes[depth + 1 :] if base_name == name else prefixes[depth:]
            result.update(self.fields(base_name, inherited))
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and not item.target.id.startswith("_"):
                if "ClassVar" in ast.unparse(item.annotation):
                    continue
                result[item.target.id] = self.field(item, node.name, place)
        return result

    def field(self, item: ast.AnnAssign, class_name: str, place: str) -> dict[str, Any]:
        record: dict[str, Any] = {"type": ast.unparse(item.annotation), "class": class_name, "src": f"{place}:{item.lineno}"}
        keywords: dict[str, ast.expr] = {}
        if isinstance(item.value, ast.Call) and ast.unparse(item.value.func).endswith("field"):
            keywords = {word.arg: word.value for word in item.value.keywords if word.arg}
            default = keywords.get("default", keywords.get("default_factory"))
        else:
            default = item.value
        if isinstance(default, ast.Lambda):
            default = default.body
        if default is None:
            record["required"] = True
        else:
            record["default"] = self.constant(default, f"{class_name}.{ast.unparse(item.target)}")
        metadata = keywords.get("metadata")
        if isinstance(metadata, ast.Dict):
            for key, node in zip(metadata.keys, metadata.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "choices":
                    record["choices"] = self.choices(node)
        for word in ast.walk(item.annotation):
            if isinstance(word, ast.Name) and (values := self.enum_values(word.id)) and "list" not in record["type"].lower():
                record["choices"] = values
        return record

    def choices(self, node: ast.expr) -> list[Any] | None:
        if "log_level" in ast.unparse(node):
            return ["detail", "debug", "info", "warning", "error", "critical", "passive"]
        try:
            return list(ast.literal_eval(node))
        except ValueError:
            print("choices not a literal:", ast.unparse(node), file=sys.stderr)
            return None

    def constant(self, node: ast.expr, where: str) -> Any:
        text = ast.unparse(node)
        if text in CONSTANTS:
            return CONSTANTS[text]
        try:
            return ast.literal_eval(node)
        except ValueError:
            pass
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.found:
            for item in self.found[node.value.id][0].body:
                if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == node.attr:
                    return ast.literal_eval(item.value)
        print("default not a literal:", where, text, file=sys.stderr)
        return None


def add_package(classes: Classes, packages: Path, name: str, version: str, files: list[str]) -> None:
    for file in files:
        path = packages / f"{name}-{version}" / name / file
        if path.exists():
            classes.add(path.read_text(encoding="utf-8"), f"{name} {version} {name}/{file}", prefix="")


def add_git(classes: Classes, gits: Path, release: dict[str, Any], file: str, prefix: str) -> None:
    repository, commit = release["repository"], release["commit"]
    folder = gits / repository.replace("/", "+") / "repo"
    text = subprocess.run(
        ["git", "-C", str(folder), "show", f"{commit}:{file}"], capture_output=True, text=True, check=True
    ).stdout
    classes.add(text, f"{repository}@{commit[:7]} {file}", prefix)


def extract(release: dict[str, Any], spec: dict[str, Any], packages: Path, gits: Path) -> dict[str, Any]:
    classes = Classes()
    add_package(classes, packages, "transformers", release["transformers"], spec["transformers_files"])
    add_package(classes, packages, "trl", release["trl"], spec["trl_files"])
    for file in release.get("files", ()):
        add_git(classes, gits, release, file, prefix="own:" + Path(file).stem + ":")
    result: dict[str, Any] = {}
    groups = release["groups"] if "groups" in release else spec["groups"][release["family"]]
    for group, names in groups.items():
        result[group] = {}
        for name in names:
            own, _, last = name.rpartition(":")
            prefixes = (f"own:{own}:", "") if own else ("",)
            if not classes.fields(last, prefixes) and group != "Mixture":  # TRL has no mixtures before 0.22
                print(release["name"], "has no class", name, file=sys.stderr)
            for option, record in classes.fields(last, prefixes).items():
                if option not in result[group] or own:
                    result[group].setdefault(option, record)
    return result


def main(packages: str, gits: str, target: str) -> None:
    spec = json.loads((HERE / "releases.json").read_text(encoding="utf-8"))
    sets = []
    for release in spec["releases"]:
        groups = extract(release, spec, Path(packages), Path(gits))
        sets.append(
            {
                **{key: release[key] for key in ("name", "family", "trl", "transformers", "note") if key in release},
                "groups": groups,
            }
        )
    Path(target).write_text(json.dumps(sets, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
