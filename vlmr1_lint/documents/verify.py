"""Whether edits did what was declared, and nothing else: the new text is read again and compared with the old one's values."""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import format_path
from vlmr1_lint.documents.read import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vlmr1_lint.documents.model import Change, DocPath, Document

__all__ = ["verify"]

_BOM = b"\xef\xbb\xbf"
_QUOTED = re.compile(rb"'((?:[^']|'')+)'")


def verify(document: Document, changes: Sequence[Change], new_data: bytes) -> str | None:
    """Why *new_data* is not *document* with exactly *changes* carried out, in a few words; None if it is."""
    new = read(document.path, new_data, document.reach)
    for problem in new.problems:
        if problem.fatal:
            return f"the new text cannot be read: {problem.detail or problem.code}"
    mended = any(change.action == "repair" for change in changes)
    if document.format == "shell":
        # By the lines alone too: what reads the new text again may be wrong in the same way as what wrote it.
        from vlmr1_lint.documents.shell.read import ShellDocument

        assert isinstance(document, ShellDocument)
        return (_verify_mended if mended else _verify_flat)(document, changes, new) or document.strays(changes, new_data)
    if mended:
        return _verify_repair(document, new)
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
    return next((reason for change in changes if (reason := _not_written(change, new))), _lost(document, changes, new))


def _not_written(change: Change, new: Document) -> str | None:
    """Why *new* does not show a change of the text alone, or None: the declared spelling, the line break at the end."""
    node = new.node(change.path)
    if change.action == "respell" and (node is None or node.text != change.value):
        return f"{format_path(change.path)} would not be spelled as declared"
    if change.action == "layout" and change.value == "final-newline" and not new.data.endswith((b"\n", b"\r")):
        return "the last line would still not end"
    return None


def _lost(document: Document, changes: Sequence[Change], new: Document) -> str | None:
    """Whether a comment is lost or changed, in a few words; one beside an entry that is removed may go with it."""
    if any(change.action == "remove" for change in changes) or not document.roots:
        return None  # a text of nothing but comments has no document that they could stand in
    before, after = ([text for _, text in one.comments()] for one in (document, new))
    return None if before == after else "a comment would be lost"


def _verify_repair(document: Document, new: Document) -> str | None:
    if not any(problem.fatal for problem in document.problems):
        return "the old text can be read as it is"
    if document.format == "json":
        old, now = [root.raw for root in document.roots], [root.raw for root in new.roots]
        return None if old and _difference(old, now) is None else "the mended text means something else"
    return None if _only_mended(document.data, new.data) else "more than indentation and quotes would change"


def _only_mended(old: bytes, new: bytes) -> bool:
    """Whether lines of YAML, which has no tolerant reading, are the same but for the two slips that are mended: tabs of an
    indentation became spaces, all by one width, or the value of a line that PyYAML refuses got its quotes."""
    from vlmr1_lint.documents.yaml.repair import TAB_WIDTHS

    if old.startswith(_BOM) and new.startswith(_BOM):
        old, new = old[len(_BOM) :], new[len(_BOM) :]
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    return len(before) == len(after) and any(
        all(one == two or _without_tabs(one, width) == two or _is_quoted(one, two) for one, two in zip(before, after))  # noqa: B905
        for width in TAB_WIDTHS
    )


def _without_tabs(line: bytes, width: int) -> bytes:
    """*line* with spaces for the tabs of its indentation."""
    text = line.lstrip(b" \t")
    return line[: len(line) - len(text)].expandtabs(width) + text


def _is_quoted(line: bytes, new: bytes) -> bool:
    """Whether *new* is *line* with single quotes around the value behind its first colon, which has another colon in it."""
    at = line.find(b": ") + 2
    at += len(line[at:]) - len(line[at:].lstrip(b" "))
    quoted = _QUOTED.match(new, at)
    if quoted is None or b" #" in quoted[1] or not any(word.endswith(b":") for word in quoted[1].split()):
        return False
    return line == new[:at] + quoted[1].replace(b"''", b"'") + new[quoted.end() :]


def _verify_mended(document: Document, changes: Sequence[Change], new: Document) -> str | None:
    """For scripts: fewer problems of the mended kinds, and every command has the options that it had, its launcher's own and
    the variables that it gets too, if others besides."""
    codes = {str(change.value) for change in changes}
    before, after = ([problem.code for problem in one.problems] for one in (document, new))
    if any(after.count(code) >= before.count(code) for code in codes):
        return "the script would not be mended"
    if len(document.roots) != len(new.roots):
        return "the number of training commands would change"
    for old, now in zip(document.roots, new.roots):  # noqa: B905 (lengths are equal)
        kept = {node.path: node.value for node in _options(now)}
        for path, node in {node.path: node for node in _options(old)}.items():
            quoted = node.style == "bare" and "unquoted-empty" in codes
            if path not in kept or (kept[path] != node.value and not quoted):
                return f"{path[-1]} would change"
    return None


def _verify_flat(document: Document, changes: Sequence[Change], new: Document) -> str | None:
    """For documents that are lists of options: nodes at undeclared paths are the same, those declared are as declared."""
    old, now = _values(document), _values(new)
    for change in changes:
        before = _take(old, change.path)
        if change.action == "set" and not _arrives(_take(now, change.path)[0], change.value):
            return f"{format_path(change.path)} would not have the declared value"
        if change.action == "rename" and _take(now, (*change.path[:-1], str(change.value))) != before:
            return f"{format_path(change.path)} would not have the declared name"
    return _lost(document, changes, new) if old == now else "another option would change"


def _values(document: Any) -> dict[DocPath, tuple[object, ...]]:
    """What a script's commands are, and what each of their options says: its value, and as written what is not known of it."""
    found: dict[DocPath, tuple[object, ...]] = {}
    for root in document.roots:
        found[root.path] = (root.launcher.name, root.script, root.module, root.prefix, root.cwd, root.open)
        found.update((node.path, (node.value, node.raw)) for node in (*_options(root), *root.walk(), *root.positionals))
    return found


def _options(root: Any) -> list[Any]:
    """The options of a command, its launcher's own and the variables that it gets."""
    return [*root.children, *root.launcher.options, *root.environment.children]


def _take(values: dict[DocPath, tuple[object, ...]], path: DocPath) -> tuple[object, ...]:
    """What *values* say of *path*, ``(None,)`` if nothing; it and the words that it is made of are taken out of them."""
    value = values.pop(path, (None,))
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
    removals.sort(key=lambda change: [part if isinstance(part, int) else 0 for part in change.path], reverse=True)
    return [change for change in changes if change.action != "remove"] + removals


def _apply(roots: list[Any], change: Change) -> None:
    """Carry out *change* on plain values. Raises KeyError, IndexError or TypeError where it cannot be."""
    at, last = change.path[0], change.path[-1]
    if change.action in {"respell", "layout"}:
        return  # of the text alone
    if not isinstance(at, int):
        raise TypeError
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
        if change.value in holder:
            raise KeyError  # what it says would be lost
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
        mine, theirs = ({(key.__class__, key): item for key, item in each.items()} for each in (one, two))
        for key in {**mine, **theirs}:  # 1, 1.0 and True are three keys
            if key not in mine or key not in theirs:
                return (*path, str(key[1]))
            place = _difference(mine[key], theirs[key], (*path, str(key[1])))
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
