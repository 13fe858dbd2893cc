"""Every fixture is read as it says of itself, and as bash itself would build the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vlmr1_lint.documents.shell.nodes import ShellNode
from vlmr1_lint.documents.shell.read import ShellDocument, read_shell
from vlmr1_lint.unknown import Unknown

from .expectations import expected, fixtures
from .oracle import agree, arguments, needs_bash

all_fixtures = pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.stem)


def option(document: ShellDocument, root: int, key: str) -> ShellNode:
    command = document.roots[root]
    if key.startswith("launcher."):
        found = command.launcher.get(key.removeprefix("launcher."))
    elif key.startswith("positionals."):
        found = command.positionals[int(key.split(".")[1])]
    elif "." in key:
        name, index = key.split(".")
        found = document.node((root, name, int(index)))
    else:
        found = document.node((root, key))
    assert isinstance(found, ShellNode), f"no {key} in command {root}"
    return found


@all_fixtures
def test_values_and_places(path: Path) -> None:
    data = path.read_bytes()
    document = read_shell(path.name, data)
    for root, key, value, line, column, text in expected(data).values:
        node = option(document, root, key)
        position = document.position(node.span.start)
        shown = data[node.span.start : node.span.end].decode()
        got = None if isinstance(node.value, Unknown) else node.value
        assert (key, got, position.line, position.column, shown) == (key, value, line, column, text)


@all_fixtures
def test_notes(path: Path) -> None:
    data = path.read_bytes()
    document, notes = read_shell(path.name, data), expected(data).notes
    problems = [
        f"{problem.code} @ {place.line}:{place.column}"
        for problem in document.problems
        for place in [document.position(problem.span.start)]
    ]
    assert problems == notes.get("problem", [])
    if "roots" in notes:
        assert len(document.roots) == int(notes["roots"][0])
    assert [f.name for f in document.foreign] == " ".join(notes.get("foreign", [])).split()
    headers = [f"{header.name} {header.value}" for header in document.sbatch]
    assert [header for header in headers if header in notes.get("sbatch", [])] == notes.get("sbatch", [])
    assert "nodes 9" not in headers
    if not document.roots:
        return
    root = document.roots[0]
    assert root.open == ("open" in notes)
    assert (root.args_from_yaml.path if root.args_from_yaml else None) == notes.get("yaml", [None])[0]
    for script in notes.get("script", []):
        assert root.script == script
    for launcher in notes.get("launcher", []):
        assert root.launcher.name == launcher
    for text in notes.get("env", []):
        name, value = text.split(" ", 1)
        assert root.environment.value[name] == value  # type: ignore[index]
    for folders in notes.get("cwd", []):
        assert list(root.cwd) == json.loads(folders)
    for text in notes.get("partial", []):
        key, partial = text.split(" ", 1)
        assert option(document, 0, key).partial == partial
    for text in notes.get("flag", []):
        key, flag = text.split(" ", 1)
        assert option(document, 0, key).flag == flag
    for text in notes.get("use", []):
        key, place = text.split(" ", 1)
        position = document.position(option(document, 0, key).use_span.start)
        assert f"{position.line}:{position.column}" == place


@all_fixtures
def test_spans_are_consistent(path: Path) -> None:
    data = path.read_bytes()
    document = read_shell(path.name, data)
    for root in document.roots:
        assert 0 <= root.span.start < root.span.end <= len(data)
        for node in (*root.walk(), *root.launcher.options, *root.positionals, *root.environment.children):
            assert 0 <= node.span.start <= node.span.end <= len(data)
            assert node.text == data[node.span.start : node.span.end].decode()
            assert node.entry_span.start <= node.entry_span.end
            if node.key_span is not None and isinstance(node, ShellNode) and node.flag is not None:
                assert data[node.key_span.start : node.key_span.end].decode().replace("\\\n", "") == node.flag
            if node.kind == "scalar" and len(node.path) == 2:
                assert document.node(node.path) is root.get(str(node.path[1]))


@needs_bash
@all_fixtures
def test_arguments_as_bash_builds_them(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    document = read_shell(path.name, data)
    if "no" in expected(data).notes.get("oracle", []):
        pytest.skip("bash would run other commands")
    assert agree(document.roots, arguments(data, tmp_path))
