"""Whether edits did what was declared, and nothing else: the new text is read again and compared with the old one's values."""

from __future__ import annotations

from vlmr1_lint.documents import read
from vlmr1_lint.documents.model import format_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.documents.model import Change, DocPath, Document

__all__ = ["verify"]


def verify(document: Document, changes: Sequence[Change], new_data: bytes) -> str | None:
    """Why *new_data* is not *document* with exactly *changes* carried out, in a few words; None if it is."""
    new = read(document.path, new_data, document.reach)
    for problem in new.problems:
        if problem.fatal:
            return f"the new text cannot be read: {problem.detail or problem.code}"
    if any(change.action == "repair" for change in changes):
        return _verify_mended(document, changes, new) if document.format == "shell" else _verify_repair(document, new)
    if document.format == "shell":
        return _verify_flat(document, changes, new)
    if any(problem.fatal for problem in document.problems):
        return "the old text cannot be read"
    expected: list[Any] = [_copy(root.raw) for root in document.roots] or [{}]
    try:
        for change in _in_order(changes):
            _apply(expected, change)
    except (KeyError, IndexError, TypeError, AttributeError):
        return f"{format_path(change.path)} cannot be changed"
    found = [root.raw for root in new.roots] or [{}]
    place = _difference(expected, found)
    if place is not None:
        return f"{format_path(place) or 'the document'} would differ from what was declared"
    return next((reason for change in changes if (reason := _not_written(document, change, new))), None)


def _not_written(document: Document, change: Change, new: Document) -> str | None:
    """Why *new* does not show a change of the text alone, or None: the declared spelling, and all comments still."""
    node = new.node(change.path)
    if change.action == "respell" and (node is None or node.text != change.value):
        return f"{format_path(change.path)} would not be spelled as declared"
    if change.action != "layout":
        return None
    if [text for _, text in document.comments()] != [text for _, text in new.comments()]:
        return "a comment would be lost"
    if change.value == "final-newline" and not new.data.endswith((b"\n", b"\r")):
        return "the last line would still not end"
    return None


def _verify_repair(document: Document, new: Document) -> str | None:
    if not any(problem.fatal for problem in document.problems):
        return "the old text can be read as it is"
    if document.format == "json":
        old, now = [root.raw for root in document.roots], [root.raw for root in new.roots]
        return None if old and _difference(old, now) is None else "the mended text means something else"
    # YAML without a tolerant reading: nothing but indentation and quotes may have changed.
    bare = [[line.strip().replace(b"'", b"") for line in data.splitlines()] for data in (document.data, new.data)]
    return None if bare[0] == bare[1] else "more than indentation and quotes would change"


def _verify_mended(document: Document, changes: Sequence[Change], new: Document) -> str | None:
    """For scripts: fewer problems of the mended kinds, and every command has the options that it had, if others too."""
    codes = {str(change.value) for change in changes}
    before, after = ([problem.code for problem in one.problems] for one in (document, new))
    if any(after.count(code) >= before.count(code) for code in codes):
        return "the script would not be mended"
    if len(document.roots) != len(new.roots):
        return "the number of training commands would change"
    for old, now in zip(document.roots, new.roots):  # noqa: B905 (lengths are equal)
        kept = {name: node.value for name, node in now.entries().items()}
        for name, node in old.entries().items():
            quoted = node.style == "bare" and "unquoted-empty" in codes
            if name not in kept or (kept[name] != node.value and not quoted):
                return f"{name} would change"
    return None


def _verify_flat(document: Document, changes: Sequence[Change], new: Document) -> str | None:
    """For documents that are lists of options: nodes at undeclared paths are the same, those declared are as declared."""
    old, now = _values(document), _values(new)
    for change in changes:
        before = _take(old, change.path)
        if change.action == "set" and not _arrives(_take(now, change.path), change.value):
            return f"{format_path(change.path)} would not have the declared value"
        if change.action == "rename" and _take(now, (*change.path[:-1], str(change.value))) != before:
            return f"{format_path(change.path)} would not have the declared name"
    return None if old == now else "another option would change"


def _values(document: Any) -> dict[DocPath, object]:
    """What every option of a script's commands says, of the launchers' own too, and every variable that they get."""
    found: dict[DocPath, object] = {}
    for root in document.roots:
        for nodes in (root.walk(), root.launcher.options, root.environment.children):
            found.update((node.path, node.value) for node in nodes)
    return found


def _take(values: dict[DocPath, object], path: DocPath) -> object:
    """The value at *path*, None where there is none; it and the words that it is made of are taken out of *values*."""
    value = values.pop(path, None)
    for word in [one for one in values if one[: len(path)] == path]:
        del values[word]
    return value


def _arrives(found: Any, declared: Any) -> bool:
    """Whether *found*, a word of a command (or words, or True for a bare flag), says the *declared* value: ``"8"`` for 8."""
    if isinstance(declared, bool):
        return found is declared or (isinstance(found, str) and found.lower() == str(declared).lower())
    from vlmr1_lint.documents.shell.write import words_of

    words = words_of(declared, ())
    return bool(found == words or (len(words) == 1 and found == words[0]))


def _in_order(changes: Sequence[Change]) -> list[Change]:
    """Paths are those of the old document: removals last, and the last item of a sequence first."""
    removals = [change for change in changes if change.action == "remove"]
    removals.sort(
        key=lambda change: [(str(part), 0) if isinstance(part, str) else ("", part) for part in change.path], reverse=True
    )
    return [change for change in changes if change.action != "remove"] + removals


def _apply(roots: list[Any], change: Change) -> None:
    """Carry out *change* on plain values. Raises KeyError, IndexError or TypeError where it cannot be."""
    at, last = change.path[0], change.path[-1]
    if change.action in {"respell", "layout"}:
        return  # of the text alone
    if not isinstance(at, int):
        raise TypeError(at)
    if roots[at] is None:
        roots[at] = {}
    holder: Any = roots[at]
    for part in change.path[1:-1]:
        part = _actual(holder, part)  # noqa: PLW2901
        if isinstance(holder, dict) and holder.get(part) is None:
            holder[part] = {}
        holder = holder[part]
    last = _actual(holder, last)
    if change.action == "remove":
        del holder[last]
    elif change.action == "rename":
        holder[change.value] = holder.pop(last)
    elif isinstance(holder, list) and last == len(holder):
        holder.append(_copy(change.value))
    else:
        holder[last] = _copy(change.value)


def _actual(holder: Any, part: Any) -> Any:
    """The key of *holder* for the part of a path, which is the key's text where YAML 1.1 makes it something else."""
    if isinstance(holder, dict) and part not in holder and isinstance(part, str):
        from vlmr1_lint.documents.yaml.values import Unreadable, implicit

        try:
            key = implicit(part)
        except Unreadable:
            return part
        return key if key in holder else part
    return part


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, (list, tuple)) else value


def _difference(one: Any, two: Any, path: DocPath = ()) -> DocPath | None:
    """The path of the first place where *one* and *two* differ, types included; None if they do not."""
    if one.__class__ is not two.__class__:
        return path
    if isinstance(one, dict):
        for key in [*one, *(key for key in two if key not in one)]:
            if key not in one or key not in two:
                return (*path, str(key))
            place = _difference(one[key], two[key], (*path, str(key)))
            if place is not None:
                return place
        return None
    if isinstance(one, list):
        if len(one) != len(two):
            return path
        for index, pair in enumerate(zip(one, two)):  # noqa: B905 (lengths are equal)
            place = _difference(*pair, (*path, index))
            if place is not None:
                return place
        return None
    return None if one == two or repr(one) == repr(two) == "nan" else path
