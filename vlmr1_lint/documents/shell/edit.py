"""Changing flags of a launch script: a value, a new flag, a flag less, another name, a broken continuation.

A value may be written in several places: the literal it comes from, a string that holds flags, the word in the command. Each
change is tried at the deepest place first, the script is read again, and the first place that changes only what was declared
is taken. So a variable that other options share is left alone, whatever the way it reaches them.
"""

from __future__ import annotations

import re

from vlmr1_lint.documents.model import Edit, Refused, Span, apply_edits
from vlmr1_lint.documents.shell import write
from vlmr1_lint.documents.shell.nodes import ShellNode, ShellRoot
from vlmr1_lint.documents.shell.read import ShellDocument, read_shell
from vlmr1_lint.documents.shell.verify import differs, still_parses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from vlmr1_lint.documents.model import Change, DocPath

__all__ = ["attempts", "edits", "is_reached"]

TRIES_MAX = 12
"""Places that one change is tried at; ours: each try reads the script again."""


def edits(document: ShellDocument, changes: Sequence[Change]) -> list[Edit]:
    """The text edits that carry out *changes* and nothing else.

    ``set`` (inserts an absent flag), ``remove`` (all of a repeated flag), ``rename``; ``repair`` with a problem's code mends
    it in the commands of its path, and stands alone. Raises `Refused` for a value that cannot be resolved, one that reaches other
    options in every place it could be written, or a change that a script has no form for.
    """
    if any(change.action == "repair" for change in changes):
        return _repairs(document, changes)
    declared = {change.path for change in changes} | {
        (*change.path[:-1], str(change.value)) for change in changes if change.action == "rename"
    }
    done: list[Edit] = _at_first_places(document, changes, declared) if len(changes) > 1 else []
    if done:
        return done
    now = document
    for change in changes:
        if change.action != "set" and document.node(change.path) is None:
            raise Refused("no such flag")
        if is_reached(document, now, change):
            continue
        reason = "no place for it"
        for attempt in attempts(document, change):
            together = _merged(done, attempt)
            changed = _read(document, together) if together is not None else None
            if together is None or changed is None:
                reason = "two changes touch the same place"
                continue
            other = differs(document, changed, declared)
            if other is None and _levels(document, changed, change):
                other = "each round of the loop has its own value"
            if other is None and is_reached(document, changed, change):
                done, now = together, changed
                break
            reason = other or "the value would not arrive"
        else:
            raise Refused(reason)
    return sorted(done, key=lambda edit: (edit.span.start, edit.span.end))


def _at_first_places(document: ShellDocument, changes: Sequence[Change], declared: Collection[DocPath]) -> list[Edit]:
    """The edits of all *changes* at the first place of each, checked by one reading; none where that is not what was declared."""
    together: list[Edit] | None = []
    for change in changes:
        if change.action != "set" and document.node(change.path) is None:
            return []  # said by whoever tries them one by one
        if together is not None and not is_reached(document, document, change):
            together = _merged(together, next(attempts(document, change), []))
    changed = _read(document, together) if together else None
    if not together or changed is None or differs(document, changed, declared) is not None:
        return []
    if not all(is_reached(document, changed, change) and not _levels(document, changed, change) for change in changes):
        return []
    return sorted(together, key=lambda edit: (edit.span.start, edit.span.end))


def _read(document: ShellDocument, done: Sequence[Edit]) -> ShellDocument | None:
    try:
        return read_shell(document.path, apply_edits(document.data, done), document.reach)
    except Refused:
        return None


def _merged(done: Sequence[Edit], attempt: Sequence[Edit]) -> list[Edit] | None:
    """Both lists of edits, equal ones once; None if one place would be written differently twice."""
    together = list(done)
    written = {(edit.span.start, edit.span.end): edit.text for edit in done}
    for edit in attempt:
        place = (edit.span.start, edit.span.end)
        if place[0] < place[1] and place in written:
            if written[place] != edit.text:
                return None
            continue
        written[place] = edit.text
        together.append(edit)
    return together


def is_reached(document: ShellDocument, now: ShellDocument, change: Change) -> bool:
    """Whether *now* is as *change* wants it."""
    node = now.node(change.path)
    if change.action == "remove":
        return node is None
    if change.action == "rename":
        renamed, before = now.node((*change.path[:-1], str(change.value))), document.node(change.path)
        return node is None and renamed is not None and before is not None and renamed.value == before.value
    if not isinstance(node, ShellNode):
        return False
    if node.style == "bare" and not node.places:
        return change.value is True
    wanted = write.words_of(change.value, _near(document, change.path))
    return node.value == (wanted if node.kind == "sequence" else wanted[0] if len(wanted) == 1 else None)


def _levels(document: ShellDocument, now: ShellDocument, change: Change) -> bool:
    """Whether a value that differed from round to round of a loop is one and the same in *now*: nobody means two equal runs."""
    if not isinstance(change.path[0], int) or change.action != "set":
        return False
    span = document.roots[change.path[0]].span
    paths = [(index, *change.path[1:]) for index, root in enumerate(document.roots) if root.span == span]
    before, after = ([node.value for path in paths if isinstance(node := one.node(path), ShellNode)] for one in (document, now))
    return len({*map(str, before)}) > 1 and len({*map(str, after)}) == 1


def _near(document: ShellDocument, path: DocPath) -> list[object]:
    """Values whose spelling a boolean follows: the old value alone if it is one, else the command's others."""
    old = document.node(path)
    if old is not None and old.value in ("true", "false", "True", "False"):
        return [old.value]
    return [child.value for child in document.roots[_root_index(document, path)].children if isinstance(child.value, str)]


def _root_index(document: ShellDocument, path: DocPath) -> int:
    if len(path) < 2 or not isinstance(path[0], int) or not 0 <= path[0] < len(document.roots):
        raise Refused("no such training command")
    return path[0]


def attempts(document: ShellDocument, change: Change) -> Iterator[list[Edit]]:
    """The ways to carry out *change*, the best first."""
    root = document.roots[_root_index(document, change.path)]
    node = document.node(change.path)
    if change.action == "set" and isinstance(node, ShellNode):
        yield from _set(document, node, write.words_of(change.value, _near(document, change.path)))
    elif change.action == "set":
        yield from _insert(document, root, change)
    elif change.action == "remove":
        yield _remove(document, _named(root, change.path))
    elif change.action == "rename":
        yield [_edit(document, *_key(one), write.flag(str(change.value), root)) for one in _named(root, change.path)]
    else:
        raise Refused(f"a script has no {change.action}")


def _edit(document: ShellDocument, start: int, end: int, text: str) -> Edit:
    return Edit(document.path, Span(start, end), text)


def _key(node: ShellNode) -> tuple[int, int]:
    if node.key_place is None:
        raise Refused("the value has no flag")
    return node.key_place[0], node.key_place[1]


def _named(root: ShellRoot, path: DocPath) -> list[ShellNode]:
    """All flags of one name."""
    nodes: Sequence[ShellNode] = root.launcher.options if len(path) == 3 and path[1] == "launcher" else root.children
    found = [node for node in nodes if node.path == path]
    if not found:
        raise Refused("no such flag")
    return found


def _set(document: ShellDocument, node: ShellNode, words: list[str]) -> Iterator[list[Edit]]:
    if node.refusal is not None:
        raise Refused(node.refusal)
    for start, end, quotes in node.places[:TRIES_MAX]:
        text = write.quote(words, quotes)
        if text is not None:
            yield [_edit(document, start, end, text)]
    if node.style == "bare" and not node.places and node.key_place is not None:
        _, end, quotes = node.key_place
        text = write.quote(words, quotes)
        if text is not None:
            yield [_edit(document, end, end, " " + text)]


def _insert(document: ShellDocument, root: ShellRoot, change: Change) -> Iterator[list[Edit]]:
    """A new flag behind its sibling, else the last option; where other commands would get it too, behind one in the command."""
    path = change.path
    words = write.words_of(change.value, _near(document, path))
    if len(path) == 3 and path[1] == "launcher":
        after = list(root.launcher.options)
        fallback: Span | None = root.launcher.span
    elif len(path) == 2:
        after = list(root.children)
        fallback = root.positionals[-1].entry_span if root.positionals else root.script_span
    else:
        raise Refused("only a flag can be added")
    name = write.flag(str(path[-1]), root)
    inside = [node for node in after if root.span.start <= node.entry_span.start and node.entry_span.end <= root.span.end]
    beside = [node for node in after if change.near is not None and node.path[-1] == change.near]
    anchors = [*beside[-1:], *after[-1:], *inside[-1:], *after[:1]]
    for node in anchors:
        start = node.key_span.start if node.key_span is not None else node.entry_span.start
        quotes = node.key_place[2] if node.key_place is not None else ""
        text = write.quote(words, quotes)
        if text is not None:
            between = "=" if node.attached and len(words) == 1 else " "
            yield [_behind(document, start, node.entry_span.end, f"{name}{between}{text}")]
    if fallback is not None:
        for quotes in ("", "\"'"):
            text = write.quote(words, quotes)
            if text is not None:
                yield [_behind(document, fallback.start, fallback.end, f"{name} {text}")]


def _behind(document: ShellDocument, start: int, end: int, text: str) -> Edit:
    """An insertion behind the entry from *start* to *end*, set off from it as the entry is from what stands before it."""
    data = document.data
    gap = write.gap_before(data, start) or b" "
    if b"\n" in gap and b"\\" not in gap:
        comment = re.match(rb"[ \t]*#[^\r\n]*", data[end : end + 2000])
        end += comment.end() if comment else 0
    return _edit(document, end, end, gap.decode("utf-8", "replace") + text)


def _remove(document: ShellDocument, nodes: Sequence[ShellNode]) -> list[Edit]:
    return [_without(document, _key(node)[0], node.entry_span.end) for node in nodes]


def _without(document: ShellDocument, start: int, end: int) -> Edit:
    """The deletion of an entry with what sets it off: its line if it has one for itself."""
    data = document.data
    match = re.search(rb"(?:[ \t]|\\?\r?\n)*\Z", data[max(start - 2000, 0) : start])
    gap = match[0] if match else b""
    rest = re.match(rb"[ \t]*(#[^\n]*)?\r?\n", data[end : end + 2000])
    line = data.rfind(b"\n", 0, start) + 1
    if b"\n" in gap and b"\\" not in gap and rest is not None and not data[line:start].strip():
        return _edit(document, line, end + rest.end(), "")
    if not gap:
        following = re.match(rb"(?:[ \t]|\\?\r?\n)*", data[end : end + 2000])
        return _edit(document, start, end + (following.end() if following else 0), "")
    return _edit(document, start - len(gap), end, "")


def _repairs(document: ShellDocument, changes: Sequence[Change]) -> list[Edit]:
    """Mends problems by their codes: broken continuations, an empty variable without quotes, a flag given twice."""
    done: list[Edit] = []
    for change in changes:
        if change.action != "repair":
            raise Refused("the command has to be mended before other changes")
        code = str(change.value)
        own = _mended(document, code, change.path[0] if change.path else None)
        if not own:
            raise Refused(f"{code} cannot be mended here")
        done = _merged(done, own) or done
    new = _read(document, done)
    mended = {str(change.value) for change in changes}
    if new is None or not still_parses(document, new) or any(_count(new, code) >= _count(document, code) for code in mended):
        raise Refused("the script would not be mended")
    return sorted(done, key=lambda edit: (edit.span.start, edit.span.end))


def _count(document: ShellDocument, code: str) -> int:
    return sum(problem.code == code for problem in document.problems)


def _mended(document: ShellDocument, code: str, root: str | int | None) -> list[Edit]:
    found: list[Edit] = []
    problems = [
        problem for problem in document.problems if problem.code == code and (root is None or problem.path[:1] == (root,))
    ]
    spans = {problem.span for problem in problems}
    removed: set[DocPath] = set()
    for tail in document.tails:
        if tail.code == code and tail.span in spans:
            found += [Edit(document.path, span, text) for span, text in tail.mend]
    for problem in problems:
        if code == "unquoted-empty":
            start, end = problem.span.start, problem.span.end
            found.append(_edit(document, start, end, f'"{document.data[start:end].decode()}"'))
        elif code == "duplicate-flag" and problem.path not in removed:
            removed.add(problem.path)  # one problem for each time too many, and one removal of them all
            nodes = _named(document.roots[int(problem.path[0])], problem.path)
            found = _merged(found, _remove(document, nodes[:-1])) or found
    return found
