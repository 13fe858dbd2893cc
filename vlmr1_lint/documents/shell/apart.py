"""Many fixes of one script, planned as if each stood alone and checked a few at a time.

A fix is checked by reading the changed script again, which takes as long as the script is. An edit within the text of one command
says nothing to another command, so fixes of different commands are put in together and read once; what is then true of each is
true of it alone. A fix that is written anywhere else (a variable that commands share, a loop) is left to `edit.edits`.
"""

from __future__ import annotations

from itertools import pairwise

from vlmr1_lint.documents.model import Refused, apply_edits
from vlmr1_lint.documents.shell.edit import attempts, is_reached
from vlmr1_lint.documents.shell.read import ShellDocument, read_shell
from vlmr1_lint.documents.shell.verify import differs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlmr1_lint.documents.model import Change, DocPath, Edit

__all__ = ["edits_apart"]


def edits_apart(document: ShellDocument, fixes: Sequence[Sequence[Change]]) -> list[list[Edit] | None]:
    """The edits of each of *fixes*, None for one that has to be planned alone (`ShellDocument.edits_apart`)."""
    found: list[list[Edit] | None] = [None] * len(fixes)
    waiting: dict[int, list[tuple[int, list[Edit]]]] = {}
    alone = _alone(document)
    for number, changes in enumerate(fixes):
        command, made = _within(document, changes, alone)
        if made:
            waiting.setdefault(command, []).append((number, made))
    while waiting:
        together = [fixes_of.pop() for fixes_of in waiting.values()]
        waiting = {command: fixes_of for command, fixes_of in waiting.items() if fixes_of}
        if _holds(document, [fixes[number] for number, _ in together], [made for _, made in together]):
            for number, made in together:
                found[number] = sorted(made, key=lambda edit: (edit.span.start, edit.span.end))
    return found


def _alone(document: ShellDocument) -> set[int]:
    """The commands in whose text there is no other: a loop's text is that of several."""
    spans = [(root.span.start, root.span.end) for root in document.roots]
    ordered = sorted(range(len(spans)), key=spans.__getitem__)
    found = set(ordered)
    for one, other in pairwise(ordered):
        if spans[other][0] < spans[one][1]:
            found -= {one, other}
    return found


def _within(document: ShellDocument, changes: Sequence[Change], alone: set[int]) -> tuple[int, list[Edit]]:
    """The command that *changes* are about and their edits at the first place, where all lie in its text; else no edits."""
    commands = {change.path[0] for change in changes}
    command = next(iter(commands)) if len(commands) == 1 else None
    if not isinstance(command, int) or command not in alone or any(change.action == "repair" for change in changes):
        return -1, []
    span = document.roots[command].span
    made: list[Edit] = []
    try:
        for change in changes:
            if change.action != "set" and document.node(change.path) is None:
                return -1, []
            if not is_reached(document, document, change):
                made += next(attempts(document, change), ())
    except Refused:
        return -1, []
    inside = all(span.start <= edit.span.start and edit.span.end <= span.end for edit in made)
    return command, made if inside else []


def _holds(document: ShellDocument, fixes: Sequence[Sequence[Change]], made: Sequence[Sequence[Edit]]) -> bool:
    """Whether the script with all of *made* is the one in which *fixes* are carried out, and nothing else."""
    changes = [change for fix in fixes for change in fix]
    declared: set[DocPath] = {change.path for change in changes}
    declared |= {(*change.path[:-1], str(change.value)) for change in changes if change.action == "rename"}
    try:
        data = apply_edits(document.data, [edit for one in made for edit in one])
    except Refused:
        return False
    changed = read_shell(document.path, data, document.reach)
    if differs(document, changed, declared) is not None or document.strays(changes, data) is not None:
        return False
    return all(is_reached(document, changed, change) for change in changes)
