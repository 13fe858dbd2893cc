"""What must be true of every ``--fix``: only what was declared changes, what could be read still can, comments and line ends
stay, and a second one finds nothing to do. The values before and after are those of PyYAML and `json`, not ours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import yaml

from vlmr1_lint.documents.model import Change, Document
from vlmr1_lint.documents.read import read
from vlmr1_lint.fixing import fixpoint

from .folders import Case, Folder, names_of
from .yaml_oracle import ERRORS

__all__ = ["FixOracle"]

Path = tuple[Any, ...]
Step = tuple[Document, tuple[Change, ...], bytes]
BOM = b"\xef\xbb\xbf"
MISSING = object()


class FixOracle:
    """Runs ``--fix`` over cases in *folder*; ``fixed`` counts the runs that changed a file."""

    def __init__(self, folder: Folder, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.fixed = 0
        self.steps: list[Step] = []
        carried_out = fixpoint.carried_out

        def recorded(document: Document, fixes: Sequence[Any]) -> bytes:
            data = carried_out(document, fixes)
            self.steps.append((document, tuple(change for fix in fixes for change in fix.changes), data))
            return data

        patch.setattr(fixpoint, "carried_out", recorded)

    def check(self, case: Case) -> None:
        """Raises AssertionError where ``--fix`` on *case* does more or less than it should."""
        self.folder.fill(case.files)
        self.steps.clear()
        before = self.folder.now()
        words = (*names_of(case.files), *case.words, "--preset", "strict", "--fix", "--unsafe-fixes")
        self.folder.run(*words)
        after = self.folder.now()
        assert set(after) == set(before), f"files came or went: {set(after) ^ set(before)}"
        for step in self.steps:
            check_step(*step)
        changed = [name for name in before if before[name] != after[name]]
        for name in changed:
            changes = [change for document, some, _ in self.steps if document.path == name for change in some]
            check_kept(name, before[name], after[name], changes)
        if changed:
            self.fixed += 1
            self.folder.run(*words)
            assert self.folder.now() == after, "a second --fix changes the files again"


def check_step(document: Document, changes: Sequence[Change], new: bytes) -> None:
    """The values of one file differ in the declared paths, and are there what was declared."""
    if document.format == "shell" or any(change.action == "repair" for change in changes):
        return
    old_value, new_value = plain(document.path, document.data), plain(document.path, new)
    if old_value is MISSING:
        return
    assert new_value is not MISSING, f"unreadable after {changes}: {new!r}"
    declared = [change.path for change in changes]
    declared += [(*change.path[:-1], str(change.value)) for change in changes if change.action == "rename"]
    for path in differences(old_value, new_value, ()):
        assert any(begin_alike(path, one) for one in declared), f"{path} differs after {changes}: {new!r}"
    if any(change.action != "set" for change in changes):
        return  # the paths are those of the text before
    for change in changes:
        if not any(one != change.path and begin_alike(one, change.path) for one in declared):
            found = at(new_value, change.path)
            assert repr(found) == repr(change.value), f"{change} gives {found!r}: {new!r}"


def begin_alike(path: Path, declared: Path) -> bool:
    """Whether one of the paths is the other or leads to it; *path* has the values of keys, *declared* their texts."""
    return all(key_text(part, str(text)) for part, text in zip(path, declared, strict=False))


def check_kept(name: str, old: bytes, new: bytes, changes: Sequence[Change]) -> None:
    """What no fix may take: a file that can be read, comments, the byte order mark, line ends."""
    assert changes, f"{name} changed, and no change of it was declared"
    repaired = {change.value for change in changes if change.action == "repair"}
    if plain(name, old) is not MISSING:
        assert plain(name, new) is not MISSING, f"it could be read before: {new!r}"
    if "bom" not in repaired and not (repaired and name.endswith(".json")):
        assert new.startswith(BOM) == old.startswith(BOM)
    if b"\n" in old and old.count(b"\n") == old.count(b"\r\n") and not repaired:
        assert new.count(b"\n") == new.count(b"\r\n"), f"line ends are mixed: {new!r}"
    if not repaired and not any(change.action in ("remove", "layout") for change in changes):
        assert new.endswith((b"\n", b"\r")) == old.endswith((b"\n", b"\r")), f"the end of the last line changed: {new!r}"
    if name.endswith((".yaml", ".yml")) and not any(change.action == "remove" for change in changes):
        lost = Counter(text for _, text in read(name, old).comments()) - Counter(text for _, text in read(name, new).comments())
        assert not lost, f"comments are lost: {list(lost)}: {new!r}"


def plain(name: str, data: bytes) -> Any:
    """The documents of the file as the trainer reads them, or `MISSING`."""
    try:
        text = data.decode("utf-8")
        return [json.loads(text)] if name.endswith(".json") else list(yaml.load_all(text, yaml.SafeLoader)) or [None]
    except ERRORS:
        return MISSING


def at(value: Any, path: Path) -> Any:
    """The value at *path*, where parts are the texts of keys; `MISSING` where there is none."""
    for part in path:
        if isinstance(value, list):
            value = value[part] if isinstance(part, int) and part < len(value) else MISSING
        else:
            keys = [key for key in value if key_text(key, str(part))] if isinstance(value, dict) else []
            value = value[keys[-1]] if keys else MISSING
    return value


def key_text(key: Any, part: str) -> bool:
    """Whether the key is the one written as *part*."""
    if key == part or str(key) == part:
        return True
    try:
        return bool(not isinstance(key, str) and yaml.load(part, yaml.SafeLoader) == key)
    except ERRORS:
        return False


def differences(one: Any, two: Any, path: Path) -> Iterator[Path]:
    """Paths of the values that differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in {**one, **two}:
            yield from differences(one.get(key, MISSING), two.get(key, MISSING), (*path, key))
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for index, (first, second) in enumerate(zip(one, two, strict=True)):
            yield from differences(first, second, (*path, index))
    elif type(one) is not type(two) or repr(one) != repr(two):
        yield path
